"""What a probe found becomes facts, once and whole."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop

import audit
from devices.count import DIED, Count
from devices.errors import DeviceError, DifferentDevice, DifferentSource
from devices.report import DeviceReport
from onboarding.channels import match_channels
from onboarding.discretion import as_told
from onboarding.errors import ConsentFirst, OnboardingError, PictureNotAllowed
from onboarding.identity import address_of, is_the_verified_one
from onboarding.letters import tell_of_picture
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.proofs import what_is_proved
from onboarding.queries import device_is_consented, may_be_photographed
from onboarding.replaced import drop_old_ties, tell_if_ended, verified_on
from registry.models import Camera, Device
from registry.services import (
    lift_doubts,
    mark_device_different,
    mark_source_changed,
    note_refusals,
    renew_connections,
    stream_place,
)

OUTDATED = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Result:
    """How one probe ended: with a failure of the device, with a refusal of ours (nothing was dialled), or with a
    report of the whole device and a picture if there is one.

    `count`: what stands against the device's secret by now, whatever else happened; None if not dialled.
    """

    report: DeviceReport | None = None
    picture: bytes | None = None
    failure: DeviceError | None = None
    refusal: OnboardingError | None = None
    count: Count | None = None

    @property
    def is_an_answer(self) -> bool:
        return self.failure is None and self.refusal is None


@audit.atomic
def record_probe_result(*, probe: Probe, result: Result, now: datetime) -> bool:
    """Store how a probe ended and what it says about its device; False when the lease was lost meanwhile.

    `probe` is as it was dialled: where the owner has changed address, password or channels since, the answer came
    from another place, and nothing of it is kept but that. What was read or taken while the owner's consent
    ended is not kept either.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("site__partner").get(pk=probe.device_id)
    camera = Camera.objects.select_related("site__partner").filter(pk=probe.camera_id).first()
    outdated = _is_outdated(probe, device, camera)
    if result.picture and camera is not None and not may_be_photographed(camera, now, lock=True):
        result = replace(result, picture=None, refusal=PictureNotAllowed())
    elif (result.report or result.picture) and not device_is_consented(device.site_id, now, lock=True):
        result = Result(refusal=ConsentFirst(), count=result.count)
    code = OUTDATED if outdated else _code(probe, result)
    won = Probe.objects.filter(pk=probe.pk, state=ProbeState.RUNNING, lease=probe.lease).update(
        state=ProbeState.FAILED if code else ProbeState.DONE,
        lease=None,
        finished_at=now,
        **(_outdated_words() if outdated else _outcome(probe, result)),
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
    if probe.kind == ProbeKind.POSSESSION and not code and camera is not None:
        _tell_of_picture(probe, camera, now)
    return True


def _is_outdated(probe: Probe, device: Device, camera: Camera | None) -> bool:
    if _place(device) != _place(probe.device) or address_of(device) != probe.address:
        return True
    return camera is not None and probe.proves != what_is_proved(device, camera)


def _place(device: Device) -> tuple[object, ...]:
    streams = stream_place(device.rtsp_port, device.rtsp_path, device.rtsp_tls, device.brand)
    return (device.host, device.onvif_port, streams, device.secret_changed_at, device.sealed_password)


def _code(probe: Probe, result: Result) -> str:
    if result.refusal:
        return result.refusal.code
    return as_told(probe, result.failure).code if result.failure else ""


def _outdated_words() -> dict[str, str]:
    return {
        "code": OUTDATED,
        "message": gettext_noop("Alamat atau kata sandi diubah selagi perangkat diuji."),
        "remedy": gettext_noop("Uji sekali lagi dengan isian yang baru."),
    }


def _outcome(probe: Probe, result: Result) -> dict[str, Any]:
    """The columns of the probe. Denied, closed and filtered read the same until a device has answered there."""
    if result.refusal:
        with translation.override("id"):  # Kept in the language of the sources, and translated when shown.
            return {"code": result.refusal.code, "message": str(result.refusal), "remedy": ""}
    if result.failure:
        told = as_told(probe, result.failure)
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
    if isinstance(result.failure, DifferentSource):
        if probe.camera is not None:
            mark_source_changed(camera=probe.camera, by=by, now=now)
    elif isinstance(result.failure, DifferentDevice):
        mark_device_different(device=device, part=result.failure.detail, by=by, now=now)
    if result.is_an_answer:
        _note_answer(device, probe, result, now)
    note_refusals(device=probe.device, count=result.count, by=by, now=now)
    if result.is_an_answer and result.count is not None:
        lift_doubts(device=device, way=DIED, by=by, now=now)  # Nobody refused what dead workers tried.
    device.refresh_from_db(fields=["secret_refusals", "secret_doubts", "secret_doubted_at"])
    if result.report:
        before = verified_on(device)
        replaced = drop_old_ties(device=device, probe=probe, seen=result.report.identity, by=by)
        match_channels(device=device, report=result.report, by=by)
        reason = "device_replaced" if replaced else "source_changed"
        tell_if_ended(device=device, before=before, reason=reason, now=now)


def _note_answer(device: Device, probe: Probe, result: Result, now: datetime) -> None:
    """The device answered. That it is the verified one again is true only if every part that was kept was seen."""
    report = result.report
    device.answered_at = now
    if report:
        device.maker, device.model, device.firmware = report.maker[:120], report.model[:120], report.firmware[:120]
        device.serial = report.identity.serial[:120]
        device.clock_offset_seconds = report.clock_offset_seconds
        device.auth_not_enforced = report.auth_not_enforced
        device.sign_in_method = report.worked or device.sign_in_method
        device.wants_help = False
        if device.different_since is not None and is_the_verified_one(device, report.identity):
            device.different_since = None
            audit.record("device.same_again", actor=probe.requested_by, target=device)
            if result.picture:
                renew_connections(device=device, by=probe.requested_by, now=now)
    device.save()


def _tell_of_picture(probe: Probe, camera: Camera, now: datetime) -> None:
    """An officer has a picture without a look: it stands on the trail, and its owner is told."""
    visit = probe.visit
    if visit is None:
        return
    audit.record(
        "visit.picture_taken",
        actor=probe.requested_by,
        target=visit,
        camera=str(camera.public_id),
        probe=str(probe.public_id),
    )
    tell_of_picture(visit, camera, now)
