"""What an administrator types about a network."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from devices.routes import PORTS
from registry.fields import TextLineField

_KNOWN = {
    80: _("80: HTTP dan ONVIF"),
    443: _("443: HTTPS"),
    554: _("554: RTSP"),
    322: _("322: RTSP dengan TLS"),
    8554: _("8554: RTSP, pilihan lain"),
    8000: _("8000: ONVIF (misalnya Reolink)"),
    2020: _("2020: ONVIF (misalnya Tapo)"),
    8899: _("8899: ONVIF (misalnya XM)"),
    888: _("888: HTTP (misalnya Foscam)"),
    8080: _("8080: HTTP, pilihan lain"),
    8443: _("8443: HTTPS, pilihan lain"),
}
_NOT_OF_A_NAME = re.compile(r"(?:_|[^\w\s./-])+")


class NetworkForm(forms.Form):
    """Name, range and ports. What the range may be is judged by the service, which says why not."""

    use_required_attribute = False

    name = TextLineField(label=_("Nama jaringan"), max_length=60, help_text=_("Misalnya VPN Perumahan Kapuk."))
    range = TextLineField(
        label=_("Rentang alamat"),
        max_length=60,
        help_text=_("Misalnya 10.20.30.0/24. Hanya bagian tempat kameranya berada; makin sempit makin baik."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )
    ports = forms.TypedMultipleChoiceField(
        label=_("Port kamera"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Pilih sedikitnya satu port kamera.")},
        help_text=_("Hanya port ini yang dapat dihubungi di jaringan itu."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {"ports": [80, 554]})
        super().__init__(*args, **options)
        first = [port for port in _KNOWN if port in PORTS]
        ports = [*first, *sorted(PORTS - set(first))]
        self.fields["ports"].choices = [(port, _KNOWN.get(port, str(port))) for port in ports]

    def clean_name(self) -> str:
        """Letters, digits, spaces and - . / alone; anything else is left out."""
        name = " ".join(_NOT_OF_A_NAME.sub(" ", self.cleaned_data["name"]).split())
        if not any(map(str.isalnum, name)):
            raise ValidationError(_("Nama jaringan memerlukan huruf atau angka."))
        return name
