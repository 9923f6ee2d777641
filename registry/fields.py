"""Strict form fields: each gives clean text or a number, or a message that says how to mend it.

Django's own fields take lone surrogates, control characters, full-width digits and "1_0"; PostgreSQL, a
header or a person would stumble over them.
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from devices.addresses import parse_host
from devices.errors import AddressRefused
from devices.routes import PORTS, routes_from_allow
from devices.rtsp_path import PROBLEM_WORDS, problem_with
from registry import targets

INDONESIA = {"lat": (-11.5, 6.5), "lng": (94.0, 142.0)}

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DROPPED = dict.fromkeys(map(ord, "\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff"))
_VISIBLE = frozenset("LNPS")
_BAD_CHARACTERS = _("Isian mengandung karakter yang tidak dapat dipakai. Ketik ulang.")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,15})?")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")


def clean_text(text: str, *, lines: bool = False) -> str:
    """NFC text without invisible characters, its spaces made single; `lines` keeps line breaks.

    Raises ValidationError for control characters, lone surrogates, direction overrides, and text nobody can see.
    """
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        kind = unicodedata.category(character)
        control = kind == "Cc" and not (lines and character == "\n")
        if control or kind in {"Cs", "Co", "Cn"} or character in _OVERRIDES:
            raise ValidationError(_BAD_CHARACTERS, code="characters")
    text = unicodedata.normalize("NFC", text.translate(_DROPPED))
    rows = [" ".join(row.split()) for row in text.split("\n")]
    text = "\n".join(rows).strip()
    if text and not any(unicodedata.category(character)[0] in _VISIBLE for character in text):
        raise ValidationError(_("Isian ini tidak berisi huruf atau angka."), code="invisible")
    return text


class TextLineField(forms.CharField):
    """One line for names and addresses. Takes `H. Ma'ruf, S.H.` and one-word names.

    Nothing that a mail program would make a link of: what is typed here stands in letters to others.
    """

    def __init__(self, *, max_length: int = 120, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_python(self, value: Any) -> str:
        text = clean_text(str(value)) if value not in self.empty_values else ""
        if _LINK.search(text):
            raise ValidationError(_("Tulis tanpa alamat web."), code="link")
        return text


class TextAreaField(forms.CharField):
    """Several lines of text."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = 2000, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_python(self, value: Any) -> str:
        return clean_text(str(value), lines=True) if value not in self.empty_values else ""


class WholeNumberField(forms.Field):
    """A whole number in plain digits: no sign, no leading zero, no other script's digits."""

    widget = forms.TextInput

    def __init__(self, *, least: int = 0, most: int, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "numeric", "class": "input--short", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        text = "" if value is None else str(value).strip(" ")
        if not text:
            return None
        if not _WHOLE.fullmatch(text) or not self.least <= int(text) <= self.most:
            raise ValidationError(
                _("Tulis angka dari %(least)d sampai %(most)d."),
                code="invalid",
                params={"least": self.least, "most": self.most},
            )
        return int(text)


class PortField(WholeNumberField):
    """A port of the list that cameras use; in demo mode also the ports of PROBE_ALLOW."""

    def __init__(self, **options: Any) -> None:
        super().__init__(least=1, most=65535, **options)

    def to_python(self, value: Any) -> int | None:
        port = super().to_python(value)
        if port is not None and not port_allowed(port):
            raise ValidationError(
                _("Port ini tidak kami pakai. Port kamera yang lazim: %(ports)s."),
                code="port",
                params={"ports": ", ".join(map(str, sorted(PORTS)))},
            )
        return port


def port_allowed(port: int) -> bool:
    """Whether a form may name this port."""
    if port in PORTS or not settings.DEMO:
        return port in PORTS
    ranges = (pair for allowed in routes_from_allow(settings.PROBE_ALLOW).networks for pair in allowed.ports)
    return any(low <= port <= high for low, high in ranges)


class DegreesField(forms.Field):
    """Latitude or longitude within Indonesia; takes `-6.2088` and `-6,2088`. Gives a float of six decimals."""

    widget = forms.TextInput

    def __init__(self, *, axis: str, **options: Any) -> None:
        self.axis = axis
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "text", "class": "input--short", "autocomplete": "off", "maxlength": "20"}

    def to_python(self, value: Any) -> float | None:
        text = "" if value is None else (f"{value:.6f}" if isinstance(value, float) else str(value)).strip(" ")
        if not text:
            return None
        if not _DEGREES.fullmatch(text):
            raise ValidationError(_("Tulis angka seperti -6,1683 atau 106,7588."), code="invalid")
        degrees = round(float(text.replace(",", ".")), 6)
        other = "lng" if self.axis == "lat" else "lat"
        if not _within(degrees, self.axis):
            if _within(degrees, other):
                raise ValidationError(_("Lintang dan bujur tampaknya tertukar."), code="swapped")
            raise ValidationError(_("Titik ini di luar Indonesia."), code="outside")
        return degrees

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.6f}" if isinstance(value, float) else value


