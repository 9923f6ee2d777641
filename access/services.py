"""Grants, cases and looks: every change of who may see what."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import F, Q
from django.utils import timezone

import audit
from access.decision import Because, Refused, decide
from access.errors import (
    CaseNumbered,
    CaseOver,
    ConsentTooShort,
    ConsentTooSmall,
    LookRefused,
    NotForThisBody,
    NotInForce,
    SamePerson,
    WrongDates,
    WrongPurpose,
)
from access.models import AreaPermission, CameraPermission, Case, CaseKind, Grant, Look, Reason, SitePermission
from access.queries import cameras_in
from access.scopes import codename
from access.viewers import Viewer, viewing_duties
from accounts.areas import covers
from accounts.duties import duties_in_force, require_duty
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from audit.models import Entry
from registry.models import Area, Camera, Consent, Site
from registry.rights import ANSWERED_BY, AccessRight, Purpose, purposes_for

LONGEST_GRANT = timedelta(days=366)


# --- Grants --------------------------------------------------------------------------------------------------


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
) -> Grant:
    """Give an organization one right over an area, a site or a camera.

    Over a site or camera the owner's consent is the ceiling in right, purpose and time, and its rows stay locked
    until the commit, so that a withdrawal and a grant cannot pass each other. An area grant stands beforehand: it
    opens a camera only once that camera is verified and its owner's consent names the organization.

    Raises NoDuty, NotForThisBody, WrongPurpose, WrongDates, SamePerson, ConsentTooSmall, ConsentTooShort.
    """
    _require_grantor(by, scope, now)
    if purpose not in purposes_for(right):
        raise WrongPurpose
    if not valid_from < valid_until <= valid_from + LONGEST_GRANT or valid_until <= now:
        raise WrongDates
    if _has_verified_in(by, scope):
        raise SamePerson
    if not isinstance(scope, Area):
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
    return grant


@audit.atomic
def revoke_grant(*, grant: Grant, by: User, now: datetime) -> Grant:
    """End a grant now. Two people may press the button at once: exactly one wins, the other gets NotInForce."""
    _require_grantor(by, grant.scope, now)
    won = Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True).update(revoked_at=now, revoked_by=by)
    if not won:
        raise NotInForce
    audit.record("grant.revoked", actor=by, target=grant, organization=str(grant.organization.public_id))
    grant.refresh_from_db()
    return grant


def _require_grantor(by: User, scope: Area | Site | Camera, now: datetime) -> None:
    """A granting duty that reaches the scope; for a vital object one at the Polres (design, section 6)."""
    duty = require_duty(by, DutyKind.GRANTOR, now, area_code=_area_of(scope).code)
    if not _is_vital(scope) or duty.organization.kind == OrganizationKind.POLRES:
        return
    own = duties_in_force(by, now).filter(kind=DutyKind.GRANTOR, organization__kind=OrganizationKind.POLRES)
    if not any(covers(item.reach, _area_of(scope).code) for item in own):
        raise NotForThisBody


def _is_vital(scope: Area | Site | Camera) -> bool:
    if isinstance(scope, Area):
        return False
    return scope.vital if isinstance(scope, Site) else scope.site.vital


def _has_verified_in(by: User, scope: Area | Site | Camera) -> bool:
    """Whether this person ever verified a camera of the scope: the camera knows the last one, the trail all."""
    verified = Entry.objects.filter(action="camera.verified", actor=by, target_kind="registry.camera")
    ids = list(verified.values_list("target_id", flat=True).distinct())
    return cameras_in(scope, vital=True).filter(Q(verified_by=by) | Q(public_id__in=ids)).exists()


def _area_of(scope: Area | Site | Camera) -> Area:
    if isinstance(scope, Area):
        return scope
    return scope.area if isinstance(scope, Site) else scope.site.area


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


# --- Cases ---------------------------------------------------------------------------------------------------


@audit.atomic
def open_case(
    *,
    by: User,
    kind: CaseKind,
    number: str,
    place: str,
    lat: float,
    lng: float,
    radius_m: int,
    now: datetime,
    duty: Duty | None = None,
) -> Case:
    """Open a case for the organization of the viewing duty in use, else of the first; raises NoDuty without one."""
    if duty is None:
        duty = require_duty(by, DutyKind.VIEWER, now)
    elif duty not in viewing_duties(by, now):
        raise NoDuty
    case = Case.objects.create(
        organization=duty.organization,
        kind=kind,
        number=number,
        place=place,
        lat=lat,
        lng=lng,
        radius_m=radius_m,
        opened_at=now,
        opened_by=by,
        until=now + settings.CASE_LASTS,
    )
    audit.record(
        "case.opened",
        actor=by,
        target=case,
        kind=kind,
        radius_m=radius_m,
        until=case.until,
        texts={"number": number, "place": place},
    )
    return case


@audit.atomic
def number_case(*, case: Case, number: str, by: User, now: datetime) -> Case:
    """Give a case the number that was to follow, once; raises NoDuty, or CaseNumbered if it has one."""
    bodies = [duty.organization_id for duty in viewing_duties(by, now)]
    if case.organization_id not in bodies:
        raise NoDuty
    if not Case.objects.filter(pk=case.pk, number="").update(number=number):
        raise CaseNumbered
    audit.record("case.numbered", actor=by, target=case, texts={"number": number})
    case.refresh_from_db()
    return case


@audit.atomic
def close_case(*, case: Case, by: User, now: datetime) -> Case:
    """Close a case of one's own organization; its looks end with it. Raises NoDuty, CaseOver."""
    bodies = [duty.organization_id for duty in viewing_duties(by, now)]
    if case.organization_id not in bodies:
        raise NoDuty
    won = Case.objects.filter(pk=case.pk, closed_at__isnull=True).update(closed_at=now, closed_by=by)
    if not won:
        raise CaseOver
    audit.record("case.closed", actor=by, target=case)
    case.refresh_from_db()
    return case


