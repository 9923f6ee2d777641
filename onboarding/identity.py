"""What is remembered of a verified device, and whether what answers now is that device, in every part."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

import audit
from accounts.models import User
from devices.report import PARTS, Identity
from devices.words import warning_words
from onboarding.models import Probe, ProbeKind, ProbeState
from registry.models import Device
from registry.targets import identity_of

#: Warnings of a report that say of a part of the identity that it was not read, and may be the next time. The
#: hardware address is not among them: it is refused to many users for good.
NOT_READ = ("greeting_unread", "no_information", "stream_certificate_unread")


def address_of(device: Device) -> str:
    """HOST:PORT as probes keep it, an IPv6 address in brackets."""
    host = f"[{device.host}]" if ":" in device.host else device.host
    return f"{host}:{device.onvif_port}"


@audit.atomic
def keep_identity(*, device: Device, identity: dict[str, str], by: User, now: datetime) -> None:
    """Remember how the device is known again, as it was in the session of the picture that proved it."""
    kept = Identity.of(identity).to_dict()
    Device.objects.filter(pk=device.pk).update(identity=kept, identity_kept_at=now)
    audit.record("device.identity_kept", actor=by, target=device, parts=[name for name in PARTS if kept[name]])


def last_report(device: Device) -> dict[str, Any] | None:
    """The newest report of this device at its present address, as JSON; None when it was never connected there."""
    probes = Probe.objects.filter(
        device=device, kind=ProbeKind.CONNECT, state=ProbeState.DONE, address=address_of(device)
    )
    return probes.values_list("report", flat=True).first()


def expected_identity(device: Device) -> Identity:
    """Which device a picture must come from: the one that was verified, or, before that, the one last connected.

    Without any part: it was never connected where it is now.
    """
    if device.identity:
        return identity_of(device)
    return Identity.of((last_report(device) or {}).get("identity"))


def weak_words(device: Device) -> list[str]:
    """What was not read of the identity that a pass would keep, in sentences; nothing where it was kept before."""
    warnings = (last_report(device) or {}).get("warnings") or [] if not device.identity else []
    return [_(warning_words(code)) for code in NOT_READ if code in warnings]


def certificate_words(identity: dict[str, Any] | None) -> str:
    """The fingerprint of a device's certificate in groups of four, as people compare it; empty without TLS.

    Where its streams alone are over TLS it is that of the streams.
    """
    seen = Identity.of(identity)
    fingerprint = (seen.tls_fingerprint or seen.stream_tls_fingerprint).upper()
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def parts_of(identity: Identity) -> dict[str, str]:
    """An identity as it is kept in JSON."""
    return identity.to_dict()


def is_the_verified_one(device: Device, seen: Identity) -> bool:
    """Whether every part that was kept was seen again. A part that is missing now proves nothing."""
    kept = identity_of(device)
    named = [name for name in PARTS if getattr(kept, name)]
    return bool(named) and all(getattr(seen, name) == getattr(kept, name) for name in named)
