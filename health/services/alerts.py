"""Who is owed a line about a fall, an outage or a disturbance, when, and the letters that gather the lines.

The ladder: the owner's people first, the officer of the kelurahan after `ALERT_OFFICER_AFTER`, the precinct after
`ALERT_PRECINCT_AFTER`, each once per fall. A line is a row with a due time; a letter marks the rows it carries in
the transaction that writes it, so that no run of any task, twice or at once, doubles one.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from health import letters
from health.causes import Cause
from health.models import Acknowledgement, Alert, Audience, Event, Fall, Outage, Stage, State, StatusInterval
from health.models.alerts import AlertQuerySet
from health.models.falls import FallQuerySet
from health.recipients import Police, owners_people
from notices.quiet import loud_from
from notices.services import in_language_of, tell
from registry.quiet import wants_quiet

ESCALATED_AT_ONCE = 200
NOBODY_THERE = timedelta(hours=12)  # Until it is asked again who could be told of a fall.
LETTERS_AT_ONCE = 200
_NEXT: dict[int, tuple[Stage, Audience]] = {
    Stage.OWNER: (Stage.OFFICER, Audience.OFFICER),
    Stage.OFFICER: (Stage.PRECINCT, Audience.PRECINCT),
}


def first_letter_waits() -> timedelta:
    """How long after a device fell its owner is told: as long as it can still turn out to be an outage."""
    return settings.OUTAGE_WINDOW + 2 * settings.SWEEP_PERIOD


def owe_down(fall_ids: Sequence[int], now: datetime) -> None:
    """Owe the owner's people a line about each of these falls, or about the outage it is a part of.

    A device that falls again and again is told of once in `DOWN_LETTER_PAUSE`, later if it stays down.
    """
    falls = list(_with_places(Fall.objects.filter(pk__in=fall_ids)))
    people = owners_people([fall.device.site for fall in falls])
    told = _told_lately({fall.device_id for fall in falls})
    owed = []
    for fall in falls:
        for user in people[fall.device.site_id]:
            at = max(now, fall.since + first_letter_waits())
            last = told.get((user.pk, fall.device_id))
            if last is not None and not _is_folded(fall):
                at = max(at, last + settings.DOWN_LETTER_PAUSE)
            quiet = wants_quiet(fall.device.site)
            owed.append(line(user, Audience.OWNER, Event.DOWN, at, quiet=quiet, **_about(fall)))
    write(owed)


def owe_back(fall_ids: Sequence[int], now: datetime) -> None:
    """Owe whoever was told that these devices are down that they are back; whoever was not, hears nothing of it.

    Of a device that is part of a running outage people hear when that ends.
    """
    falls = _with_places(Fall.objects.filter(pk__in=fall_ids))
    alone = [fall for fall in falls if not _is_folded(fall)]
    told = Alert.objects.filter(fall__in=alone, event=Event.DOWN)
    _owe_back(told, {fall.pk: [fall] for fall in alone}, now)


def owe_outage_back(outage: Outage, now: datetime) -> None:
    """The same for an outage that is over, to those of whose devices at least one is back."""
    members = list(_with_places(Fall.objects.filter(outage=outage)))
    told = Alert.objects.filter(outage=outage, event=Event.DOWN)
    _owe_back(told, {outage.pk: members}, now)


def fold(fall_ids: Sequence[int]) -> None:
    """Drop what is still unsent of these falls' own letters: from now on they are told of as an outage."""
    Alert.objects.unsent().filter(fall__in=list(fall_ids), event=Event.DOWN).delete()


