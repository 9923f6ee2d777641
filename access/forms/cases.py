"""What is typed about a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import CaseKind


class CaseForm(forms.Form):
    """Something that happened, where, and how far around it."""

    kind = forms.ChoiceField(label=_("Dasar"), choices=CaseKind.choices, widget=forms.RadioSelect)
    number = forms.CharField(
        label=_("Nomor"),
        max_length=80,
        required=False,
        help_text=_("Kosongkan bila nomornya menyusul; lengkapi dalam 24 jam."),
    )
    place = forms.CharField(
        label=_("Tempat kejadian"), max_length=160, help_text=_("Contoh: Jalan Kemanggisan Raya, depan pasar")
    )
    latitude = forms.FloatField(
        label=_("Lintang"),
        min_value=-90,
        max_value=90,
        localize=True,
        widget=forms.TextInput({"inputmode": "text"}),
    )
    longitude = forms.FloatField(
        label=_("Bujur"),
        min_value=-180,
        max_value=180,
        localize=True,
        widget=forms.TextInput({"inputmode": "text"}),
    )
    radius_m = forms.IntegerField(
        label=_("Jangkauan (meter)"),
        min_value=50,
        max_value=2000,
        initial=300,
        help_text=_("50 sampai 2000 meter dari tempat kejadian."),
        widget=forms.NumberInput({"inputmode": "numeric", "step": "50"}),
    )

    @property
    def facts(self) -> dict[str, Any]:
        """What `services.open_case` asks for."""
        data = self.cleaned_data
        return {
            "kind": CaseKind(data["kind"]),
            "number": data["number"],
            "place": data["place"],
            "lat": data["latitude"],
            "lng": data["longitude"],
            "radius_m": data["radius_m"],
        }


class CaseNumberForm(forms.Form):
    """The number that was to follow."""

    number = forms.CharField(label=_("Nomor"), max_length=80)
