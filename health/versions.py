"""What a page on health shows, as one short text that is another one as soon as the page would be."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from access.viewers import Viewer
from accounts.models import Duty
from health.boards import counts_by_area
from health.known import named_to, whose
from health.models import Acknowledgement, Fall, State, StatusInterval
from health.remembered import remembered
from registry.models import Camera
from registry.models.cameras import CameraQuerySet

LONG_DOWN = timedelta(days=3)


def version_of_board(viewer: Viewer, duty: Duty, now: datetime) -> str:
    """Of the numbers of the duty's area and of the cameras that are named to this reader; of no other camera.

    Of a city it may be some seconds old: see `health.remembered`."""

    def told() -> list[Any]:
        named = named_to(viewer, duty, now)
        return [named.count(), *_told_of(named, now)]

    return _short(sorted(counts_by_area(duty.reach).items()), remembered(f"told:{whose(viewer, duty)}", told))


def version_of_camera(camera: Camera, now: datetime) -> str:
    """Of what is told of one camera."""
    return _short(*_told_of(Camera.objects.filter(pk=camera.pk), now))


def _told_of(cameras: CameraQuerySet, now: datetime) -> list[Any]:
    """Counts and sums of the rows from which pages tell of these cameras: their states, their falls and outages,
    and what their owners said."""
    which, devices = cameras.order_by().values("pk"), cameras.order_by().values("device")
    lasting = Q(state=State.DOWN, since__lt=now - LONG_DOWN)
    states = StatusInterval.objects.open().filter(camera__in=which).order_by()
    # The open interval of a camera keeps its key, so the keys alone say nothing of its state.
    by_state = states.values_list("state", "cause").annotate(Count("pk"), Sum("pk"), Max("since"))
    falls = Fall.objects.filter(Q(until__isnull=True) | Q(outage__until__isnull=True, outage__isnull=False))
    said = Acknowledgement.objects.in_force(timezone.localdate(now)).filter(fall__device__in=devices)
    return [
        list(by_state.order_by("state", "cause")),
        states.filter(lasting).aggregate(Count("pk"), Sum("pk")),
        falls.filter(device__in=devices)
        .order_by()
        .aggregate(Count("pk"), Sum("pk"), Count("until"), Sum("outage")),
        said.order_by().aggregate(Count("pk"), Sum("pk")),
    ]


def _short(*shown: object) -> str:
    """Keyed, so that nobody reads row numbers out of it."""
    return salted_hmac("health.versions", repr(shown), algorithm="sha256").hexdigest()[:16]
