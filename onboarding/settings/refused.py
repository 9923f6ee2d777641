"""An account that was typed and that the device did not take: its owner types the password again, not all of it.

The user's name waits in his own session, sealed as it was for the conversation, and for no other.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from onboarding.models import SettingsWork
from onboarding.settings.accounts import user_typed_for
from onboarding.settings.forms import FORGET, KEEP

KEY = "settings_account"
FIELDS = {"unauthorized": "password", "not_permitted": "user"}
"""Where each refusal of an account is said."""


@dataclass(frozen=True)
class RefusedAccount:
    """What is filled in again, and what is said at which field."""

    typed: dict[str, str]
    field: str
    words: str


def keep_user(request: HttpRequest, work: SettingsWork) -> None:
    """Remember who was typed for this conversation, sealed."""
    if work.has_account:
        request.session[KEY] = {"work": str(work.public_id), "user": work.sealed_user}


def refused_account(request: HttpRequest, work: SettingsWork) -> RefusedAccount | None:
    """The account typed in this session for this work, where the device did not take it."""
    kept = request.session.get(KEY) or {}
    if not work.is_over or kept.get("work") != str(work.public_id) or work.code not in FIELDS:
        return None
    typed = {"user": user_typed_for(work, kept["user"]), "afterwards": KEEP if work.keeps_account else FORGET}
    return RefusedAccount(typed=typed, field=FIELDS[work.code], words=_(work.message))
