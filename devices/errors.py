"""What can go wrong with a device, each with a stable code and words that an owner can act on.

`code` is the contract: services, tests and the command line branch on it. `message` and `remedy` are
Indonesian and may be shown to owners. `detail` is for logs and the operator's command only: it tells a
closed port from a filtered one, and to an owner of whom nothing has answered there yet that difference would be a
port scanner.
No message ever holds a password, a stream address or text that a device sent.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from devices.count import Count
from devices.words import gettext_noop

#: How the ways of not answering are told once a device has answered there; in the order of their likelihood.
_SILENCES = {
    "filtered": (
        gettext_noop("Tidak ada jawaban sama sekali dari alamat perangkat."),
        gettext_noop(
            "Periksa listrik dan internet di tempat kamera. Bila keduanya baik, barangkali alamatnya berubah atau "
            "router tidak lagi meneruskan port ini."
        ),
    ),
    "closed": (
        gettext_noop("Port perangkat tertutup."),
        gettext_noop(
            "Alamatnya menjawab, tetapi tidak ada layanan di port itu. Periksa nomor portnya, dan apakah ONVIF "
            "atau RTSP masih dinyalakan pada perangkat."
        ),
    ),
    "silent": (
        gettext_noop("Port perangkat terbuka, tetapi perangkatnya diam."),
        gettext_noop("Mulai ulang perangkat (cabut listriknya sebentar), tunggu dua menit, lalu uji lagi."),
    ),
    "no_name": (
        gettext_noop("Nama alamat perangkat tidak ditemukan."),
        gettext_noop("Periksa penulisan namanya, dan apakah layanan nama dinamis (DDNS) Anda masih aktif."),
    ),
    "unrouted": (
        gettext_noop("Tidak ada jalan dari server ke alamat perangkat."),
        gettext_noop("Coba lagi beberapa saat lagi. Bila tetap begitu, beri tahu administrator."),
    ),
}
#: What an owner can do about a device that is brought in by RTSP alone, by the stable detail.
_RTSP_TLS = (
    gettext_noop("Di port ini perangkat tidak berbicara TLS."),
    gettext_noop("Hapus centang “RTSP-nya lewat TLS (rtsps)”, atau isi port rtsps perangkat (lazimnya 322)."),
)
_RTSP_DROPPED = (
    gettext_noop("Perangkat memutus sambungan tanpa menjawab RTSP."),
    gettext_noop(
        "Periksa apakah port yang diisi adalah port RTSP (lazimnya 554), RTSP sudah dinyalakan pada perangkat, dan "
        "perangkat tidak meminta TLS di port itu."
    ),
)
_RTSP_PATH = gettext_noop(
    "Periksa jalurnya: lihat contoh menurut merek, atau buku petunjuk perangkat. Huruf besar dan kecil berbeda."
)
_RTSP = {
    "no_such_path": (gettext_noop("Jalur RTSP ini tidak ada di perangkat."), _RTSP_PATH),
    "no_video": (gettext_noop("Jalur RTSP ini tidak mengirim video."), _RTSP_PATH),
    "not_rtsp": (
        gettext_noop("Yang menjawab di port ini bukan RTSP."),
        gettext_noop("Periksa port RTSP perangkat (lazimnya 554), dan apakah port itu memakai TLS."),
    ),
    "tls": _RTSP_TLS,
    "tls_slow": _RTSP_TLS,
    "empty": _RTSP_DROPPED,
    "reset": _RTSP_DROPPED,
    "cut_off": _RTSP_DROPPED,
}
_RTSP_REMEDY = gettext_noop(
    "Periksa port dan jalur RTSP, dan apakah RTSP sudah dinyalakan pada perangkat. Bila tetap gagal, petugas dapat "
    "membantu Anda."
)
RTSP_HERE = gettext_noop(
    "Port ini tampaknya port RTSP. Isi port ONVIF perangkat (sering 80 atau 8000); bila perangkat tidak mendukung "
    "ONVIF, sambungkan lewat RTSP saja."
)
_MOVED = gettext_noop("Nama alamat perangkat kini menunjuk ke tempat yang tidak kami hubungi.")
_MOVED_REMEDY = gettext_noop(
    "Periksa layanan nama dinamis (DDNS) Anda: namanya harus menunjuk ke alamat internet Anda."
)


class DeviceError(Exception):
    """Base of every failure that this package lets out.

    `refusals` is how often this very secret has been refused by now: what the caller knew before and what this
    visit added, over ONVIF, snapshots and RTSP together; `doubts` are those among them that may have been none
    (see `Count`), and None where nothing was dialled. Whatever the failure is, callers keep the `count`, for "at
    most two per secret ever".
    """

    code: ClassVar[str] = "device_error"
    message: str = gettext_noop("Terjadi gangguan saat menghubungi perangkat.")
    remedy: str = gettext_noop("Coba lagi beberapa saat lagi.")

    def __init__(self, detail: str = "", *, message: str = "", remedy: str = "", refusals: int = 0) -> None:
        self.detail = detail
        self.refusals = refusals
        self.doubts: tuple[str, ...] | None = None
        if message:
            self.message = message
        if remedy:
            self.remedy = remedy
        super().__init__(self.message)

    @property
    def count(self) -> Count | None:
        """What stands against the secret by the end of the visit; None where nothing was dialled."""
        if self.doubts is None and not self.refusals:
            return None
        return Count(self.refusals, self.doubts or ())

    def for_owner(self, *, known: bool = False) -> DeviceError:
        """The same failure as an owner may be told it: without the detail.

        `known`: a device has answered ONVIF or RTSP at this very address before, so that a closed port may be
        called one. Before that, whoever does not answer is told in one way, or the form would be a port scanner.
        """
        return type(self)(message=self.message, remedy=self.remedy, refusals=self.refusals)


class AddressRefused(DeviceError):
    """The address, its name or its port is not one that we may dial; no socket was opened.

    `from_text` is true when the typed text alone shows it. A refusal that only the name server's answer
    revealed is told to owners as `Unreachable`, or the form would map our network for them.
    """

    code = "address_refused"
    message = gettext_noop("Alamat ini tidak dapat kami hubungi.")
    remedy = gettext_noop(
        "Periksa kembali penulisan alamat dan nomor port. Alamat yang hanya berlaku di rumah tidak dapat "
        "dijangkau dari luar; mohon jangan membuka port pada router Anda."
    )

    def __init__(
        self, detail: str = "", *, message: str = "", remedy: str = "", refusals: int = 0, from_text: bool = True
    ) -> None:
        super().__init__(detail, message=message, remedy=remedy, refusals=refusals)
        self.from_text = from_text

    def for_owner(self, *, known: bool = False) -> DeviceError:
        if self.from_text:
            return super().for_owner()
        if known:
            return AddressRefused(message=_MOVED, remedy=_MOVED_REMEDY, refusals=self.refusals)
        return Unreachable(refusals=self.refusals)


class Unreachable(DeviceError):
    """Nothing answered: `detail` is closed, filtered, silent, no_name or unrouted."""

    code = "unreachable"
    message = gettext_noop("Perangkat tidak menjawab di alamat ini.")
    remedy = gettext_noop("Pastikan perangkat menyala, tersambung ke internet, dan alamat serta portnya benar.")

    def for_owner(self, *, known: bool = False) -> DeviceError:
        message, remedy = _SILENCES.get(self.detail, ("", "")) if known else ("", "")
        # A remedy that names the port at which ONVIF was found says more than ours.
        found = "" if self.remedy == Unreachable.remedy else self.remedy
        return Unreachable(message=message or self.message, remedy=found or remedy, refusals=self.refusals)


class Unauthorized(DeviceError):
    """The device refused the credentials, or refused them twice before (`detail` is then `resting`).

    `detail` is `picture` where ONVIF took them, but neither the snapshot nor the stream did.
    """

    code = "unauthorized"
    message = gettext_noop("Kamera menolak nama pengguna atau kata sandi.")
    remedy = gettext_noop(
        "Periksa nama pengguna dan kata sandi ONVIF pada kamera (sering berbeda dari akun aplikasinya), lalu "
        "isi kembali. Kami tidak mencoba berulang-ulang agar akun Anda tidak terkunci."
    )


class DifferentDevice(DeviceError):
    """Another device answers at the address than the one that was verified."""

    code = "different_device"
    message = gettext_noop("Perangkat lain menjawab di alamat ini.")
    remedy = gettext_noop(
        "Bila Anda mengganti perangkat atau alamatnya berubah, mohon perbarui data kamera dan minta verifikasi "
        "ulang."
    )


class DifferentSource(DifferentDevice):
    """The device is the one that was verified, but this camera's video source is gone or its profile shows another:
    only this camera ends, not the others of the device."""

    code = "different_source"
    message = gettext_noop("Saluran kamera ini tidak lagi ada pada perangkatnya, atau menampilkan sumber lain.")
    remedy = gettext_noop(
        "Periksa sambungan kamera pada perekam dan pengaturan salurannya, lalu uji lagi perangkatnya."
    )

    def __init__(self, detail: str = "video_source", **told: Any) -> None:
        super().__init__(detail, **told)


class Misbehaving(DeviceError):
    """Something answered, but not as a camera should; `detail` names how."""

    code = "misbehaving"
    message = gettext_noop("Perangkat menjawab, tetapi jawabannya tidak dapat dipakai.")
    remedy = gettext_noop(
        "Pastikan port yang diisi adalah port ONVIF perangkat dan ONVIF sudah diaktifkan. Bila tetap gagal, "
        "petugas dapat membantu Anda."
    )

    @property
    def is_busy(self) -> bool:
        """Whether the device only says that it is not now able to answer."""
        return self.detail in ("http_429", "http_503")

    def for_owner(self, *, known: bool = False) -> DeviceError:
        """A TLS handshake that nobody answered is one of the silences; its own remedy is for the known alone."""
        if self.detail == "tls_slow":
            remedy = self.remedy if known and self.remedy != Misbehaving.remedy else ""
            return Unreachable("silent", remedy=remedy, refusals=self.refusals).for_owner(known=known)
        return super().for_owner()

    def speaking_rtsp(self) -> None:
        """Tell it in words for a device that is brought in by RTSP alone: ONVIF's port would be no remedy."""
        detail = re.sub("^rtsp_[45][0-9]{2}$", "no_such_path", self.detail)  # Makers say it with more than 404.
        self.message, self.remedy = _RTSP.get(detail, (self.message, _RTSP_REMEDY))


class Dropped(Misbehaving):
    """The device closed the connection in the middle of an answer (or before one)."""


class SecretMoved(Exception):
    """A stored secret was opened for another device, address or field than it was sealed for."""
