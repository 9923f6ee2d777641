"""The invented people and owners of the demo. None of them is a real person, shop or number.

Numbers are +62 812 0000 0xxx, addresses end in @contoh.id; texts and letters of the demo stay in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import DutyKind, OrganizationKind
from registry.models import PartnerKind

MAIL_DOMAIN = "contoh.id"

POLRES = "Polres Metro Jakarta Barat"
CITY, PRECINCT = "31.73", "31.73.05"  # The areas of the Polres and of Polsek Kebon Jeruk.


def phone(number: int) -> str:
    """A number of the demo, valid by the numbering plan."""
    return f"+62812{number:08d}"


def mail(name: str) -> str:
    return f"{name}@{MAIL_DOMAIN}"


@dataclass(frozen=True)
class Body:
    """An organization; the eight Polsek are added beside these, one for each kecamatan."""

    name: str
    kind: OrganizationKind
    contact: str = ""


BODIES = (
    Body(POLRES, OrganizationKind.POLRES, "Pusat komando, telepon 110"),
    Body("Kodim 0503/JB", OrganizationKind.MILITARY),
    Body("Pemerintah Kota Administrasi Jakarta Barat", OrganizationKind.GOVERNMENT),
    Body("Kejaksaan Negeri Jakarta Barat", OrganizationKind.PROSECUTION),
)


@dataclass(frozen=True)
class Post:
    """A duty: what for, at the Polres or Polsek of which area, under which title."""

    kind: DutyKind
    body: str
    title: str
    area_code: str = ""
    emergency: bool = False


@dataclass(frozen=True)
class Persona:
    """A person whom `./run up` gives a sign-in link. `role` is the word in the link's line."""

    role: str
    name: str
    email: str = ""
    phone: str = ""
    posts: tuple[Post, ...] = ()


OFFICER_KELURAHAN = "31.73.05.1001"
OWNER = Persona("owner", "Bu Ningrum Asmarani", phone=phone(1))
OFFICER = Persona(
    "officer", "Aiptu Darma Setiabakti", email=mail("petugas")
)  # His posts: as every Bhabinkamtibmas.
#: The owner of `LIVE`, whose cameras really answer.
NEIGHBOUR = Persona("neighbour", "Pak Sabda Hanggara", email=mail("ketua-rw"), phone=phone(199))
STAFF = (
    Persona(
        "precinct",
        "Iptu Laras Widyaguna",
        email=mail("polsek"),
        posts=(
            Post(DutyKind.GRANTOR, PRECINCT, "Kanit Binmas"),
            Post(DutyKind.VIEWER, PRECINCT, "Kanit Binmas"),
            Post(DutyKind.APPROVER, CITY, "Perwira pemeriksa"),
        ),
    ),
    Persona(
        "command",
        "Brigadir Tirta Manggala",
        email=mail("pusat-komando"),
        posts=(Post(DutyKind.VIEWER, CITY, "Operator pusat komando", emergency=True),),
    ),
    Persona(
        "supervisor",
        "Kompol Satya Hardana",
        email=mail("pengawas"),
        posts=(Post(DutyKind.SUPERVISOR, CITY, "Pengawas Propam"),),
    ),
    Persona(
        "administrator",
        "AKP Nirmala Kartasasmita",
        email=mail("administrator"),
        posts=(Post(DutyKind.ADMINISTRATOR, CITY, "Kasi TIK"),),
    ),
    Persona(
        "polres",
        "Kompol Arya Wirabrata",
        email=mail("polres"),
        posts=(Post(DutyKind.GRANTOR, CITY, "Kasat Binmas"),),
    ),
)
#: Whose links `./run up` prints; `manage.py demo_links` adds the others.
ROLES = ("owner", "neighbour", "officer", "precinct", "command", "supervisor")
MORE_ROLES = ("administrator", "polres")
#: Who gives access to a vital object of the demo, and who approves it as the second person.
VITAL_TASKS = ("polres", "precinct")

# A Bhabinkamtibmas for each kelurahan of two kecamatan, in the order of their codes; the first is the persona.
BHABINKAMTIBMAS = (
    OFFICER.name,
    "Aipda Wira Kertapati",
    "Bripka Galih Notoraharjo",
    "Aipda Seto Cahyawarman",
    "Bripka Endra Palupito",
    "Aiptu Bimo Sasrawira",
    "Aipda Jati Purbakencana",
    "Bripka Raka Suryabuana",
    "Aiptu Wahyudi Tamtomulya",
    "Aipda Ganda Mertawijaya",
    "Bripka Panji Rekadipa",
    "Aipda Surya Lokananta",
)


