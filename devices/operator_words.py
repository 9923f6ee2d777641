"""What an operator can do about a failure, by its stable detail: he may be told more than an owner.

The words of `devices.errors` are for owners, who can neither allow a private range nor add an option.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from devices.addresses import Address, classify, unmapped
from devices.errors import AddressRefused, DeviceError, Unauthorized
from devices.routes import PORTS, is_attachable
from devices.terminal import Told

COMMAND = "./run manage probe"
#: The virtual devices of one demo lie in so many ports, the ONVIF port of each before its RTSP port.
DEMO_PORTS = 20

_NAME_OF_HOME = "Pakai alamat IP-nya. Alamat jaringan setempat perlu diizinkan dengan PROBE_ALLOW."
_SHAPE = "Bentuknya HOST[:PORT], misalnya 203.0.113.7:8000."
_WORDS = {
    "host_url": ("Tulis alamatnya saja, tanpa http:// dan tanpa jalur.", _SHAPE),
    "host_user": (
        "Alamat memuat nama pengguna atau kata sandi.",
        "Isi nama pengguna dengan --user dan kata sandi lewat --password-stdin.",
    ),
    "host_scope": ("Alamat dengan zona (%eth0) tidak dilayani.", "Tulis alamat IPv6 tanpa % dan sesudahnya."),
    "host_brackets": ("Kurung siku alamat IPv6 kurang atau salah.", "Tulis misalnya [2404:c0::1]:80."),
    "host_special_name": (
        "Akhiran nama ini tidak ada di internet; .local dan .lan hanya berlaku di jaringan setempat.",
        _NAME_OF_HOME,
    ),
    "port_text": ("Nomor port tidak benar.", "Tulis angka 1 sampai 65535, tanpa tanda dan tanpa nol di depan."),
    "peer": ("Sambungan berakhir di alamat lain dari yang dituju.", "Periksa proxy atau NAT pada komputer ini."),
}
_NO_CREDENTIALS = (
    "Perangkat ini meminta nama pengguna dan kata sandi, dan perintah ini tidak diberi.",
    "Tambahkan --user NAMA --password-stdin, lalu kirim kata sandinya lewat masukan standar.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the command: the words of its line, and the address in it as far as it could be read."""

    argv: Sequence[str]
    address: str
    port: int
    rtsp_port: int | None = None
    with_credentials: bool = False


def told_of(error: DeviceError, asked: Asked) -> Told:
    """The failure with its code and detail, and words for an operator."""
    command = ""
    if isinstance(error, AddressRefused):
        message, remedy, command = _refused(error, asked)
    elif isinstance(error, Unauthorized) and not asked.with_credentials:
        message, remedy = _NO_CREDENTIALS
    else:
        known = error.for_owner(known=True)  # An operator may know a closed port from a silent one.
        message, remedy = known.message, known.remedy
    return Told(error.code, error.detail, message, remedy, command, error.refusals)


def _refused(error: AddressRefused, asked: Asked) -> tuple[str, str, str]:
    if error.detail in _WORDS:
        return *_WORDS[error.detail], ""
    if error.detail == "host_text":
        return *_text_words(asked.address), ""
    if error.detail == "host_name":
        return *_name_words(asked.address), ""
    if error.detail in {"denied", "port_denied"}:
        return _not_allowed(error, asked)
    return error.message, error.remedy, ""


def _text_words(text: str) -> tuple[str, str]:
    if not text:
        return "Alamatnya kosong.", _SHAPE
    if not text.isascii():
        return (
            "Alamat memuat karakter di luar ASCII, misalnya angka berlebar penuh.",
            "Ketik ulang alamatnya, jangan menempelnya.",
        )
    if any(one.isspace() for one in text):
        return "Alamat memuat spasi.", _SHAPE
    return "Alamat terlalu panjang atau memuat karakter kendali.", _SHAPE


def _name_words(text: str) -> tuple[str, str]:
    name = text.partition(":")[0].removesuffix(".")
    if re.fullmatch(r"[0-9.]+|0x[0-9a-fx.]*", name.lower()):
        return (
            "Alamat IPv4 ditulis dengan empat angka desimal, misalnya 203.0.113.7.",
            "Bentuk lain seperti 127.1, 0x7f.1, atau satu angka besar tidak diterima.",
        )
    if "." not in name:
        return "Nama tanpa titik hanya dikenal jaringan setempat.", _NAME_OF_HOME
    return "Ini bukan nama di internet.", "Nama memakai huruf, angka, dan tanda hubung; bagiannya dipisah titik."


def _not_allowed(error: AddressRefused, asked: Asked) -> tuple[str, str, str]:
    """Neither the internet's cameras nor PROBE_ALLOW cover this address and port."""
    address = _address(asked.address)
    ports = f"{asked.port},{asked.rtsp_port or 554}" if asked.port != (asked.rtsp_port or 554) else str(asked.port)
    if address is not None and address.is_loopback:
        last = min(65535, asked.port + DEMO_PORTS - 1)
        ports = f"{asked.port},{asked.rtsp_port}" if asked.rtsp_port else f"{asked.port}-{last}"
        message = f"{address} adalah komputer ini sendiri, yang hanya dihubungi bila diizinkan."
    elif address is not None and is_attachable(address):
        message = f"{address} adalah alamat jaringan setempat, yang hanya dihubungi bila diizinkan."
    elif address is not None and (block := classify(address)) != "public":
        return f"{address} termasuk rentang khusus ({block}).", "Periksa penulisan alamatnya.", ""
    elif error.detail == "port_denied":
        listed = ", ".join(map(str, sorted(PORTS)))
        message = f"Port {asked.port} tidak ada dalam daftar port kamera: {listed}."
    else:
        message = "Nama ini menunjuk ke alamat yang bukan alamat internet."
    remedy = "Bila Anda berhak menghubunginya, izinkan untuk perintah ini saja:"
    return message, remedy, f"PROBE_ALLOW={_range(address)}:{ports} {COMMAND} {shlex.join(asked.argv)}"


def _address(text: str) -> Address | None:
    try:
        return unmapped(ipaddress.ip_address(text))
    except ValueError:
        return None


def _range(address: Address | None) -> str:
    """What to allow: of a private network the part that one LAN is, else the one address."""
    if address is None:
        return "ALAMAT/32"
    size = (24 if address.version == 4 else 64) if is_attachable(address) else address.max_prefixlen
    network = ipaddress.ip_network((address, size), strict=False)
    return str(network) if address.version == 4 else f"[{network}]"
