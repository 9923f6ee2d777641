"""One-time links that sign in as the people of the demo. They are printed on the terminal of `./run up` alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth import login
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.second_factor import BACKEND, mark_passed
from accounts.services import accept_invitation, invite
from demo import people

LINKS_LAST = timedelta(hours=12)


def sign_in_links(base_url: str, roles: Iterable[str] = people.ROLES) -> dict[str, str]:
    """A fresh link for each of these roles, in their order; a persona who is gone or inactive has none."""
    now = timezone.now()
    found = {role: persona_of(role) for role in roles}
    return {
        role: base_url.rstrip("/") + reverse("demo:sign-in", args=[invite(user=user, now=now, lasts=LINKS_LAST)])
        for role, user in found.items()
        if user is not None
    }


def persona_of(role: str) -> User | None:
    """The person behind a role."""
    persona = {one.role: one for one in (people.OWNER, people.NEIGHBOUR, people.OFFICER, *people.STAFF)}[role]
    known = User.objects.filter(is_active=True)
    if persona.email:
        return known.filter(email__iexact=persona.email).first()
    return known.filter(phone=persona.phone).first()


def sign_in(request: HttpRequest, token: str) -> User:
    """Sign in fully, second factor included; raises InvitationOver when the link was used or is too old.

    It goes past allauth's stages on purpose: a persona that has set up a TOTP app is still let in by its link.
    """
    user = accept_invitation(token=token, now=timezone.now())
    login(request, user, backend=BACKEND)
    mark_passed(request, user, type="demo_link")
    return user
