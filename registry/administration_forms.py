"""What an administrator types about bodies and duties."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.areas import within
from accounts.errors import WrongDutyDates
from accounts.forms import ContactField, reached_by
from accounts.models import DutyKind, Organization, OrganizationKind
from accounts.organizations import POLICE
from accounts.services import POLICE_DUTIES
from registry.area_words import area_words
from registry.models import Area, AreaLevel

FIRST_YEAR, LAST_YEAR = 2000, 2100


class OrganizationForm(forms.Form):
    """A body to add. The Polres at the top comes from the command line, and is added by nobody here."""

    use_required_attribute = False

    name = forms.CharField(label=_("Nama lembaga"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Jenis"),
        choices=[(value, label) for value, label in OrganizationKind.choices if value != OrganizationKind.POLRES],
        widget=forms.RadioSelect,
    )
    area = forms.ChoiceField(label=_("Wilayah"), help_text=_("Wilayah yang dilayani. Untuk Polsek: kecamatannya."))

    def __init__(self, *args: Any, top: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].choices = [("", _("Pilih wilayah")), *_area_choices(top.area_code)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_precinct = data.get("kind") == OrganizationKind.POLSEK
        kecamatan = Area.objects.filter(code=data.get("area", ""), level=AreaLevel.KECAMATAN)
        if is_precinct and data.get("area") and not kecamatan.exists():
            self.add_error("area", _("Pilih kecamatan Polsek ini."))
        return data

    @property
    def facts(self) -> dict[str, Any]:
        """What `accounts.services.open_organization` asks for."""
        data = self.cleaned_data
        return {"name": data["name"], "kind": OrganizationKind(data["kind"]), "area_code": data["area"]}


class AppointForm(forms.Form):
    """A duty for somebody, known or new."""

    use_required_attribute = False

    contact = ContactField()
    name = forms.CharField(
        label=_("Nama"), max_length=120, help_text=_("Dengan pangkat, seperti di surat perintahnya.")
    )
    title = forms.CharField(
        label=_("Jabatan"), max_length=80, required=False, help_text=_("Contoh: Bhabinkamtibmas Kebon Jeruk")
    )
    kind = forms.ChoiceField(label=_("Tugas"), widget=forms.RadioSelect)
    emergency = forms.BooleanField(
        label=_("Boleh memakai akses darurat"),
        required=False,
        help_text=_(
            "Hanya untuk tugas melihat: tanpa izin akses, 15 menit, dengan perkara; pengawas memeriksanya."
        ),
    )
    area = forms.ChoiceField(
        label=_("Wilayah tugas"),
        required=False,
        help_text=_("Verifikasi lapangan: kelurahan binaannya. Administrator: seluruh wilayah lembaga."),
    )
    since = forms.DateField(label=_("Mulai"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(
        label=_("Sampai dengan"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("Kosongkan bila tugas ini berlaku sampai diakhiri."),
    )

    def __init__(self, *args: Any, body: Organization, now: datetime, **options: Any) -> None:
        options.setdefault("initial", {"since": timezone.localtime(now).date()})
        super().__init__(*args, **options)
        if "phone" not in settings.ACCOUNT_LOGIN_METHODS:
            self.fields["contact"].label = _("Alamat surel")
        self.fields["kind"].choices = [
            (value, label)
            for value, label in DutyKind.choices
            if body.kind in POLICE or DutyKind(value) not in POLICE_DUTIES
        ]
        below = [choice for choice in _area_choices(body.area_code) if choice[0] != body.area_code]
        # The body's own area stays to choose where it is all that is loaded: a body of one kelurahan.
        own = [] if below else _area_choices(body.area_code)
        self.fields["area"].choices = [("", _("Seluruh wilayah lembaga")), *below, *own]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("emergency") and data.get("kind") not in (DutyKind.VIEWER, None):
            self.add_error("emergency", _("Akses darurat hanya untuk tugas melihat."))
        for name in ("since", "until"):
            if data.get(name) and not FIRST_YEAR <= data[name].year <= LAST_YEAR:
                self.add_error(name, str(WrongDutyDates()))
        return data

    @property
    def terms(self) -> dict[str, Any]:
        """What `appoint_and_invite` asks for: whole local days, the last one included."""
        data = self.cleaned_data
        until = data["until"]
        return {
            **reached_by(data["contact"]),
            "name": data["name"],
            "title": data["title"],
            "kind": DutyKind(data["kind"]),
            "area_code": data["area"],
            "emergency": data["emergency"],
            "since": _start_of(data["since"]),
            "until": _start_of(until + timedelta(days=1)) if until else None,
        }


def _area_choices(code: str) -> list[tuple[str, str]]:
    """The areas from this code downwards, by code, each with its level."""
    areas = Area.objects.filter(within(code, "code")).order_by("code").defer("outline")
    depth = code.count(".")
    return [(area.code, "\u2003" * (area.code.count(".") - depth) + area_words(area)) for area in areas]


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
