"""What an owner types about the settings of his device."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from devices.secrets import Credentials
from onboarding.settings.accounts import Tries
from onboarding.settings.areas import Corner, covered_share, crosses_itself, surface
from onboarding.settings.wishes import Polygons
from registry.fields import SecretField, TextAreaField, TextLineField

KEEP, FORGET = "keep", "forget"
AREAS_MAX = 8
CORNERS_MAX = 16
SMALLEST = 0.002  # Of the whole picture.
MOSTLY = 0.6
_NUMBER = r"(?:100(?:\.0{1,3})?|[0-9]{1,2}(?:\.[0-9]{1,3})?)"
_CORNER = re.compile(rf"({_NUMBER}),({_NUMBER})")


class AccountForm(forms.Form):
    """An account of the device, for one conversation. It goes in and never comes out again."""

    user = TextLineField(
        label=_("Nama pengguna pengelola perangkat"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "data-no-draft": ""}
        ),
    )
    password = SecretField(
        label=_("Kata sandinya"),
        help_text=_("Dipakai untuk satu percakapan ini saja, lalu dihapus."),
    )

    def __init__(self, *args: Any, needed: bool = True, tries: Tries | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("user", "password"):
            self.fields[name].required = needed
        if tries is not None:
            left = ngettext(
                "Sisa %(n)d kali hari ini bila salah.", "Sisa %(n)d kali hari ini bila salah.", tries.left
            )
            self.fields["password"].help_text = f"{self.fields['password'].help_text} {left % {'n': tries.left}}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("user")) != bool(data.get("password")) and not self.errors:
            self.add_error("password" if data.get("user") else "user", _("Isi keduanya, atau kosongkan keduanya."))
        return data

    def refuse(self, field: str, words: str) -> None:
        """Say that the device did not take this account; the password is typed once more."""
        self.full_clean()
        self.errors.clear()
        self.add_error(field, words)

    @property
    def account(self) -> Credentials | None:
        """What was typed; nothing where both were left blank."""
        data = self.cleaned_data
        return Credentials(data["user"], data["password"]) if data.get("password") else None


class UndoUserForm(AccountForm):
    """Our user is removed; then the typed account is kept for us, or nothing."""

    afterwards = forms.ChoiceField(
        label=_("Sesudah akun Mitra Kamera dihapus"),
        widget=forms.RadioSelect,
        choices=[
            (KEEP, _("Simpan akun di atas, terkunci, agar kamera tetap tersambung")),
            (FORGET, _("Jangan simpan apa pun; kamera tidak lagi tersambung")),
        ],
    )

    password = SecretField(
        label=_("Kata sandinya"), help_text=_("Dipakai untuk menghapus akun Mitra Kamera pada perangkat.")
    )
    field_order = ["user", "password", "afterwards"]

    @property
    def keeps_account(self) -> bool:
        return self.cleaned_data.get("afterwards") == KEEP


class MasksForm(forms.Form):
    """Areas to be covered, one a line: corners as "x,y" in percent of the picture, from its top left corner.

    The page's script draws them and fills this in; without it they can be typed.
    """

    areas = TextAreaField(
        label=_("Area yang ditutup"),
        max_length=4000,
        help_text=_(
            "Satu area per baris. Setiap sudut ditulis x,y dalam persen dari kiri atas gambar, misalnya: "
            "10,10 40,10 40,35 10,35"
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Gambar sedikitnya satu area.")},
    )

    sure = forms.BooleanField(required=False)

    def __init__(self, *args: Any, most: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.most = AREAS_MAX if most is None else min(most, AREAS_MAX)
        self.asks_whether_sure = False

    def clean_areas(self) -> Polygons:
        """The areas as ONVIF has them: from -1 to 1, the y axis upwards."""
        lines = [line for line in self.cleaned_data["areas"].split("\n") if line]
        if len(lines) > self.most:
            raise ValidationError(
                _("Perangkat ini menutup paling banyak %(most)d area."), params={"most": self.most}
            )
        self.corners = [_corners(line) for line in lines]
        return [[[round(x / 50 - 1, 4), round(1 - y / 50, 4)] for x, y in corners] for corners in self.corners]

    def clean(self) -> dict[str, Any]:
        """Who covers most of what his camera sees says so once more, in words."""
        data = super().clean() or {}
        share = covered_share(self.corners) if "areas" in data else 0
        if share > MOSTLY:
            self.asks_whether_sure = True
            self["sure"].label = _("Ya, tutup sekitar %(n)d persen dari gambar kamera ini") % {
                "n": round(share * 100)
            }
            if not data.get("sure"):
                self.add_error("sure", _("Hampir seluruh gambar akan tertutup. Centang bila memang begitu maunya."))
        return data


def _corners(line: str) -> list[Corner]:
    found = [_CORNER.fullmatch(word) for word in line.split(" ")]
    if not all(found):
        raise ValidationError(_("Setiap sudut ditulis x,y dengan angka dari 0 sampai 100."))
    corners = [(float(corner[1]), float(corner[2])) for corner in found if corner]
    if not 3 <= len(corners) <= CORNERS_MAX:
        raise ValidationError(_("Setiap area punya 3 sampai %(most)d sudut."), params={"most": CORNERS_MAX})
    if crosses_itself(corners):
        raise ValidationError(_("Ada area yang garisnya bersilang. Geser atau hapus sudutnya."))
    if surface(corners) < SMALLEST * 100 * 100:
        raise ValidationError(_("Ada area yang terlalu kecil."))
    return corners


def typed_areas(polygons: Polygons) -> str:
    """Areas as they are typed, from ONVIF's own way."""
    return "\n".join(" ".join(f"{_percent(x + 1)},{_percent(1 - y)}" for x, y in area) for area in polygons)


def _percent(doubled: float) -> str:
    return f"{round(doubled * 50, 1):g}"
