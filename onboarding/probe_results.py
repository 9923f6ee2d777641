"""What a probe found becomes facts, once and whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

import audit
from devices.errors import DeviceError, DifferentDevice, Unauthorized
from devices.report import DeviceReport
from onboarding.channels import match_channels
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probe_runs import interruptions
from registry.models import Device
from registry.services import mark_device_different

OUTDATED = "changed_meanwhile"
STREAM_REFUSED = "stream_not_authorized"


@dataclass(frozen=True, slots=True)
class Result:
    """How one probe ended: with a failure, or with a report (of the whole device) and a picture if there is one."""

    report: DeviceReport | None = None
    picture: bytes | None = None
    failure: DeviceError | None = None


@audit.atomic
def record_probe_result(*, probe: Probe, result: Result, now: datetime) -> bool:
    """Store how a probe ended and what it says about its device; False when the lease was lost meanwhile.

    `probe` is as `claim_probe` gave it: where the owner has changed address or password since, the answer came from
    another place, and nothing of it is kept but that.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("site__partner").get(pk=probe.device_id)
    outdated = _place(device) != _place(probe.device)
    code = OUTDATED if outdated else _code(result)
    won = Probe.objects.filter(pk=probe.pk, state=ProbeState.RUNNING, lease=probe.lease).update(
        state=ProbeState.FAILED if code else ProbeState.DONE,
        lease=None,
        finished_at=now,
        **(_outdated_words() if outdated else _outcome(result)),
    )
    if not won:
        return False
    if not outdated:
        _update_device(device, probe, result, now)
    audit.record(
        "device.probed",
        actor=probe.requested_by,
        target=device,
        probe=str(probe.public_id),
        kind=probe.kind,
        outcome=code or "read",
    )
    return True


def _place(device: Device) -> tuple[object, ...]:
    return (device.host, device.onvif_port, device.rtsp_port, device.secret_changed_at, device.sealed_password)


def _code(result: Result) -> str:
    return result.failure.for_owner().code if result.failure else ""


def _outdated_words() -> dict[str, str]:
    return {
        "code": OUTDATED,
        "message": gettext_noop("Alamat atau kata sandi diubah selagi perangkat diuji."),
        "remedy": gettext_noop("Uji sekali lagi dengan isian yang baru."),
    }


def _outcome(result: Result) -> dict[str, Any]:
    """The columns of the probe. Denied, closed and filtered read the same: `for_owner` takes the detail away."""
    if result.failure:
        told = result.failure.for_owner()
        return {"code": told.code, "message": told.message, "remedy": told.remedy}
    return {
        "code": "",
        "message": "",
        "remedy": "",
        "report": result.report.to_dict() if result.report else None,
        "picture": result.picture,
    }


def _update_device(device: Device, probe: Probe, result: Result, now: datetime) -> None:
    by = probe.requested_by
    if isinstance(result.failure, DifferentDevice):
        mark_device_different(device=device, part=result.failure.detail, by=by, now=now)
    elif isinstance(result.failure, Unauthorized):
        device.secret_refusals = max(device.secret_refusals, result.failure.refusals)
        device.save(update_fields=["secret_refusals"])
    elif result.failure is None:
        _note_answer(device, probe, result.report, now)
    if result.report and probe.kind == ProbeKind.CONNECT:
        match_channels(device=device, report=result.report, by=by, now=now)


def _note_answer(device: Device, probe: Probe, report: DeviceReport | None, now: datetime) -> None:
    """The device answered, and it is the one that was verified if one was."""
    device.answered_at = now
    device.different_since = None
    device.secret_refusals = max(0, device.secret_refusals - interruptions(probe))
    if report:
        device.maker, device.model, device.firmware = report.maker[:120], report.model[:120], report.firmware[:120]
        device.clock_offset_seconds = report.clock_offset_seconds
        device.auth_not_enforced = report.auth_not_enforced
        device.wants_help = False
        if STREAM_REFUSED in report.warnings:
            device.secret_refusals = max(device.secret_refusals, report.refusals)
    device.save()
