"""Keys for programs: what a person's own duty may read through the API, and nothing else.

A program passes no second factor, so a key never opens a picture and never changes anything; it ends with the duty,
by its date, or when its maker takes it back.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

import audit
from accounts.errors import NoDuty, TokenNamed, TokenTerms
from accounts.models import ApiToken, Duty, DutyKind, User

PREFIX = "mk_"
LONGEST = timedelta(days=180)
MOST = 10
NOTED_EVERY = timedelta(minutes=1)

#: What a key may be made for; a view says which of them it answers to by its `read_scope`.
SCOPES: dict[str, str | Promise] = {
    "places": _("Wilayah dan lembaga"),
    "cameras": _("Kamera yang letaknya boleh dilihat"),
    "health": _("Kesehatan kamera"),
}


@audit.atomic
def make_token(
    *, duty: Duty, name: str, scopes: list[str], expires_at: datetime, by: User, now: datetime
) -> tuple[ApiToken, str]:
    """A key for a program, for one's own viewing duty; the second value is shown once and kept nowhere.

    Raises NoDuty for the duty of somebody else, TokenTerms for unknown scopes, a longer time than LONGEST, or more
    than MOST keys at once, and TokenNamed where one of his keys has this name: a page sent twice makes one key.
    """
    mine = Duty.objects.select_for_update(of=("self",)).in_force(now).filter(user=by, kind=DutyKind.VIEWER)
    if duty.pk not in {one.pk for one in mine.order_by("pk")} or not by.is_active:
        raise NoDuty
    if not scopes or set(scopes) - SCOPES.keys() or not now < expires_at <= now + LONGEST:
        raise TokenTerms
    standing = list(tokens_of(by, now))
    if len(standing) >= MOST:
        raise TokenTerms
    if any(token.name.casefold() == name.casefold() for token in standing):
        raise TokenNamed
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        duty=duty,
        scopes=sorted(set(scopes)),
        token_sha256=_digest(secret),
        created_by=by,
        created_at=now,
        expires_at=expires_at,
    )
    audit.record(
        "token.made",
        actor=by,
        target=token,
        duty=str(duty.public_id),
        scopes=token.scopes,
        expires_at=expires_at,
        texts={"name": name},
    )
    return token, secret


@audit.atomic
def revoke_token(*, token: ApiToken, by: User, now: datetime) -> None:
    """Take a key back; twice changes and records nothing. Raises NoDuty for the key of somebody else."""
    if token.created_by_id != by.pk:
        raise NoDuty
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        audit.record("token.revoked", actor=by, target=token)


def tokens_of(user: User, now: datetime) -> Any:
    """The keys of a person that still open something."""
    standing = Duty.objects.in_force(now).filter(user=user).values("pk")
    return ApiToken.objects.filter(
        created_by=user, revoked_at__isnull=True, expires_at__gt=now, duty__in=standing
    ).select_related("duty__organization")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer mk_…`. Whatever is wrong with a key is told in the same words."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.filter(
                token_sha256=_digest(words[-1].decode("latin-1")), revoked_at__isnull=True, expires_at__gt=now
            )
            .select_related("duty__user", "duty__organization")
            .first()
        )
        if len(words) != 2 or token is None or not token.duty.user.is_active:
            raise AuthenticationFailed(_("Kunci API ini tidak berlaku."))
        if not Duty.objects.in_force(now).filter(pk=token.duty_id, kind=DutyKind.VIEWER).exists():
            raise AuthenticationFailed(_("Kunci API ini tidak berlaku."))
        if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.duty.user, token


class WithinScope(BasePermission):
    """A key reads, and only what it was made for; a person in a browser is not asked."""

    message = _("Kunci API ini tidak mencakup permintaan itu.")
    code = "scope"

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        return request.method in SAFE_METHODS and getattr(view, "read_scope", None) in request.auth.scopes


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
