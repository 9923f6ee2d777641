"""The path of a stream as an owner gives it: plain, or a template for the channels of a recorder.

Three places may be left open in it: `{channel}` and `{channel:02}` (the number, the second with at least two
digits) and `{stream}` (main or sub, in the maker's own words).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from devices.http import safe_path
from devices.report import without_secrets
from devices.words import gettext_noop

PATH_MAX = 250
RTSP_PORT, RTSPS_PORT = 554, 322

_CHANNEL = re.compile(r"\{channel(:02)?\}")
_STREAM = "{stream}"
_TOKEN = re.compile(r"rtsp:([1-9][0-9]?)(?::(?:main|sub))?")
_ALLOWED = re.compile(r"/[A-Za-z0-9._~$&()*+,;=:%/?!-]*")

PROBLEM_WORDS = {
    "address": gettext_noop("Tulis jalurnya saja, diawali “/”: tanpa rtsp://, tanpa alamat, dan tanpa kata sandi."),
    "secret": gettext_noop(
        "Jalur ini memuat nama pengguna atau kata sandi. Hapus bagian itu; isi keduanya di kolomnya sendiri, "
        "yang disimpan terkunci."
    ),
    "placeholder": gettext_noop("Yang dapat diganti dalam jalur hanya {channel} dan {stream}."),
    "characters": gettext_noop("Jalur mengandung karakter yang tidak dapat dipakai."),
    "length": gettext_noop("Jalur ini terlalu panjang."),
}


def default_port(*, tls: bool) -> int:
    """Where RTSP listens unless told otherwise (RFC 2326: 554; over TLS, RFC 7826: 322)."""
    return RTSPS_PORT if tls else RTSP_PORT


def has_channel(template: str) -> bool:
    return _CHANNEL.search(template) is not None


def has_stream(template: str) -> bool:
    return _STREAM in template


def filled(template: str, channel: int, stream: str) -> str:
    """The path of one stream of one channel."""
    numbered = _CHANNEL.sub(lambda match: f"{channel:02d}" if match[1] else str(channel), template)
    return numbered.replace(_STREAM, stream)


def is_rtsp_token(token: str) -> bool:
    """Whether a channel's or stream's token is one of ours (`rtsp:3`), and not one that a device gave by ONVIF."""
    return _TOKEN.fullmatch(token) is not None


def channel_of(token: str) -> int | None:
    """The number in one of our tokens; None where it is not one."""
    match = _TOKEN.fullmatch(token)
    return int(match[1]) if match else None


def problem_with(path: str) -> str:
    """A key of `PROBLEM_WORDS`, or nothing where this may be kept as the path of a device.

    It may name no host, or the password would go there, and hold no secret: a path is shown, a secret is sealed.
    """
    plain = unquote(path)
    if "://" in plain or "@" in plain or "\\" in plain or plain.startswith("//") or not path.startswith("/"):
        return "secret" if without_secrets(plain) != plain else "address"
    if any(without_secrets(text) != text for text in (path, plain)):
        return "secret"
    if len(path) > PATH_MAX:
        return "length"
    sample = filled(path, 1, "1")
    if "{" in sample or "}" in sample:
        return "placeholder"
    return "" if _ALLOWED.fullmatch(sample) and safe_path(sample) else "characters"