def _within(degrees: float, axis: str) -> bool:
    low, high = INDONESIA[axis]
    return low <= degrees <= high


class HostField(forms.CharField):
    """The host of a device: an address or a name, nothing else.

    An address that works only at home is given back as it stands (`targets.is_home_only` tells), so that the
    page can say so honestly; everything else passes `parse_host`. Nothing is resolved or dialled. A pasted URL may
    carry a password: it is never rendered back, of a home address at most the bare host.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 300)
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        plain = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off", "inputmode": "url"}
        # A pasted URL may hold a password: the page's script keeps no draft of this field either.
        return super().widget_attrs(widget) | plain | {"data-no-draft": True}

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not _may_hold_secret(value):
            return value
        return _home_host(value)

    def clean(self, value: Any) -> str:
        if isinstance(value, str) and _may_hold_secret(value) and not _home_host(value):
            raise ValidationError(_("Tulis alamatnya saja, tanpa rtsp:// dan tanpa kata sandi."), code="host")
        text = super().clean(value)
        if not text:
            return ""
        if not all(33 <= ord(character) <= 126 for character in text):
            raise ValidationError(_("Alamat hanya berisi huruf, angka, titik, dan tanda hubung."), code="host")
        if targets.is_home_only(text):
            return _in_one_spelling(_bare(text))
        try:
            return str(parse_host(text))
        except AddressRefused as refusal:
            raise ValidationError(
                _("Alamat ini tidak dikenali. Tulis alamat IP atau nama saja, tanpa http:// dan tanpa port."),
                code="host",
            ) from refusal


def _in_one_spelling(host: str) -> str:
    """An address in the spelling by which limits count it; a name that only a router knows as it stands."""
    try:
        return str(parse_host(host))
    except AddressRefused:
        return host


def _may_hold_secret(text: str) -> bool:
    return "@" in text or "://" in text


def _home_host(text: str) -> str:
    """The bare host of a pasted home address; empty where a part of a password might be taken for it."""
    text = text.strip()
    if not re.fullmatch(r"([a-z][a-z0-9+.-]*://)?([^@/?#]*@)?[^@]*", text, re.IGNORECASE):
        return ""
    host = _bare(text)
    return host if targets.is_home_only(text) and targets.is_home_only(host) else ""


def _bare(text: str) -> str:
    """The host of a pasted home address: without scheme, user, path and port."""
    host = re.split(r"[/?#]", re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.lower()), maxsplit=1)[0].rsplit("@", 1)[-1]
    if host.startswith("["):
        host = host[1:].split("]", 1)[0]
    elif host.count(":") == 1:
        host = host.split(":", 1)[0]
    return host[:253]


class RtspPathField(forms.CharField):
    """The path of a stream, plain or with `{channel}` and `{stream}`; no host and no secret in it.

    What may hold a password is never rendered back, and the page's script keeps no draft of it.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2000)  # A longer one is told so in the field's own words.
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        plain = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off", "class": "code"}
        return super().widget_attrs(widget) | plain | {"data-no-draft": True}

    def prepare_value(self, value: Any) -> Any:
        return "" if isinstance(value, str) and problem_with(value) in {"address", "secret"} else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        problem = problem_with(text) if text else ""
        if problem:
            raise ValidationError(_(PROBLEM_WORDS[problem]), code=problem)
        return text


class SecretField(forms.CharField):
    """A password, kept exactly as typed, outer spaces included; it is never rendered back."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 256)
        options.setdefault(
            "widget",
            forms.PasswordInput(
                render_value=False,
                attrs={"autocomplete": "new-password", "autocapitalize": "none", "spellcheck": "false"},
            ),
        )
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
            raise ValidationError(_BAD_CHARACTERS, code="characters")
        return text


class ClockField(forms.CharField):
    """A time of the day on the 24-hour clock, `22.00`, `22:00` or `22`; gives "22:00". `minutes_of` counts it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 5)
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "text", "class": "input--short", "autocomplete": "off"})
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        found = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9]))?", text)
        if not found:
            raise ValidationError(_("Tulis jam seperti 22.00."), code="invalid")
        return f"{int(found[1]):02d}:{found[2] or '00'}"


def minutes_of(clock: str) -> int:
    """Minutes of the day of a cleaned ClockField."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
