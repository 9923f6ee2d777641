"""What a conversation about settings brought becomes facts, once and whole."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop

import audit
from accounts.models import User
from devices.changes import Change, Finding, Outcome, Wish, why_words
from devices.count import DIED, Count
from devices.errors import DeviceError, DifferentDevice
from devices.report import Identity
from devices.secrets import Credentials
from onboarding.errors import OnboardingError
from onboarding.identity import address_of, parts_of
from onboarding.models import (
    ChangeKind,
    ChangeState,
    DeviceChange,
    ProbeKind,
    ProbeState,
    SettingsWork,
    WorkKind,
)
from onboarding.probe_results import OUTDATED
from onboarding.probe_runs import INTERRUPTED
from onboarding.probing import owe_probe
from onboarding.settings.accounts import holds_our_user, is_on_record
from onboarding.settings.trail import told_of
from onboarding.settings.wishes import bears_on
from registry.models import Camera, Device
from registry.services import (
    add_doubt,
    count_of,
    forget_device_secret,
    keep_count,
    lift_doubts,
    mark_device_different,
    note_refusals,
    note_sign_in,
    set_device_secret,
)
from registry.targets import identity_of, seal_credentials

SUBJECT_LONGEST = 200
VALUES_LONGEST = 20_000
NOT_PERMITTED = "not_permitted"


@dataclass(frozen=True, slots=True)
class Result:
    """How one conversation ended: with a failure of the device, a refusal of ours (nothing was dialled), `moved`
    (nothing either: the address had changed), or with what was asked for.

    `findings` are against the wishes in `asked`, in their order; after a change, what it bears on.
    `count`: what stands against the secret that was used by now, None if not dialled; `worked`: how the device was
    signed in to. `account` is who signed in, `made` the user that we made; neither is ever stored in clear.
    """

    findings: tuple[Finding, ...] = ()
    asked: tuple[Wish, ...] = ()
    outcome: Outcome | None = None
    picture: bytes | None = None
    identity: Identity | None = None
    failure: DeviceError | None = None
    refusal: OnboardingError | None = None
    moved: bool = False
    count: Count | None = None
    worked: str = ""
    account: Credentials | None = field(default=None, repr=False)
    made: Credentials | None = field(default=None, repr=False)

    @property
    def is_an_answer(self) -> bool:
        return self.failure is None and self.refusal is None and not self.moved

    @property
    def changed_the_device(self) -> bool:
        """Whether it is another than it was before, or may be."""
        return self.outcome is not None and (self.outcome.state == "done" or self.outcome.touched)

    @property
    def went_well(self) -> bool:
        return self.is_an_answer and (self.outcome is None or self.outcome.state == "done")


@audit.atomic
def record_work_result(*, work: SettingsWork, result: Result, now: datetime) -> bool:
    """Store how a conversation ended, and erase the account that was typed for it. False when the lease was lost.

    `work.device` is as it was dialled. Where address or secret have changed since, what was read is of no use; what
    was written was written nevertheless and is told as it is, but the secret on record stays the newer one.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("site__partner").get(pk=work.device_id)
    outdated = result.moved or _place(work.device) != _place(device)
    known = count_of(work.account_mark, device)
    refused = work.has_account and result.count is not None and result.count.refusals > known.refusals
    told = _told(work, result, outdated=outdated and result.outcome is None)
    won = SettingsWork.objects.filter(pk=work.pk, state=ProbeState.RUNNING, lease=work.lease).update(
        **work.ended_fields | told,
        state=ProbeState.FAILED if told["code"] else ProbeState.DONE,
        lease=None,
        finished_at=now,
        refusals=result.count.refusals if refused and result.count else 0,
        account_mark=work.account_mark if refused else "",
    )
    if not won:
        return False
    if work.has_account and result.count is not None:
        answered = result.count.without(DIED) if result.is_an_answer else result.count
        keep_count(work.account_mark, device, answered)
    if not outdated:
        _note_answer(device, work, result, now)
    if work.kind == WorkKind.READ:
        if result.is_an_answer and not outdated:
            _offer(device, work, result, now)
        audit.record("device.settings_read", actor=work.requested_by, target=device, outcome=told["code"] or "read")
    elif work.kind == WorkKind.WRITE:
        _record_written(device, work, result, outdated=outdated, now=now)
    elif work.kind == WorkKind.UNDO:
        _record_undone(device, work, result, outdated=outdated, now=now)
    if work.change is not None and result.changed_the_device:
        _renew(device, work.change, replace(result, findings=(), asked=()) if outdated else result, now)
    return True


