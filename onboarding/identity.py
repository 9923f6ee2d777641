"""What is remembered of a verified device, and what ends when another one may stand in its place."""

from datetime import datetime
from typing import Any

import audit
from accounts.models import User
from devices.report import Identity
from onboarding.models import Probe, ProbeKind, ProbeState
from registry.models import Camera, Device
from registry.targets import identity_of

PARTS = ("serial", "mac", "tls_fingerprint", "shape")


@audit.atomic
def keep_identity(*, device: Device, identity: dict[str, str], by: User, now: datetime) -> None:
    """Remember how the device is known again, as it was when the officer verified it."""
    kept = {name: identity.get(name, "") for name in PARTS}
    Device.objects.filter(pk=device.pk).update(identity=kept, identity_kept_at=now, different_since=None)
    audit.record("device.identity_kept", actor=by, target=device, parts=[name for name in PARTS if kept[name]])


@audit.atomic
def forget_identity(*, device: Device, by: User) -> None:
    """The owner says that another device stands there now, or nobody had verified this one: its cameras are to be
    verified anew before anybody looks."""
    won = (
        Device.objects.filter(pk=device.pk)
        .exclude(identity__isnull=True, different_since__isnull=True)
        .update(identity=None, identity_kept_at=None, different_since=None)
    )
    if won:
        audit.record("device.identity_forgotten", actor=by, target=device)
    for camera in Camera.objects.filter(device=device):
        end_verification(camera=camera, by=by)


@audit.atomic
def end_verification(*, camera: Camera, by: User) -> None:
    """The verification was of something else than what answers now. Other stages stay as they are."""
    won = Camera.objects.filter(pk=camera.pk, verified_at__isnull=False).update(
        verified_at=None, verified_by=None, verified_until=None, connected_at=None, connected_by=None
    )
    if won:
        audit.record("camera.verification_ended", actor=by, target=camera, site=str(camera.site.public_id))


def last_report(device: Device) -> dict[str, Any] | None:
    """The newest report of this device that stands, as JSON; None when it was never connected."""
    probes = Probe.objects.filter(device=device, kind=ProbeKind.CONNECT, state=ProbeState.DONE)
    return probes.values_list("report", flat=True).first()


def expected_identity(device: Device) -> Identity:
    """Which device a picture must come from: the one that was verified, or, before that, the one last connected."""
    if device.identity:
        return identity_of(device)
    found = (last_report(device) or {}).get("identity") or {}
    return Identity(**{name: found.get(name, "") for name in PARTS})
