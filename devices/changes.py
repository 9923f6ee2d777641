"""What we may change on somebody's device, as plain facts: the wish, the difference found, and how it ended.

No secret is ever in any of these, and all of it can be kept as JSON. The five kinds are the whole list:

* `clock`: values `type` (Manual or NTP), `time_zone`, `dst`, and `offset_seconds` against the true time, so that
  the old value can be restored at any later moment.
* `ntp`: values `type` (Manual or NTP), `from_dhcp` and `servers` (where the device takes the time from, as names or
  addresses), `time_zone` and `dst`. Restored to Manual, the clock is set right and not to what it was.
* `substream`: the subject is an encoder configuration; values `codec`, `width`, `height`, `fps`, `bitrate_kbps`,
  `gov_length` and `profile` (the last two where the device names them). Where the device changed its main stream
  along with it, `mains` has the same values of each main encoder, by its name.
* `user`: the subject is the name; values `name` and `level`, or none where there is no such user.
* `masks`: the subject is a video source; values `polygons` (corners from -1 to 1, y up) and `tokens`, the device's
  own names for them, known once they were made.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any, Literal, cast, get_args

from devices.addresses import parse_host
from devices.count import Count
from devices.errors import AddressRefused
from devices.words import gettext_noop

ChangeKind = Literal["clock", "ntp", "substream", "user", "masks"]
FindingState = Literal["differs", "right", "unsupported", "unread"]
OutcomeState = Literal["done", "ignored", "failed"]

KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner or we would like on a device.

    * `clock`: nothing more is said.
    * `ntp`: values `server`, a name or an IPv4 address (`time_server_kind`), for a device that has none of its own.
    * `substream`: the subject is a video source or an encoder configuration; values `codec` and, where wished,
      `width`, `height`, `fps`, `bitrate_kbps`. What is not wished stays as near as the device can to what it is.
    * `user`: values `name`, which must be one of ours (`OUR_USER`).
    * `masks`: the subject is a video source; values `polygons`.
    """

    kind: ChangeKind
    subject: str = ""
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs from what was wished, with what it is and what it would be.

    `restores`: the new values are those that were there once. They are written as they are, and not brought within
    what the device offers now.
    """

    kind: ChangeKind
    subject: str
    old: Values
    new: Values
    restores: bool = False

    def undone(self) -> Change:
        """The change that restores what was there."""
        return Change(self.kind, self.subject, self.new, self.old, not self.restores)

    def as_happened(self, seen: Values) -> Change:
        """The change by what the device made of it, to be undone from there or to be restored from there."""
        return replace(self, old=seen) if self.restores else replace(self, new=seen)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Change:
        """The change that `to_dict` wrote. `ValueError` for anything else."""
        kind, subject, old, new = (data.get(name) for name in ("kind", "subject", "old", "new"))
        known = kind in KINDS and isinstance(subject, str) and isinstance(old, dict) and isinstance(new, dict)
        if not known:
            raise ValueError("This is not a change of a device.")
        restores = data.get("restores") is True
        return cls(cast(ChangeKind, kind), cast(str, subject), cast(Values, old), cast(Values, new), restores)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the device has, against one wish. `change` is there exactly where it differs and can be changed.

    `why` is a stable code; `why_words` has the sentence for the owner. `limits`: what may be wished for at most; of
    masks, `most` of them beside those that are there and were not wished for.
    """

    kind: ChangeKind
    state: FindingState
    change: Change | None
    why: str
    subject: str = ""
    limits: Values = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device has against each wish, in their order.

    `refusals`, `doubts`: how often this secret has been refused by now (see `Count`). `worked`: how the device was
    signed in to, which the next visit begins with.
    """

    findings: tuple[Finding, ...]
    refusals: int
    worked: str
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> Count:
        return Count(self.refusals, self.doubts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a change ended, by what was read back and never by the device's word alone.

    `done`: it reads as asked. `ignored`: the device said yes and changed nothing. `failed`: it said no, or it
    reads as neither asked nor before. `change` is the one to keep and to undo: where it is done, with the device's
    names of new masks; where the device made something else or a part of it, with that (`Change.as_happened`).
    `seen` are the values as read back; `why` is a stable code, empty where it is done. `touched`: something was
    sent, and the device was not seen to be as before, so there is something to undo. `refusals`, `doubts`
    and `worked` are those of `Reading`.
    """

    state: OutcomeState
    change: Change
    seen: Values
    refusals: int
    why: str = ""
    touched: bool = True
    worked: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def count(self) -> Count:
        return Count(self.refusals, self.doubts)


