"""Refusals about people and duties, in words for the person who is refused."""

from django.utils.translation import gettext_lazy as _


class AccountsError(Exception):
    """A refusal that may be shown to the user as it is."""

    code = "accounts_error"
    message = _("Permintaan ini tidak dapat dipenuhi.")

    def __str__(self) -> str:
        return str(self.args[0] if self.args else self.message)


class NoDuty(AccountsError):
    code = "no_duty"
    message = _("Tugas Anda tidak mencakup tindakan ini atau wilayah ini.")


class InvitationOver(AccountsError):
    code = "invitation_over"
    message = _("Tautan ini sudah dipakai atau kedaluwarsa. Mintalah tautan baru.")


class OwnDuty(AccountsError):
    code = "own_duty"
    message = _("Tugas Anda sendiri diberikan oleh administrator lain.")


class LastAdministrator(AccountsError):
    code = "last_administrator"
    message = _("Ini administrator terakhir. Beri tugas administrator kepada orang lain dahulu.")


class WrongDutyDates(AccountsError):
    code = "wrong_duty_dates"
    message = _("Tugas mulai hari ini atau sesudahnya, dan berakhir setelah dimulai.")


class WrongDutyArea(AccountsError):
    code = "wrong_duty_area"
    message = _("Pilih wilayah di dalam wilayah lembaga ini.")


class NotThisBodysDuty(AccountsError):
    code = "not_this_bodys_duty"
    message = _("Verifikasi lapangan serta memberi dan menyetujui akses adalah tugas Polres dan Polsek.")


class DutyTwice(AccountsError):
    code = "duty_twice"
    message = _("Orang ini sudah memegang tugas yang sama pada masa itu.")


class DutyOver(AccountsError):
    code = "duty_over"
    message = _("Tugas ini sudah diakhiri.")


class DutySuspended(AccountsError):
    code = "duty_suspended"
    message = _("Tugas ini ditangguhkan pengawas. Pengawas yang membukanya kembali, setelah menilai.")


class PersonInactive(AccountsError):
    code = "person_inactive"
    message = _("Akun orang ini ditutup.")


class AlreadySignedIn(AccountsError):
    code = "already_signed_in"
    message = _("Orang ini sudah punya akun. Ia masuk sendiri dengan kode ke alamat atau nomornya.")


class OrganizationKnown(AccountsError):
    code = "organization_known"
    message = _("Lembaga dengan nama ini, atau Polsek untuk kecamatan ini, sudah ada.")


class StandInTooLong(AccountsError):
    code = "stand_in_too_long"
    message = _("Pengganti bertugas paling lama 92 hari, dan tidak melewati masa tugas yang digantikan.")


class StillOnDuty(AccountsError):
    code = "still_on_duty"
    message = _("Akun ini ditutup oleh administrator lembaga yang memberinya tugas.")


class AlsoAnOwner(AccountsError):
    code = "also_an_owner"
    message = _("Orang ini juga pemilik kamera. Akhiri tugasnya; akunnya sebagai pemilik tetap miliknya.")


class TokenNamed(AccountsError):
    code = "token_named"
    message = _("Anda sudah punya kunci dengan nama ini. Cabut yang lama bila hilang, atau pilih nama lain.")


class TokenTerms(AccountsError):
    code = "token_terms"
    message = _("Pilih yang boleh dibaca, paling lama 180 hari, dan paling banyak 10 kunci sekaligus.")
