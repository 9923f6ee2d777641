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
