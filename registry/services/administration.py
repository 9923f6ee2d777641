"""What an administrator changes: bodies for loaded areas, duties, invitations.

It stands in `registry` because areas live here and duties below, in `accounts`: this is the lowest app that knows
both, and the page of a change lives beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.errors import AlreadySignedIn, AlsoAnOwner
from accounts.gateway import send_text
from accounts.models import Duty, Organization, OrganizationKind, User
from accounts.postings import deactivate
from accounts.services import INVITATION_LASTS, appoint, invite_to_duty, open_organization
from notices.services import in_language_of, send_unkept, tell
from registry.models import Area, Partner
from registry.queries import precincts_missing


@dataclass(frozen=True)
class Invited:
    """A one-time link as it is shown and sent; nobody can ask for it again."""

    url: str


@audit.atomic
def add_precincts(*, city: Organization, by: User, now: datetime) -> int:
    """Add a Polsek under this Polres for each loaded kecamatan that has none; how many were new.

    Two requests at once add each Polsek once: the first `open_organization` holds the Polres until the end.
    """
    Organization.objects.select_for_update().get(pk=city.pk)
    missing = list(precincts_missing(city))
    for area in missing:
        open_organization(
            name=_precinct_name(area),
            kind=OrganizationKind.POLSEK,
            area_code=area.code,
            under=city,
            by=by,
            now=now,
        )
    return len(missing)


def _precinct_name(area: Area) -> str:
    """Named as its kecamatan; with the city behind it where another Polsek has the name."""
    name = f"Polsek {area.name}"
    if Organization.objects.filter(name__iexact=name).exists() and area.parent is not None:
        return f"{name}, {area.parent.name}"
    return name


@audit.atomic
def appoint_and_invite(*, by: User, now: datetime, **terms: Any) -> tuple[Duty, Invited | None]:
    """Give a duty (`accounts.services.appoint`) and a one-time link to somebody who has never been here.

    A person who has an account is told of his duty instead, by notice and letter, and gets no link.
    """
    duty = appoint(by=by, now=now, **terms)
    return duty, tell_of_posting(duty=duty, by=by, now=now)


def tell_of_duty(duty: Duty, now: datetime) -> None:
    """Tell somebody who has an account of his new duty."""
    with in_language_of(duty.user):
        tell(
            duty.user,
            code="duty.given",
            subject=_("Anda diberi tugas: %(duty)s") % {"duty": duty},
            body=_("Masuklah dengan kode seperti biasa. Sebelum bertugas, Anda diminta memasang faktor kedua."),
            url=reverse("home"),
            now=now,
        )


@audit.atomic
def invite_again(*, duty: Duty, by: User, now: datetime) -> Invited:
    """A fresh one-time link; the ones before are void. Raises AlreadySignedIn where the account is somebody's own.

    SECURITY: an owner whom an officer enrolled may never have signed in, and his account opens his cameras.
    """
    if Partner.objects.of(duty.user).exists():
        raise AlreadySignedIn
    token = invite_to_duty(duty=duty, by=by, now=now)
    return Invited(f"{settings.BASE_URL}{reverse('invitation', args=[token])}")


def send_invitation(*, duty: Duty, invited: Invited) -> bool:
    """Send the link to the person's address, or number where texts can be sent; False if it did not leave.

    Not owed like a notice: the link stands in no table. Call it after the commit.
    """
    user = duty.user
    hours = int(INVITATION_LASTS.total_seconds() // 3600)
    with in_language_of(user):
        body = _(
            "Anda diberi tugas: %(duty)s.\n\n"
            "Buka tautan ini untuk masuk. Tautan berlaku satu kali, selama %(hours)d jam:\n\n%(url)s\n\n"
            "Setelah masuk, Anda diminta memasang faktor kedua. Jangan teruskan tautan ini kepada siapa pun."
        ) % {"duty": duty, "hours": hours, "url": invited.url}
        if user.email:
            return send_unkept(to=user.email, subject=_("Undangan bertugas"), body=body)
        if user.phone and "phone" in settings.ACCOUNT_LOGIN_METHODS:
            send_text(user.phone, body)
            return True
    return False


@audit.atomic
def close_account(*, user: User, by: User, now: datetime) -> None:
    """Close the account of somebody who left (`accounts.postings.deactivate`).

    Raises AlsoAnOwner for whoever acts for an owner of cameras: his account is his, only his duties end.
    """
    if Partner.objects.of(user).exists():
        raise AlsoAnOwner
    deactivate(user=user, by=by, now=now)


@audit.atomic
def tell_of_posting(*, duty: Duty, by: User, now: datetime) -> Invited | None:
    """A one-time link for somebody new, or a notice for whoever has an account."""
    try:
        return invite_again(duty=duty, by=by, now=now)
    except AlreadySignedIn:
        tell_of_duty(duty, now)
        return None
