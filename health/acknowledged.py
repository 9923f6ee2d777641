"""What the owner said of cameras that are down, for whoever may see them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from health.models import Acknowledgement, Fall
from registry.models import Camera


def back_on(cameras: Iterable[Camera], now: datetime) -> dict[int, date]:
    """By the key of the camera: the day on which the owner says it is back, where he said so and the day has not
    passed. One query, whatever the number."""
    by_device: dict[int, list[int]] = {}
    for camera in cameras:
        if camera.device_id is not None:
            by_device.setdefault(camera.device_id, []).append(camera.pk)
    rows = Acknowledgement.objects.in_force(timezone.localdate(now)).filter(fall__device__in=list(by_device))
    said = dict(rows.order_by().values_list("fall__device", "back_on"))
    return {pk: day for device, day in said.items() for pk in by_device[device]}


def is_down(camera: Camera) -> bool:
    """Whether its device fell and is not back: then its owner may say that he knows."""
    return camera.device_id is not None and Fall.objects.running().filter(device=camera.device_id).exists()
