"""What the tiers above found of cameras, for the verdict on each."""

from collections import defaultdict
from collections.abc import Iterable

from health.models import TierCheck
from health.services.view_keeping import causes_of


def findings_of(pairs: Iterable[tuple[int, int]]) -> dict[int, list[str]]:
    """The causes that stand against these cameras, by their keys. `pairs` are keys of cameras and their devices."""
    cameras: dict[int, list[int]] = defaultdict(list)
    for camera_id, device_id in pairs:
        cameras[device_id].append(camera_id)
    found: dict[int, list[str]] = defaultdict(list)
    told = TierCheck.objects.filter(device_id__in=list(cameras)).exclude(cause="")
    for device_id, cause, only in told.values_list("device_id", "cause", "of_cameras"):
        for camera_id in cameras[device_id]:
            if not only or camera_id in only:
                found[camera_id].append(cause)
    for camera_id, cause in causes_of(camera_id for ids in cameras.values() for camera_id in ids).items():
        found[camera_id].append(cause)
    return found
