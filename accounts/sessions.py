"""Sessions by a digest, so that what happened in one can be told without keeping a credential."""

import hashlib

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.services import note_sign_out


def digest(request: HttpRequest) -> str:
    """SHA-256 of the session key, in hex."""
    return hashlib.sha256((request.session.session_key or "").encode()).hexdigest()


@receiver(user_logged_out)
def _signed_out(sender: object, request: HttpRequest | None, user: User | None, **details: object) -> None:
    """The session is still there when Django says so; right after, it is emptied."""
    if user is not None and request is not None and request.session.session_key:
        note_sign_out(user=user, session=digest(request))
