"""The homes of the officer, the precinct, the command centre and the supervisor."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.models import Look
from access.shown import approving_duties, cases_of, granting_duties, grants_of, scope_words, waiting_for
from access.viewers import viewer_of
from accounts.doors import for_duties
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, OrganizationKind
from conduct.queries import board_of, look_to_read
from conduct.questions import questions_for
from desks.cases import cases_without_number
from desks.staff import area_health, broken_cameras, job_of, looks_under, stage_counts
from health.boards import rows_of, told_once
from health.known import named_to
from health.queries import down_longer_than
from health.versions import LONG_DOWN, version_of_board
from onboarding.queries import verification_queue
from registry.models import Camera
from registry.vital import naming_duties, sites_named_for

JOBS_A_PAGE = 50
CASES_SHOWN = 20
CARDS_SHOWN = 50
LONG_DOWN_SHOWN, LONG_DOWN_READ = 50, 200  # As of those that are broken.


@require_safe
@for_duties(DutyKind.VERIFIER)
def officer(request: HttpRequest, duty: Duty) -> HttpResponse:
    """The Bhabinkamtibmas: whom to visit in his kelurahan, and what has been down for long there."""
    now = timezone.now()
    waiting = verification_queue(request.user, now)
    viewer = viewer_of(request)
    version = version_of_board(viewer, duty, now)  # Taken first: it may be too old, never too new.
    told = named_to(viewer, duty, now)
    long_down = down_longer_than(duty.reach, now, LONG_DOWN, told.filter(site__vital=False))
    others = told.filter(~Exists(long_down.order_by().filter(pk=OuterRef("pk"))))
    long_rows = told_once(rows_of(list(long_down[:LONG_DOWN_READ]), viewer, duty, now))[:LONG_DOWN_SHOWN]
    page = Paginator(waiting, JOBS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "desks/officer_home.html",
        {
            "duty": duty,
            "area": area_health(duty.reach, now),
            "page": page,
            "jobs": [job_of(camera, now) for camera in page],
            "broken": broken_cameras(duty.reach, now, among=others),
            "long_down": long_rows,
            "more_long_down": max(0, long_down.count() - sum(1 + len(row.others) for row in long_rows)),
            "version": version,
            "now": now,
            "may_look": duties_in_force(request.user, now).filter(kind=DutyKind.VIEWER).exists(),
        },
    )


@require_safe
@for_duties(DutyKind.GRANTOR, DutyKind.APPROVER, DutyKind.ADMINISTRATOR, DutyKind.VIEWER)
def precinct(request: HttpRequest, duty: Duty) -> HttpResponse:
    """The precinct: stages and health of its area, grants that run, cases that are open.

    Viewers of other bodies come here too: they read counts, and of single cameras only those they were granted.
    """
    now = timezone.now()
    known = named_to(viewer_of(request), duty, now)
    kinds = set(duties_in_force(request.user, now).values_list("kind", flat=True))
    may_grant = DutyKind.GRANTOR in kinds
    return render(
        request,
        "desks/precinct_home.html",
        {
            "duty": duty,
            "may_grant": may_grant,
            "may_approve": DutyKind.APPROVER in kinds,
            "waiting": waiting_for(approving_duties(request.user, now), now).count(),
            "may_name": naming_duties(request.user, now).exists() or sites_named_for(request.user, now).exists(),
            "may_look": DutyKind.VIEWER in kinds,
            "may_administer": DutyKind.ADMINISTRATOR in kinds,
            "stages": stage_counts(duty.reach, now),
            "area": area_health(duty.reach, now),
            "broken": broken_cameras(duty.reach, now, among=known),
            "grants": [
                (grant, scope_words(grant.scope))
                for grant in grants_of(granting_duties(request.user, now)).in_force(now)[:10]
            ],
            "cases": cases_of(request.user, now).open_at(now)[:CASES_SHOWN],
        },
    )


@require_safe
@for_duties(DutyKind.VIEWER, body=OrganizationKind.POLRES)
def command(request: HttpRequest, duty: Duty) -> HttpResponse:
    """The command centre: the stages and health of the city, and the way to the cameras it may see."""
    now = timezone.now()
    return render(
        request,
        "desks/command_home.html",
        {
            "duty": duty,
            "stages": stage_counts(duty.reach, now),
            "area": area_health(duty.reach, now),
            "broken": broken_cameras(duty.reach, now, among=Camera.objects.listed_to(duty.organization, now)),
            "cases": cases_of(request.user, now).open_at(now)[:CASES_SHOWN],
            "my_looks": Look.objects.filter(viewer=request.user).select_related("camera", "reason", "case")[:5],
        },
    )


@require_safe
@for_duties(DutyKind.SUPERVISOR)
def supervisor(request: HttpRequest, duty: Duty) -> HttpResponse:
    """The supervisor: what he has to judge, and every look of his body and its units but his own."""
    now = timezone.now()
    looks = (
        looks_under(duty.organization)
        .exclude(viewer=request.user)
        .select_related("viewer", "organization", "camera__site__area", "reason", "case", "duty", "card")
        .prefetch_related("saved_stills")
    )
    page = Paginator(looks, 25).get_page(request.GET.get("page"))
    board = board_of(request.user, now)
    unnumbered = cases_without_number(duty.organization, now).exclude(opened_by=request.user)
    to_read = look_to_read(request.user, now).filter(pk__in=[look.pk for look in page])
    return render(
        request,
        "desks/supervisor_home.html",
        {
            "duty": duty,
            "now": now,
            "page": page,
            "judgeable": set(to_read.order_by().values_list("pk", flat=True)),
            "emergencies": board.emergencies[:CARDS_SHOWN],
            "more_emergencies": max(0, board.emergencies.count() - CARDS_SHOWN),
            "cards": board.cards[:CARDS_SHOWN],
            "more_cards": max(0, board.cards.count() - CARDS_SHOWN),
            "explanations": board.explanations[:CARDS_SHOWN],
            "questions_waiting": questions_for(request.user, now).count(),
            "unnumbered": unnumbered[:CASES_SHOWN],
        },
    )
