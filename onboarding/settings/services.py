"""What an owner asks of the settings of his device: read them, change one, restore one, draw areas.

Each is written down as work that is owed; a worker does it.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from accounts.models import User
from devices.count import Count
from devices.secrets import Credentials
from onboarding.errors import SecretUnclear
from onboarding.identity import last_report
from onboarding.models import OPEN, ChangeKind, ChangeState, DeviceChange, SettingsWork, WorkKind
from onboarding.probe_runs import TO_START
from onboarding.probing import require_dialable, require_reachable
from onboarding.settings.accounts import (
    DAY,
    count_before,
    holds_our_user,
    is_on_record,
    needs_account,
    seal_account,
    tries_at,
)
from onboarding.settings.errors import (
    AccountNeeded,
    AccountRests,
    AlreadyRunning,
    AnotherAnswers,
    ChannelMissing,
    NothingToUndo,
    NotReadYet,
    OfferGone,
    OtherDevice,
    TooManyRefused,
    TooManyWorks,
    WithoutOnvif,
    WorkOpen,
)
from onboarding.settings.present import present_of
from onboarding.settings.tasks import run_settings_work
from onboarding.settings.trail import told_of
from onboarding.settings.wishes import Polygons, wishes_for
from registry.models import Camera, Device
from registry.people import KEEPING
from registry.services import keep_count, require_person
from registry.targets import mark_of

WORKS_PER_DAY = 100


@transaction.atomic
def request_reading(
    *,
    device: Device,
    by: User,
    now: datetime,
    account: Credentials | None = None,
    masks: dict[str, Polygons] | None = None,
) -> SettingsWork:
    """Have the settings read and compared with what we would wish; `masks` are areas just drawn, by video source.

    An account typed for this reading is used for it alone. Raises an OnboardingError with the cause in words.
    """
    device = _locked(device, by)
    _require_asked_now(device, account, now)
    return _owe(
        device=device,
        by=by,
        now=now,
        account=account,
        kind=WorkKind.READ,
        wishes=[
            {"kind": wish.kind, "subject": wish.subject, "values": wish.values}
            for wish in wishes_for(device, masks or {})
        ],
    )


@transaction.atomic
def request_picture(*, camera: Camera, by: User, now: datetime) -> SettingsWork:
    """Have one picture of this camera taken, for its owner to draw on."""
    if camera.device is None or not camera.video_source_token:
        raise ChannelMissing
    device = _locked(camera.device, by)
    _require_asked_now(device, None, now)
    SettingsWork.objects.filter(device=device, picture__isnull=False).update(picture=None)
    return _owe(device=device, by=by, now=now, kind=WorkKind.PICTURE, camera=camera)


@audit.atomic
def agree_change(
    *, change: DeviceChange, by: User, now: datetime, account: Credentials | None = None
) -> SettingsWork:
    """The owner agrees to one change: it will be written, and read back. Two taps agree once.

    Raises AccountNeeded where the secret on record may not write it and no account came with the yes.
    """
    device = _locked(change.device, by)
    change = _of_present_device(change, device)
    if needs_account(change, ours=holds_our_user(device)) and account is None:
        raise AccountNeeded
    _require_asked_now(device, account, now)
    won = (
        DeviceChange.objects.agreeable()
        .filter(pk=change.pk)
        .update(state=ChangeState.AGREED, agreed_at=now, agreed_by=by)
    )
    if not won:
        raise OfferGone
    work = _owe(device=device, by=by, now=now, account=account, kind=WorkKind.WRITE, change=change)
    audit.record("device.change_agreed", actor=by, target=device, **told_of(change))
    return work


@audit.atomic
def undo_change(
    *,
    change: DeviceChange,
    by: User,
    now: datetime,
    account: Credentials | None = None,
    keeps_account: bool = False,
) -> SettingsWork:
    """Restore what was there before this change. `keeps_account`: once our user is gone, the typed account is the
    secret on record; else there is none.

    Raises AccountNeeded where the secret on record may not do it and none was typed.
    """
    device = _locked(change.device, by)
    change = _of_present_device(change, device)
    if not change.may_be_undone:
        raise NothingToUndo
    if needs_account(change, ours=holds_our_user(device)) and account is None:
        raise AccountNeeded
    _require_asked_now(device, account, now)
    work = _owe(
        device=device,
        by=by,
        now=now,
        account=account,
        kind=WorkKind.UNDO,
        change=change,
        keeps_account=keeps_account and account is not None and change.kind == ChangeKind.USER,
    )
    audit.record("device.change_undo_asked", actor=by, target=device, **told_of(change))
    return work


def require_settings(device: Device, now: datetime, *, account: bool = False) -> None:
    """Raises unless the device's settings can be spoken of now: it answered over ONVIF at this address, and there
    is a secret that need not rest, or an account was typed."""
    if device.rtsp_only:
        raise WithoutOnvif
    if device.different_since is not None:
        raise AnotherAnswers
    if account:
        require_reachable(device, now)
    else:
        require_dialable(device, now)
    if last_report(device) is None:
        raise NotReadYet


def _locked(device: Device, by: User) -> Device:
    device = Device.objects.select_for_update().get(pk=device.pk)
    require_person(by, device.site, KEEPING)
    return device


def _of_present_device(change: DeviceChange, device: Device) -> DeviceChange:
    """The change as it stands now, unless it is being written or restored, or is another device's."""
    change = DeviceChange.objects.select_related("device").get(pk=change.pk)
    if change.works.filter(state__in=OPEN).exists():
        raise AlreadyRunning
    if last_report(device) is not None and not present_of(device).is_of(change):
        raise OtherDevice
    return change


def _require_asked_now(device: Device, account: Credentials | None, now: datetime) -> None:
    require_settings(device, now, account=account is not None)
    today = SettingsWork.objects.filter(device=device, created_at__gt=now - DAY)
    if account is not None:
        locked = tries_at(device, now).locked_words
        count = count_before(account, device)
        if count.rests and not count.doubts:
            raise AccountRests
        if locked:
            raise TooManyRefused(locked)
        if count.rests:
            _try_once_more(account, device, count)
    if today.count() >= WORKS_PER_DAY:
        raise TooManyWorks


def _try_once_more(account: Credentials, device: Device, count: Count) -> None:
    """Who types an account again that the device left in doubt asks for one more attempt of it."""
    if is_on_record(account, device) and device.count.rests:
        raise SecretUnclear
    keep_count(mark_of(account, device), device, count.with_another_try())


def _owe(*, device: Device, by: User, now: datetime, account: Credentials | None = None, **of: Any) -> SettingsWork:
    """Owe work at a device that the caller has locked; at most one of a device is open."""
    present = present_of(device)
    work = SettingsWork(
        device=device,
        requested_by=by,
        address=present.address,
        identity=present.identity,
        created_at=now,
        lease_until=now + TO_START,
        **of,
    )
    if account is not None:
        sealed = seal_account(account, work=work, device=device)
        work.sealed_user, work.sealed_password = sealed.user, sealed.password
        work.account_mark = mark_of(account, device)
    if SettingsWork.objects.filter(device=device, state__in=OPEN).exists():
        raise WorkOpen
    work.save()
    # robust: with the broker gone the row is still owed, and rescue_settings_works sends it.
    transaction.on_commit(lambda: run_settings_work.delay(work.pk), robust=True)
    return work