#: Names of the users that we make, and the only ones that we ever remove.
OUR_USER = r"mitra-[a-z0-9]{4,24}"


def time_server_kind(text: str) -> Literal["DNS", "IPv4", ""]:
    """How ONVIF takes this time server: by name, by address, or (in any other spelling) not at all."""
    try:
        host = parse_host(text)
    except AddressRefused:
        return ""
    if str(host) != text:
        return ""
    if isinstance(host, str):
        return "DNS"
    return "IPv4" if isinstance(host, IPv4Address) else ""


WHY_WORDS = {
    # The clock
    "clock_off": gettext_noop("Jam perangkat disetel dengan tangan dan meleset lebih dari 5 detik."),
    "within_5_seconds": gettext_noop("Jam perangkat sudah tepat."),
    "ntp_on": gettext_noop("Perangkat menyetel jamnya sendiri lewat NTP, jadi tidak kami ubah."),
    "ntp_on_but_off": gettext_noop(
        "Perangkat disetel memakai NTP, tetapi jamnya meleset. Mohon periksa server NTP pada perangkat; setelan "
        "NTP tidak kami ubah."
    ),
    "local_time_as_utc": gettext_noop(
        "Perangkat menyebut waktu setempat sebagai UTC, jadi jamnya tidak dapat kami setel dengan aman. Mohon "
        "periksa zona waktu pada perangkat."
    ),
    "clock_unread": gettext_noop("Jam perangkat tidak terbaca."),
    # NTP
    "ntp_off": gettext_noop(
        "Jam perangkat disetel dengan tangan, jadi lama-kelamaan meleset. Lewat NTP perangkat menyetel jamnya "
        "sendiri dari server waktu di internet. Dari perangkat tidak terlihat oleh kami apakah server itu "
        "terjangkau olehnya; sesudah diubah, keadaan kamera menunjukkan bila jamnya meleset."
    ),
    "ntp_off_own_server": gettext_noop(
        "Jam perangkat disetel dengan tangan, padahal perangkat sudah punya server waktu. Server itu tidak kami "
        "ganti; NTP hanya kami nyalakan. Dari perangkat tidak terlihat oleh kami apakah server itu terjangkau "
        "olehnya; sesudah diubah, keadaan kamera menunjukkan bila jamnya meleset."
    ),
    "ntp_from_dhcp": gettext_noop(
        "Perangkat disetel mengambil server waktu dari jaringan (DHCP), tetapi jaringannya tidak memberi. Setelan "
        "itu tidak kami ubah."
    ),
    "ntp_server_left": gettext_noop(
        "Jam kembali disetel dengan tangan, tetapi perangkat tidak mau menghapus server waktunya. Selama NTP mati, "
        "server itu tidak dipakai."
    ),
    "ntp_unread": gettext_noop("Setelan NTP perangkat tidak terbaca."),
    # The sub-stream
    "encoder_differs": gettext_noop("Tayangan kecil dapat disetel agar dapat ditonton di peramban."),
    "encoder_right": gettext_noop("Tayangan kecil sudah sesuai."),
    "no_substream": gettext_noop(
        "Kamera ini hanya punya tayangan utama. Tayangan utama dipakai rekaman Anda, jadi tidak kami ubah."
    ),
    "main_stream": gettext_noop("Ini tayangan utama, yang dipakai rekaman Anda, jadi tidak kami ubah."),
    "main_changed": gettext_noop(
        "Perangkat ikut mengubah tayangan utama. Tombol kembalikan menyetel kedua tayangan seperti semula."
    ),
    "main_not_restored": gettext_noop(
        "Tayangan kecil sudah seperti semula, tetapi tayangan utama belum. Mohon periksa setelan tayangan utama "
        "pada perangkat."
    ),
    "codec_not_offered": gettext_noop("Perangkat tidak menawarkan H.264 untuk tayangan kecilnya."),
    "encoder_unread": gettext_noop("Setelan tayangan tidak terbaca."),
    # The user
    "user_missing": gettext_noop("Perangkat belum punya pengguna khusus untuk Mitra Kamera."),
    "user_missing_open_line": gettext_noop(
        "Perangkat belum punya pengguna khusus untuk Mitra Kamera. Sambungan ke perangkat ini tidak terenkripsi, "
        "jadi kata sandi pengguna baru itu akan melewati jaringan sekali secara terbuka."
    ),
    "user_exists": gettext_noop("Pengguna dengan nama itu sudah ada pada perangkat, jadi tidak kami ubah."),
    "not_our_user": gettext_noop("Nama itu bukan nama pengguna yang kami buat, jadi tidak kami sentuh."),
    "own_user": gettext_noop(
        "Untuk menghapus pengguna ini, perangkat meminta nama pengguna dan kata sandi milik Anda sendiri."
    ),
    "users_full": gettext_noop("Perangkat tidak dapat menambah pengguna lagi."),
    "users_unread": gettext_noop("Daftar pengguna perangkat tidak terbaca."),
    "level_differs": gettext_noop(
        "Perangkat memberi pengguna baru itu kuasa lain daripada yang diminta, jadi pengguna itu kami hapus lagi."
    ),
    "cannot_sign_in": gettext_noop("Pengguna baru itu tidak dapat masuk ke perangkat, jadi kami hapus lagi."),
    "user_left_behind": gettext_noop(
        "Pengguna baru itu tidak sesuai dan perangkat tidak mau menghapusnya. Mohon hapus pengguna itu pada "
        "perangkat."
    ),
    # The masks
    "masks_missing": gettext_noop("Area yang Anda gambar belum ditutup oleh perangkat."),
    "masks_missing_as_boxes": gettext_noop(
        "Area yang Anda gambar belum ditutup oleh perangkat. Perangkat ini hanya dapat menutup area "
        "persegi panjang, jadi yang tertutup sedikit lebih luas."
    ),
    "masks_undrawn": gettext_noop("Belum ada area yang Anda gambar."),
    "masks_right": gettext_noop("Area yang Anda gambar sudah ditutup oleh perangkat."),
    "masks_not_offered": gettext_noop(
        "Perangkat ini tidak dapat menutup area lewat ONVIF. Gambar Anda kami simpan; perangkatnya tidak kami ubah."
    ),
    "masks_full": gettext_noop("Perangkat tidak dapat menutup area sebanyak itu."),
    "masks_points": gettext_noop("Perangkat tidak dapat menutup area dengan sudut sebanyak itu."),
    "masks_unread": gettext_noop("Area yang ditutup pada perangkat tidak terbaca."),
    "not_our_masks": gettext_noop(
        "Area yang ditutup pada perangkat bukan lagi yang kami buat, jadi tidak kami hapus."
    ),
    # Any of them
    "not_permitted": gettext_noop(
        "Pengguna perangkat yang Anda berikan tidak berhak membaca atau mengubah setelan ini."
    ),
    "not_supported": gettext_noop("Perangkat tidak mengenal setelan ini."),
    "not_allowed": gettext_noop("Perubahan ini tidak termasuk yang boleh kami lakukan."),
    "changed_meanwhile": gettext_noop(
        "Setelan perangkat sudah berubah sejak terakhir dibaca, jadi tidak kami ubah. Mohon periksa sekali lagi."
    ),
    "ignored": gettext_noop("Perangkat menjawab “ya”, tetapi setelannya tidak berubah."),
    "refused": gettext_noop("Perangkat menolak perubahan ini."),
    "other_value": gettext_noop("Perangkat menyetel nilai lain daripada yang diminta."),
    "partly_written": gettext_noop(
        "Perangkat hanya mengerjakan sebagian dari perubahan ini, lalu menolak sisanya."
    ),
    "others_changed": gettext_noop(
        "Perangkat ikut mengubah hal lain yang tidak kami minta. Mohon periksa setelan perangkat."
    ),
    "not_read_back": gettext_noop(
        "Perubahan sudah dikirim, tetapi hasilnya tidak terbaca. Mohon periksa sekali lagi."
    ),
}


def why_words(code: str) -> str:
    """The sentence for the `why` of a finding or an outcome."""
    return WHY_WORDS.get(code, code)
