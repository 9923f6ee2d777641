"""The consent texts, versioned: what an owner reads is what is hashed and kept (UU 27/2022 art. 21, 22, 24).

A change of one word is a new VERSION. Rendering depends on nothing but its arguments, never on the locale, so that
the same choice gives the same text wherever it is shown or checked.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from registry.rights import IN_HOURS, PURPOSE_OF, Purpose, Right

VERSION = "2026-11"
LANGUAGES = ("id", "en")

_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}

_LABELS = {
    "id": {
        "what": "Yang Anda izinkan",
        "data": "Data",
        "purpose": "Tujuan",
        "recipient": "Penerima",
        "hours": "Jam",
        "until": "Berlaku sampai",
        "withdraw": "Cara menarik",
        "rights": "Hak Anda",
    },
    "en": {
        "what": "What you allow",
        "data": "Data",
        "purpose": "Purpose",
        "recipient": "Recipient",
        "hours": "Hours",
        "until": "Valid until",
        "withdraw": "How to withdraw",
        "rights": "Your rights",
    },
}

_TITLES = {
    "id": {
        Right.LISTED: "Terdata dan dihubungi bila ada kejadian",
        Right.HEALTH_SNAPSHOT: "Pemeriksaan gambar untuk kesehatan kamera",
        Right.RECORDING_ON_REQUEST: "Diminta rekaman, Anda yang memutuskan",
        Right.STILL_IN_INCIDENT: "Gambar diam saat ada kejadian",
        Right.LIVE_IN_INCIDENT: "Tayangan langsung saat ada kejadian",
        Right.STILL_IN_HOURS: "Gambar diam pada jam tertentu",
        Right.LIVE_IN_HOURS: "Tayangan langsung pada jam tertentu",
    },
    "en": {
        Right.LISTED: "Listed, and contacted when something happens",
        Right.HEALTH_SNAPSHOT: "Checking pictures for the health of the camera",
        Right.RECORDING_ON_REQUEST: "Asked for recordings, you decide",
        Right.STILL_IN_INCIDENT: "Stills during an incident",
        Right.LIVE_IN_INCIDENT: "Live view during an incident",
        Right.STILL_IN_HOURS: "Stills at set hours",
        Right.LIVE_IN_HOURS: "Live view at set hours",
    },
}

_WHAT = {
    "id": {
        Right.LISTED: (
            "Kamera Anda tercatat, dan petugas yang berwenang dapat melihat letak serta keadaannya dan menghubungi "
            "Anda. Tidak ada gambar yang dibuka."
        ),
        Right.HEALTH_SNAPSHOT: (
            "Sistem mengambil satu gambar secara otomatis untuk memeriksa apakah kamera gelap, tertutup, bergeser, "
            "atau macet. Gambar ini tidak pernah ditampilkan kepada petugas."
        ),
        Right.RECORDING_ON_REQUEST: (
            "Petugas boleh meminta potongan rekaman untuk suatu perkara. Anda menjawab setiap permintaan dan boleh "
            "menolak tanpa alasan."
        ),
        Right.STILL_IN_INCIDENT: (
            "Selama ada kejadian yang tercatat di sekitar kamera, petugas yang diberi akses boleh melihat gambar "
            "diam, dengan alasan yang dicatat lebih dahulu."
        ),
        Right.LIVE_IN_INCIDENT: (
            "Selama ada kejadian yang tercatat di sekitar kamera, petugas yang diberi akses boleh melihat tayangan "
            "langsung dan gambar diam tanpa suara, dengan alasan yang dicatat lebih dahulu."
        ),
        Right.STILL_IN_HOURS: (
            "Pada jam yang Anda tentukan, petugas yang diberi akses boleh melihat gambar diam, dengan alasan yang "
            "dicatat lebih dahulu."
        ),
        Right.LIVE_IN_HOURS: (
            "Pada jam yang Anda tentukan, petugas yang diberi akses boleh melihat tayangan langsung dan gambar "
            "diam tanpa suara, dengan alasan yang dicatat lebih dahulu."
        ),
    },
    "en": {
        Right.LISTED: (
            "Your camera is on record, and authorised officers can see where it is and how it is and contact you. "
            "No picture is opened."
        ),
        Right.HEALTH_SNAPSHOT: (
            "The system takes one picture by itself to check whether the camera is dark, covered, turned or "
            "frozen. This picture is never shown to an officer."
        ),
        Right.RECORDING_ON_REQUEST: (
            "Officers may ask for a piece of recording for a case. You answer each request and may refuse without "
            "giving a reason."
        ),
        Right.STILL_IN_INCIDENT: (
            "While a recorded incident is open around the camera, officers with access may see stills, after "
            "giving a reason that is kept."
        ),
        Right.LIVE_IN_INCIDENT: (
            "While a recorded incident is open around the camera, officers with access may see live view and "
            "stills without sound, after giving a reason that is kept."
        ),
        Right.STILL_IN_HOURS: (
            "At the hours you set, officers with access may see stills, after giving a reason that is kept."
        ),
        Right.LIVE_IN_HOURS: (
            "At the hours you set, officers with access may see live view and stills without sound, after giving a "
            "reason that is kept."
        ),
    },
}

_LISTING_DATA = {
    "id": "Nama dan kontak Anda, alamat dan letak kamera, arah dan keadaannya. Tanpa NIK dan tanpa foto KTP.",
    "en": "Your name and contact, address and position of the camera, its direction and state. No NIK or ID photo.",
}
_PICTURE_DATA = {
    "id": "Gambar dari kamera Anda, dan catatan siapa melihat, kapan, dan mengapa (Buku Tamu Kamera).",
    "en": "Pictures of your camera, and the record of who looked, when and why (the look log).",
}
_RECORDING_DATA = {
    "id": "Potongan rekaman yang Anda serahkan, dan catatan penyerahannya.",
    "en": "The piece of recording that you hand over, and the record of handing it over.",
}

_PURPOSES = {
    "id": {
        Purpose.SECURITY: "Keamanan lingkungan",
        Purpose.INCIDENT: "Penanganan kejadian",
        Purpose.INVESTIGATION: "Pembuktian perkara",
        Purpose.MAINTENANCE: "Perawatan kamera",
    },
    "en": {
        Purpose.SECURITY: "Security of the neighbourhood",
        Purpose.INCIDENT: "Handling of incidents",
        Purpose.INVESTIGATION: "Evidence in a case",
        Purpose.MAINTENANCE: "Maintenance of the camera",
    },
}

_RECIPIENT = {
    "id": "Hanya {name}. Satuan di bawahnya dan lembaga lain tidak termasuk.",
    "en": "Only {name}. Bodies below it and other bodies are not included.",
}
_UNTIL = {
    "id": "{day}. Sesudah itu berakhir sendiri, kecuali Anda perbarui.",
    "en": "{day}. After that it ends by itself unless you renew it.",
}
_HOURS = {"id": "{start} sampai {end} WIB setiap hari", "en": "{start} to {end} WIB every day"}
_WITHDRAW = {
    "id": (
        "Kapan saja, di halaman Kamera saya, tekan Tarik persetujuan. Berlaku seketika; pemrosesan dihentikan "
        "paling lambat 3×24 jam menurut undang-undang. Menarik satu izin tidak menghapus izin "
        "lain, kecuali Terdata."
    ),
    "en": (
        "At any time, on the page My cameras, press Withdraw. It acts at once; by law processing stops within "
        "3×24 hours. Withdrawing one permission leaves the others, except Listed."
    ),
}
_RIGHTS = {
    "id": (
        "Anda dapat meminta salinan, perbaikan, dan penghapusan data Anda, serta mengadu kepada {authority} "
        "(UU 27/2022 tentang Pelindungan Data Pribadi). Persetujuan ini sukarela."
    ),
    "en": (
        "You may ask for a copy, correction and erasure of your data, and complain to {authority} (Law 27/2022 on "
        "Personal Data Protection). This consent is voluntary."
    ),
}


@dataclass(frozen=True)
class Line:
    """One labelled line of a text."""

    code: str
    label: str
    words: str


@dataclass(frozen=True)
class ShownText:
    """One right for one recipient, in the words the owner reads."""

    right: Right
    language: str
    title: str
    lines: tuple[Line, ...]
    version: str = VERSION

    @property
    def body(self) -> str:
        """The plain text that is kept and hashed."""
        return "\n".join([self.title, *[f"{line.label}: {line.words}" for line in self.lines]])

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


def consent_text(
    *,
    right: Right,
    recipient: str,
    valid_until: datetime,
    language: str,
    hours_from: int | None = None,
    hours_until: int | None = None,
) -> ShownText:
    """The text for one right and one recipient (its name). An unknown language is answered in Indonesian."""
    tongue = language if language in LANGUAGES else "id"
    words: dict[str, str] = {
        "what": _WHAT[tongue][right],
        "data": _data(right)[tongue],
        "purpose": _PURPOSES[tongue][PURPOSE_OF[right]],
        "recipient": _RECIPIENT[tongue].format(name=recipient),
    }
    if right in IN_HOURS and hours_from is not None and hours_until is not None:
        words["hours"] = _HOURS[tongue].format(start=clock(hours_from), end=clock(hours_until))
    words["until"] = _UNTIL[tongue].format(day=day_in_words(last_day(valid_until), tongue))
    words["withdraw"] = _WITHDRAW[tongue]
    words["rights"] = _RIGHTS[tongue].format(authority=settings.DATA_PROTECTION_AUTHORITY)
    lines = tuple(Line(code, _LABELS[tongue][code], text) for code, text in words.items())
    return ShownText(right=right, language=tongue, title=_TITLES[tongue][right], lines=lines)


def clock(minute: int) -> str:
    """Minutes of the day as people read them: 1320 is "22.00"."""
    return f"{minute // 60:02d}.{minute % 60:02d}"


def last_day(valid_until: datetime) -> date:
    """The last local day on which a consent that ends at this moment holds."""
    return timezone.localtime(valid_until - timedelta(microseconds=1)).date()


def day_in_words(day: date, language: str) -> str:
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"


def _data(right: Right) -> dict[str, str]:
    if right == Right.LISTED:
        return _LISTING_DATA
    return _RECORDING_DATA if right == Right.RECORDING_ON_REQUEST else _PICTURE_DATA
