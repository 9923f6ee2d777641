"""Who the owner is, and where the cameras are."""

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from onboarding.enrolment.forms.base import PageForm
from registry import geo
from registry.fields import DegreesField, TextLineField
from registry.models import PartnerKind


class PartnerForm(PageForm):
    title = _("Atas nama siapa?")
    lead = _("Anda sudah terdaftar. Kamera ini untuk mitra yang sama, atau untuk pihak lain?")

    partner = forms.ChoiceField(label=_("Atas nama"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        mine = [(str(partner.public_id), partner.name) for partner in self.draft.partners]
        self.fields["partner"].choices = [*mine, ("new", _("Pihak lain, belum terdaftar"))]


class KindForm(PageForm):
    title = _("Siapa pemilik kamera?")

    kind = forms.ChoiceField(label=_("Pemilik kamera"), widget=forms.RadioSelect, choices=PartnerKind.choices)


_NAME_LABELS = {
    PartnerKind.RESIDENT: _("Nama lengkap Anda"),
    PartnerKind.BUSINESS: _("Nama usaha"),
    PartnerKind.NEIGHBOURHOOD: _("Nama RT/RW atau perumahan"),
    PartnerKind.INSTITUTION: _("Nama instansi"),
    PartnerKind.VITAL: _("Nama pengelola objek vital"),
}


class NameForm(PageForm):
    title = _("Siapa nama Anda?")

    name = TextLineField(max_length=120)
    responsible_name = TextLineField(label=_("Penanggung jawab"), help_text=_("Nama orangnya."), max_length=120)
    responsible_office = TextLineField(
        label=_("Jabatan"), help_text=_("Misalnya pemilik, manajer, ketua RW."), max_length=80
    )
    authority_letter = TextLineField(
        label=_("Nomor surat kuasa atau surat tugas"),
        help_text=_("Surat yang memberi wewenang atas kamera ini. Petugas melihatnya saat datang; tidak disalin."),
        max_length=80,
    )

    def prepare(self) -> None:
        kind = PartnerKind(self.draft.kind)
        self.fields["name"].label = _NAME_LABELS[kind]
        if kind == PartnerKind.RESIDENT:
            self.lead = _("Tanpa NIK dan tanpa foto KTP.")
            self.fields["name"].widget.attrs["autocomplete"] = "name"
            for name in ("responsible_name", "responsible_office", "authority_letter"):
                del self.fields[name]
        else:
            self.title = _("Siapa penanggung jawabnya?")

    def first_values(self) -> dict[str, Any]:
        return {"name": self.draft.user.name} if self.draft.kind == PartnerKind.RESIDENT else {}


class AddressForm(PageForm):
    title = _("Di mana kameranya?")

    area = forms.ChoiceField(label=_("Kelurahan"))
    address = TextLineField(
        label=_("Alamat"),
        help_text=_("Nama jalan, nomor, RT/RW. Contoh: Jalan Melati 12, RT 03/RW 05"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    def prepare(self) -> None:
        self.fields["area"].choices = [("", _("Pilih kelurahan")), *self.draft.area_choices]


class PinForm(PageForm):
    title = _("Tandai letaknya")
    lead = _("Pakai tombol lokasi, ketuk peta, atau ketik angkanya.")

    latitude = DegreesField(axis="lat", label=_("Lintang"), help_text=_("Contoh: -6,1683"))
    longitude = DegreesField(axis="lng", label=_("Bujur"), help_text=_("Contoh: 106,7588"))
    accuracy_m = forms.CharField(required=False, widget=forms.HiddenInput, max_length=8)
    source = forms.CharField(required=False, widget=forms.HiddenInput, max_length=5)
    outside_is_right = forms.BooleanField(
        required=False, label=_("Pin ini benar, walaupun di luar garis kelurahan"), widget=forms.CheckboxInput
    )
    outside = False

    def clean_accuracy_m(self) -> str:
        text = self.cleaned_data["accuracy_m"]
        return text if text.isascii() and text.isdigit() and int(text) <= 100_000 else ""

    def clean_source(self) -> str:
        return self.cleaned_data["source"] if self.cleaned_data["source"] in {"tap", "typed"} else "typed"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        area = self.draft.area
        if area and area.outline and {"latitude", "longitude"} <= data.keys():
            self.outside = not geo.point_in_outline(area.outline, data["latitude"], data["longitude"])
            if self.outside and not data.get("outside_is_right"):
                self.add_error(
                    "outside_is_right",
                    ValidationError(
                        _("Pin ada di luar %(area)s. Pindahkan pin, pilih kelurahan lain, atau centang di sini."),
                        code="outside",
                        params={"area": area.name},
                    ),
                )
        return data

    @property
    def map_urls(self) -> str:
        """What lies under the pin: the outlines of the kecamatan, and in demo mode the invented streets."""
        if not self.draft.area:
            return ""
        urls = [reverse("registry:area-map", args=[self.draft.area.code])]
        with suppress(NoReverseMatch):
            urls.append(f"{reverse('demo:streets')}?kelurahan={self.draft.area.code}")
        return " ".join(urls)

    @property
    def position_source(self) -> str:
        return "gps" if self.cleaned_data["accuracy_m"] else self.cleaned_data["source"]
