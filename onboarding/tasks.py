"""Probes, run by a worker."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from devices.errors import DeviceError, Unauthorized
from devices.probe import Step
from onboarding.gateway import read_device, take_picture
from onboarding.identity import expected_identity
from onboarding.models import Probe, ProbeKind
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import claim_probe, note_step, requeue_owed
from registry.targets import NoCredentials

NO_SECRET = gettext_noop("Nama pengguna dan kata sandi perangkat belum diisi untuk alamat ini.")
FILL_IN = gettext_noop("Isi keduanya, lalu uji lagi.")
PICTURE_WORDS = gettext_noop("Mengambil gambar baru")


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=45, time_limit=50)
def run_probe(probe_id: int) -> None:
    """Run one owed probe. The message may come twice; only who wins the lease dials."""
    probe = claim_probe(probe_id=probe_id, now=timezone.now())
    if probe is None:
        return
    record_probe_result(probe=probe, result=_visit(probe), now=timezone.now())


@shared_task(ignore_result=True, soft_time_limit=10, time_limit=15)
def rescue_probes() -> None:
    """Send the owed probes again whose message was lost or whose worker died."""
    for probe_id in requeue_owed(now=timezone.now()):
        run_probe.delay(probe_id)


def _visit(probe: Probe) -> Result:
    """Go to the device, outside any transaction. A device that fails is a result, not an error."""
    try:
        if probe.kind == ProbeKind.POSSESSION:
            return _photograph(probe)
        report = read_device(probe.device, on_step=lambda step: _note(probe, step))
    except NoCredentials:
        return Result(failure=Unauthorized(message=NO_SECRET, remedy=FILL_IN))
    except DeviceError as failure:
        return Result(failure=failure)
    return Result(report=report, picture=report.picture.jpeg if report.picture else None)


def _photograph(probe: Probe) -> Result:
    camera = probe.camera
    assert camera is not None  # noqa: S101  (a constraint of the table)
    camera.device = probe.device
    _note(probe, Step("picture", "started", PICTURE_WORDS))
    try:
        picture = take_picture(camera, expected=expected_identity(probe.device))
    except DeviceError as failure:
        _note(probe, Step("picture", "failed", PICTURE_WORDS, failure.for_owner().code))
        raise
    _note(probe, Step("picture", "done", PICTURE_WORDS))
    return Result(picture=picture.jpeg)


def _note(probe: Probe, step: Step) -> None:
    note_step(
        probe=probe,
        code=step.code,
        state=step.state,
        words=step.words,
        detail=step.detail,
        now=timezone.now(),
    )
