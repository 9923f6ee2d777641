"""Which entries of Buku Tamu an owner wants to see."""

from datetime import date, datetime, time
from itertools import groupby
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models import LookQuerySet
from accounts.models import Organization, User
from conduct.models import Question
from registry.models import Camera

ROWS = (25, 50, 100)
#: No camera of ours was looked through before, and no clock of ours goes further.
DAYS = (MinValueValidator(date(2020, 1, 1)), MaxValueValidator(date(2099, 12, 31)))


class _Day(forms.DateField):
    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(required=False, widget=widget, input_formats=["%Y-%m-%d"], validators=DAYS, **options)


class BookFilter(forms.Form):
    """Which entries of Buku Tamu to show, from the address; days are whole days WIB, both included."""

    use_required_attribute = False

    dari = _Day(label=_("Dari tanggal"))
    sampai = _Day(label=_("Sampai tanggal"))
    tempat = forms.ChoiceField(label=_("Tempat atau kamera"), required=False)
    lembaga = forms.ChoiceField(label=_("Lembaga yang melihat"), required=False)
    darurat = forms.BooleanField(label=_("Hanya akses darurat"), required=False)
    tersimpan = forms.BooleanField(label=_("Hanya dengan gambar yang disimpan"), required=False)
    ditanyakan = forms.BooleanField(label=_("Hanya yang saya tanyakan"), required=False)
    baris = forms.TypedChoiceField(
        label=_("Catatan per halaman"),
        required=False,
        coerce=int,
        choices=[(rows, str(rows)) for rows in ROWS],
    )

    def __init__(self, *args: Any, owner: User, told: LookQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = owner
        cameras = Camera.objects.owned_by(owner).select_related("site").order_by("site_id", "pk")
        places: list[Any] = [("", _("Semua"))]
        for site, at_site in groupby(cameras, key=lambda camera: camera.site):
            whole = (f"s:{site.public_id}", _("Semua kamera di tempat ini"))
            places.append((site.address, [whole, *((f"k:{one.public_id}", one.label) for one in at_site)]))
        cast(forms.ChoiceField, self.fields["tempat"]).choices = places
        bodies = Organization.objects.filter(pk__in=told.order_by().values("organization"))
        names = [(str(body.public_id), body.name) for body in bodies]
        cast(forms.ChoiceField, self.fields["lembaga"]).choices = [("", _("Semua")), *names]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("dari") and data.get("sampai") and data["sampai"] < data["dari"]:
            self.add_error("sampai", _("Tanggal akhir mendahului tanggal awal."))
        return data

    def narrow(self, looks: LookQuerySet) -> LookQuerySet:
        """Those that the filter lets through; none while it cannot be read."""
        if not self.is_valid():
            return looks.none()
        data = self.cleaned_data
        if data["dari"]:
            looks = looks.filter(started_at__gte=_wib(data["dari"], time.min))
        if data["sampai"]:
            looks = looks.filter(started_at__lte=_wib(data["sampai"], time.max))
        kind, _colon, public_id = data["tempat"].partition(":")
        if public_id:
            field = "camera__site__public_id" if kind == "s" else "camera__public_id"
            looks = looks.filter(**{field: public_id})
        if data["lembaga"]:
            looks = looks.filter(organization__public_id=data["lembaga"])
        if data["darurat"]:
            looks = looks.filter(emergency=True)
        if data["tersimpan"]:
            looks = looks.filter(stills_saved__gt=0)
        if data["ditanyakan"]:
            looks = looks.filter(pk__in=Question.objects.asked_by(self.owner).values("look"))
        return looks

    @property
    def is_used(self) -> bool:
        """Whether it holds anything back."""
        return not self.is_valid() or any(self.cleaned_data[name] for name in self.fields if name != "baris")

    @property
    def query(self) -> str:
        """What was chosen, for the address of another page or of the file."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


def _wib(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
