"""A user of ours on the device: the owner's password is forgotten, and asked for where ours does not suffice."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Entry, Text
from devices.changes import Change, Outcome
from devices.errors import Unauthorized
from devices.secrets import Credentials
from onboarding.models import ChangeState, DeviceChange, Probe, ProbeKind, ProbeState, SettingsWork
from onboarding.probe_runs import LEASE, claim, take_back_owed
from onboarding.probing import request_probe
from onboarding.settings.accounts import (
    PASSWORD_LENGTH,
    REFUSED_PER_DAY,
    account_for,
    fresh_name,
    fresh_password,
    holds_our_user,
    needs_account,
)
from onboarding.settings.errors import AccountNeeded, AccountRests, TooManyRefused
from onboarding.settings.results import work_taken_back
from onboarding.settings.services import agree_change, undo_change
from onboarding.settings.tasks import RELATED
from registry.models import Camera, Device
from registry.targets import NoCredentials, credentials_of
from tests.onboarding.acts import CANARY
from tests.onboarding.settings.conftest import CLOCK, Script, agreed, offered, undone

pytestmark = pytest.mark.django_db

USER = Change("user", "mitra-abcd1234", {}, {"name": "mitra-abcd1234", "level": "User"})
TYPED = Credentials("pengelola", "Burung-7!cendrawasih")


@pytest.fixture
def ours(device: Device, owner: User, script: Script) -> DeviceChange:
    """Our user was made, and is the secret on record."""
    change = agreed(offered(device, owner, script, USER, "user_missing"), owner)
    device.refresh_from_db()
    return change


def test_once_our_user_signs_in_it_is_the_secret_and_the_owners_is_forgotten(
    device: Device, ours: DeviceChange, script: Script
) -> None:
    kept = credentials_of(device)

    assert (kept.user, kept.password) == ("mitra-abcd1234", script.passwords[-1])
    assert len(kept.password) == PASSWORD_LENGTH
    assert script.accounts[-1].password == CANARY
    assert holds_our_user(device)
    assert CANARY not in device.sealed_password
    assert Entry.objects.filter(action="device.secret_changed").exists()


def test_the_device_is_read_as_our_user_sees_it_at_once(device: Device, owner: User, ours: DeviceChange) -> None:
    """Some keep other accounts for their streams: its owner hears of it while he knows the account before."""
    probe = Probe.objects.get(device=device, state=ProbeState.QUEUED)

    assert (probe.kind, probe.requested_by, probe.address) == (ProbeKind.CONNECT, owner, "203.0.113.10:80")


def test_a_device_that_is_being_read_anyway_is_not_read_twice(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, USER, "user_missing")
    request_probe(device=device, by=owner, now=timezone.now())

    assert agreed(change, owner).state == ChangeState.DONE

    assert Probe.objects.filter(device=device, state=ProbeState.QUEUED).count() == 1


def test_the_verification_stays_because_it_is_the_same_device(device: Device, owner: User, script: Script) -> None:
    now = timezone.now()
    Device.objects.filter(pk=device.pk).update(identity={"serial": "MK-0001"}, identity_kept_at=now)
    Camera.objects.filter(device=device).update(
        verified_at=now,
        verified_by=owner,
        verified_until=now + timedelta(days=365),
        connected_at=now,
        connected_by=owner,
    )

    agreed(offered(device, owner, script, USER), owner)

    device.refresh_from_db()
    camera = device.cameras.get()
    assert device.identity == {"serial": "MK-0001"}
    assert camera.is_verified(timezone.now())
    assert camera.connected_at is not None


def test_a_second_user_is_never_wished_for(device: Device, owner: User, ours: DeviceChange, script: Script) -> None:
    offered(device, owner, script, CLOCK)

    assert [wish.kind for wish in script.wishes] == ["clock", "ntp", "substream"]


@pytest.mark.parametrize("state", ["ignored", "failed"])
def test_a_user_that_does_not_stand_changes_no_secret(
    device: Device, owner: User, script: Script, state: str
) -> None:
    script.answer = lambda change: Outcome(state, change, {}, 0, "cannot_sign_in", touched=False)  # type: ignore[arg-type]

    agreed(offered(device, owner, script, USER), owner)

    device.refresh_from_db()
    assert credentials_of(device).password == CANARY


def test_a_password_that_the_owner_typed_meanwhile_is_not_overwritten(
    device: Device, owner: User, script: Script
) -> None:
    change = offered(device, owner, script, USER)
    script.meanwhile = lambda: Device.objects.filter(pk=device.pk).update(secret_changed_at=timezone.now())

    assert agreed(change, owner).state == ChangeState.DONE

    device.refresh_from_db()
    assert credentials_of(device).password == CANARY
    assert not holds_our_user(device)


def test_no_password_lies_anywhere_in_clear(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    clock = offered(device, owner, script, CLOCK)
    agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)
    secret = [CANARY, TYPED.password, script.passwords[0]]

    kept = [*SettingsWork.objects.values(), *DeviceChange.objects.values(), *Device.objects.values()]
    kept += [*Text.objects.values(), *({"body": bytes(entry.body)} for entry in Entry.objects.all())]

    assert not [row for row in kept for password in secret if password in str(row)]
    assert TYPED.password not in repr(TYPED)


# --- where ours does not suffice -----------------------------------------------------------------------------


def test_what_our_user_may_not_do_asks_for_the_owners_account(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    clock = offered(device, owner, script, CLOCK)

    with pytest.raises(AccountNeeded):
        agree_change(change=clock, by=owner, now=timezone.now())
    assert agreed(clock, owner, account=TYPED).state == ChangeState.DONE

    assert script.accounts[-1] == TYPED
    device.refresh_from_db()
    assert credentials_of(device).user == "mitra-abcd1234"


def test_what_the_device_does_not_permit_asks_for_the_owners_account(
    device: Device, owner: User, script: Script
) -> None:
    clock = offered(device, owner, script, CLOCK)
    script.answer = lambda change: Outcome("failed", change, {}, 0, "not_permitted", touched=False)

    agreed(clock, owner)

    assert clock.may_be_agreed
    assert needs_account(clock, ours=False)


def test_a_typed_account_is_erased_when_the_work_ends(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    clock = offered(device, owner, script, CLOCK)
    work = agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)
    assert account_for(work) == TYPED

    agreed(offered_again(work, clock), owner, account=TYPED)

    assert set(SettingsWork.objects.values_list("sealed_user", "sealed_password", "account_mark")) == {("", "", "")}


def offered_again(work: SettingsWork, change: DeviceChange) -> DeviceChange:
    """As if its work had never been."""
    work.delete()
    DeviceChange.objects.filter(pk=change.pk).update(state="offered", agreed_at=None, agreed_by=None)
    return DeviceChange.objects.get(pk=change.pk)


def test_a_typed_account_opens_for_its_own_work_and_address_only(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    work = agree_change(change=offered(device, owner, script, CLOCK), by=owner, now=timezone.now(), account=TYPED)
    other = SettingsWork(device=device, sealed_user=work.sealed_user, sealed_password=work.sealed_password)

    with pytest.raises(NoCredentials):
        account_for(other)
    work.device.host = "203.0.113.99"
    with pytest.raises(NoCredentials):
        account_for(work)


def test_an_account_may_not_outlive_its_work(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    work = agree_change(change=offered(device, owner, script, CLOCK), by=owner, now=timezone.now(), account=TYPED)

    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        SettingsWork.objects.filter(pk=work.pk).update(state="done")


def test_a_worker_that_dies_leaves_no_account_behind(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    now = timezone.now()
    work = agree_change(change=offered(device, owner, script, CLOCK), by=owner, now=now, account=TYPED)
    claim(SettingsWork, pk=work.pk, now=now, related=RELATED)

    take_back_owed(SettingsWork, now=now + LEASE * 2, taken_back=work_taken_back)

    work.refresh_from_db()
    device.refresh_from_db()
    assert (work.sealed_user, work.sealed_password, work.refusals) == ("", "", 1)
    assert device.secret_refusals == 0


def test_a_typed_account_refused_twice_rests_and_another_may_be_tried(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    clock = offered(device, owner, script, CLOCK)
    for count in (1, 2):
        script.failure = Unauthorized("credentials", refusals=count)
        agreed(clock, owner, account=TYPED)
        assert script.before[-1] == count - 1

    with pytest.raises(AccountRests):
        agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)
    script.failure = None
    assert agreed(clock, owner, account=Credentials("pengelola", "lain")).state == ChangeState.DONE
    device.refresh_from_db()
    assert device.secret_refusals == 0


def test_an_account_that_was_refused_once_and_is_good_is_no_guess(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    script.answer = lambda change: Outcome("done", change, change.new, 1)
    for _time in range(REFUSED_PER_DAY + 1):
        clock = agreed(offered(device, owner, script, CLOCK), owner, account=TYPED)
        assert clock.state == ChangeState.DONE

    assert SettingsWork.objects.filter(refusals__gt=0).count() == 1
    assert script.before[-1] == 1


def test_nobody_tries_passwords_through_us(device: Device, owner: User, ours: DeviceChange, script: Script) -> None:
    clock = offered(device, owner, script, CLOCK)
    script.failure = Unauthorized("credentials", refusals=1)
    for guess in range(REFUSED_PER_DAY):
        agreed(clock, owner, account=Credentials("pengelola", f"tebakan-{guess}"))

    with pytest.raises(TooManyRefused):
        agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)


def test_typing_the_very_secret_that_rests_does_not_wake_it(device: Device, owner: User, script: Script) -> None:
    clock = offered(device, owner, script, CLOCK)
    script.failure = Unauthorized("credentials", refusals=1)
    agreed(clock, owner, account=Credentials("pemilik", CANARY))
    device.refresh_from_db()
    assert device.secret_refusals == 1
    Device.objects.filter(pk=device.pk).update(secret_refusals=2)

    with pytest.raises(AccountRests):
        agree_change(change=clock, by=owner, now=timezone.now(), account=Credentials("pemilik", CANARY))


# --- the way back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [True, False])
def test_removing_our_user_keeps_the_typed_account_or_nothing(
    device: Device, owner: User, ours: DeviceChange, script: Script, keeps: bool
) -> None:
    now = timezone.now()
    Camera.objects.filter(device=device).update(connected_at=now, connected_by=owner)

    undone(ours, owner, account=TYPED, keeps_account=keeps)

    device.refresh_from_db()
    assert script.written[-1] == USER.undone()
    assert script.accounts[-1] == TYPED
    assert ours.state == ChangeState.UNDONE
    assert device.has_secret is keeps
    assert (device.cameras.get().connected_at is not None) is keeps
    if keeps:
        assert credentials_of(device) == TYPED


def test_removing_our_user_without_an_account_is_refused(owner: User, ours: DeviceChange) -> None:
    with pytest.raises(AccountNeeded):
        undo_change(change=ours, by=owner, now=timezone.now())


def test_removing_a_user_that_is_not_the_secret_leaves_the_secret(
    device: Device, owner: User, ours: DeviceChange, script: Script
) -> None:
    Device.objects.filter(pk=device.pk).update(secret_changed_at=timezone.now())
    before = Device.objects.get(pk=device.pk).sealed_password

    undone(ours, owner)

    device.refresh_from_db()
    assert (ours.state, device.sealed_password) == (ChangeState.UNDONE, before)


# --- names and passwords -------------------------------------------------------------------------------------


def test_names_and_passwords_are_never_the_same_twice() -> None:
    assert len({fresh_name() for _try in range(50)}) == 50
    passwords = {fresh_password() for _try in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        assert password.isalnum()
        assert any(map(str.isdigit, password))
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
