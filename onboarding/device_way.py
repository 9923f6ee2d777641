"""How a device speaks, as both of its forms ask for it: who made it, ONVIF or RTSP alone, ports and path."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from devices.brands import BRANDS, Brand, brand_of
from registry.fields import PortField, RtspPathField
from registry.models import Device
from registry.targets import sign_in_port


class DeviceWayForm(forms.Form):
    """ONVIF is taken for granted: RTSP alone and its path are asked of those who say that they have no ONVIF.

    An empty port or path is the maker's usual one, so an owner who names the maker need know neither.
    """

    brand = forms.ChoiceField(
        label=_("Merek"),
        required=False,
        choices=[("", _("Tidak tahu")), *((brand.code, _(brand.name)) for brand in BRANDS)],
    )
    onvif_port = PortField(
        label=_("Port ONVIF"),
        required=False,
        help_text=_("Kosongkan bila tidak tahu: kami pakai port lazim mereknya."),
    )
    rtsp_port = PortField(label=_("Port RTSP"), required=False, help_text=_("Kosongkan bila tidak tahu."))
    without_onvif = forms.BooleanField(label=_("Perangkat ini tidak mendukung ONVIF, hanya RTSP"), required=False)
    rtsp_path = RtspPathField(
        label=_("Jalur RTSP"),
        required=False,
        help_text=_(
            "Kosongkan untuk jalur lazim merek yang Anda pilih. Bila Anda mengetik jalurnya sendiri untuk perekam, "
            "tulis {channel} di tempat nomor saluran, misalnya /ch{channel}/{stream}. Pada jalur yang Anda ketik "
            "tanpa memilih merek, {stream} menjadi 1 (utama) dan 2 (kecil)."
        ),
    )
    rtsp_tls = forms.BooleanField(label=_("RTSP-nya lewat TLS (rtsps)"), required=False)

    @property
    def brands(self) -> list[Brand]:
        """The makers of whom there is something to say."""
        return [brand for brand in BRANDS if brand.rtsp_path]

    @property
    def shows_rtsp(self) -> bool:
        """Whether the part for devices without ONVIF stands open on the page."""
        names = {"without_onvif", "rtsp_path", "rtsp_tls"}
        return bool(self["without_onvif"].value() in (True, "on") or (self.is_bound and names & set(self.errors)))

    def clean_way(self, data: dict[str, Any]) -> None:
        """Fill in what follows from the maker; `onvif_port` becomes the port for which the password is sealed."""
        if data.get("without_onvif"):
            usual = brand_of(data.get("brand", "")).rtsp_path
            if not data.get("rtsp_path") and "rtsp_path" not in self.errors:
                data["rtsp_path"] = usual
                if not usual:
                    self.add_error("rtsp_path", _("Pilih mereknya, atau ketik jalur dari buku petunjuk perangkat."))
        elif data.get("rtsp_path") and data["rtsp_path"] != self.initial.get("rtsp_path"):
            self.add_error(
                "without_onvif", _("Centang ini bila perangkat tanpa ONVIF, atau kosongkan jalur RTSP-nya.")
            )
        else:
            data["rtsp_path"], data["rtsp_tls"] = "", False
        if not {"onvif_port", "rtsp_port", "rtsp_path", "without_onvif"} & set(self.errors):
            way = {name: data.get(name) for name in ("onvif_port", "rtsp_port", "rtsp_path", "rtsp_tls", "brand")}
            data["onvif_port"] = sign_in_port(**way)  # type: ignore[arg-type]


def way_of(device: Device) -> dict[str, Any]:
    """What the form begins with for a device on record."""
    return {
        "brand": device.brand,
        "onvif_port": None if device.rtsp_only else device.onvif_port,
        "rtsp_port": device.rtsp_port,
        "without_onvif": device.rtsp_only,
        "rtsp_path": device.rtsp_path,
        "rtsp_tls": device.rtsp_tls,
    }