@dataclass(frozen=True)
class Owner:
    """An invented owner with one site. `fate` is how far his cameras came; `ago` is days since he enrolled.

    Fates: waiting, verified, aimed (verified and its view judged), fix (the officer asked for one), paused
    (verified, then paused), withdrawn.
    """

    kind: PartnerKind
    name: str
    person: str
    kelurahan: str
    address: str
    cameras: tuple[str, ...]
    level: str
    fate: str
    ago: int
    office: str = ""


_R, _B, _N, _I, _V = (
    PartnerKind.RESIDENT,
    PartnerKind.BUSINESS,
    PartnerKind.NEIGHBOURHOOD,
    PartnerKind.INSTITUTION,
    PartnerKind.VITAL,
)

_GATE, _STREET, _PARKING, _TILL = "Gerbang", "Jalan depan", "Parkiran", "Kasir"

OWNERS = (
    Owner(_R, "Pak Wasis Kertajaya", "", "05.1001", "Gang Kenanga 4", (_STREET,), "listed", "waiting", 2),
    Owner(_R, "Bu Retna Puspowati", "", "05.1001", "Gang Kenanga 17", (_GATE, _STREET), "recording",
          "verified", 96),
    Owner(_R, "Pak Tegar Wanasari", "", "05.1001", "Jalan Melati Satu 8", (_STREET,), "incident", "waiting", 5),
    Owner(_R, "Bu Sekar Lintangsari", "", "05.1002", "Gang Dahlia 3", (_GATE,), "listed", "verified", 357),
    Owner(_R, "Pak Hanung Wiratama", "", "05.1003", "Jalan Cempaka 21", (_STREET,), "hours", "aimed", 210),
    Owner(_R, "Bu Wening Prabasari", "", "05.1005", "Gang Anggrek 9", (_GATE, _STREET), "recording", "fix", 20),
    Owner(_R, "Pak Lanang Sudibya", "", "05.1006", "Jalan Flamboyan 12", (_GATE,), "listed", "withdrawn", 150),
    Owner(_R, "Bu Kinanti Larasati", "", "05.1007", "Jalan Teratai 30", (_STREET,), "incident", "verified", 40),
    Owner(_R, "Pak Gede Arnawama", "", "06.1001", "Gang Seroja 6", (_STREET,), "listed", "waiting", 1),
    Owner(_R, "Bu Mirah Kusumaningtyas", "", "06.1002", "Gang Bugenvil 11", (_GATE,), "recording", "verified", 349),
    Owner(_R, "Pak Djaka Lelana", "", "06.1003", "Jalan Kemuning 2", (_GATE, _STREET), "incident", "paused", 61),
    Owner(_R, "Bu Ambar Wulandani", "", "06.1005", "Jalan Tanjung 19", (_STREET,), "listed", "fix", 13),
    Owner(_R, "Pak Sigit Brajamusti", "", "01.1003", "Gang Melur 5", (_STREET,), "recording", "waiting", 30),
    Owner(_R, "Bu Laksmi Dewantari", "", "02.1003", "Jalan Nusa Rekaan 14", (_GATE,), "listed", "waiting", 9),
    Owner(_R, "Pak Rangga Purwasena", "", "04.1005", "Gang Kelor 28", (_STREET,), "listed", "waiting", 44),
    Owner(_R, "Bu Tantri Mayangsari", "", "08.1001", "Jalan Puspa 7", (_GATE,), "recording", "withdrawn", 120),
    Owner(_B, "Toko Roti Pagi Cerah (rekaan)", "Bu Ratri Handaru", "05.1001", "Jalan Melati Raya 40",
          (_STREET, _TILL),
          "incident", "verified", 75, "Pemilik"),
    Owner(_B, "Bengkel Roda Tiga (rekaan)", "Pak Wisnu Gunaprana", "05.1004", "Jalan Angsana 5",
          (_STREET, _PARKING),
          "recording", "waiting", 6, "Pemilik"),
    Owner(_B, "Apotek Daun Hijau (rekaan)", "Bu Citra Nawangwulan", "05.1006", "Jalan Flamboyan Raya 3",
          (_STREET, _TILL), "hours", "aimed", 180, "Apoteker penanggung jawab"),
    Owner(_B, "Ruko Anggrek Blok B (rekaan)", "Pak Bayu Ekasetya", "05.1005", "Ruko Anggrek B1–B6",
          (_STREET, _PARKING, "Lorong"), "hours", "verified", 33, "Pengelola"),
    Owner(_B, "Gudang Semanan Jaya (rekaan)", "Pak Teguh Wardhana", "06.1002", "Jalan Bugenvil Raya 88",
          (_GATE, _PARKING), "recording", "verified", 240, "Kepala gudang"),
    Owner(_B, "Warung Kopi Teras (rekaan)", "Bu Dara Pramesti", "06.1001", "Jalan Seroja 15", (_STREET,), "listed",
          "waiting", 3, "Pemilik"),
    Owner(_B, "Laundry Bersih Wangi (rekaan)", "Bu Sinta Roswara", "07.1005", "Jalan Kecapi 2",
          (_STREET,), "listed",
          "waiting", 17, "Pemilik"),
    Owner(_B, "Parkir Glodok Rekaan", "Pak Aryo Sembada", "03.1007", "Jalan Pancawarna 60", (_GATE, _PARKING),
          "incident", "waiting", 12, "Pengelola"),
    Owner(_N, "RW 03 Kebon Jeruk (rekaan)", "Pak Suradi Mangkuwana", "05.1001", "Pos RW 03, Gang Kenanga",
          ("Portal utara", "Portal selatan"), "incident", "aimed", 130, "Ketua RW"),
    Owner(_N, "RT 07/05 Sukabumi Utara (rekaan)", "Bu Endah Prayitna", "05.1002", "Pos RT 07, Gang Dahlia",
          ("Portal",), "recording", "waiting", 8, "Ketua RT"),
    Owner(_N, "Perumahan Taman Kedoya Rekaan", "Pak Prana Wicaksa", "05.1007", "Jalan Teratai Utama 1",
          (_GATE, "Bundaran", "Taman"), "hours", "verified", 355, "Pengurus"),
    Owner(_N, "RW 11 Pegadungan (rekaan)", "Pak Komar Lirboyo", "06.1005", "Pos RW 11, Jalan Tanjung",
          ("Portal barat", "Simpang"), "incident", "verified", 88, "Ketua RW"),
    Owner(_N, "RT 02/09 Kamal (rekaan)", "Bu Yani Candramaya", "06.1004", "Pos RT 02", ("Portal",), "listed",
          "waiting", 25, "Ketua RT"),
    Owner(_N, "RW 06 Joglo (rekaan)", "Pak Mulya Atmasudirga", "08.1005", "Balai RW 06", ("Balai",
          _STREET), "recording",
          "waiting", 52, "Ketua RW"),
    Owner(_I, "Kantor Kelurahan Kebon Jeruk (peragaan)", "Bu Asri Wijanarka", "05.1001", "Jalan Melati Raya 1",
          (_GATE, _STREET), "incident", "verified", 200, "Sekretaris kelurahan"),
    Owner(_I, "Puskesmas Rekaan Kalideres", "Pak Damar Tunjungsekar", "06.1001", "Jalan Seroja Raya 9",
          (_GATE, _PARKING), "recording", "aimed", 160, "Kepala tata usaha"),
    Owner(_I, "SD Rekaan Duri Kepa", "Bu Niken Salindri", "05.1005", "Jalan Anggrek 44", (_GATE,), "listed",
          "fix", 28,
          "Kepala sekolah"),
    Owner(_I, "Pos Pemadam Rekaan Palmerah", "Pak Yoga Samudra", "07.1001", "Jalan Kecapi Raya 20", (_STREET,),
          "recording", "waiting", 70, "Komandan regu"),
    Owner(_V, "Gardu Listrik Rekaan", "Pak Adhi Baskara", "06.1003", "Jalan Kemuning Ujung", (_GATE, "Pagar timur"),
          "recording", "verified", 140, "Manajer keamanan"),
    Owner(_V, "Instalasi Air Rekaan", "Bu Gayatri Sanjaya Putri", "05.1003", "Jalan Cempaka Ujung", (_GATE,),
          "incident", "waiting", 15, "Kepala instalasi"),
)  # fmt: skip

LIVE = Owner(
    _N,
    "Pos RW (peragaan)",
    NEIGHBOUR.name,
    "05.1001",
    "Ruko Anggrek, Jalan Melati Raya 12",
    ("Kanal 1", "Kanal 2", "Kanal 3", "Kanal 4"),
    "hours",
    "verified",
    45,
    "Ketua RW",
)
"""The one site whose cameras really answer: the virtual recorder."""

WAITING = Owner(
    _R,
    "Bu Sulastri Padmasari",
    "",
    "05.1001",
    "Taman Bacaan, Gang Kenanga 21",
    (_STREET,),
    "incident",
    "waiting",
    1,
)
"""The one site whose camera answers and waits for its visit: a newcomer walks the verification here."""
