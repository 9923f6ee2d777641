"""Which device stands at the address now, so that nothing of another one is shown or offered as its own."""

from dataclasses import dataclass

from onboarding.identity import address_of, expected_identity, parts_of
from onboarding.models import DeviceChange, SettingsWork
from onboarding.replaced import tells_apart
from registry.models import Device


@dataclass(frozen=True)
class Present:
    """Where the device is, and how it is known; `identity` is empty while none was connected there."""

    address: str
    identity: dict[str, str]

    def is_of(self, row: DeviceChange | SettingsWork) -> bool:
        """Whether the row is about this very device. Where neither tells enough to compare, the address counts."""
        apart = tells_apart(row.identity, self.identity)
        return row.address == self.address if apart is None else not apart

    def was_seen_by(self, work: SettingsWork) -> bool:
        """Whether this conversation was with this device where it is now: what it brought is still true of it."""
        return work.address == self.address and self.is_of(work)


def present_of(device: Device) -> Present:
    """The device that is at its address, as far as we know it."""
    return Present(address=address_of(device), identity=parts_of(expected_identity(device)))
