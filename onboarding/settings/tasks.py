"""Work at a device's settings, done by a worker."""

from dataclasses import replace

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from devices.changes import Wish
from devices.count import Count
from devices.errors import DeviceError, Unauthorized
from devices.report import Identity
from devices.secrets import Credentials
from onboarding.errors import ConsentFirst, DeviceBusy
from onboarding.gateway import take_picture
from onboarding.identity import address_of, expected_identity, parts_of
from onboarding.models import ChangeKind, DeviceChange, SettingsWork, WorkKind
from onboarding.probe_runs import claim, note_step, take_back_owed
from onboarding.queries import device_is_consented
from onboarding.settings.accounts import account_for, count_before, fresh_password
from onboarding.settings.errors import NotKept
from onboarding.settings.gateway import AGAIN_SECONDS, read_settings, write_setting
from onboarding.settings.results import Result, record_work_result, work_taken_back
from onboarding.settings.wishes import drawn_areas, wishes_after
from registry.errors import NotYours
from registry.people import KEEPING
from registry.services import require_person
from registry.targets import NoCredentials
from registry.turns import TurnTaken, turn_at

STEP = "talk"
STEP_WORDS: dict[str, str] = {
    WorkKind.READ: gettext_noop("Masuk ke perangkat dan membaca setelannya"),
    WorkKind.WRITE: gettext_noop("Mengubah satu setelan, lalu membacanya kembali"),
    WorkKind.UNDO: gettext_noop("Mengembalikan setelan lama, lalu membacanya kembali"),
    WorkKind.PICTURE: gettext_noop("Mengambil gambar baru"),
}

TURN_SECONDS = 45  # Longer than a conversation may take, so that a dead worker gives its turn back.
TURN_WAIT_SECONDS = 8  # Longer than most stills take.
RELATED = ("device__site__partner", "camera", "change__camera", "requested_by")


@shared_task(ignore_result=True, acks_late=True, soft_time_limit=50, time_limit=55)
def run_settings_work(work_id: int) -> None:
    """Do one owed work. The message may come twice; only who wins the lease dials."""
    work = claim(SettingsWork, pk=work_id, now=timezone.now(), related=RELATED)
    if work is None:
        return
    record_work_result(work=work, result=_talk(work), now=timezone.now())


@shared_task(ignore_result=True, soft_time_limit=10, time_limit=15)
def rescue_settings_works() -> None:
    """Send the owed work again whose message was lost or whose worker died."""
    for work_id in take_back_owed(SettingsWork, now=timezone.now(), taken_back=work_taken_back):
        run_settings_work.delay(work_id)


def _talk(work: SettingsWork) -> Result:
    """Go to the device, outside any transaction, while nobody else does. A device that fails is a result."""
    _note(work, "started")
    try:
        with turn_at(work.device, holds=TURN_SECONDS, waits=TURN_WAIT_SECONDS):
            result = Result(moved=True) if address_of(work.device) != work.address else _dial(work)
    except TurnTaken:
        result = Result(refusal=DeviceBusy())
    _note(work, "done" if result.went_well else "failed")
    return result


def _dial(work: SettingsWork) -> Result:
    """Dial for who still keeps the device: he may have left its partner since he asked."""
    try:
        require_person(work.requested_by, work.device.site, KEEPING)
    except NotYours:
        return Result(refusal=NotKept())
    if not device_is_consented(work.device.site_id, timezone.now()):
        return Result(refusal=ConsentFirst())
    try:
        account = account_for(work)
    except NoCredentials:
        return Result(failure=Unauthorized("no_credentials"))
    before = count_before(account, work.device) if work.has_account else work.device.count
    try:
        return _said(work, account, before)
    except DeviceError as failure:
        return Result(failure=failure, count=failure.count, account=account)


def _said(work: SettingsWork, account: Credentials, before: Count) -> Result:
    device, change = work.device, work.change
    if work.kind == WorkKind.PICTURE:
        assert work.camera is not None  # noqa: S101  (a constraint holds it)
        work.camera.device = device
        still = take_picture(work.camera, expected=parts_of(expected_identity(device)))
        pictured = Result(picture=still.jpeg, count=still.count, worked=still.worked, account=account)
        token = work.camera.video_source_token
        areas = Wish("masks", token, {"polygons": drawn_areas(device).get(token, [])})
        return _with_findings(work, [areas], expected_identity(device), pictured)
    if change is None:
        wishes = [Wish(**wish) for wish in work.wishes]
        expected = expected_identity(device)
        read = read_settings(device, account, wishes, expected=expected, before=before)
        return Result(
            findings=read.findings,
            asked=tuple(wishes),
            identity=expected,
            count=read.count,
            worked=read.worked,
            account=account,
        )
    restores = work.kind == WorkKind.UNDO
    fresh = fresh_password() if change.kind == ChangeKind.USER and not restores else ""
    outcome = write_setting(
        device,
        account,
        change.change.undone() if restores else change.change,
        expected=Identity(**change.identity),
        before=before,
        new_password=fresh,
    )
    made = Credentials(str(change.new.get("name", "")), fresh) if fresh else None
    result = Result(outcome=outcome, count=outcome.count, worked=outcome.worked, account=account, made=made)
    return _read_again(work, change, result) if result.changed_the_device else result


def _read_again(work: SettingsWork, change: DeviceChange, result: Result) -> Result:
    """The result with what the change bears on as it is now, read by the same account. Where that cannot be read it
    is unknown, and what was known of it before is dropped nevertheless."""
    change.device = work.device
    wishes = wishes_after(change, undone=work.kind == WorkKind.UNDO)
    return _with_findings(work, wishes, Identity.of(change.identity), result)


def _with_findings(work: SettingsWork, wishes: list[Wish], expected: Identity, result: Result) -> Result:
    """The result with what the device has against these wishes, read by the same account; a device that fails now
    has not failed at what came before."""
    if not wishes or result.account is None:
        return result
    try:
        read = read_settings(
            work.device,
            result.account,
            wishes,
            expected=expected,
            before=result.count or Count(),
            deadline_seconds=AGAIN_SECONDS,
        )
    except DeviceError as failure:
        return replace(result, count=failure.count or result.count)
    return replace(result, findings=read.findings, asked=tuple(wishes), identity=expected, count=read.count)


def _note(work: SettingsWork, state: str) -> None:
    note_step(probe=work, code=STEP, state=state, words=STEP_WORDS[work.kind], now=timezone.now())
