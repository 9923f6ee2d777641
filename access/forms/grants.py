"""What a grantor types about a grant."""

from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.errors import WrongDates
from access.letters import validate_letter_number
from access.services import LONGEST_GRANT
from access.shown import areas_of, cameras_of, scope_words, sites_of
from accounts.models import Duty, Organization
from registry.area_words import indented
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose, purposes_for

MOST_IN_A_LIST = 300
FIRST_SPAN = timedelta(days=30)


class _Scoped(forms.ModelChoiceField):
    """A scope by its public id, named in words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=None, to_field_name="public_id", **options)

    def validate(self, value: Any) -> None:
        """Which of the scopes is needed, the form knows."""

    def label_from_instance(self, obj: Any) -> str:
        if isinstance(obj, Area):
            return indented(obj)
        return scope_words(obj)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(str(UUID(str(value))) if value not in self.empty_values else value)
        except ValueError:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from None

    def offer(self, queryset: Any, first: Any) -> None:
        """Accept any of `queryset`, but list at most MOST_IN_A_LIST of them; `first` is always listed."""
        self.queryset = queryset
        if queryset.count() > MOST_IN_A_LIST:
            listed = list(queryset[:MOST_IN_A_LIST])
            chosen = queryset.filter(public_id=first).first() if first else None
            if chosen is not None and chosen not in listed:
                listed.insert(0, chosen)
            self.widget.choices = [("", self.empty_label)] + [
                (item.public_id, self.label_from_instance(item)) for item in listed
            ]


def refuse_other_purposes(form: forms.Form, data: dict[str, Any]) -> None:
    """Say at `purpose` which ones the chosen `right` has, if it is none of them."""
    right, purpose = data.get("right"), data.get("purpose")
    if right and purpose and Purpose(purpose) not in purposes_for(AccessRight(right)):
        allowed = ", ".join(str(item.label) for item in purposes_for(AccessRight(right)))
        form.add_error("purpose", _("Untuk hak ini tujuannya: %(purposes)s.") % {"purposes": allowed})


class GrantForm(forms.Form):
    """One right for one organization over one area, site or camera."""

    use_required_attribute = False

    organization = forms.ModelChoiceField(
        label=_("Lembaga yang diberi akses"),
        queryset=Organization.objects.order_by(Lower("name")),
        to_field_name="public_id",
        empty_label=_("Pilih lembaga"),
    )
    scope_kind = forms.ChoiceField(
        label=_("Cakupan"),
        choices=[
            ("area", _("Satu wilayah")),
            ("site", _("Satu lokasi")),
            ("camera", _("Satu kamera")),
        ],
        widget=forms.RadioSelect,
        initial="area",
    )
    area = _Scoped(label=_("Wilayah"), empty_label=_("Pilih wilayah"), help_text=_("Untuk cakupan satu wilayah."))
    site = _Scoped(label=_("Lokasi"), empty_label=_("Pilih lokasi"), help_text=_("Untuk cakupan satu lokasi."))
    camera = _Scoped(label=_("Kamera"), empty_label=_("Pilih kamera"), help_text=_("Untuk cakupan satu kamera."))
    right = forms.ChoiceField(label=_("Hak"), choices=AccessRight.choices, widget=forms.RadioSelect)
    purpose = forms.ChoiceField(label=_("Tujuan"), choices=Purpose.choices, widget=forms.RadioSelect)
    letter_number = forms.CharField(
        label=_("Nomor Surat Perintah"),
        max_length=80,
        help_text=_("Contoh: Sprin/123/XI/2026"),
        validators=[validate_letter_number],
    )
    valid_from = forms.DateField(label=_("Berlaku mulai"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    valid_until = forms.DateField(label=_("Sampai dengan"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    # Asked on the preview, and only for an area in which nobody has agreed.
    later_too = forms.BooleanField(label=_("Tetap beri akses untuk kamera yang disetujui kemudian"), required=False)

    def __init__(self, *args: Any, duties: list[Duty], purposes_url: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        for name, queryset in (
            ("area", areas_of(duties)),
            ("site", sites_of(duties, timezone.now())),
            ("camera", cameras_of(duties, timezone.now())),
        ):
            field = cast(_Scoped, self.fields[name])
            field.offer(queryset, self.data.get(name) or self.initial.get(name))
        right = self.data.get("right") or self.initial.get("right")
        if right in AccessRight.values:
            self.limit_purposes(AccessRight(right))
        if purposes_url:
            self.fields["right"].widget.attrs.update(
                {
                    "hx-get": purposes_url,
                    "hx-trigger": "change",
                    "hx-target": "#purposes",
                    "hx-swap": "innerHTML",
                }
            )

    def limit_purposes(self, right: AccessRight) -> None:
        """Offer only the purposes under which this right can be granted."""
        self.fields["purpose"].widget.choices = [(item.value, item.label) for item in purposes_for(right)]

    @staticmethod
    def first_values(now: datetime) -> dict[str, Any]:
        """From today for thirty days."""
        today = timezone.localtime(now).date()
        return {"valid_from": today, "valid_until": today + FIRST_SPAN}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("scope_kind")
        if kind and not data.get(kind) and kind not in self.errors:
            self.add_error(kind, _("Pilih salah satu."))
        self._check_dates(data)
        refuse_other_purposes(self, data)
        return data

    def _check_dates(self, data: dict[str, Any]) -> None:
        """The dates that `services.give_grant` refuses, said at their fields."""
        for name in ("valid_from", "valid_until"):
            if data.get(name) and not 2000 <= data[name].year <= 2100:
                self.add_error(name, str(WrongDates()))
        first, last = data.get("valid_from"), data.get("valid_until")
        if not first or not last:
            return
        start, end = _start_of(first), _start_of(last + timedelta(days=1))
        if not start < end <= start + LONGEST_GRANT:
            self.add_error("valid_until", str(WrongDates()))
        elif end <= timezone.now():
            self.add_error("valid_until", _("Tanggal ini sudah lewat."))

    @property
    def scope(self) -> Area | Site | Camera:
        """The chosen scope of a valid form."""
        return self.cleaned_data[self.cleaned_data["scope_kind"]]

    @property
    def terms(self) -> dict[str, Any]:
        """What `services.give_grant` asks for: whole local days, the last one included."""
        data = self.cleaned_data
        return {
            "organization": data["organization"],
            "scope": self.scope,
            "right": AccessRight(data["right"]),
            "purpose": Purpose(data["purpose"]),
            "letter_number": data["letter_number"],
            "valid_from": _start_of(data["valid_from"]),
            "valid_until": _start_of(data["valid_until"] + timedelta(days=1)),
        }


def _start_of(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