# --- Looks ---------------------------------------------------------------------------------------------------


@audit.atomic
def start_look(
    *, viewer: Viewer, camera: Camera, right: AccessRight, reason: Reason | None, case: Case | None, now: datetime
) -> Look:
    """Write a look; it is committed when this returns, before the first byte of any picture.

    Raises LookRefused with the decision's code.
    """
    _hold_consents(viewer, camera)
    answer = decide(viewer, camera, right, Because(reason, case), now)
    if isinstance(answer, Refused):
        raise LookRefused(answer.code)
    assert viewer.duty is not None  # noqa: S101  (said by decide)
    assert reason is not None  # noqa: S101
    look = Look.objects.create(
        viewer=viewer.user,
        duty=viewer.duty,
        organization=viewer.duty.organization,
        camera=camera,
        right=right,
        reason=reason,
        case=case,
        session_key_hash=viewer.session,
        started_at=now,
        until=answer.until,
    )
    audit.record(
        "look.started",
        actor=viewer.user,
        target=look,
        camera=str(camera.public_id),
        organization=str(viewer.duty.organization.public_id),
        right=right,
        reason=reason.code,
        case=str(case.public_id) if case else None,
        until=answer.until,
    )
    return look


def _hold_consents(viewer: Viewer, camera: Camera) -> None:
    """Lock the consent rows that the look rests on: a withdrawal waits for the look, or the look for it."""
    if viewer.duty is None:
        return
    standing = Consent.objects.select_for_update().filter(
        site_id=camera.site_id, recipient=viewer.duty.organization, withdrawn_at__isnull=True
    )
    list(standing.order_by("pk").values_list("pk"))


def require_running_look(*, look: Look, viewer: Viewer, now: datetime) -> None:
    """Ask the whole decision again for a look that goes on.

    Ends the look and raises LookRefused if the right has ended.
    """
    if not look.is_running(now) or look.viewer_id != viewer.user.pk or look.session_key_hash != viewer.session:
        raise LookRefused("look_over")
    answer = decide(viewer, look.camera, AccessRight(look.right), Because(look.reason, look.case), now)
    if isinstance(answer, Refused):
        end_look(look=look, how=answer.code[:20], now=now)
        raise LookRefused(answer.code)


@audit.atomic
def end_look(*, look: Look, how: str, now: datetime) -> None:
    """End a look; ending it twice changes and records nothing."""
    if Look.objects.filter(pk=look.pk, ended_at__isnull=True).update(ended_at=now, ended_how=how):
        audit.record("look.ended", actor=None, target=look, how=how, camera=str(look.camera.public_id))


@audit.atomic
def count_still(*, look: Look, now: datetime) -> None:
    """Note that one more still is about to be shown in this look."""
    Look.objects.filter(pk=look.pk).update(stills_shown=F("stills_shown") + 1)
    audit.record("look.still_shown", actor=look.viewer, target=look, camera=str(look.camera.public_id))


def end_overdue_looks(*, now: datetime) -> int:
    """End the looks whose time is over; how many."""
    overdue = list(Look.objects.filter(ended_at__isnull=True, until__lte=now).select_related("camera")[:500])
    for look in overdue:
        end_look(look=look, how="time_over", now=look.until)
    return len(overdue)


def end_lost_looks(*, among: Q | None = None, now: datetime) -> int:
    """End the running looks (among these) whose right has ended, whatever it was that ended; how many."""
    lost = 0
    running = Look.objects.running(now).filter(among or Q())
    for look in running.select_related(
        "camera__site__area", "camera__device", "duty__organization", "viewer", "reason", "case__organization"
    ).distinct():
        viewer = Viewer(look.viewer, look.duty, second_factor_at=look.started_at, session=look.session_key_hash)
        answer = decide(viewer, look.camera, AccessRight(look.right), Because(look.reason, look.case), now)
        if isinstance(answer, Refused):
            end_look(look=look, how=answer.code[:20], now=now)
            lost += 1
    return lost


# Which looks rest on a thing, by its kind; the value is its public id.
_RESTS_ON = {
    "registry.consent": "camera__site__consents__public_id",
    "registry.camera": "camera__public_id",
    "registry.device": "camera__device__public_id",
    "access.grant": "organization__grants__public_id",
    "access.case": "case__public_id",
    "accounts.duty": "duty__public_id",
}


def on_news(news: audit.News) -> None:
    """Something that looks rest on has changed: ask again for each running one of them."""
    end_lost_looks(among=Q(**{_RESTS_ON[news.target_kind]: news.target_id}), now=timezone.now())


def on_signed_out(news: audit.News) -> None:
    """Somebody left: his running looks in that session end with it."""
    now = timezone.now()
    left = Look.objects.running(now).filter(
        viewer__public_id=news.target_id, session_key_hash=news.facts["session"]
    )
    for look in left.select_related("camera"):
        end_look(look=look, how="signed_out", now=now)
