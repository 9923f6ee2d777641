"""Opening, numbering and closing cases."""

from datetime import datetime

from django.conf import settings

import audit
from access.errors import (
    CaseNumbered,
    CaseOver,
)
from access.models import Case, CaseKind
from access.viewers import viewing_duties
from accounts.duties import require_duty
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User


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
