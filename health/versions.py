"""What a page on health shows, as one short text that is another one as soon as the page would be."""

from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, Sum
from django.utils.crypto import salted_hmac

from access.viewers import Viewer
from accounts.models import Duty
from health.known import counted_in, named_to
from health.models import State, StatusInterval
from health.queries import with_open
from registry.models import Camera

LONG_DOWN = timedelta(days=3)


def version_of_board(viewer: Viewer, duty: Duty, now: datetime) -> str:
    """Of the numbers of the duty's area and of the cameras that are named to this reader; of no other camera."""
    numbers = with_open(counted_in(duty.reach)).order_by("site__area_id", "now_open__state")
    named = named_to(viewer, duty, now)
    lasting = Q(state=State.DOWN, since__lt=now - LONG_DOWN)
    shown = StatusInterval.objects.open().filter(camera__in=named.order_by().values("pk"))
    return _short(
        list(numbers.values_list("site__area_id", "now_open__state").annotate(Count("pk"))),
        named.count(),
        shown.order_by().aggregate(
            Count("pk"), Max("pk"), Sum("pk"), lasting=Count("pk", filter=lasting), kept=Sum("pk", filter=lasting)
        ),
    )


def version_of_camera(camera: Camera) -> str:
    """Of the state of one camera."""
    return _short(list(StatusInterval.objects.open().filter(camera=camera).values_list("pk")))


def _short(*shown: object) -> str:
    """Keyed, so that nobody reads row numbers out of it."""
    return salted_hmac("health.versions", repr(shown), algorithm="sha256").hexdigest()[:16]
