"""What is known of cameras now: for the pages of each role and for the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Q,
    QuerySet,
)

from health import words
from health.causes import offset_of
from health.models import State
from registry.models import Camera
from registry.models.cameras import CameraQuerySet


@dataclass(frozen=True, slots=True)
class StateNow:
    """The state a camera is in. `since` is empty for a camera that was never judged."""

    state: State = State.UNKNOWN
    cause: str = ""
    since: datetime | None = None
    checked_at: datetime | None = None
    clock_offset_seconds: float | None = None
    without_channel: bool = False
    """Its device answered a probe, which found no channel for this camera."""

    @property
    def tag(self) -> str:
        """The word that `components/state_tag.html` expects."""
        return self.state.value

    @property
    def label(self) -> str:
        """Normal, Terganggu, Terputus or Tidak diketahui."""
        return str(State(self.state).label)

    @property
    def sentence(self) -> str:
        """The cause and its remedy in words."""
        if self.without_channel:
            return str(words.WITHOUT_CHANNEL)
        return words.sentence(self.state, self.cause, self.clock_offset_seconds)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cameras are in each state."""

    normal: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return self.normal + self.degraded + self.down + self.unknown

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.normal + other.normal,
            self.degraded + other.degraded,
            self.down + other.down,
            self.unknown + other.unknown,
        )


def states_of(cameras: QuerySet[Camera] | Iterable[Camera]) -> dict[int, StateNow]:
    """The state of each of these cameras, in one query; those without an open interval are unknown.

    A queryset is not run for itself: it becomes a part of the query. Every camera asked for is in the answer.
    """
    if isinstance(cameras, QuerySet):
        rows = Camera.objects.filter(pk__in=cameras.order_by().values("pk"))
    else:
        rows = Camera.objects.filter(pk__in=[camera.pk for camera in cameras])
    lost = Q(device__answered_at__isnull=False, channel__isnull=True, video_source_token="")
    found = (
        with_open(rows)
        .annotate(lost=ExpressionWrapper(lost, output_field=BooleanField()))
        .values_list(
            "pk",
            "now_open__state",
            "now_open__cause",
            "now_open__since",
            "device__check_state__checked_at",
            "device__check_state__group__checked_at",
            "device__check_state__clock_offset_seconds",
            "device__clock_offset_seconds",
            "lost",
        )
    )
    return {
        pk: StateNow(without_channel=True)
        if lost
        else StateNow(
            State(state or State.UNKNOWN),
            cause or "",
            since,
            max((moment for moment in (alone, together) if moment), default=None),
            offset_of(swept, probed),
        )
        for pk, state, cause, since, alone, together, swept, probed, lost in found.order_by()
    }


def state_of(camera: Camera) -> StateNow:
    """The state of one camera."""
    return states_of([camera]).get(camera.pk, StateNow())


def counts(cameras: QuerySet[Camera]) -> Counts:
    """How many of these cameras are in each state."""
    rows = with_open(Camera.objects.filter(pk__in=cameras.order_by().values("pk")))
    return counts_of(rows.order_by().values_list("now_open__state").annotate(count=Count("pk")))


def down_longer_than(
    area_code: str, now: datetime, delta: timedelta, cameras: QuerySet[Camera] | None = None
) -> QuerySet[Camera]:
    """Listed cameras of an area that have been down for longer than `delta`, worst first.

    Each carries `down_since` and `down_cause`. `cameras` narrows it to those the reader may see; without it vital
    sites are left out.
    """
    rows = Camera.objects.filter(site__vital=False) if cameras is None else cameras
    return (
        with_open(Camera.objects.listed().in_area(area_code).filter(pk__in=rows.order_by().values("pk")))
        .filter(now_open__state=State.DOWN, now_open__since__lt=now - delta)
        .annotate(down_since=F("now_open__since"), down_cause=F("now_open__cause"))
        .select_related("site__area", "site__partner", "device")
        .order_by("now_open__since", "pk")
    )


def in_state(cameras: CameraQuerySet, state: State) -> CameraQuerySet:
    """Those of these cameras (of `with_open`) that are in this state now."""
    if state == State.UNKNOWN:
        return cameras.filter(Q(now_open__isnull=True) | Q(now_open__state=State.UNKNOWN))
    return cameras.filter(now_open__state=state)


def with_open(cameras: CameraQuerySet) -> CameraQuerySet:
    """These cameras, each joined with its open interval under the name `now_open`; without one it is NULL."""
    return cameras.annotate(
        now_open=FilteredRelation("status_intervals", condition=Q(status_intervals__until__isnull=True))
    )


def counts_of(pairs: Iterable[tuple[str | None, int]]) -> Counts:
    """How many cameras these (state, how many) come to; no state is unknown."""
    sums = dict.fromkeys(State, 0)
    for state, count in pairs:
        sums[State(state or State.UNKNOWN)] += count
    return Counts(
        normal=sums[State.NORMAL],
        degraded=sums[State.DEGRADED],
        down=sums[State.DOWN],
        unknown=sums[State.UNKNOWN],
    )