def work_taken_back(work: SettingsWork, now: datetime) -> None:
    """Inside the caller's audit block: a worker died over this work. Perhaps a refusal went with it, and where a
    change was being written, perhaps half of the change."""
    if work.account_mark:
        count = count_of(work.account_mark, work.device).with_doubt(DIED)
        SettingsWork.objects.filter(pk=work.pk).update(refusals=count.refusals)
        keep_count(work.account_mark, work.device, count)
    else:
        add_doubt(device=work.device, way=DIED, now=now)
    if work.kind == WorkKind.WRITE and work.change is not None and work.state == ProbeState.FAILED:
        work.change.touched = True  # Perhaps.
        _end_change(work.change, ChangeState.FAILED, INTERRUPTED, now)
        audit.record(
            "device.change_written",
            actor=work.requested_by,
            target=work.device,
            outcome=INTERRUPTED,
            **told_of(work.change),
        )
    if work.change is not None and work.state == ProbeState.FAILED:
        _renew(work.device, work.change, Result(), now)


def _place(device: Device) -> tuple[object, ...]:
    return (device.host, device.onvif_port, device.secret_changed_at, device.has_secret)


def _told(work: SettingsWork, result: Result, *, outdated: bool) -> dict[str, Any]:
    """The columns of the work. Texts are kept in the language of the sources, and translated when shown."""
    told: dict[str, Any] = {"code": "", "message": "", "remedy": ""}
    if outdated:
        return told | {
            "code": OUTDATED,
            "message": gettext_noop("Alamat atau kata sandi perangkat diubah sementara itu."),
            "remedy": gettext_noop("Baca setelannya sekali lagi."),
        }
    if result.refusal:
        with translation.override("id"):
            return told | {"code": result.refusal.code, "message": str(result.refusal)}
    if result.failure:
        failure = result.failure.for_owner()
        return told | {"code": failure.code, "message": failure.message, "remedy": failure.remedy}
    if result.outcome and result.outcome.state != "done":
        code = result.outcome.why or result.outcome.state
        return told | {"code": code[:30], "message": why_words(code)}
    if result.picture:
        return told | {"picture": result.picture, "findings": _kept(result)}
    if work.kind == WorkKind.READ:
        return told | {"findings": _kept(result)}
    return told


def _note_answer(device: Device, work: SettingsWork, result: Result, now: datetime) -> None:
    by, failure = work.requested_by, result.failure
    note_sign_in(device=device, method=result.worked)
    expected = work.change.identity if work.change else parts_of(identity_of(device))
    if isinstance(failure, DifferentDevice) and device.identity and expected == parts_of(identity_of(device)):
        mark_device_different(device=device, part=failure.detail, by=by, now=now)
    if work.has_account and (result.account is None or not is_on_record(result.account, device)):
        return
    note_refusals(device=work.device, count=result.count, by=by, now=now)
    if result.is_an_answer and result.count is not None:
        lift_doubts(device=device, way=DIED, by=by, now=now)  # Nobody refused what dead workers tried.
    device.refresh_from_db(fields=["secret_refusals", "secret_doubts", "secret_doubted_at"])


# --- reading -------------------------------------------------------------------------------------------------


def _offer(device: Device, work: SettingsWork, result: Result, now: datetime) -> None:
    """Each difference becomes an offer; offers of an earlier reading that nobody agreed to are gone."""
    SettingsWork.objects.filter(device=device, kind=WorkKind.READ, findings__isnull=False).exclude(
        pk=work.pk
    ).update(findings=None)
    DeviceChange.objects.offered().filter(device=device).delete()
    _put_forward(device, result, now)


def _renew(device: Device, change: DeviceChange, result: Result, now: datetime) -> None:
    """What the last reading found of the things that this change bears on is no longer so: in its place stands what
    was read after the change."""
    readings = SettingsWork.objects.filter(device=device, kind=WorkKind.READ, findings__isnull=False)
    for reading in readings.only("findings"):
        rest = [
            found for found in reading.findings or [] if not bears_on(change, found["kind"], found.get("of", ""))
        ]
        readings.filter(pk=reading.pk).update(findings=rest + _kept(result))
    for offer in DeviceChange.objects.offered().filter(device=device).select_related("camera"):
        if bears_on(change, offer.kind, offer.camera.video_source_token if offer.camera else ""):
            offer.delete()
    _put_forward(device, result, now)


def _kept(result: Result) -> list[dict[str, Any]]:
    """What was found, as JSON."""
    return [{**finding.to_dict(), "of": of} for finding, of in _with_wished(result)]


def _put_forward(device: Device, result: Result, now: datetime) -> None:
    """Each difference that was found becomes an offer."""
    cameras = {camera.video_source_token: camera for camera in Camera.objects.listed().filter(device=device)}
    DeviceChange.objects.bulk_create(
        DeviceChange(
            device=device,
            camera=cameras.get(of),
            kind=finding.change.kind,
            subject=finding.change.subject,
            old=finding.change.old,
            new=finding.change.new,
            identity=parts_of(result.identity or Identity()),
            address=address_of(device),
            why=finding.why,
            offered_at=now,
        )
        for finding, of in _with_wished(result)
        if finding.change is not None and _is_offerable(finding, finding.change)
    )


