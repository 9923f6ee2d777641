"""What the page of a device's settings shows."""

from dataclasses import dataclass

from onboarding.models import ChangeState, DeviceChange, SettingsWork, WorkKind
from registry.models import Camera, Device

PAST_SHOWN = 50


@dataclass(frozen=True)
class SettingsPage:
    """The newest conversation, what the last reading found, and the changes, offered and past."""

    work: SettingsWork | None
    reading: SettingsWork | None
    offers: list[DeviceChange]
    past: list[DeviceChange]
    cameras: list[Camera]

    def may_be_agreed(self, change: DeviceChange) -> bool:
        """Whether a past change that never reached the device may be tried again: nothing was read since."""
        read_since = any(other.offered_at > change.offered_at for other in [*self.offers, *self.past])
        return change.may_be_agreed and not read_since


def settings_page(device: Device) -> SettingsPage:
    """Everything about the settings of this device."""
    works = SettingsWork.objects.filter(device=device).defer("picture", "sealed_user", "sealed_password")
    changes = DeviceChange.objects.filter(device=device).select_related(
        "camera", "device", "agreed_by", "undone_by"
    )
    cameras = Camera.objects.listed().filter(device=device).order_by("channel", "pk")
    return SettingsPage(
        work=works.first(),
        reading=works.filter(kind=WorkKind.READ, findings__isnull=False).first(),
        offers=list(changes.filter(state=ChangeState.OFFERED).order_by("pk")),
        past=list(changes.past()[:PAST_SHOWN]),
        cameras=list(cameras),
    )
