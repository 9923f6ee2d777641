"""The owner says: we know, it is back on this day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

import audit
from accounts.models import User
from health import bell
from health.errors import AlreadyBack, DayOutOfReach
from health.models import Acknowledgement, Alert, Audience, Event, Fall, Stage
from health.services.falls import lock_falls
from registry.people import ACTING
from registry.services.people import require_person

LONGEST = timedelta(days=30)


@audit.atomic
def acknowledge(*, falls: Iterable[Fall], back_on: date, by: User, now: datetime) -> list[Acknowledgement]:
    """Hold back what the police would be told of these falls until this day has passed, or the device is back.

    By whoever acts for the owner at each of the sites: NotYours for others. Raises DayOutOfReach for a day before
    today or more than `LONGEST` ahead, AlreadyBack where none of the falls goes on. The falls are locked, so that
    two who press at once leave one; the same day said twice is one. A line to the police that has not left yet is
    taken back, and owed again when the day passes.
    """
    today = timezone.localdate(now)
    if not today <= back_on <= today + LONGEST:
        raise DayOutOfReach
    lock_falls()  # Else a run of the ladder that has just read that nobody spoke would tell the police.
    running = Fall.objects.running().filter(pk__in=[fall.pk for fall in falls]).order_by("pk")
    rows = list(running.select_related("device__site__partner").select_for_update(of=("self",)))
    if not rows:
        raise AlreadyBack
    for fall in rows:
        require_person(by, fall.device.site, ACTING)
    bell.ring_after_commit()
    return [_acknowledge(fall, back_on, by, now) for fall in rows]


def _acknowledge(fall: Fall, back_on: date, by: User, now: datetime) -> Acknowledgement:
    standing = fall.acknowledgements.filter(replaced_at__isnull=True).first()
    if standing is not None and standing.back_on == back_on:
        return standing
    fall.acknowledgements.filter(replaced_at__isnull=True).update(replaced_at=now)
    said = Acknowledgement.objects.create(fall=fall, by=by, at=now, back_on=back_on)
    _take_back(fall)
    audit.record(
        "health.acknowledged",
        actor=by,
        target=fall.device,
        fall=str(fall.public_id),
        since=fall.since.isoformat(),
        back_on=back_on.isoformat(),
    )
    return said


def _take_back(fall: Fall) -> None:
    """Drop the lines to the police that are still unsent, and go down the ladder again by as much."""
    unsent = Alert.objects.unsent().filter(fall=fall, event=Event.DOWN).exclude(audience=Audience.OWNER)
    audiences = set(unsent.values_list("audience", flat=True))
    unsent.delete()
    if Audience.OFFICER in audiences:
        fall.stage, fall.escalate_at = Stage.OWNER, fall.since + settings.ALERT_OFFICER_AFTER
    elif Audience.PRECINCT in audiences:
        fall.stage, fall.escalate_at = Stage.OFFICER, fall.since + settings.ALERT_PRECINCT_AFTER
    else:
        return
    fall.save(update_fields=["stage", "escalate_at"])
