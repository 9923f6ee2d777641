"""One form for each question. A stored answer is judged again by the same form before it counts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.phones import PhoneField
from onboarding.enrolment.draft import Draft, box, digest_of
from registry import geo, targets
from registry.fields import (
    ClockField,
    DegreesField,
    HostField,
    PortField,
    SecretField,
    TextLineField,
    WholeNumberField,
)
from registry.models import PartnerKind, PrivateAreas, Sees
from registry.rights import LEVELS, Right
from registry.services import ConsentChoice
from registry.texts import ShownText

MOST_CAMERAS = 32
YES_NO = [("yes", _("Ya")), ("no", _("Tidak"))]
DIRECTIONS = [
    ("", _("Tidak tahu")),
    ("0", _("U")),
    ("45", _("TL")),
    ("90", _("T")),
    ("135", _("TG")),
    ("180", _("S")),
    ("225", _("BD")),
    ("270", _("B")),
    ("315", _("BL")),
]
BRANDS = [
    ("", _("Tidak tahu atau lainnya")),
    ("hikvision", "Hikvision"),
    ("dahua", "Dahua"),
    ("imou", "Imou"),
    ("tapo", "TP-Link Tapo"),
    ("reolink", "Reolink"),
    ("uniview", "Uniview"),
]


class DirectionDial(forms.RadioSelect):
    """Eight directions around a camera; without an answer it stays unknown, never north."""

    template_name = "components/direction_dial.html"


class PageForm(forms.Form):
    """What all questions share. `draft` gives the other answers; `stored` says that the data was cleaned before."""

    title: str | Promise = ""
    lead: str | Promise = ""
    not_kept: tuple[str, ...] = ()  # Never stored among the answers.

    def __init__(self, *args: Any, draft: Draft, page_key: str = "", stored: bool = False, **options: Any) -> None:
        self.draft, self.page_key, self.stored = draft, page_key, stored
        super().__init__(*args, **options)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the draft."""

    def first_values(self) -> dict[str, Any]:
        """What an unanswered page starts with."""
        return {}

    def answers(self) -> dict[str, Any]:
        """The cleaned answers as they are stored; of a form with errors, its good part."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.fields and name not in self.not_kept and value is not None
        }


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
    def position_source(self) -> str:
        return "gps" if self.cleaned_data["accuracy_m"] else self.cleaned_data["source"]


class LevelForm(PageForm):
    title = _("Apa yang ingin Anda izinkan?")
    lead = _("Anda dapat mengubahnya kapan saja. Setiap izin masih Anda setujui satu per satu nanti.")

    level = forms.ChoiceField(
        label=_("Yang Anda izinkan"), widget=forms.RadioSelect, choices=[(item.code, item.title) for item in LEVELS]
    )

    def first_values(self) -> dict[str, Any]:
        return {"level": LEVELS[0].code}


class HoursForm(PageForm):
    title = _("Pada jam berapa?")
    lead = _("Di luar jam ini, gambar tertutup. Jam boleh melewati tengah malam.")

    begin = ClockField(label=_("Mulai"))
    end = ClockField(label=_("Sampai"))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("begin") and data.get("begin") == data.get("end"):
            self.add_error("end", _("Jam mulai dan jam selesai tidak boleh sama."))
        return data


class CountForm(PageForm):
    title = _("Berapa kamera, dan siapa yang merawatnya?")
    lead = _("Yang merawat dihubungi lebih dahulu bila kamera terganggu.")

    cameras = WholeNumberField(
        least=1, most=MOST_CAMERAS, label=_("Jumlah kamera"), help_text=_("Hanya kamera yang ingin Anda daftarkan.")
    )
    maintainer_name = TextLineField(label=_("Nama yang merawat"), max_length=120)
    maintainer_phone = PhoneField(label=_("Nomor HP yang merawat"), required=False)

    def first_values(self) -> dict[str, Any]:
        partner = self.draft.partner
        name = partner.responsible_name or partner.name if partner else ""
        name = name or self.draft.get("name", "responsible_name") or self.draft.get("name", "name")
        return {"cameras": 1, "maintainer_name": name}


class CameraForm(PageForm):
    label = TextLineField(
        label=_("Nama kamera"), help_text=_("Supaya mudah dikenali, misalnya “Depan toko”."), max_length=80
    )
    place = forms.ChoiceField(
        label=_("Letak"),
        widget=forms.RadioSelect,
        choices=[("outdoor", _("Di luar ruangan")), ("indoor", _("Di dalam"))],
    )
    sees = forms.ChoiceField(label=_("Melihat apa?"), widget=forms.RadioSelect, choices=Sees.choices)
    direction = forms.ChoiceField(
        label=_("Menghadap ke mana?"),
        help_text=_("Arah dari kamera ke yang dilihatnya."),
        required=False,
        widget=DirectionDial,
        choices=DIRECTIONS,
    )
    street_facing = forms.ChoiceField(
        label=_("Apakah jalan umum terlihat?"), widget=forms.RadioSelect, choices=YES_NO
    )
    private_areas = forms.ChoiceField(
        label=_("Apakah bagian pribadi terlihat?"),
        help_text=_("Misalnya jendela atau halaman tetangga. Bagian itu perlu ditutup sebelum verifikasi."),
        widget=forms.RadioSelect,
        choices=PrivateAreas.choices,
    )
    audio = forms.ChoiceField(
        label=_("Apakah kamera merekam suara?"),
        help_text=_("Suara tidak pernah kami teruskan."),
        widget=forms.RadioSelect,
        choices=YES_NO,
    )
    retention_days = WholeNumberField(
        most=3650,
        required=False,
        label=_("Rekaman disimpan berapa hari?"),
        help_text=_("Kosongkan bila tidak tahu."),
    )

    @property
    def number(self) -> int:
        return int(self.page_key.removeprefix("camera-") or 1)

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Kamera %(number)d dari %(all)d") % {"number": self.number, "all": self.draft.cameras}

    def first_values(self) -> dict[str, Any]:
        """A further camera starts like the one before it, but for its name and direction."""
        before = self.draft.answers.get(f"camera-{self.number - 1}") or {}
        return {name: value for name, value in before.items() if name not in {"label", "direction"}}

    def clean_label(self) -> str:
        label = self.cleaned_data["label"]
        others = (self.draft.get(f"camera-{number}", "label") for number in range(1, self.number))
        if label.casefold() in {str(other).casefold() for other in others}:
            raise ValidationError(_("Kamera lain sudah bernama sama. Beri nama yang berbeda."), code="twice")
        return label


class ConsentForm(PageForm):
    title = _("Apa yang Anda setujui?")
    lead = _(
        "Centang hanya yang Anda setujui, untuk siapa saja yang Anda mau. Tidak ada yang dicentang sebelumnya."
    )

    shown = forms.CharField(max_length=64, required=False)  # The template writes it: always the fresh digest.

    def prepare(self) -> None:
        self.day = self.draft.until if self.stored else self.draft.fresh_until
        self.tongue = self.draft.consent_language if self.stored else self.draft.language
        self.boxes: list[tuple[ConsentChoice, ShownText]] = [
            (choice, choice.text(self.tongue)) for choice in self.draft.offered(self.day)
        ]
        self.digest = digest_of([text for _choice, text in self.boxes])
        for choice, text in self.boxes:
            lines = {line.code: line.words for line in text.lines}
            self.fields[box(choice)] = forms.BooleanField(
                required=False,
                label=_("Ya, untuk %(name)s") % {"name": choice.recipient.name},
                help_text=f"{lines['recipient']} {lines['until']}",
            )

    def groups(self) -> list[dict[str, Any]]:
        """The boxes right by right, with the words they share."""
        groups: dict[Right, dict[str, Any]] = {}
        for choice, text in self.boxes:
            group = groups.setdefault(
                choice.right,
                {
                    "right": choice.right,
                    "title": text.title,
                    "needed": choice.right == Right.LISTED,
                    "lines": [line for line in text.lines if line.code in {"what", "data", "purpose", "hours"}],
                    "fields": [],
                },
            )
            group["fields"].append(self[box(choice)])
        return list(groups.values())

    def shared_lines(self) -> list[Any]:
        """What holds for every box: how to withdraw, and the rights of the owner."""
        if not self.boxes:
            return []
        return [line for line in self.boxes[0][1].lines if line.code in {"withdraw", "rights"}]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.boxes:
            raise ValidationError(_("Belum ada Polres atau Polsek terdaftar untuk kelurahan ini."), code="nobody")
        if data.get("shown") != self.digest or self.day <= timezone.localdate(self.draft.now):
            raise ValidationError(
                _("Teks persetujuannya berubah sejak halaman ini dibuka. Baca kembali, lalu centang lagi."),
                code="changed",
            )
        ticked = [choice for choice, _text in self.boxes if data.get(box(choice))]
        listed = {choice.recipient.pk for choice in ticked if choice.right == Right.LISTED}
        for choice in ticked:
            if choice.recipient.pk not in listed:
                self.add_error(
                    _first_box(self.boxes, choice),
                    ValidationError(
                        _("Izin lain untuk %(name)s memerlukan centang “Terdata” untuk %(name)s juga."),
                        code="listed",
                        params={"name": choice.recipient.name},
                    ),
                )
                break
        if not ticked:
            self.add_error(
                box(self.boxes[0][0]),
                ValidationError(_("Centang “Terdata” untuk sedikitnya satu penerima."), code="listed"),
            )
        return data

    def answers(self) -> dict[str, Any]:
        return super().answers() | {"until": self.day.isoformat(), "language": self.tongue}


def _first_box(boxes: list[tuple[ConsentChoice, ShownText]], wrong: ConsentChoice) -> str:
    return next(
        box(choice)
        for choice, _text in boxes
        if choice.right == Right.LISTED and choice.recipient == wrong.recipient
    )


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


class DeviceForm(PageForm):
    """Where the device is and how to sign in to it. Nothing is dialled here."""

    title = _("Perangkat kamera")
    lead = _("Kami menghubungi perangkat ini hanya setelah Anda menekan “Sambungkan”.")
    not_kept = ("user", "password")

    covers = forms.ChoiceField(label=_("Perangkat ini untuk"), widget=forms.RadioSelect, required=False)
    brand = forms.ChoiceField(label=_("Merek"), choices=BRANDS, required=False)
    host = HostField(
        label=_("Alamat perangkat"),
        help_text=_("Alamat IP publik atau nama, tanpa http:// dan tanpa port. Contoh: kamera.contoh.id"),
    )
    onvif_port = PortField(label=_("Port ONVIF"), required=False, help_text=_("Biasanya 80."))
    rtsp_port = PortField(label=_("Port RTSP"), required=False, help_text=_("Biasanya 554."))
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

    def prepare(self) -> None:
        if self.draft.cameras > 1:
            each = [
                (str(n), self.draft.get(f"camera-{n}", "label") or str(n)) for n in range(1, self.draft.cameras + 1)
            ]
            self.fields["covers"].choices = [("all", _("Semua kamera (perekam/NVR)")), *each]
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
        return {"onvif_port": 80, "rtsp_port": 554, "covers": "all"}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        self.home_only = bool(data.get("host")) and targets.is_home_only(data["host"])
        if self.home_only:
            if not data.get("home"):
                self.add_error("home", _("Alamat ini hanya berlaku di rumah Anda. Pilih salah satu."))
            return data
        if "onvif_port" not in self.errors:
            data["onvif_port"] = data.get("onvif_port") or 80
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

    @property
    def shows_home(self) -> bool:
        """Whether the choice for an address that works only at home stands on the page."""
        host = self.initial.get("host", "") if not self.is_bound else ""
        return self.home_only or bool(host and targets.is_home_only(host))