def escalate(now: datetime) -> int:
    """Owe the next ones on the ladder a line about each fall whose time has come; how many falls were looked at, at
    most `ESCALATED_AT_ONCE`.

    A fall whose owner said when it will be back waits until that day has passed. Where nobody is there to be told,
    it takes no step: whoever takes up the duty tomorrow is told then, and the precinct is told in its time whether
    there was an officer or not. Call it with the falls locked.
    """
    held = Acknowledgement.objects.in_force(timezone.localdate(now)).filter(fall=OuterRef("pk"))
    due = Fall.objects.running().filter(escalate_at__lte=now).exclude(Exists(held)).order_by("escalate_at", "pk")
    falls = list(_with_places(due)[:ESCALATED_AT_ONCE])
    police = Police({fall.device.site for fall in falls}, now)
    owed = []
    for fall in falls:
        stage, audience = _NEXT[fall.stage]
        last_at = fall.since + settings.ALERT_PRECINCT_AFTER
        told = police.of(audience, fall.device.site)
        owed += [line(user, audience, Event.DOWN, now, **_about(fall)) for user in told]
        if stage == Stage.OFFICER and (told or now >= last_at):
            fall.stage, fall.escalate_at = stage, last_at
        elif told:
            fall.stage, fall.escalate_at = stage, None
        else:
            again_at = now + NOBODY_THERE
            fall.escalate_at = min(again_at, last_at) if stage == Stage.OFFICER else again_at
    write(owed)
    Fall.objects.bulk_update(falls, ["stage", "escalate_at"], batch_size=200)
    return len(falls)


def send_letters(now: datetime) -> int:
    """Write the letters that are due: one per person and audience, with all lines that are due to him; how many.

    After a letter the next one waits (`ALERT_DIGEST`), and gathers what comes meanwhile.
    """
    sent = 0
    for audience in Audience.values:
        lately = _sent_lately(audience, now).filter(user=OuterRef("user"))
        waiting = _due(audience, now).exclude(Exists(lately))
        users = waiting.order_by().values_list("user", flat=True).distinct()[:LETTERS_AT_ONCE]
        for user in User.objects.filter(pk__in=list(users)).order_by("pk"):
            sent += _send(user, Audience(audience), now)
    return sent


@transaction.atomic
def _send(user: User, audience: Audience, now: datetime) -> bool:
    """One letter; the rows it carries are locked until it stands, so that a second run waits and finds none of
    them, nor splits them between two letters. A line of which he may know nothing any more is dropped: he was not
    told, so the next letter need not wait, and of its return he hears nothing either."""
    due = _due(audience, now).filter(user=user).select_related("fall", "outage", "disturbance")
    lines = list(due.order_by("pk").select_for_update(of=("self",)))
    if not lines or _sent_lately(audience, now).filter(user=user).exists():
        return False
    letter = uuid.uuid4()
    with in_language_of(user):
        words = letters.compose(user, audience, lines, letter, now)
        told = set(words.lines) if words is not None and user.is_active else set()
        if words is not None and told:
            tell(
                user,
                code=words.code,
                subject=words.subject,
                body=words.body,
                url=words.url,
                once_key=f"health:{min(told)}",
                now=now,
            )
    Alert.objects.filter(pk__in=told).update(letter=letter, sent_at=now)
    Alert.objects.filter(pk__in=[line.pk for line in lines if line.pk not in told]).delete()
    return bool(told)


def _due(audience: str, now: datetime) -> AlertQuerySet:
    """The lines that may leave now. Quiet hours are asked for again: a letter may be late, for it waited for the
    one before, or no worker ran.

    Of a disturbance nothing leaves while the camera is down, unless that is what it is, nor what the letter about
    another device at the address has said already; that it is over only once all has been well for as long.
    """
    due = Alert.objects.unsent().filter(audience=audience, due_at__lte=now)
    if loud_from(now) > now:
        due = due.filter(quiet=False)
    if audience != Audience.OWNER:
        return due
    down = StatusInterval.objects.open().filter(state=State.DOWN, camera=OuterRef("disturbance__camera"))
    hidden = Exists(down) & ~Q(disturbance__cause=Cause.FLAPPING)
    said = Q(
        disturbance__cause__in=(Cause.TLS_CHANGED, Cause.DIFFERENT_DEVICE),
        disturbance__camera__device__different_since__isnull=False,
    )
    well = StatusInterval.objects.open().filter(
        state=State.NORMAL, since__lte=now - settings.MENDED_LETTER_AFTER, camera=OuterRef("disturbance__camera")
    )
    early = Q(event=Event.MENDED) & ~Exists(well)
    return due.filter(Q(disturbance__isnull=True) | ~(hidden | said | early))


