"""What the page of a device's settings shows."""

from dataclasses import dataclass

from onboarding.models import OPEN, ChangeKind, DeviceChange, SettingsWork, WorkKind
from onboarding.settings.present import Present, present_of
from registry.models import Camera, Device

PAST_SHOWN = 50


@dataclass(frozen=True)
class SettingsPage:
    """The newest conversation, what the last reading found, and the changes, offered and past: the first three of
    the device that is there now, the past of every one that was."""

    present: Present
    work: SettingsWork | None
    reading: SettingsWork | None
    offers: list[DeviceChange]
    past: list[DeviceChange]
    cameras: list[Camera]
    pictures: dict[int, SettingsWork]

    def may_be_agreed(self, change: DeviceChange) -> bool:
        """Whether a past change that never reached the device may be tried again: it was not read since."""
        if not change.may_be_agreed or not self.present.is_of(change):
            return False
        later = [self.reading.finished_at] if self.reading and self.reading.finished_at else []
        for other in [*self.offers, *self.past]:
            if (other.kind, other.camera_id) == (change.kind, change.camera_id):
                later.append(other.offered_at)
        return all(moment <= change.offered_at for moment in later)


def settings_page(device: Device) -> SettingsPage:
    """Everything about the settings of this device."""
    works = SettingsWork.objects.filter(device=device).defer("picture", "sealed_user", "sealed_password")
    changes = DeviceChange.objects.filter(device=device).select_related(
        "camera", "device", "agreed_by", "undone_by"
    )
    cameras = Camera.objects.listed().filter(device=device).order_by("channel", "pk")
    present = present_of(device)
    work = works.first()
    reading = works.filter(kind=WorkKind.READ, findings__isnull=False).first()
    if reading is not None and not present.was_seen_by(reading):
        reading = None
    return SettingsPage(
        present=present,
        work=work if work and (not work.is_over or _still_tells(work, present, device)) else None,
        reading=reading,
        offers=[change for change in changes.offered().order_by("pk") if reading and present.is_of(change)],
        past=list(changes.past()[:PAST_SHOWN]),
        cameras=list(cameras),
        pictures=pictures_of(device, present),
    )


def _still_tells(work: SettingsWork, present: Present, device: Device) -> bool:
    """Whether how it ended is still worth saying: it was this device, at this address, with this secret."""
    changed_at = device.secret_changed_at
    since = changed_at is None or (work.finished_at is not None and work.finished_at >= changed_at)
    return since and present.was_seen_by(work)


def pictures_of(device: Device, present: Present) -> dict[int, SettingsWork]:
    """By camera: who has the picture that its owner draws on, where it is of the device that is there now."""
    taken = SettingsWork.objects.filter(device=device, kind=WorkKind.PICTURE, picture__isnull=False)
    works = taken.defer("picture", "sealed_user", "sealed_password").order_by("created_at", "pk")
    return {work.camera_id: work for work in works if work.camera_id and present.was_seen_by(work)}


def open_work(device: Device) -> SettingsWork | None:
    """The conversation that is under way."""
    return SettingsWork.objects.filter(device=device, state__in=OPEN).only("public_id", "change_id").first()


@dataclass(frozen=True)
class AreaLimits:
    """How many areas the owner may draw on a camera, as far as the device said; `refusal` is why it covers none."""

    most: int | None = None
    refusal: str = ""


def area_limits(picture: SettingsWork | None) -> AreaLimits:
    """What the device said about covering areas when the picture to draw on was taken."""
    for found in (picture.findings if picture else None) or []:
        if found["kind"] == ChangeKind.MASKS:
            most = (found.get("limits") or {}).get("most")
            refusal = found["why"] if found["state"] == "unsupported" and not most else ""
            return AreaLimits(most if isinstance(most, int) and most > 0 else None, refusal)
    return AreaLimits()
