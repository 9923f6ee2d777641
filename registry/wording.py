"""The words of the consent texts: what ships with the product, and how a set of words is checked.

A set of words is one sentence per key, for each language. `{name}` and its like are places to fill; a sentence has
exactly those of `PLACES`, so that no owner reads a text without its recipient, its hours or its last day. Nothing
here asks the database or the locale; which words are in force is told by `registry.texts`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from audit.chain import canonical
from registry.rights import Purpose, Right

LANGUAGES = ("id", "en")
#: The name of the shipped words, as it stands in the texts that were signed under them. A change of one of the
#: words below is a new name.
SHIPPED_VERSION = "2026-11"

#: Sentences that have places to fill, and which.
PLACES: dict[str, frozenset[str]] = {
    "recipient": frozenset({"name"}),
    "until": frozenset({"day"}),
    "hours": frozenset({"start", "end"}),
    "rights": frozenset({"authority"}),
}

Words = Mapping[str, Mapping[str, str]]

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


def _shipped(language: str) -> dict[str, str]:
    return {
        **{f"title.{right}": words for right, words in _TITLES[language].items()},
        **{f"what.{right}": words for right, words in _WHAT[language].items()},
        "data.listing": _LISTING_DATA[language],
        "data.recording": _RECORDING_DATA[language],
        "data.picture": _PICTURE_DATA[language],
        **{f"purpose.{purpose}": words for purpose, words in _PURPOSES[language].items()},
        "recipient": _RECIPIENT[language],
        "hours": _HOURS[language],
        "until": _UNTIL[language],
        "withdraw": _WITHDRAW[language],
        "rights": _RIGHTS[language],
        **{f"label.{code}": words for code, words in _LABELS[language].items()},
    }


SHIPPED: Words = {language: _shipped(language) for language in LANGUAGES}
KEYS: tuple[str, ...] = tuple(SHIPPED["id"])
LONGEST = 600


@dataclass(frozen=True)
class Wording:
    """One version of the words; `number` 1 is the shipped one."""

    number: int
    version: str
    words: Words

    @property
    def sha256(self) -> str:
        return digest_of(self.words)


SHIPPED_WORDING = Wording(1, SHIPPED_VERSION, SHIPPED)


def data_key(right: Right) -> str:
    """The sentence that says which data a right is about."""
    if right == Right.LISTED:
        return "data.listing"
    return "data.recording" if right == Right.RECORDING_ON_REQUEST else "data.picture"


def digest_of(words: Words) -> str:
    """SHA-256 over the canonical JSON of all sentences in both languages."""
    plain = {language: dict(words[language]) for language in LANGUAGES}
    return hashlib.sha256(canonical(plain)).hexdigest()


def places_of(sentence: str) -> frozenset[str] | None:
    """The places to fill in a sentence; None where its braces do not close or ask for more than a name."""
    try:
        parts = [
            (name, shape, turn) for _text, name, shape, turn in Formatter().parse(sentence) if name is not None
        ]
    except ValueError:
        return None
    if any(shape or turn or not (name or "").isidentifier() for name, shape, turn in parts):
        return None
    return frozenset(name or "" for name, _shape, _turn in parts)


def places_hold(key: str, sentence: str) -> bool:
    """Whether the sentence has exactly the places of its key, and no braces where there are none to fill."""
    expected = PLACES.get(key, frozenset())
    if not expected:
        return "{" not in sentence and "}" not in sentence
    return places_of(sentence) == expected and "{{" not in sentence and "}}" not in sentence


def is_whole(words: Words) -> bool:
    """Whether every sentence stands in both languages, on one line and with its places."""
    return set(words) == set(LANGUAGES) and all(
        set(words[language]) == set(KEYS)
        and all(
            0 < len(sentence) <= LONGEST and sentence == " ".join(sentence.split()) and places_hold(key, sentence)
            for key, sentence in words[language].items()
        )
        for language in LANGUAGES
    )


def clock(minute: int) -> str:
    """Minutes of the day as people read them: 1320 is "22.00"."""
    return f"{minute // 60:02d}.{minute % 60:02d}"
