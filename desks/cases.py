"""Which cameras around a case are worth opening: what may be done with each, joined with how it is."""

from dataclasses import dataclass
from datetime import datetime

from access.models import Case, CaseQuerySet
from access.shown import NearCamera, cameras_near
from access.viewers import Viewer
from accounts.models import Organization
from accounts.organizations import POLICE, ids_under
from health.models import State
from health.queries import StateNow, states_of
from registry.rights import AccessRight

KNOWS_HEALTH = frozenset({AccessRight.SEE_HEALTH, AccessRight.VIEW_STILL, AccessRight.VIEW_LIVE})
HEALTHY = frozenset({State.NORMAL, State.DEGRADED})


@dataclass(frozen=True)
class Around:
    """The cameras around a case, the nearest first: those that should answer, and those that do not now.

    Of a camera whose health is not this viewer's to know, nothing is told: it stands among the first.
    """

    healthy: list[tuple[NearCamera, StateNow | None]]
    others: list[tuple[NearCamera, StateNow | None]]


def around(viewer: Viewer, case: Case, now: datetime) -> Around:
    """The verified cameras within the case's radius that this viewer has any right on."""
    near = cameras_near(viewer, case, now)
    states = states_of([item.camera for item in near])
    told = [(item, states[item.camera.pk] if item.rights & KNOWS_HEALTH else None) for item in near]
    return Around(
        healthy=[pair for pair in told if pair[1] is None or pair[1].state in HEALTHY],
        others=[pair for pair in told if pair[1] is not None and pair[1].state not in HEALTHY],
    )


def cases_without_number(organization: Organization, now: datetime) -> CaseQuerySet:
    """The cases of this body and of the police units below it whose number did not follow in time."""
    units = Organization.objects.filter(pk__in=ids_under(organization), kind__in=POLICE)
    bodies = {organization.pk, *units.values_list("pk", flat=True)}
    return (
        Case.objects.number_overdue(now)
        .filter(organization__in=bodies)
        .select_related("organization", "opened_by")
        .order_by("opened_at")
    )
