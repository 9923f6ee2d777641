"""Most of one place fell together: one outage, found when a fall is written, over when most are back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from health import bell
from health.models import Alert, Audience, CheckState, Event, Fall, Outage, OutageKind, Stage
from health.places import ATTACHED, Key, networks_by_device, places_of
from health.services import alerts

_NAMED_AT_ONCE = 5000
#: After the last fall of an outage that goes on: whatever falls later is news again, for what stays dead for weeks.
JOINS_WITHIN = timedelta(hours=12)
#: From the fall's device to the place of each kind. Vital sites stand apart: only their own outage knows them.
_PLACE_OF_DEVICE: dict[OutageKind, str] = {
    OutageKind.SITE: "site__public_id",
    OutageKind.NETWORK: "check_state__network",
    OutageKind.AREA: "site__area__code",
}


def gather(begun: Sequence[Fall]) -> set[int]:
    """Make the falls that have just begun a part of an outage where one runs or begins with them.

    An outage begins where more than `OUTAGE_PERCENT` of the watched devices of a site, a network or a kelurahan,
    and at least `OUTAGE_DEVICES` of them, fell within `OUTAGE_WINDOW`. The smallest place wins: a fall is a member
    of one outage. A wider place counts the members of smaller ones, but begins only with enough falls of its own,
    so that one letter is not followed by a second for the same devices. Call it with the falls locked.

    The keys of the falls that became members, those of earlier batches too.
    """
    places = places_of([fall.device_id for fall in begun])
    running = _join_running(begun, {fall.pk: places[fall.device_id].outages() for fall in begun})
    folded: set[int] = set()
    for kind in (OutageKind.SITE, OutageKind.NETWORK, OutageKind.AREA):
        alone = [fall for fall in begun if fall.outage_id is None]
        keys = {
            key
            for fall in alone
            for of, key in places[fall.device_id].outages()
            if of == kind and (of, key) not in running
        }
        for key, members in _fallen_together(kind, keys).items():
            outage, ids = _begin((kind, key), members), {member.pk for member in members}
            for fall in begun:
                if fall.pk in ids:
                    fall.outage = outage
            folded |= ids
    return folded


def end_over(now: datetime) -> None:
    """End each outage of which more than `OUTAGE_PERCENT` of the devices are back, at the moment that made it most.

    Whoever was told of it is told that it is over; a device that is still down has letters of its own from now on.
    Call it with the falls locked.
    """
    for outage in _perhaps_over().prefetch_related("members"):
        # A device may have fallen again while it ran.
        latest = {fall.device_id: fall for fall in sorted(outage.members.all(), key=lambda fall: fall.since)}
        back = sorted(fall.until for fall in latest.values() if fall.until is not None)
        enough = len(latest) * settings.OUTAGE_PERCENT // 100 + 1
        if len(back) < min(enough, len(latest)):
            continue
        outage.until = max(back[min(enough, len(latest)) - 1], outage.since) if back else max(now, outage.since)
        outage.save(update_fields=["until"])
        bell.ring_after_commit()
        _let_climb_anew(outage, now)
        alerts.owe_outage_back(outage, now)
        alerts.owe_down([fall.pk for fall in latest.values() if fall.until is None], now)


def _perhaps_over() -> QuerySet[Outage]:
    """The running outages of which so many devices came back at some time that they may be over; of the others no
    fall is loaded, however large they are."""
    devices, back = Count("members__device", distinct=True), Q(members__until__isnull=False)
    counted = (
        Outage.objects.running()
        .order_by()
        .annotate(devices=devices, back=Count("members__device", filter=back, distinct=True))
    )
    ids = [
        pk
        for pk, fell, came_back in counted.values_list("pk", "devices", "back")
        if came_back >= min(fell, fell * settings.OUTAGE_PERCENT // 100 + 1)
    ]
    return Outage.objects.filter(pk__in=ids)


def _let_climb_anew(outage: Outage, now: datetime) -> None:
    """What is still down when its outage ends has not been told to whom the line about the outage has not left: its
    fall takes that step of the ladder by itself."""
    for audience, stage, before, after in (
        (Audience.OFFICER, Stage.OFFICER, Stage.OWNER, settings.ALERT_OFFICER_AFTER),
        (Audience.PRECINCT, Stage.PRECINCT, Stage.OFFICER, settings.ALERT_PRECINCT_AFTER),
    ):
        if Alert.objects.unsent().filter(outage=outage, audience=audience, event=Event.DOWN).exists():
            falls = list(Fall.objects.running().filter(outage=outage, stage=stage))
            for fall in falls:
                fall.stage, fall.escalate_at = before, max(now, fall.since + after)
            Fall.objects.bulk_update(falls, ["stage", "escalate_at"], batch_size=200)


@transaction.atomic
def name_networks() -> None:
    """Write down in which network each watched device stands, where that is not known yet."""
    unnamed = list(CheckState.objects.filter(network__isnull=True).select_related("device")[:_NAMED_AT_ONCE])
    networks = networks_by_device([state.device for state in unnamed])
    for state in unnamed:
        state.network = networks[state.device_id]
    CheckState.objects.bulk_update(unnamed, ["network"], batch_size=500)


def _join_running(begun: Sequence[Fall], keys: dict[int, list[Key]]) -> set[Key]:
    """Let each fall join the outage that runs at its place; the places where one runs.

    Not where it began long before, and not a device that fell with it and was back: of these people hear anew.
    """
    wanted = {key for of_fall in keys.values() for key in of_fall}
    found = Outage.objects.running().filter(
        kind__in={kind for kind, _ in wanted}, key__in={key for _, key in wanted}
    )
    running = {(OutageKind(outage.kind), outage.key): outage for outage in found}
    held = Fall.objects.filter(outage__in=list(running.values()))
    newest = dict(held.order_by().values_list("outage").annotate(Max("since")))
    fell_before = set(
        held.filter(device__in=[fall.device_id for fall in begun]).values_list("outage_id", "device_id")
    )
    joined = []
    for fall in begun:
        outage = next((running[key] for key in keys[fall.pk] if key in running), None)
        if (
            outage is not None
            and (outage.pk, fall.device_id) not in fell_before
            and fall.since - newest[outage.pk] <= JOINS_WITHIN
        ):
            fall.outage = outage
            joined.append(fall)
    Fall.objects.bulk_update(joined, ["outage"], batch_size=500)
    return set(running)


def _fallen_together(kind: OutageKind, keys: Iterable[str]) -> dict[str, list[Fall]]:
    """By place: the falls without an outage in it, where most of it fell within the window before its last fall."""
    field = f"device__{_PLACE_OF_DEVICE[kind]}"
    falls = Fall.objects.running().filter(_shared(kind), **{f"{field}__in": list(keys)})
    rows = falls.order_by().values_list(field).annotate(newest=Max("since"), count=Count("pk"))
    at = {str(place): (newest - settings.OUTAGE_WINDOW, count) for place, newest, count in rows}
    if not at:
        return {}
    recent: dict[str, list[Fall]] = defaultdict(list)
    # What has been down for weeks is counted and not loaded.
    for fall in falls.filter(since__gte=min(begin for begin, _ in at.values())).annotate(place=F(field)):
        if fall.since >= at[str(fall.place)][0]:
            recent[str(fall.place)].append(fall)
    enough = settings.OUTAGE_DEVICES
    likely = [key for key, held in recent.items() if sum(fall.outage_id is None for fall in held) >= enough]
    watched = _watched(kind, likely)
    found = {}
    for key in likely:
        could_fall = watched.get(key, 0) - (at[key][1] - len(recent[key]))
        if len(recent[key]) * 100 > could_fall * settings.OUTAGE_PERCENT:
            found[key] = [fall for fall in recent[key] if fall.outage_id is None]
    return found


def _watched(kind: OutageKind, keys: Sequence[str]) -> dict[str, int]:
    """By place: how many devices in it are owed checks."""
    if not keys:
        return {}
    field = f"device__{_PLACE_OF_DEVICE[kind]}"
    awake = CheckState.objects.filter(_shared(kind), asleep_since__isnull=True, **{f"{field}__in": list(keys)})
    return {str(key): count for key, count in awake.order_by().values_list(field).annotate(count=Count("pk"))}


def _shared(kind: OutageKind) -> Q:
    """Leaves vital sites out of places that others share; an attached network stands behind one site alone."""
    if kind == OutageKind.SITE:
        return Q()
    if kind == OutageKind.NETWORK:
        return Q(device__site__vital=False) | Q(device__check_state__network__startswith=ATTACHED)
    return Q(device__site__vital=False)


def _begin(key: Key, members: Sequence[Fall]) -> Outage:
    """Open the outage and fold into it what is still unsent of its members' own letters."""
    cause = Counter(fall.cause for fall in members).most_common(1)[0][0]
    outage = Outage.objects.create(kind=key[0], key=key[1], since=min(fall.since for fall in members), cause=cause)
    Fall.objects.filter(pk__in=[fall.pk for fall in members]).update(outage=outage)
    alerts.fold([fall.pk for fall in members])
    return outage
