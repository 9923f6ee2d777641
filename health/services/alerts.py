"""Who is owed a line about a fall or an outage, when, and the letters that gather the lines.

The ladder: the owner's people first, the officer of the kelurahan after `ALERT_OFFICER_AFTER`, the precinct after
`ALERT_PRECINCT_AFTER`, each once per fall. A line is a row with a due time; a letter marks the rows it carries in
the transaction that writes it, so that no run of any task, twice or at once, doubles one.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from accounts.models import User
from health import letters
from health.models import Acknowledgement, Alert, Audience, Event, Fall, Outage, Stage
from health.models.alerts import AlertQuerySet
from health.models.falls import FallQuerySet
from health.quiet import loud_from
from health.recipients import Police, owners_people, wants_quiet
from notices.services import in_language_of, tell

ESCALATED_AT_ONCE = 200
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
            due = loud_from(at) if wants_quiet(fall.device.site) else at
            owed.append(_line(fall, user, Audience.OWNER, Event.DOWN, at, due))
    _write(owed)


def owe_back(fall_ids: Sequence[int], now: datetime) -> None:
    """Owe whoever was told that these devices are down that they are back; whoever was not, hears nothing of it.

    Of a device that is part of a running outage people hear when that ends.
    """
    falls = _with_places(Fall.objects.filter(pk__in=fall_ids))
    alone = [fall for fall in falls if not _is_folded(fall)]
    told = Alert.objects.filter(fall__in=alone, event=Event.DOWN)
    _owe_back(told.select_related("outage").order_by("pk"), {fall.pk: [fall] for fall in alone}, now)


def owe_outage_back(outage: Outage, now: datetime) -> None:
    """The same for an outage that is over, to those of whose devices at least one is back."""
    members = list(_with_places(Fall.objects.filter(outage=outage)))
    told = Alert.objects.filter(outage=outage, event=Event.DOWN)
    _owe_back(told.select_related("outage").order_by("pk"), {outage.pk: members}, now)


def fold(fall_ids: Sequence[int]) -> None:
    """Drop what is still unsent of these falls' own letters: from now on they are told of as an outage."""
    Alert.objects.unsent().filter(fall__in=list(fall_ids), event=Event.DOWN).delete()


def escalate(now: datetime) -> int:
    """Owe the next ones on the ladder a line about each fall whose time has come; how many falls went up a step.

    A fall whose owner said when it will be back waits until that day has passed. Call it with the falls locked.
    """
    held = Acknowledgement.objects.in_force(timezone.localdate(now)).filter(fall=OuterRef("pk"))
    due = Fall.objects.running().filter(escalate_at__lte=now).exclude(Exists(held)).order_by("escalate_at", "pk")
    falls = list(_with_places(due)[:ESCALATED_AT_ONCE])
    police = Police({fall.device.site for fall in falls}, now)
    owed = []
    for fall in falls:
        stage, audience = _NEXT[fall.stage]
        owed += [
            _line(fall, user, audience, Event.DOWN, now, now) for user in police.of(audience, fall.device.site)
        ]
        fall.stage = stage
        fall.escalate_at = None if stage == Stage.PRECINCT else fall.since + settings.ALERT_PRECINCT_AFTER
    _write(owed)
    Fall.objects.bulk_update(falls, ["stage", "escalate_at"], batch_size=200)
    return len(falls)


def send_letters(now: datetime) -> int:
    """Write the letters that are due: one per person and audience, with all lines that are due to him; how many.

    After a letter the next one waits (`ALERT_DIGEST`), and gathers what comes meanwhile.
    """
    sent = 0
    for audience in Audience.values:
        lately = _sent_lately(audience, now).filter(user=OuterRef("user"))
        waiting = Alert.objects.unsent().filter(audience=audience, due_at__lte=now).exclude(Exists(lately))
        users = waiting.order_by().values_list("user", flat=True).distinct()[:LETTERS_AT_ONCE]
        for user in User.objects.filter(pk__in=list(users)).order_by("pk"):
            sent += _send(user, Audience(audience), now)
    return sent