def _sent_lately(audience: str, now: datetime) -> AlertQuerySet:
    """Lines of letters so young that the next one waits. One from the future was sent before a clock went back."""
    return Alert.objects.sent().filter(
        audience=audience, sent_at__gt=now - settings.ALERT_DIGEST[audience], sent_at__lte=now
    )


def _owe_back(told: AlertQuerySet, falls: dict[int | None, list[Fall]], now: datetime) -> None:
    """`falls`: by the key of the fall or outage that the lines are about, the falls in it."""
    people = owners_people([fall.device.site for members in falls.values() for fall in members])
    owns: dict[tuple[int | None, int], list[Fall]] = defaultdict(list)
    for key, members in falls.items():
        for fall in members:
            for user in people[fall.device.site_id]:
                owns[key, user.pk].append(fall)
    some_back = {key for key, members in falls.items() if _some_back(members)}
    owed, dropped = [], []
    # Locked, so that a letter that leaves at this moment is either seen to have left or finds the line gone.
    for one in told.select_related("user", "outage").order_by("pk").select_for_update(of=("self",)):
        key = one.fall_id or one.outage_id
        is_owner = one.audience == Audience.OWNER
        over_at = one.outage.until if one.outage else falls[key][0].until
        in_time = over_at is not None and over_at < one.owed_at  # Back before anybody had to hear of it.
        mine = owns[key, one.user_id] if is_owner else []
        if one.sent_at is None and (not is_owner or in_time):
            dropped.append(one.pk)
        elif _some_back(mine) if is_owner else key in some_back:
            quiet = is_owner and all(wants_quiet(fall.device.site) for fall in mine)
            about = {"fall_id": one.fall_id, "outage_id": one.outage_id}
            owed.append(line(one.user, Audience(one.audience), Event.BACK, now, quiet=quiet, **about))
    Alert.objects.unsent().filter(pk__in=dropped).delete()
    write(owed)


def _some_back(falls: Iterable[Fall]) -> bool:
    return any(fall.until is not None for fall in falls)


def _is_folded(fall: Fall) -> bool:
    return fall.outage is not None and fall.outage.until is None


def _about(fall: Fall) -> dict[str, Any]:
    return {"outage": fall.outage} if _is_folded(fall) else {"fall": fall}


def line(
    user: User, audience: Audience, event: Event, owed_at: datetime, *, quiet: bool = False, **about: Any
) -> Alert:
    """A line about one thing, owed at this moment, or where it is to be quiet when the quiet hours are over."""
    due_at = loud_from(owed_at) if quiet else owed_at
    return Alert(user=user, audience=audience, event=event, owed_at=owed_at, due_at=due_at, quiet=quiet, **about)


def write(lines: Sequence[Alert]) -> None:
    """What somebody is owed already stays as it is; of several new ones about one thing the earliest counts."""
    Alert.objects.bulk_create(
        sorted(lines, key=lambda one: (one.due_at, one.user_id)), ignore_conflicts=True, batch_size=500
    )


def _told_lately(device_ids: set[int]) -> dict[tuple[int, int], datetime]:
    """By person and device: when he was last told, in a line of its own, that it is down."""
    told = Alert.objects.sent().filter(audience=Audience.OWNER, event=Event.DOWN, fall__device__in=device_ids)
    rows = told.order_by().values_list("user", "fall__device").annotate(last=Max("sent_at"))
    return {(user, device): last for user, device, last in rows}


def _with_places(falls: FallQuerySet) -> FallQuerySet:
    return falls.select_related("outage", "device__site__partner", "device__site__area")
