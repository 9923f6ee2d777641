"""Probes, run by a worker."""

from collections.abc import Callable

import structlog
from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from devices.errors import DeviceError, Unauthorized
from devices.pictures import Still
from devices.probe import Step
from onboarding.discretion import DiscreetSteps, is_unknown
from onboarding.errors import ConsentFirst, DeviceBusy, PictureNotAllowed
from onboarding.gateway import read_device, take_channel_picture, take_picture
from onboarding.identity import address_of
from onboarding.models import Probe, ProbeKind
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import claim_probe, note_step, requeue_owed
from onboarding.proofs import what_is_proved
from onboarding.queries import device_is_consented, may_be_photographed
from registry.models import Camera
from registry.targets import NoCredentials
from registry.turns import TurnTaken, turn_at

log = structlog.get_logger(__name__)

NO_SECRET = gettext_noop("Nama pengguna dan kata sandi perangkat belum diisi untuk alamat ini.")
FILL_IN = gettext_noop("Isi keduanya, lalu uji lagi.")
PICTURE_WORDS = gettext_noop("Mengambil gambar baru")

TURN_SECONDS = 35  # Longer than a probe may take, so that a dead worker gives its turn back.
TURN_WAIT_SECONDS = 8  # Longer than most stills take.


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
    """Go to the device, outside any transaction, while nobody else does. A device that fails is a result."""
    try:
        with turn_at(probe.device, holds=TURN_SECONDS, waits=TURN_WAIT_SECONDS):
            moved = address_of(probe.device) != probe.address
            steps = DiscreetSteps(lambda step: _note(probe, step)) if is_unknown(probe) else None
            try:
                return Result() if moved else _dial(probe, steps)
            except DeviceError as error:
                failure = error
    except TurnTaken:
        return Result(refusal=DeviceBusy())
    log.info("probe_failed", probe=str(probe.public_id), outcome=failure.code, detail=failure.detail)
    if steps is not None:
        steps.fail(failure)
    return Result(failure=failure, count=failure.count)


def _dial(probe: Probe, steps: DiscreetSteps | None) -> Result:
    if probe.kind == ProbeKind.POSSESSION:
        return _photograph(probe)
    if not device_is_consented(probe.device.site_id, timezone.now()):
        return Result(refusal=ConsentFirst())
    if probe.kind == ProbeKind.CHANNEL:
        of = probe.proves or {}
        return _still(probe, lambda: take_channel_picture(probe.device, source=of["source"], profile=of["profile"]))
    try:
        report = read_device(probe.device, on_step=steps or (lambda step: _note(probe, step)))
    except NoCredentials:
        return Result(failure=Unauthorized(message=NO_SECRET, remedy=FILL_IN))
    return Result(report=report, picture=report.picture.jpeg if report.picture else None, count=report.count)


def _photograph(probe: Probe) -> Result:
    """The picture of a visit, if all is still as it was when it was asked for, and the owner still allows it."""
    camera = Camera.objects.get(pk=probe.camera_id)
    camera.device = probe.device
    proves = probe.proves
    if proves is None or proves != what_is_proved(probe.device, camera):
        return Result()  # Not dialled: what is written down is that something changed meanwhile.
    if not may_be_photographed(camera, timezone.now()):
        return Result(refusal=PictureNotAllowed())
    return _still(probe, lambda: take_picture(camera, expected=proves["identity"]))


def _still(probe: Probe, take: Callable[[], Still]) -> Result:
    """The picture that `take` brings from the device, told as the one step of this probe."""
    _note(probe, Step("picture", "started", PICTURE_WORDS))
    try:
        picture = take()
    except NoCredentials:
        return Result(failure=Unauthorized(message=NO_SECRET, remedy=FILL_IN))
    except DeviceError as failure:
        _note(probe, Step("picture", "failed", PICTURE_WORDS, failure.for_owner().code))
        raise
    _note(probe, Step("picture", "done", PICTURE_WORDS))
    return Result(picture=picture.jpeg, count=picture.count)


def _note(probe: Probe, step: Step) -> None:
    note_step(
        probe=probe,
        code=step.code,
        state=step.state,
        words=step.words,
        detail=step.detail,
        now=timezone.now(),
    )
