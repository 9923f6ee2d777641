"""Outages as their readers see them: of each only the cameras that the reader may know of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from health import outage_words, words
from health.models import Fall, Outage, OutageKind, State
from registry.models import Camera


@dataclass(frozen=True, slots=True)
class ShownOutage:
    """One outage and the cameras of it that were asked about: of others nothing is told, not even their number."""

    outage: Outage
    cameras: tuple[Camera, ...]
    back: tuple[Camera, ...]
    """Those of them that answer again."""
    place: str
    """The address of the site, or the name of the kelurahan; a network has none that is told."""

    @property
    def title(self) -> str:
        return outage_words.title(self.outage)

    @property
    def sentence(self) -> str:
        """What may be behind it."""
        return outage_words.sentence(self.outage)

    @property
    def cause(self) -> str:
        """The cause that most of its cameras went down with, in words."""
        return words.sentence(State.DOWN, self.outage.cause)


def running(cameras: QuerySet[Camera] | Iterable[Camera]) -> list[ShownOutage]:
    """The outages that go on now and hold any of these cameras, the oldest first. Three queries, whatever the
    number; give it only cameras that the reader may see."""
    return shown(Outage.objects.running(), cameras)


def shown(outages: Iterable[Outage], cameras: QuerySet[Camera] | Iterable[Camera]) -> list[ShownOutage]:
    """The same for any outages. A queryset of cameras is not run for itself: it becomes a part of the query."""
    found = sorted(outages, key=lambda outage: (outage.since, outage.pk))
    members: dict[int, dict[int, bool]] = defaultdict(dict)
    falls = Fall.objects.filter(outage__in=found).order_by("since", "pk")
    for outage_id, device_id, until in falls.values_list("outage_id", "device_id", "until"):
        members[outage_id][device_id] = until is not None  # Of a device that fell twice the later fall counts.
    of_device = _by_device(cameras, {device for held in members.values() for device in held})
    answers = []
    for outage in found:
        held = members[outage.pk]
        all_of_it = [camera for device in held for camera in of_device.get(device, [])]
        if all_of_it:
            back = tuple(camera for camera in all_of_it if held[camera.device_id])
            answers.append(ShownOutage(outage, tuple(all_of_it), back, _place(outage, all_of_it[0])))
    return answers


def _by_device(cameras: QuerySet[Camera] | Iterable[Camera], devices: set[int]) -> dict[int, list[Camera]]:
    if isinstance(cameras, QuerySet):
        rows = Camera.objects.filter(pk__in=cameras.order_by().values("pk"), device__in=devices)
        cameras = rows.select_related("site__area").order_by("pk")
    found: dict[int, list[Camera]] = defaultdict(list)
    for camera in cameras:
        if camera.device_id in devices:
            found[camera.device_id].append(camera)
    return found


def _place(outage: Outage, camera: Camera) -> str:
    if outage.kind == OutageKind.NETWORK:
        return ""
    return camera.site.address if outage.kind == OutageKind.SITE else camera.site.area.name
