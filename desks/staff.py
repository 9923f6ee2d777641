"""What the staff's homes show: stages counted apart, health in words. Vital sites are in no count."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q

from access.models import Look, LookQuerySet
from accounts.models import Organization
from accounts.organizations import POLICE, ids_under
from health.acknowledged import back_on
from health.boards import TROUBLED, cameras_in_order, counts_by_area
from health.known import counted_in
from health.queries import Counts, states_of
from health.rows import Row, once_a_device
from onboarding.models import Outcome
from registry.models import Area, Camera
from registry.models.cameras import CameraQuerySet

BROKEN_SHOWN, BROKEN_READ = 50, 200  # Rows, and the cameras that are read for them: recorders have many.


@dataclass(frozen=True)
class StageCounts:
    """How many cameras of an area have reached each stage; no stage is added to another."""

    listed: int
    verified: int
    aimed: int
    connected: int
    stickered: int


@dataclass(frozen=True)
class AreaHealth:
    """An area by name and how many of its connected cameras are in each state."""

    name: str
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Broken(Row):
    """A camera that is not normal, since when, and why in words."""

    state: str
    since: datetime
    words: str
    back_on: date | None = None
    """The day on which the owner, who knows of it, says that it is back."""


@dataclass(frozen=True)
class Job:
    """A camera that waits for the officer: what is asked (new, renewal, fixed), and since or until when."""

    camera: Camera
    asked: str
    waits_days: int
    lapsed: bool


def job_of(camera: Camera, now: datetime) -> Job:
    """What the officer is asked to do about a camera of `onboarding.queries.verification_queue`."""
    fixed = getattr(camera, "last_outcome", None) in {Outcome.FIX, Outcome.REJECT}
    asked = "fixed" if fixed else "renewal" if camera.verified_until else "new"
    lapsed = camera.verified_until is not None and camera.verified_until <= now
    return Job(camera, asked, (now - camera.listed_at).days, lapsed)


def _cameras(area_code: str) -> CameraQuerySet:
    return Camera.objects.listed().in_area(area_code).filter(site__vital=False)


def stage_counts(area_code: str, now: datetime) -> StageCounts:
    """The stages of the cameras in an area."""
    return StageCounts(
        **_cameras(area_code).aggregate(
            listed=Count("pk"),
            verified=Count("pk", filter=Q(verified_until__gt=now)),
            aimed=Count("pk", filter=Q(aimed_at__isnull=False)),
            connected=Count("pk", filter=Q(connected_at__isnull=False, verified_until__gt=now)),
            stickered=Count("pk", filter=Q(stickered_at__isnull=False)),
        )
    )


def area_health(area_code: str, now: datetime) -> AreaHealth:
    """How many connected cameras of the area are in each state."""
    area = Area.objects.filter(code=area_code).first()
    return AreaHealth(
        name=area.name if area else area_code,
        counts=sum(counts_by_area(area_code).values(), Counts()),
    )


def broken_cameras(area_code: str, now: datetime, *, among: CameraQuerySet) -> list[Broken]:
    """Connected cameras of the area that are down or degraded, in the order of the precinct's board; channels that
    fell together in one row.

    `among`: the cameras of which the reader may know.
    """
    rows = cameras_in_order(counted_in(area_code).filter(pk__in=among.order_by().values("pk")))
    troubled = rows.filter(now_open__state__in=TROUBLED, now_open__since__lte=now).select_related("site__partner")
    cameras = list(troubled.annotate(since=F("now_open__since"))[:BROKEN_READ])
    states, said = states_of(cameras), back_on(cameras, now)
    rows = [
        Broken(
            camera=camera,
            state=states[camera.pk].tag,
            since=camera.since,
            words=states[camera.pk].sentence,
            back_on=said.get(camera.pk),
        )
        for camera in cameras
    ]
    return once_a_device(rows, lambda row: (row.state, row.since, row.words, row.back_on))[:BROKEN_SHOWN]


def looks_under(organization: Organization) -> LookQuerySet:
    """The looks of this body and of the police units below it. Those through a vital object are read by its own
    people: to a supervisor, too, it does not exist."""
    units = Organization.objects.filter(pk__in=ids_under(organization), kind__in=POLICE)
    ours = Q(organization=organization) | Q(organization__in=units)
    return Look.objects.filter(ours, camera__site__vital=False)
