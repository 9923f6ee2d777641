"""Who is looking: one person, in one duty, in one session."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest
from django.utils import timezone

from accounts import second_factor, sessions
from accounts.duties import duties_in_force
from accounts.models import ApiToken, Duty, DutyKind, User

DUTY_IN_USE = "duty_in_use"


@dataclass(frozen=True)
class Viewer:
    """The person, the duty in use (one organization), when the second factor was passed, and the session.

    `session` is a hash of the session or token, so that a look can be tied to it without keeping a credential.
    """

    user: User
    duty: Duty | None
    second_factor_at: datetime | None
    session: str


def viewing_duties(user: User, now: datetime) -> list[Duty]:
    """The duties in which this person may look through cameras."""
    return list(duties_in_force(user, now).filter(kind=DutyKind.VIEWER))


def person_of(request: HttpRequest) -> User:
    """Who sent the request. Somebody signed out is let through and refused by every question asked about him."""
    return cast(User, request.user)


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer of this request; the duty is the one chosen in the session, else the only or first one.

    A program's key stands for its own duty. It passed no second factor; what it may ask for never shows a picture,
    and its maker passed his.
    """
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        return Viewer(token.duty.user, token.duty, second_factor_at=timezone.now(), session=token.token_sha256)
    duties = viewing_duties(person_of(request), timezone.now())
    chosen = request.session.get(DUTY_IN_USE)
    duty = next((item for item in duties if str(item.public_id) == chosen), duties[0] if duties else None)
    return Viewer(
        user=person_of(request),
        duty=duty,
        second_factor_at=second_factor.passed_at(request) if request.user.is_authenticated else None,
        session=sessions.digest(request),
    )
