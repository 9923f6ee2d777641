"""Refusals about access, in words for the person who is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AccessError(Exception):
    """A refusal that may be shown to the user as it is."""

    code = "access_error"
    message: str | Promise = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class ConsentTooSmall(AccessError):
    code = "consent_too_small"
    message = _("Pemilik tidak menyetujui hak ini untuk lembaga tersebut. Akses tidak dapat melebihi persetujuan.")


class NobodyAgreed(AccessError):
    code = "nobody_agreed"
    message = _(
        "Di wilayah ini belum ada pemilik yang menyetujuinya. Kirim juga “later_too”: true bila akses tetap "
        "diberikan untuk kamera yang disetujui kemudian."
    )


class ConsentTooShort(AccessError):
    code = "consent_too_short"
    message = _("Masa akses melebihi masa persetujuan pemilik.")


class NotForThisBody(AccessError):
    code = "not_for_this_body"
    message = _("Akses ke objek vital hanya diberikan oleh orang yang ditunjuk Polres untuk objek itu.")


class SamePerson(AccessError):
    code = "same_person"
    message = _("Anda yang memverifikasi kamera ini. Akses harus diberikan oleh orang lain.")


class NotYourOwn(AccessError):
    code = "not_your_own"
    message = _("Anda sendiri yang memberi akses ini. Orang lain yang menyetujuinya.")


class AskedAlready(AccessError):
    code = "asked_already"
    message = _("Lembaga Anda sudah meminta ini, dan permintaannya masih menunggu jawaban.")


class AskedTooOften(AccessError):
    code = "asked_too_often"
    message = _("Terlalu banyak permintaan hari ini. Tunggu jawaban yang sudah ada, lalu coba lagi besok.")


class AskedTooVaguely(AccessError):
    code = "asked_too_vaguely"
    message = _("Kata-kata ini cocok untuk setiap permintaan. Tulis apa yang terjadi dan untuk apa aksesnya.")


class NotWhoAsked(AccessError):
    code = "not_who_asked"
    message = _("Permintaan ini dari lembaga lain. Untuk lembaga yang dipilih, berikan akses tersendiri.")


class AnsweredAlready(AccessError):
    code = "answered_already"
    message = _("Permintaan ini sudah dijawab.")


class WrongPurpose(AccessError):
    code = "wrong_purpose"
    message = _("Tujuan ini tidak sesuai dengan hak yang dipilih.")


class WrongDates(AccessError):
    code = "wrong_dates"
    message = _("Masa berlaku harus berakhir setelah dimulai, dan paling lama satu tahun.")


class GrantStands(AccessError):
    code = "grant_stands"
    message = _(
        "Akses yang sama dengan nomor surat ini sudah ada untuk masa itu. "
        "Buka daftar akses, atau ubah masa berlakunya."
    )


class NotInForce(AccessError):
    code = "not_in_force"
    message = _("Akses ini sudah dicabut atau berakhir.")


class CaseNumbered(AccessError):
    code = "case_numbered"
    message = _("Perkara ini sudah bernomor.")


class CaseOver(AccessError):
    code = "case_over"
    message = _("Perkara ini sudah ditutup atau lewat waktunya.")


class NeedsSecondPerson(AccessError):
    code = "needs_second_person"
    message = _("Yang membuka perkara tidak dapat memperpanjangnya. Mintalah rekan satu lembaga atau dari Polres.")


class ReasonTooVague(AccessError):
    code = "reason_too_vague"
    message = _(
        "Kata-kata ini cocok untuk setiap kali melihat, jadi pemilik tidak tahu mengapa kameranya dibuka. Tulis "
        "apa yang terjadi dan apa yang dicari. Contoh: “Mencari orang hilang”, “Menindaklanjuti panggilan 110”."
    )


class ReasonKnown(AccessError):
    code = "reason_known"
    message = _("Alasan dengan kata-kata ini sudah ada dalam daftar.")


REFUSALS: dict[str, str | Promise] = {
    "signed_out": _("Silakan masuk."),
    "inactive": _("Akun Anda tidak aktif."),
    "second_factor": _("Faktor kedua diperlukan."),
    "no_duty": _("Anda tidak sedang bertugas melihat kamera untuk lembaga ini."),
    "withdrawn": _("Kamera ini sudah ditarik pemiliknya."),
    "not_connected": _("Kamera ini belum terhubung, jadi tidak ada gambarnya."),
    "not_verified": _("Kamera ini belum diverifikasi di lokasi."),
    "different_device": _("Perangkat lain menjawab di alamat kamera ini. Pemilik sudah diberi tahu."),
    "no_sticker": _("Pemberitahuan kamera belum terpasang di lokasi."),
    "no_grant": _("Lembaga Anda tidak diberi akses ke kamera ini."),
    "no_consent": _("Pemilik tidak mengizinkan hal ini."),
    "outside_hours": _("Pemilik mengizinkan hanya pada jam tertentu."),
    "case_needed": _("Pemilik mengizinkan hanya saat ada kejadian. Pilih perkara yang terbuka di sekitar kamera."),
    "paused": _("Pemilik sedang menjeda kamera ini."),
    "reason_needed": _("Pilih alasan melihat dari daftar."),
    "reason_needs_case": _("Alasan ini memerlukan perkara. Pilih perkara yang terbuka."),
    "case_elsewhere": _("Kamera ini di luar jangkauan perkara tersebut, atau perkaranya sudah ditutup."),
    "not_for_emergencies": _("Tugas Anda tidak mencakup akses darurat. Mintalah akses kepada Polsek."),
    "second_factor_again": _("Ketik sekali lagi faktor kedua Anda; akses darurat memintanya setiap kali."),
    "emergency_needs_case": _(
        "Akses darurat memerlukan perkara terbuka di sekitar kamera. Buka atau pilih perkara."
    ),
    "look_over": _("Waktu melihat sudah berakhir. Ulangi dengan alasan."),
}


class LookRefused(AccessError):
    """The decision said no; `code` is one of REFUSALS."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code
