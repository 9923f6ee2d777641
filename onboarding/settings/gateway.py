"""The only place where this package speaks to a device, through the public functions of `devices`."""

from collections.abc import Sequence

from devices.changes import Change, Outcome, Reading, Wish
from devices.configure import read_findings, write_change
from devices.count import Count
from devices.report import Identity
from devices.secrets import Credentials
from registry.models import Device
from registry.targets import route_of, target_of

DEADLINE_SECONDS = 30.0
AGAIN_SECONDS = 10.0
"""For the few settings that are read again after a change, within the same turn at the device."""


def read_settings(
    device: Device,
    account: Credentials,
    wishes: Sequence[Wish],
    *,
    expected: Identity,
    before: Count,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Reading:
    """What the device has against each wish. Raises one of `devices.errors`."""
    return read_findings(
        target_of(device),
        account,
        route=route_of(device),
        wishes=wishes,
        expected_identity=expected,
        refusals_before=before.refusals,
        doubts_before=before.doubts,
        sign_in_method=device.sign_in_method,
        deadline_seconds=deadline_seconds,
    )


def write_setting(
    device: Device,
    account: Credentials,
    change: Change,
    *,
    expected: Identity,
    before: Count,
    new_password: str = "",
) -> Outcome:
    """Write one change and read it back. Raises one of `devices.errors`."""
    return write_change(
        target_of(device),
        account,
        change,
        route=route_of(device),
        expected_identity=expected,
        refusals_before=before.refusals,
        doubts_before=before.doubts,
        sign_in_method=device.sign_in_method,
        new_password=new_password,
        deadline_seconds=DEADLINE_SECONDS,
    )
