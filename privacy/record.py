"""The record of processing (UU 27/2022 art. 31): what the programme does with whose data, on what basis, how long.

Version 1 of each line is written here, with the times that the code itself keeps; whoever protects data may write a
newer version of a line (`models.Activity`), and every older one stays readable.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from privacy.models import Activity

FIELDS = ("name", "purpose", "basis", "categories", "recipients", "retention")


@dataclass(frozen=True)
class Line:
    """One activity as it stands: the shipped words, or the newest version that somebody wrote."""

    code: str
    version: int
    name: str
    purpose: str
    basis: str
    categories: str
    recipients: str
    retention: str
    written_at: datetime | None = None


def shipped() -> list[Line]:
    """Version 1, in the reader's language, with the times of the settings."""
    days = {"a": _days(settings.STILL_KEPT), "b": _days(settings.STILL_KEPT_FOR_A_CASE)}
    ending, lasts = _hours(settings.ENDING_LASTS), _days(settings.CONSENT_LASTS)
    consent = _("Persetujuan pemilik (pasal 20 ayat (2) huruf a), tiap tujuan dan penerima tersendiri.")
    return [
        Line(
            "pendataan",
            1,
            _("Pendataan kamera mitra"),
            _("Mengetahui siapa memiliki kamera dan di mana, atas kemauan pemilik."),
            consent,
            _("Pemilik dan penanggung jawab: nama, kontak, alamat, titik, peran. Kamera: nama, arah, perangkat."),
            _("Lembaga yang disebut dalam persetujuan; Bhabinkamtibmas kelurahan."),
            _("Sampai persetujuan berakhir (paling lama %(lasts)s), lalu dihapus dalam %(ending)s jam.")
            % {"lasts": lasts, "ending": ending},
        ),
        Line(
            "tayangan",
            1,
            _("Melihat melalui kamera"),
            _("Keamanan, penanganan kejadian, dan bukti perkara, selalu dengan alasan."),
            consent + " " + _("Gambar untuk perkara: penegakan hukum (pasal 15)."),
            _("Orang yang terekam: gambar tanpa suara. Petugas: nama, satuan, tugas, alasan, waktu."),
            _("Petugas bertugas pada lembaga penerima persetujuan. Pemilik membaca Buku Tamu tanpa nama petugas."),
            _("Gambar diam paling lama %(a)s; untuk perkara %(b)s. Tayangan langsung tidak disimpan.") % days,
        ),
        Line(
            "kesehatan",
            1,
            _("Memeriksa kesehatan kamera"),
            _("Memberi tahu pemilik bila kameranya rusak."),
            consent,
            _("Perangkat: alamat, jawaban, jam. Tidak ada gambar untuk petugas."),
            _("Pemilik; satuan yang diberi hak melihat kesehatan."),
            _("Alamat dan kata sandi dihapus %(ending)s jam setelah persetujuan berakhir.") % {"ending": ending},
        ),
        Line(
            "jejak-audit",
            1,
            _("Jejak audit"),
            _("Membuktikan siapa memutuskan dan melihat apa, kapan."),
            _("Kewajiban hukum pengendali (pasal 31, 35, dan 39)."),
            _("Kode, waktu, sidik; teks pribadi tersendiri dan dapat dikosongkan."),
            _("Pengawas; badan lain menerima sidiknya saja."),
            _("Sidik selamanya; teks sampai penghapusan diminta."),
        ),
        Line(
            "akun",
            1,
            _("Akun dan pesan"),
            _("Masuk, pemberitahuan, dan tugas petugas."),
            _("Pelaksanaan permintaan orangnya (pasal 20 ayat (2) huruf b) dan tugas dinas (huruf e)."),
            _("Pemilik dan petugas: nama, surel, nomor HP, pesan, waktu masuk."),
            _("Penyedia surat elektronik; tidak ada yang lain."),
            _("Sampai orangnya menghapus akunnya; nama petugas tetap selama tayangannya dipertanggungjawabkan."),
        ),
    ]


def lines() -> list[Line]:
    """The record as it stands now."""
    newest = _newest(Activity.objects.all())
    return [newest.get(line.code, line) for line in shipped()]


def line_of(code: str) -> Line | None:
    """One line as it stands now."""
    return next((line for line in lines() if line.code == code), None)


def _newest(rows: Iterable[Activity]) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for row in rows:  # The newest version of a code comes first.
        words = {name: getattr(row, name) for name in FIELDS}
        found.setdefault(row.code, Line(row.code, row.version, **words, written_at=row.written_at))
    return found


def _days(span: timedelta) -> str:
    return _("%(days)d hari") % {"days": span.days}


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
