"""Opening, numbering, extending and closing cases, and what follows where a number does not."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

import audit
from access.errors import (
    CaseNumbered,
    CaseOver,
    NeedsSecondPerson,
)
from access.models import Case, CaseKind
from access.services.supervision import supervisors_of
from access.viewers import viewing_duties
from accounts.duties import require_duty
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User
from notices.services import in_language_of, tell

TOLD_AT_ONCE = 200


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
def extend_case(*, case: Case, by: User, now: datetime) -> Case:
    """Let a case run for another settings.CASE_LASTS from now, by a second person of its body or the body above.

    Raises NoDuty, NeedsSecondPerson for whoever opened it, and CaseOver for one that has ended.
    """
    bodies = {duty.organization_id for duty in viewing_duties(by, now)}
    if not bodies & {case.organization_id, case.organization.parent_id}:
        raise NoDuty
    if by.pk == case.opened_by_id:
        raise NeedsSecondPerson
    until = now + settings.CASE_LASTS
    if not Case.objects.open_at(now).filter(pk=case.pk).update(until=until, extended_at=now, extended_by=by):
        raise CaseOver
    audit.record("case.extended", actor=by, target=case, until=until)
    case.refresh_from_db()
    return case


def tell_of_missing_numbers(*, now: datetime) -> int:
    """Hand the cases whose number did not follow in time to the supervisors, once each; how many.

    Where there is no supervisor yet, the case stays owed.
    """
    owed = Case.objects.number_overdue(now).filter(number_missed_at__isnull=True)
    cases = owed.select_related("organization", "opened_by").order_by("opened_at", "pk")[:TOLD_AT_ONCE]
    return sum(_tell_of_missing_number(case, now) for case in cases)


@audit.atomic
def _tell_of_missing_number(case: Case, now: datetime) -> bool:
    supervisors = supervisors_of(case.organization, now, besides=case.opened_by)
    if not supervisors:
        return False
    mine = Case.objects.filter(pk=case.pk, number="", number_missed_at__isnull=True)
    if not mine.update(number_missed_at=now):
        return False
    audit.record("case.number_missed", actor=None, target=case)
    for supervisor in supervisors:
        with in_language_of(supervisor):
            tell(
                supervisor,
                code="case.number_missed",
                subject=_("Perkara tanpa nomor"),
                body=_("%(who)s, %(body)s, membuka perkara di %(place)s; nomornya tidak menyusul dalam 24 jam.")
                % {"who": case.opened_by, "body": case.organization, "place": case.place},
                url="/pengawas/",
                now=now,
            )
    return True


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
