"""Giving and revoking grants."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission

import audit
from access.errors import (
    ConsentTooShort,
    ConsentTooSmall,
    GrantStands,
    NobodyAgreed,
    NotForThisBody,
    NotInForce,
    SamePerson,
    WrongDates,
    WrongPurpose,
)
from access.models import AreaPermission, CameraPermission, Grant, SitePermission
from access.queries import area_of, has_verified_in, preview_grant, site_of
from access.scopes import codename
from access.services.approvals import tell_approvers
from accounts.duties import require_duty
from accounts.models import DutyKind, Organization, User
from registry.models import Area, Camera, Consent, Site
from registry.rights import ANSWERED_BY, AccessRight, Purpose, purposes_for
from registry.vital import may_grant

LONGEST_GRANT = timedelta(days=366)


@audit.atomic
def give_grant(
    *,
    by: User,
    organization: Organization,
    scope: Area | Site | Camera,
    right: AccessRight,
    purpose: Purpose,
    letter_number: str,
    valid_from: datetime,
    valid_until: datetime,
    now: datetime,
    later_too: bool = True,
) -> Grant:
    """Give an organization one right over an area, a site or a camera.

    Over a site or camera the owner's consent is the ceiling in right, purpose and time, and its rows stay locked
    until the commit, so that a withdrawal and a grant cannot pass each other. An area grant stands beforehand: it
    opens a camera only once that camera is verified and its owner's consent names the organization; without
    `later_too` it is refused where no owner's consent does so yet. One that takes two people opens nothing until
    the second has approved it; those who may are told.

    The same grant on the same letter is given once for a time, however often its button is pressed.

    Raises NoDuty, NotForThisBody, WrongPurpose, WrongDates, SamePerson, NobodyAgreed, GrantStands, ConsentTooSmall,
    ConsentTooShort.
    """
    _require_grantor(by, scope, now)
    if purpose not in purposes_for(right):
        raise WrongPurpose
    if not valid_from < valid_until <= valid_from + LONGEST_GRANT or valid_until <= now:
        raise WrongDates
    if has_verified_in(by, scope):
        raise SamePerson
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)  # Two presses come one by one.
    same = Grant.objects.standing(now).over(scope).filter(organization=organization, right=right, purpose=purpose)
    same = same.filter(valid_from__lt=valid_until, valid_until__gt=valid_from)
    if _as_read(letter_number) in {_as_read(grant.letter_number) for grant in same}:
        raise GrantStands
    if isinstance(scope, Area):
        if not later_too and preview_grant(organization, scope, right, purpose, now).nobody_agreed:
            raise NobodyAgreed
    else:
        _require_consent(scope, organization, right, purpose, valid_until, now)

    grant = Grant.objects.create(
        organization=organization,
        right=right,
        purpose=purpose,
        letter_number=letter_number,
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=by,
        granted_at=now,
    )
    _write_permission(grant, scope)
    audit.record(
        "grant.given",
        actor=by,
        target=grant,
        organization=str(organization.public_id),
        right=right,
        purpose=purpose,
        scope=[scope._meta.model_name, str(scope.public_id)],
        valid_from=valid_from,
        valid_until=valid_until,
        texts={"letter_number": letter_number},
    )
    tell_approvers(grant, scope, now)
    return grant


@audit.atomic
def revoke_grant(*, grant: Grant, by: User, now: datetime) -> Grant:
    """End a grant now. Two people may press the button at once: exactly one wins, the other gets NotInForce, and so
    does whoever comes after its end."""
    _require_grantor(by, grant.scope, now)
    won = Grant.objects.standing(now).filter(pk=grant.pk).update(revoked_at=now, revoked_by=by)
    if not won:
        raise NotInForce
    audit.record("grant.revoked", actor=by, target=grant, organization=str(grant.organization.public_id))
    grant.refresh_from_db()
    return grant


def _as_read(letter_number: str) -> str:
    """The same letter, however its number is typed."""
    return "".join(letter_number.split()).casefold()


def _require_grantor(by: User, scope: Area | Site | Camera, now: datetime) -> None:
    """A granting duty that reaches the scope; for a vital object that of the person named for it."""
    require_duty(by, DutyKind.GRANTOR, now, area_code=area_of(scope).code)
    site = site_of(scope)
    if site is not None and not may_grant(by, site, now):
        raise NotForThisBody


def _require_consent(
    scope: Site | Camera,
    organization: Organization,
    right: AccessRight,
    purpose: Purpose,
    valid_until: datetime,
    now: datetime,
) -> None:
    site = scope if isinstance(scope, Site) else scope.site
    consents = (
        Consent.objects.select_for_update()
        .in_force(now)
        .filter(site=site, recipient=organization, purpose=purpose, right__in=ANSWERED_BY[right])
        .order_by("pk")  # As looks and withdrawals do: locks taken in one order never wait for each other.
    )
    ends = [consent.valid_until for consent in consents]
    if not ends:
        raise ConsentTooSmall
    if valid_until > max(ends):
        raise ConsentTooShort


def _write_permission(grant: Grant, scope: Area | Site | Camera) -> None:
    """One guardian row, written here and never by `assign_perm`, which would forget the grant."""
    table: Any = {Area: AreaPermission, Site: SitePermission, Camera: CameraPermission}[type(scope)]
    permission = Permission.objects.get(
        content_type__app_label="registry",
        content_type__model=scope._meta.model_name,
        codename=codename(grant.right, scope),
    )
    table.objects.create(grant=grant, permission=permission, group=grant.organization.group, content_object=scope)