def _with_wished(result: Result) -> Iterable[tuple[Finding, str]]:
    """Each finding with what its wish was about, a video source for example; a finding may name a part of that."""
    return zip(result.findings, (wish.subject for wish in result.asked), strict=False)


def _is_offerable(finding: Finding, change: Change) -> bool:
    """Whether it differs by a change that fits its row: a device that sends novels is not one to change."""
    fits = len(change.subject) <= SUBJECT_LONGEST and len(json.dumps([change.old, change.new])) <= VALUES_LONGEST
    return finding.state == "differs" and fits


# --- writing -------------------------------------------------------------------------------------------------


def _record_written(device: Device, work: SettingsWork, result: Result, *, outdated: bool, now: datetime) -> None:
    change, by = work.change, work.requested_by
    assert change is not None  # noqa: S101  (a constraint holds it)
    outcome = result.outcome
    if outcome is None:
        state, code = ChangeState.FAILED, _code_of(result)
    else:
        state, code = ChangeState(outcome.state), outcome.why
        change.old, change.new = outcome.change.old, outcome.change.new
        change.subject, change.seen = outcome.change.subject[:SUBJECT_LONGEST], outcome.seen
        change.touched = outcome.touched
        change.needs_account = change.needs_account or code == NOT_PERMITTED
    audit.record(
        "device.change_written",
        actor=by,
        target=device,
        outcome=code or state.value,
        **told_of(change, seen=change.seen),
    )
    if state == ChangeState.DONE and result.made and not outdated:
        _keep_as_secret(device, result.made, by, now)
        change.secret_kept_at = now
        _owe_probe(device, by, now)
    _end_change(change, state, code, now)


def _owe_probe(device: Device, by: User, now: datetime) -> None:
    """Have the device read as our user sees it: some keep other accounts for their streams than for ONVIF, and the
    owner should hear of it now, while he still knows the account that was on record."""
    device.refresh_from_db()
    with suppress(OnboardingError):  # One is open already, or nothing is listed there any more.
        owe_probe(device=device, by=by, now=now, kind=ProbeKind.CONNECT)


def _code_of(result: Result) -> str:
    """Why there is no outcome."""
    if result.refusal:
        return result.refusal.code
    return result.failure.for_owner().code if result.failure else OUTDATED


def _end_change(change: DeviceChange, state: ChangeState, why: str, now: datetime) -> None:
    change.state, change.why, change.ended_at = state, why[:40], now
    change.save()


def _keep_as_secret(device: Device, account: Credentials, by: User, now: datetime) -> None:
    """The account is the secret on record from now on; the one before it is forgotten.

    It is still the device that was verified: this very session compared it with what was kept of it. So its
    verification stays, unlike with a password that somebody types for a device which nobody compared.
    """
    sealed = seal_credentials(
        device_id=device.public_id,
        host=device.host,
        port=device.onvif_port,
        user=account.user,
        password=account.password,
    )
    set_device_secret(device=device, sealed_user=sealed.user, sealed_password=sealed.password, by=by, now=now)


def _record_undone(device: Device, work: SettingsWork, result: Result, *, outdated: bool, now: datetime) -> None:
    """What was there is there again; or, where the device did not do it, the change stands as it did."""
    change, by, outcome = work.change, work.requested_by, result.outcome
    assert change is not None  # noqa: S101  (a constraint holds it)
    undone = outcome is not None and outcome.state == "done"
    code = (outcome.why or outcome.state) if outcome else _code_of(result)
    seen = outcome.seen if outcome else None
    audit.record(
        "device.change_undone" if undone else "device.change_not_undone",
        actor=by,
        target=device,
        outcome=code,
        **told_of(change, seen=seen),
    )
    if outcome is not None and outcome.why == NOT_PERMITTED:
        change.needs_account = True
        change.save(update_fields=["needs_account"])
    if outcome is not None and not undone:
        # What stands there now, to be restored from there the next time.
        change.old, change.new = outcome.change.new, outcome.change.old
        change.save(update_fields=["old", "new"])
    if not undone:
        return
    if change.kind == ChangeKind.USER and holds_our_user(device) and not outdated:
        if work.keeps_account and result.account is not None:
            _keep_as_secret(device, result.account, by, now)
        else:
            forget_device_secret(device=device, by=by, now=now)
    change.seen, change.touched, change.undone_at, change.undone_by = seen, False, now, by
    _end_change(change, ChangeState.UNDONE, "", now)
