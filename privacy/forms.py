"""What a person types about his own rights."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.areas import within
from accounts.models import User
from accounts.phones import PhoneField
from privacy.models import Activity, Breach
from privacy.record import FIELDS
from registry.fields import DegreesField, TextLineField
from registry.models import Area, Partner, PartnerPerson, Site
from registry.people import MANAGING

#: Nothing of ours leaked before, and no clock of ours goes further.
MOMENTS = (
    MinValueValidator(datetime(2020, 1, 1, tzinfo=UTC), gettext_lazy("Tulis tahun 2020 atau sesudahnya.")),
    MaxValueValidator(datetime(2099, 12, 31, tzinfo=UTC), gettext_lazy("Tulis tahun yang benar.")),
)

ONLY_ME = "saya"
WORD = "HAPUS"


class EraseForm(forms.Form):
    """What is to be erased, and the word that nobody types by mistake."""

    use_required_attribute = False

    what = forms.ChoiceField(label=gettext_lazy("Apa yang dihapus?"), widget=forms.RadioSelect)
    word = forms.CharField(
        label=gettext_lazy("Ketik HAPUS untuk melanjutkan"),
        help_text=gettext_lazy("Penghapusan tidak dapat dibatalkan."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = PartnerPerson.objects.of(user).in_roles(MANAGING).for_all_sites().select_related("partner")
        self.partners: dict[str, Partner] = {str(row.partner.public_id): row.partner for row in rows}
        whole = _("Semua data %(partner)s: tempat, kamera, persetujuan, dan orang-orangnya")
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *((key, whole % {"partner": partner}) for key, partner in self.partners.items()),
            (ONLY_ME, _("Akun saya saja; tempat dan kamera tetap diurus orang lain")),
        ]
        if not self.partners:  # Where there is a choice, none is made for him.
            self.fields["what"].initial = ONLY_ME

    def clean_word(self) -> str:
        word = self.cleaned_data["word"].strip().upper()
        if word != WORD:
            raise forms.ValidationError(_("Ketik kata HAPUS, tanpa yang lain."))
        return word

    @property
    def partner(self) -> Partner | None:
        """The owner that was chosen; nothing: the person alone."""
        return self.partners.get(self.cleaned_data["what"])


class NameForm(forms.Form):
    """How we call a person."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Nama Anda"), max_length=120)


class ContactForm(forms.Form):
    """The address or number to which the sign-in code goes."""

    use_required_attribute = False

    email = forms.EmailField(label=gettext_lazy("Surel baru"), max_length=254, required=False)
    phone = PhoneField(label=gettext_lazy("Nomor HP baru"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("email")) == bool(data.get("phone")):
            raise forms.ValidationError(_("Isi salah satu: surel atau nomor HP."))
        return data


class CodeForm(forms.Form):
    """The code that was sent to the new contact."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("Kode enam angka"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class SiteForm(forms.ModelForm):
    """What an owner typed about a place, and where it is."""

    use_required_attribute = False

    lat = DegreesField(axis="lat", label=gettext_lazy("Lintang"), required=False)
    lng = DegreesField(axis="lng", label=gettext_lazy("Bujur"), required=False)

    class Meta:
        model = Site
        fields = ["address", "lat", "lng", "maintainer_name", "maintainer_phone"]
        labels = {
            "address": gettext_lazy("Alamat"),
            "maintainer_name": gettext_lazy("Yang merawat kamera"),
            "maintainer_phone": gettext_lazy("Nomor HP yang merawat"),
        }
        field_classes = {"maintainer_phone": PhoneField}

    def clean(self) -> dict[str, Any]:
        """A point is two numbers; nothing typed leaves it where it is."""
        data = super().clean() or {}
        if not {"lat", "lng"} & set(self.errors):
            if (data["lat"] is None) != (data["lng"] is None):
                self.add_error("lat" if data["lat"] is None else "lng", _("Isi lintang dan bujur, keduanya."))
            elif data["lat"] is None:
                data["lat"], data["lng"] = self.instance.lat, self.instance.lng
        return data


class CameraForm(forms.Form):
    """How an owner calls his camera."""

    use_required_attribute = False

    label = TextLineField(label=gettext_lazy("Nama kamera"), max_length=80)


class PartnerForm(forms.ModelForm):
    """What an owner typed about himself."""

    use_required_attribute = False

    class Meta:
        model = Partner
        fields = ["name", "responsible_name", "responsible_office", "authority_letter"]
        labels = {
            "name": gettext_lazy("Nama mitra"),
            "responsible_name": gettext_lazy("Penanggung jawab"),
            "responsible_office": gettext_lazy("Jabatannya"),
            "authority_letter": gettext_lazy("Nomor surat kuasa atau surat tugas"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind == "resident":
            for name in ("responsible_name", "responsible_office", "authority_letter"):
                del self.fields[name]


class AnswerForm(forms.Form):
    """An officer's answer to a correction."""

    use_required_attribute = False

    words = forms.CharField(
        label=gettext_lazy("Alasan, bila ditolak"),
        max_length=400,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


class LineForm(forms.ModelForm):
    """A new version of one line of the record of processing."""

    use_required_attribute = False

    class Meta:
        model = Activity
        fields = list(FIELDS)
        widgets = {name: forms.Textarea({"rows": 3}) for name in FIELDS if name != "name"}


class BreachForm(forms.ModelForm):
    """What is entered in the breach register."""

    use_required_attribute = False

    class Meta:
        model = Breach
        fields = ["title", "happened_at", "known_at", "data", "how", "measures", "how_many", "area_code"]
        widgets = {
            **{name: forms.Textarea({"rows": 3}) for name in ("data", "how", "measures")},
            **{
                name: forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
                for name in ("happened_at", "known_at")
            },
        }

    def __init__(self, *args: Any, reach: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for name in ("happened_at", "known_at"):
            self.fields[name].validators.extend(MOMENTS)
        areas = Area.objects.filter(within(reach, "code")).order_by("code")
        choices = [(area.code, f"{area.name} ({area.code})") for area in areas]
        self.fields["area_code"] = forms.ChoiceField(
            label=_("Wilayah yang pemiliknya terdampak"), choices=choices, initial=self.instance.area_code or reach
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        happened, known = data.get("happened_at"), data.get("known_at")
        if happened and happened > self.now:
            self.add_error("happened_at", _("Belum terjadi. Tulis kapan itu terjadi."))
        if known and known > self.now:
            self.add_error("known_at", _("Belum terjadi. Tulis kapan Anda mengetahuinya."))
        elif happened and known and known < happened:
            self.add_error("known_at", _("Tidak mungkin diketahui sebelum terjadi."))
        return data


class AmendForm(BreachForm):
    """An entry of the register as it should say, and why."""

    why = forms.CharField(
        label=gettext_lazy("Mengapa diubah atau dibatalkan"),
        max_length=400,
        error_messages={"required": gettext_lazy("Tulis alasannya; ia tetap ada di jejak audit.")},
        widget=forms.Textarea({"rows": 2}),
    )


class LetterForm(forms.Form):
    """The letter by which the authority was told."""

    use_required_attribute = False

    letter = forms.CharField(label=gettext_lazy("Nomor surat kepada lembaga pengawas"), max_length=80)