@transaction.atomic
def _send(user: User, audience: Audience, now: datetime) -> bool:
    """One letter; the rows it carries are locked until it stands, so that a second run waits and finds none of
    them, nor splits them between two letters."""
    due = Alert.objects.unsent().filter(user=user, audience=audience, due_at__lte=now)
    lines = list(due.select_related("fall", "outage").select_for_update(of=("self",)))
    if not lines or _sent_lately(audience, now).filter(user=user).exists():
        return False
    letter = uuid.uuid4()
    with in_language_of(user):
        words = letters.compose(user, audience, lines, letter, now)
        if words is not None and user.is_active:
            tell(
                user,
                code=words.code,
                subject=words.subject,
                body=words.body,
                url=words.url,
                once_key=f"health:{lines[0].pk}",
                now=now,
            )
    Alert.objects.filter(pk__in=[line.pk for line in lines]).update(letter=letter, sent_at=now)
    return words is not None


def _sent_lately(audience: str, now: datetime) -> AlertQuerySet:
    """Lines of letters so young that the next one waits. One from the future was sent before a clock went back."""
    return Alert.objects.sent().filter(
        audience=audience, sent_at__gt=now - settings.ALERT_DIGEST[audience], sent_at__lte=now
    )


def _owe_back(told: Iterable[Alert], falls: dict[int | None, list[Fall]], now: datetime) -> None:
    """`falls`: by the key of the fall or outage that the lines are about, the falls in it."""
    people = owners_people([fall.device.site for members in falls.values() for fall in members])
    owed, dropped = [], []
    for line in told:
        members = falls[line.fall_id or line.outage_id]
        over_at = line.outage.until if line.outage else members[0].until
        if line.audience == Audience.OWNER:
            members = [fall for fall in members if line.user_id in {one.pk for one in people[fall.device.site_id]}]
        in_time = over_at is not None and over_at < line.owed_at  # Back before anybody had to hear of it.
        if line.sent_at is None and (line.audience != Audience.OWNER or in_time):
            dropped.append(line.pk)
        elif any(fall.until is not None for fall in members):
            quiet = line.audience == Audience.OWNER and all(wants_quiet(fall.device.site) for fall in members)
            owed.append(
                Alert(
                    user_id=line.user_id,
                    audience=line.audience,
                    event=Event.BACK,
                    fall_id=line.fall_id,
                    outage_id=line.outage_id,
                    owed_at=now,
                    due_at=loud_from(now) if quiet else now,
                )
            )
    Alert.objects.unsent().filter(pk__in=dropped).delete()
    _write(owed)


def _is_folded(fall: Fall) -> bool:
    return fall.outage is not None and fall.outage.until is None


def _line(fall: Fall, user: User, audience: Audience, event: Event, owed_at: datetime, due_at: datetime) -> Alert:
    about = {"outage": fall.outage} if _is_folded(fall) else {"fall": fall}
    return Alert(user=user, audience=audience, event=event, owed_at=owed_at, due_at=due_at, **about)


def _write(lines: Sequence[Alert]) -> None:
    """What somebody is owed already stays as it is; of several new ones about one thing the earliest counts."""
    Alert.objects.bulk_create(
        sorted(lines, key=lambda line: (line.due_at, line.user_id)), ignore_conflicts=True, batch_size=500
    )


def _told_lately(device_ids: set[int]) -> dict[tuple[int, int], datetime]:
    """By person and device: when he was last told, in a line of its own, that it is down."""
    told = Alert.objects.sent().filter(audience=Audience.OWNER, event=Event.DOWN, fall__device__in=device_ids)
    rows = told.order_by().values_list("user", "fall__device").annotate(last=Max("sent_at"))
    return {(user, device): last for user, device, last in rows}


def _with_places(falls: FallQuerySet) -> FallQuerySet:
    return falls.select_related("outage", "device__site__partner", "device__site__area")
