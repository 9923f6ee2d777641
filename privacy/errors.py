"""Refusals about the rights of a data subject, in words for the person who is refused."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PrivacyError(Exception):
    """A refusal that may be shown to the user as it is."""

    code = "privacy_error"
    message: str | Promise = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class AlreadyAsked(PrivacyError):
    code = "already_asked"
    message = _("Permintaan yang sama sudah berjalan. Lihat tenggatnya di bawah.")


class AlreadyClosed(PrivacyError):
    code = "already_closed"
    message = _("Permintaan ini sudah ditutup.")


class CarriesDuty(PrivacyError):
    code = "carries_duty"
    message = _(
        "Akun ini pernah memegang tugas. Namanya tetap dikenal pengawas, karena setiap tayangan harus dapat "
        "dipertanggungjawabkan (UU 27/2022 pasal 15). Data Anda sebagai pemilik tetap dapat dihapus."
    )


class HandOverFirst(PrivacyError):
    code = "hand_over_first"
    message = _(
        "Anda pengelola terakhir di sana. Jadikan orang lain pengelola dulu, atau hapus data seluruh mitra itu."
    )


class AnotherPersonNeeded(PrivacyError):
    code = "another_person_needed"
    message = _("Penghapusan ini disetujui orang kedua, bukan orang yang memintanya.")


class NotRestricted(PrivacyError):
    code = "not_restricted"
    message = _("Pemrosesan tidak sedang dibatasi.")


class AlreadyRestricted(PrivacyError):
    code = "already_restricted"
    message = _("Pemrosesan sudah dibatasi.")


class NothingChanged(PrivacyError):
    code = "nothing_changed"
    message = _("Belum ada yang berubah. Tulis yang benar, lalu simpan.")


class ContactTaken(PrivacyError):
    code = "contact_taken"
    message = _("Kontak ini tidak dapat dipakai. Gunakan alamat atau nomor lain.")


class CodeWrong(PrivacyError):
    code = "code_wrong"
    message = _("Kode itu tidak cocok atau sudah lewat waktunya. Minta kode baru.")


class ReasonNeeded(PrivacyError):
    code = "reason_needed"
    message = _("Tulis alasannya; pemilik membacanya.")


class NotYourDesk(PrivacyError):
    """Shown as 404 by pages."""

    code = "not_your_desk"
    message = _("Ini bukan tugas Anda.")


class AlreadyTold(PrivacyError):
    code = "already_told"
    message = _("Pemberitahuan ini sudah dikirim.")


class BreachCancelled(PrivacyError):
    code = "breach_cancelled"
    message = _("Catatan ini sudah dibatalkan. Bila itu keliru, catat yang baru.")


class PointElsewhere(PrivacyError):
    code = "point_elsewhere"
    message = _(
        "Titik ini di luar kelurahan tempat itu. Periksa angkanya; tempat yang lain didata sebagai tempat baru."
    )
