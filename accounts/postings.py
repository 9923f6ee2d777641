"""When people move: transfer (mutasi), a stand-in for dated days, a duty whose time is over, a closed account.

Each ends or gives duties by the services of `accounts.services`; whatever rests on a duty ends by the news of it.
"""

from datetime import datetime, timedelta

from django.db.models import F

import audit
from accounts.duties import administered_by
from accounts.errors import DutyOver, NoDuty, OwnDuty, PersonInactive, StandInTooLong, StillOnDuty
from accounts.models import Duty, DutyKind, DutyQuerySet, Organization, User
from accounts.services import appoint, relieve

LONGEST_STAND_IN = timedelta(days=92)


@audit.atomic
def transfer(*, duty: Duty, email: str = "", phone: str = "", name: str = "", by: User, now: datetime) -> Duty:
    """End a duty because its holder moves on, and give the same to his successor from this moment; the new duty.

    What the first one looked at ends, and his queue (visits, cases, requests) is the successor's, who has the same
    area. The mark for emergencies is not handed over. Raises NoDuty, DutyOver, LastAdministrator, OwnDuty,
    DutyTwice and PersonInactive.
    """
    kept = _standing(duty, now)
    successor = appoint(
        organization=kept.organization,
        kind=DutyKind(kept.kind),
        since=now,
        until=kept.until,
        title=kept.title,
        area_code=kept.area_code,
        email=email,
        phone=phone,
        name=name,
        by=by,
        now=now,
    )
    relieve(duty=kept, by=by, now=now)
    audit.record("duty.transferred", actor=by, target=kept, to=str(successor.public_id))
    return successor


@audit.atomic
def stand_in(
    *,
    duty: Duty,
    since: datetime,
    until: datetime,
    email: str = "",
    phone: str = "",
    name: str = "",
    by: User,
    now: datetime,
) -> Duty:
    """Give a duty to somebody else for dated days while its holder is away; it ends by itself, or with the duty.

    Raises NoDuty, DutyOver, StandInTooLong, WrongDutyDates, OwnDuty, DutyTwice and PersonInactive.
    """
    kept = _standing(duty, now)
    if until > since + LONGEST_STAND_IN or (kept.until is not None and until > kept.until):
        raise StandInTooLong
    given = appoint(
        organization=kept.organization,
        kind=DutyKind(kept.kind),
        since=since,
        until=until,
        title=kept.title,
        area_code=kept.area_code,
        email=email,
        phone=phone,
        name=name,
        by=by,
        now=now,
    )
    if given.user_id == kept.user_id:
        raise OwnDuty
    Duty.objects.filter(pk=given.pk).update(stands_in_for=kept)
    given.refresh_from_db()
    audit.record("duty.stood_in", actor=by, target=kept, by_duty=str(given.public_id), until=until)
    return given


def _standing(duty: Duty, now: datetime) -> Duty:
    """The duty as it stands now, its body locked; raises DutyOver where it has ended."""
    Organization.objects.select_for_update().get(pk=duty.organization_id)
    kept = Duty.objects.standing(now).filter(pk=duty.pk).select_related("organization", "user").first()
    if kept is None:
        raise DutyOver
    return kept


def end_lapsed_duties(*, now: datetime) -> int:
    """Note on the trail the duties whose last day is over; how many. They opened nothing since that moment."""
    over = Duty.objects.filter(ended_at__isnull=True, until__lte=now).select_related("user", "organization")
    lapsed = list(over[:200])
    for duty in lapsed:
        _lapse(duty)
    return len(lapsed)


@audit.atomic
def _lapse(duty: Duty) -> None:
    if Duty.objects.filter(pk=duty.pk, ended_at__isnull=True).update(ended_at=F("until")):
        audit.record("duty.lapsed", actor=None, target=duty, user=str(duty.user.public_id))


@audit.atomic
def deactivate(*, user: User, by: User, now: datetime) -> None:
    """Close the account of somebody who left: he is signed out everywhere and cannot come in.

    His duties in the bodies that `by` keeps end first. Raises OwnDuty for oneself, PersonInactive, NoDuty where he
    has no duty that `by` keeps, and StillOnDuty where another body still has him on duty.
    """
    if user == by:
        raise OwnDuty
    kept = User.objects.select_for_update().get(pk=user.pk)
    if not kept.is_active:
        raise PersonInactive
    mine = administered_by(by, now)
    if not duties_of(kept).filter(organization__in=mine).exists():
        raise NoDuty
    standing = list(duties_of(kept).standing(now))
    if any(duty.organization not in mine for duty in standing):
        raise StillOnDuty
    for duty in standing:
        relieve(duty=duty, by=by, now=now)
    kept.is_active = False
    kept.save(update_fields=["is_active"])
    audit.record("person.deactivated", actor=by, target=kept)


def duties_of(user: User) -> DutyQuerySet:
    """All duties that somebody has or had."""
    return Duty.objects.of(user).select_related("organization")
