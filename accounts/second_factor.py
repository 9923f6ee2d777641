"""When the second factor was passed in a session. allauth does the work and keeps the record."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services import note_second_factor

#: Which of the backends signs somebody in where no form of allauth does.
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def passed_at(request: HttpRequest) -> datetime | None:
    """When this session last passed the second factor, or None if never or too long ago."""
    moments = [
        record["at"] for record in get_authentication_records(request, request.user) if record["method"] == "mfa"
    ]
    if not moments:
        return None
    moment = datetime.fromtimestamp(max(moments), tz=UTC)
    return moment if timezone.now() - moment < settings.SECOND_FACTOR_LASTS else None


def has_authenticator(user: User) -> bool:
    """Whether the person has set up a TOTP app or a passkey."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def mark_passed(request: HttpRequest, user: User, **details: Any) -> None:
    """Note in the session that the second factor was passed just now."""
    record_authentication(request, user, "mfa", **details)


@receiver(authenticator_added)
def _added(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **details: Any) -> None:
    """Setting up a TOTP app asks for a code of it, which is the second factor passed."""
    note_second_factor(user=user, change="added", kind=authenticator.type)
    if authenticator.type == Authenticator.Type.TOTP:
        mark_passed(request, user, type="totp", reauthenticated=True)


@receiver(authenticator_removed)
def _removed(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **details: Any
) -> None:
    note_second_factor(user=user, change="removed", kind=authenticator.type)
