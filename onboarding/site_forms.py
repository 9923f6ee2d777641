"""What is typed while connecting a device and while visiting a site."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onboarding.device_way import DeviceWayForm, way_of
from onboarding.verification import Checks
from registry.fields import (
    DegreesField,
    HostField,
    SecretField,
    TextAreaField,
    TextLineField,
    WholeNumberField,
)
from registry.models import Device
from registry.targets import is_home_only

ACCURACY_MAX = 100_000
AGENT, KEEP = "agent", "keep"


class DeviceForm(DeviceWayForm):
    """Address, user and password of a device. User and password go in and never come out again."""

    host = HostField(
        label=_("Alamat perangkat"),
        help_text=_("Alamat IP publik atau nama, misalnya kamera.contoh.id. Tanpa http://."),
    )
    user = TextLineField(
        label=_("Nama pengguna"),
        max_length=64,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "data-no-draft": ""}
        ),
    )
    password = SecretField(label=_("Kata sandi"), required=False)
    home = forms.ChoiceField(
        label=_("Apa yang Anda inginkan?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (AGENT, _("Masuk antrean “menunggu agen”, alat kecil yang menyambung dari dalam rumah")),
            (KEEP, _("Jangan ubah apa pun, biarkan data yang tersimpan")),
        ],
    )
    asks_home = False

    def __init__(self, *args: Any, device: Device, **options: Any) -> None:
        self.device = device
        super().__init__(*args, initial={"host": device.host, **way_of(device)}, **options)
        if device.has_secret:
            self.fields["user"].help_text = _("Sudah tersimpan. Kosongkan bila tidak berubah.")
            self.fields["password"].help_text = _(
                "Sudah tersimpan dan tidak dapat ditampilkan. Kosongkan bila tidak berubah; "
                "isi lagi bila alamat atau port berubah."
            )
        else:
            self.fields["user"].help_text = _("Sebaiknya akun khusus yang hanya boleh melihat.")
            self.fields["password"].help_text = _("Disimpan terkunci dan tidak pernah ditampilkan lagi.")

    def clean(self) -> dict[str, Any]:
        """An address that works only at home costs the secret and the verification, so it is asked about first."""
        data = super().clean() or {}
        self.clean_way(data)
        host = data.get("host", "")
        waits_there = self.device.waits_for_agent and self.device.host == host
        self.asks_home = bool(host) and is_home_only(host, self.device.site) and not waits_there
        if self.asks_home:
            self.fields["home"].required = True  # For its label alone.
            if not data.get("home") and "home" not in self.errors:
                self.add_error("home", _("Alamat ini hanya berlaku di rumah Anda. Pilih salah satu."))
        return data

    @property
    def keeps_all(self) -> bool:
        """Whether the owner, told what a home address means, chose to change nothing."""
        return self.asks_home and self.cleaned_data.get("home") == KEEP

    @property
    def facts(self) -> dict[str, Any]:
        """What is to be written down."""
        asked = {"home", "without_onvif"}
        return {name: value for name, value in self.cleaned_data.items() if name not in asked}


class VisitForm(forms.Form):
    """The officer's checklist. Everything may be missing while it is a draft; passing asks for the rest."""

    identity_seen = forms.BooleanField(
        label=_("Identitas pemilik sudah saya lihat"),
        help_text=_("Cukup dilihat. Jangan difoto, disalin, atau dicatat nomornya."),
        required=False,
    )
    lat = DegreesField(axis="lat", label=_("Lintang"), required=False)
    lng = DegreesField(axis="lng", label=_("Bujur"), required=False)
    accuracy_m = WholeNumberField(most=ACCURACY_MAX, required=False, widget=forms.HiddenInput)
    position_source = TextLineField(max_length=5, required=False, widget=forms.HiddenInput)
    direction_matches = forms.BooleanField(label=_("Arah kamera sesuai pendataan"), required=False)
    street_facing = forms.BooleanField(
        label=_("Kamera menghadap jalan atau tempat umum"),
        help_text=_("Kamera yang hanya melihat pagar pemiliknya tidak memenuhi tujuan program."),
        required=False,
    )
    private_areas_handled = forms.BooleanField(
        label=_("Area pribadi tidak terlihat, atau sudah ditutup"),
        help_text=_("Jendela, kamar, dan halaman tetangga."),
        required=False,
    )
    sticker_on_wall = forms.BooleanField(
        label=_("Stiker pemberitahuan sudah terpasang di lokasi"),
        help_text=_("Boleh menyusul; tanpa stiker tayangan langsung tidak dibuka."),
        required=False,
    )
    note = TextAreaField(
        label=_("Catatan atau alasan"),
        help_text=_(
            "Wajib bila perlu perbaikan, ditolak, atau posisi Anda jauh dari pin atau bukan dari GPS. Pemilik akan "
            "membacanya."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_bound:
            self._show_as_needed()

    def full_clean(self) -> None:
        super().full_clean()
        self._show_as_needed()

    def _show_as_needed(self) -> None:
        """A draft may lack these, a decision may not: they are not to be labelled optional."""
        for name in ("lat", "lng", "note"):
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("lat") is None) != (data.get("lng") is None) and not ({"lat", "lng"} & set(self.errors)):
            self.add_error("lat" if data.get("lat") is None else "lng", _("Isi lintang dan bujur, keduanya."))
        return data

    def checks(self) -> Checks:
        """The cleaned answers as the services take them."""
        return Checks(**self.cleaned_data)
