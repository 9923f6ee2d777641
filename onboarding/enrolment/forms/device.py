"""The device, asked for only when a ticked right needs one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onboarding.device_way import DeviceWayForm
from onboarding.enrolment.forms.base import PageForm
from registry import targets
from registry.fields import HostField, SecretField, TextLineField


class ConnectForm(PageForm):
    """Who gives the device's address; only asked when a ticked right needs a device."""

    title = _("Siapa yang mengisi data perangkat?")
    lead = _(
        "Izin yang Anda pilih memerlukan sambungan ke kamera. Pendataan Anda tetap lengkap, apa pun pilihannya."
    )

    mode = forms.ChoiceField(
        label=_("Data perangkat"),
        widget=forms.RadioSelect,
        choices=[
            ("now", _("Saya isi sekarang")),
            ("help", _("Petugas akan membantu saya saat berkunjung")),
            ("later", _("Nanti saja")),
        ],
    )

    @property
    def wants_secret(self) -> bool:
        """Whether credentials that are already sealed are still of use."""
        return self.cleaned_data.get("mode") == "now"


class DeviceForm(DeviceWayForm, PageForm):
    """Where the device is and how to sign in to it. Nothing is dialled here."""

    title = _("Perangkat kamera")
    lead = _("Kami menghubungi perangkat ini hanya setelah Anda menekan “Sambungkan”.")
    not_kept = ("user", "password")

    covers = forms.ChoiceField(label=_("Perangkat ini untuk"), widget=forms.RadioSelect, required=False)
    host = HostField(
        label=_("Alamat perangkat"),
        help_text=_("Alamat IP publik atau nama, tanpa http:// dan tanpa port. Contoh: kamera.contoh.id"),
    )
    user = TextLineField(
        label=_("Nama pengguna pada kamera"),
        required=False,
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "data-no-draft": ""}
        ),
    )
    password = SecretField(label=_("Kata sandi pada kamera"), required=False)
    home = forms.ChoiceField(
        label=_("Apa yang Anda inginkan?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("agent", _("Masuk antrean “menunggu agen”, alat kecil yang menyambung dari dalam rumah")),
            ("later", _("Tetap terdata saja, tanpa sambungan")),
        ],
    )
    home_only = False
    dropped = False
    """Whether the credentials that were stored for an earlier address have just been erased."""

    def prepare(self) -> None:
        if self.draft.cameras > 1:
            all_of_them = ("all", _("Semua kamera (perekam/NVR)"))
            self.fields["covers"].choices = [all_of_them, *self.draft.camera_choices]
        else:
            del self.fields["covers"]
        if self.draft.has_secret:
            self.fields["user"].help_text = self.fields["password"].help_text = _(
                "Sudah tersimpan terkunci. Kosongkan bila tidak berubah."
            )
        else:
            self.fields["password"].help_text = _(
                "Disimpan terkunci dan tidak pernah ditampilkan lagi. Lebih baik buat pengguna khusus yang hanya "
                "boleh melihat."
            )

    def first_values(self) -> dict[str, Any]:
        return {"covers": "all"}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        self.home_only = bool(data.get("host")) and targets.is_home_only(data["host"], self.draft.place)
        if self.home_only:
            if not data.get("home"):
                self.add_error("home", _("Alamat ini hanya berlaku di rumah Anda. Pilih salah satu."))
            return data
        self.clean_way(data)
        self._need_secret(data)
        return data

    def _need_secret(self, data: dict[str, Any]) -> None:
        typed = bool(data.get("user")), bool(data.get("password"))
        same_place = (self.draft.get("device", "host"), self.draft.get("device", "onvif_port", 80)) == (
            data.get("host"),
            data.get("onvif_port"),
        )
        if all(typed) or (typed == (False, False) and self.draft.has_secret and same_place):
            return
        again = self.draft.has_secret and not same_place
        for name, given in zip(("user", "password"), typed, strict=True):
            if not given and name not in self.errors:
                self.add_error(
                    name,
                    _("Alamatnya berubah. Isi kembali, agar tidak terkirim ke perangkat lain.")
                    if again
                    else _("Wajib diisi untuk menyambungkan."),
                )

    @property
    def secret(self) -> tuple[str, str] | None:
        """(user, password) just typed, to be sealed at once."""
        data = self.cleaned_data
        if self.home_only or not data.get("password") or not data.get("user"):
            return None
        return data["user"], data["password"]

    @property
    def wants_secret(self) -> bool:
        """Whether credentials that are already sealed are still of use."""
        return not self.home_only

    def dress(self) -> None:
        """Say "(tidak wajib)" only where it is true, and call no port of RTSP one of ONVIF."""
        if self.initial.get("without_onvif"):
            self.initial = {**self.initial, "onvif_port": None}
        self.fields["home"].required = True
        for name in ("user", "password"):
            self.fields[name].required = not self.draft.has_secret and not self.home_only
            if self.home_only:
                self[name].help_text = _("Tidak diperlukan untuk alamat ini, dan tidak disimpan.")
        if "covers" in self.fields:
            self.fields["covers"].required = True

    @property
    def shows_home(self) -> bool:
        """Whether the choice for an address that works only at home stands on the page."""
        host = self.initial.get("host", "") if not self.is_bound else ""
        return self.home_only or bool(host and targets.is_home_only(host, self.draft.place))
