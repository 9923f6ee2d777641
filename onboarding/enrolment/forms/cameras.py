"""How many cameras there are, who maintains them, and what each sees."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.phones import PhoneField
from onboarding.enrolment.forms.base import PageForm
from registry.fields import TextLineField, WholeNumberField
from registry.models import PrivateAreas, Sees

MOST_CAMERAS = 32
YES_NO = [("yes", _("Ya")), ("no", _("Tidak"))]
DIRECTIONS = [
    ("", _("Tidak tahu")),
    ("0", _("U")),
    ("45", _("TL")),
    ("90", _("T")),
    ("135", _("TG")),
    ("180", _("S")),
    ("225", _("BD")),
    ("270", _("B")),
    ("315", _("BL")),
]
DIRECTION_NAMES = {
    "0": _("Utara"),
    "45": _("Timur laut"),
    "90": _("Timur"),
    "135": _("Tenggara"),
    "180": _("Selatan"),
    "225": _("Barat daya"),
    "270": _("Barat"),
    "315": _("Barat laut"),
}


class DirectionDial(forms.RadioSelect):
    """Eight directions around a camera; without an answer it stays unknown, never north."""

    template_name = "components/direction_dial.html"


class CountForm(PageForm):
    title = _("Berapa kamera, dan siapa yang merawatnya?")
    lead = _("Yang merawat dihubungi lebih dahulu bila kamera terganggu.")

    cameras = WholeNumberField(
        least=1, most=MOST_CAMERAS, label=_("Jumlah kamera"), help_text=_("Hanya kamera yang ingin Anda daftarkan.")
    )
    maintainer_name = TextLineField(label=_("Nama yang merawat"), max_length=120)
    maintainer_phone = PhoneField(label=_("Nomor HP yang merawat"), required=False)

    def first_values(self) -> dict[str, Any]:
        partner = self.draft.partner
        name = partner.responsible_name or partner.name if partner else ""
        name = name or self.draft.get("name", "responsible_name") or self.draft.get("name", "name")
        return {"cameras": 1, "maintainer_name": name}


class CameraForm(PageForm):
    label = TextLineField(
        label=_("Nama kamera"), help_text=_("Supaya mudah dikenali, misalnya “Depan toko”."), max_length=80
    )
    place = forms.ChoiceField(
        label=_("Letak"),
        widget=forms.RadioSelect,
        choices=[("outdoor", _("Di luar ruangan")), ("indoor", _("Di dalam"))],
    )
    sees = forms.ChoiceField(label=_("Melihat apa?"), widget=forms.RadioSelect, choices=Sees.choices)
    direction = forms.ChoiceField(
        label=_("Menghadap ke mana?"),
        help_text=_("Arah dari kamera ke yang dilihatnya."),
        required=False,
        widget=DirectionDial,
        choices=DIRECTIONS,
    )
    street_facing = forms.ChoiceField(
        label=_("Apakah jalan umum terlihat?"), widget=forms.RadioSelect, choices=YES_NO
    )
    private_areas = forms.ChoiceField(
        label=_("Apakah bagian pribadi terlihat?"),
        help_text=_("Misalnya jendela atau halaman tetangga. Bagian itu perlu ditutup sebelum verifikasi."),
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in PrivateAreas if one != PrivateAreas.UNKNOWN],
    )
    audio = forms.ChoiceField(
        label=_("Apakah kamera merekam suara?"),
        help_text=_("Suara tidak pernah kami teruskan."),
        widget=forms.RadioSelect,
        choices=YES_NO,
    )
    retention_days = WholeNumberField(
        most=3650,
        required=False,
        label=_("Rekaman disimpan berapa hari?"),
        help_text=_("Kosongkan bila tidak tahu."),
    )

    @property
    def number(self) -> int:
        return int(self.page_key.removeprefix("camera-") or 1)

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Kamera %(number)d dari %(all)d") % {"number": self.number, "all": self.draft.cameras}

    def first_values(self) -> dict[str, Any]:
        """A further camera starts like the one before it, but for its name and direction."""
        before = self.draft.answers.get(f"camera-{self.number - 1}") or {}
        return {name: value for name, value in before.items() if name not in {"label", "direction"}}

    def clean_label(self) -> str:
        label = self.cleaned_data["label"]
        others = (self.draft.get(f"camera-{number}", "label") for number in range(1, self.number))
        if label.casefold() in {str(other).casefold() for other in others}:
            raise ValidationError(_("Kamera lain sudah bernama sama. Beri nama yang berbeda."), code="twice")
        return label
