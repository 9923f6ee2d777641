"""Reading settings, agreeing to a change, what becomes of it, and the way back."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import User
from audit.models import Entry, Text
from devices.changes import Change, Finding, Outcome, Reading
from devices.errors import DifferentDevice, Misbehaving, Unauthorized, Unreachable
from devices.report import Identity
from devices.secrets import Credentials
from onboarding.models import ChangeState, DeviceChange, ProbeState, SettingsWork, WorkKind
from onboarding.probe_runs import LEASE, claim, take_back_owed
from onboarding.settings import gateway, services
from onboarding.settings.errors import (
    ChannelMissing,
    NothingToUndo,
    NotReadYet,
    OfferGone,
    OtherDevice,
    TooManyWorks,
    WithoutOnvif,
    WorkOpen,
)
from onboarding.settings.results import Result, record_work_result, work_taken_back
from onboarding.settings.services import agree_change, request_picture, request_reading, undo_change
from onboarding.settings.tasks import RELATED, rescue_settings_works, run_settings_work
from registry.errors import NotYours
from registry.models import Camera, Device, PartnerPerson, Site
from tests.onboarding.acts import device_at
from tests.onboarding.settings.conftest import (
    CLOCK,
    MASKS,
    NTP,
    SERIAL,
    SMALL,
    Script,
    agreed,
    offered,
    read,
    run,
    undone,
)

pytestmark = pytest.mark.django_db


# --- reading -------------------------------------------------------------------------------------------------


def test_a_reading_offers_what_differs_and_agrees_to_nothing(device: Device, owner: User, script: Script) -> None:
    work = read(device, owner)

    change = DeviceChange.objects.get()
    assert (change.state, change.change, change.agreed_by) == (ChangeState.OFFERED, CLOCK, None)
    assert [found["state"] for found in work.findings or []] == ["differs", "right", "right", "right"]
    assert script.written == []


def test_we_wish_for_the_clock_a_small_stream_and_a_user_of_ours(
    device: Device, owner: User, script: Script, settings: LazySettings
) -> None:
    settings.NTP_SERVER = "time.example.org"

    read(device, owner)

    clock, ntp, small, user = script.wishes
    assert clock.kind == "clock"
    assert (ntp.kind, ntp.values) == ("ntp", {"server": "time.example.org"})
    assert (small.subject, small.values) == ("source-1", {"codec": "H264", "fps": 15})
    assert user.values["name"].startswith("mitra-")
    assert script.expected == [Identity(serial=SERIAL)]


def test_a_new_reading_replaces_the_offers_and_keeps_what_was_done(
    device: Device, owner: User, script: Script
) -> None:
    done = agreed(offered(device, owner, script, CLOCK), owner)
    offered(device, owner, script, SMALL)

    script.findings = ()
    read(device, owner)

    assert list(DeviceChange.objects.all()) == [done]


def test_who_does_not_keep_the_device_asks_for_nothing(
    device: Device, owner: User, stranger: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    other = offered(device, owner, script, SMALL)
    now = timezone.now()

    with pytest.raises(NotYours):
        request_reading(device=device, by=stranger, now=now)
    with pytest.raises(NotYours):
        agree_change(change=other, by=stranger, now=now)
    with pytest.raises(NotYours):
        undo_change(change=change, by=stranger, now=now)
    with pytest.raises(NotYours):
        request_picture(camera=device.cameras.get(), by=stranger, now=now)
    assert not SettingsWork.objects.filter(requested_by=stranger).exists()


def test_a_device_that_never_answered_is_not_asked(site: Site, owner: User) -> None:
    device = device_at(site, owner, "203.0.113.11", 80)

    with pytest.raises(NotReadYet):
        request_reading(device=device, by=owner, now=timezone.now())


def test_a_device_without_onvif_is_not_asked(device: Device, owner: User) -> None:
    Device.objects.filter(pk=device.pk).update(rtsp_path="/live/{channel}")

    with pytest.raises(WithoutOnvif):
        request_reading(device=device, by=owner, now=timezone.now())


def test_one_conversation_of_a_device_at_a_time(device: Device, owner: User, script: Script) -> None:
    request_reading(device=device, by=owner, now=timezone.now())

    with pytest.raises(WorkOpen):
        request_reading(device=device, by=owner, now=timezone.now())


def test_conversations_are_limited_by_day(
    device: Device, owner: User, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "WORKS_PER_DAY", 1)
    read(device, owner)

    with pytest.raises(TooManyWorks):
        request_reading(device=device, by=owner, now=timezone.now())
    assert request_reading(device=device, by=owner, now=timezone.now() + timedelta(hours=25))


@pytest.mark.parametrize("change", [{"subject": "a" * 201}, {"old": {"time_zone": "z" * 30_000}}])
def test_what_a_device_sends_without_measure_is_not_offered(
    device: Device, owner: User, script: Script, change: dict[str, Any]
) -> None:
    script.findings = (Finding("clock", "differs", replace(CLOCK, **change), "clock_off"),)

    read(device, owner)

    assert not DeviceChange.objects.exists()


# --- writing -------------------------------------------------------------------------------------------------


def test_a_change_that_was_agreed_to_is_written_and_on_the_trail_with_both_values(
    device: Device, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)

    assert (change.state, change.agreed_by, change.seen) == (ChangeState.DONE, owner, CLOCK.new)
    assert script.written == [CLOCK]
    for action in ("device.change_agreed", "device.change_written"):
        texts = {text.field: text.text for text in Text.objects.filter(entry__action=action)}
        assert (json.loads(texts["old"]), json.loads(texts["new"])) == (CLOCK.old, CLOCK.new)


def test_what_the_device_says_yes_to_and_does_not_do_is_told_so(
    device: Device, owner: User, script: Script
) -> None:
    script.answer = lambda change: Outcome("ignored", change, change.old, 0, "ignored", touched=False)

    change = agreed(offered(device, owner, script, CLOCK), owner)

    assert (change.state, change.seen) == (ChangeState.IGNORED, CLOCK.old)
    with pytest.raises(NothingToUndo):
        undo_change(change=change, by=owner, now=timezone.now())


def test_a_clock_that_was_handed_over_is_no_longer_offered_to_be_set_by_hand(
    device: Device, owner: User, script: Script
) -> None:
    script.findings = (
        Finding("clock", "differs", CLOCK, "clock_off"),
        Finding("ntp", "differs", NTP, "ntp_off"),
        Finding("substream", "differs", SMALL, "encoder_differs"),
    )
    read(device, owner)

    done = agreed(DeviceChange.objects.get(kind="ntp"), owner)

    assert (done.state, script.written) == (ChangeState.DONE, [NTP])
    assert [change.kind for change in DeviceChange.objects.offered()] == ["substream"]
    assert undone(done, owner).state == ChangeState.UNDONE
    assert script.written[-1] == NTP.undone()


@pytest.mark.parametrize("state", ["ignored", "failed"])
def test_a_clock_that_was_not_handed_over_may_still_be_set_by_hand(
    device: Device, owner: User, script: Script, state: Any
) -> None:
    script.findings = (
        Finding("clock", "differs", CLOCK, "clock_off"),
        Finding("ntp", "differs", NTP, "ntp_off"),
    )
    script.answer = lambda change: Outcome(state, change, change.old, 0, "refused", touched=False)
    read(device, owner)

    agreed(DeviceChange.objects.get(kind="ntp"), owner)

    assert [change.kind for change in DeviceChange.objects.offered()] == ["clock"]


def test_what_stays_of_a_handing_over_that_failed_can_be_restored(
    device: Device, owner: User, script: Script
) -> None:
    half = Change("ntp", "", NTP.old, {**NTP.old, "servers": NTP.new["servers"]})
    script.answer = lambda change: Outcome("failed", half, half.new, 0, "other_value")
    change = agreed(offered(device, owner, script, NTP, "ntp_off"), owner)
    assert change.may_be_undone

    script.answer = lambda change: Outcome("done", change, change.new, 0)
    assert undone(change, owner).state == ChangeState.UNDONE
    assert script.written[-1] == half.undone()


def test_two_yeses_are_one(device: Device, owner: User, script: Script) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)

    with pytest.raises(OfferGone):
        agree_change(change=change, by=owner, now=timezone.now())
    assert script.written == [CLOCK]


@pytest.mark.parametrize("failure", [Unreachable("silent"), Misbehaving("x"), Unauthorized("credentials")])
def test_a_device_that_fails_was_not_changed_and_may_be_tried_again(
    device: Device, owner: User, script: Script, failure: Exception
) -> None:
    change = offered(device, owner, script, CLOCK)
    script.failure = failure  # type: ignore[assignment]

    assert agreed(change, owner).state == ChangeState.FAILED
    assert not change.may_be_undone
    script.failure = None
    assert agreed(change, owner).state == ChangeState.DONE


def test_what_may_have_been_written_can_be_restored(device: Device, owner: User, script: Script) -> None:
    script.answer = lambda change: Outcome("failed", change, {}, 0, "not_read_back")
    change = agreed(offered(device, owner, script, CLOCK), owner)
    script.answer = lambda change: Outcome("done", change, change.new, 0)

    assert undone(change, owner).state == ChangeState.UNDONE


def test_the_names_that_a_device_gave_are_kept_for_the_way_back(
    device: Device, owner: User, script: Script
) -> None:
    named = replace(MASKS, new={**MASKS.new, "tokens": ["m-1"]})
    script.answer = lambda change: Outcome("done", named if change == MASKS else change, {}, 0)

    change = agreed(offered(device, owner, script, MASKS, "masks_missing"), owner)
    undone(change, owner)

    assert script.written == [MASKS, named.undone()]
    assert change.camera == device.cameras.get()


def test_refusals_count_against_the_secret_on_record(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, CLOCK)
    script.failure = Unauthorized("credentials", refusals=1)

    agreed(change, owner)

    device.refresh_from_db()
    assert device.secret_refusals == 1


def test_a_reading_that_went_well_keeps_what_was_refused_and_what_worked(
    device: Device, owner: User, script: Script
) -> None:
    script.refusals, script.worked = 1, "wsse-lt"

    work = read(device, owner)

    device.refresh_from_db()
    assert (work.state, device.secret_refusals, device.sign_in_method) == (ProbeState.DONE, 1, "wsse-lt")


def test_a_change_that_was_made_keeps_what_was_refused_and_what_worked(
    device: Device, owner: User, script: Script
) -> None:
    script.answer = lambda change: Outcome("done", change, change.new, 1, worked="digest")

    agreed(offered(device, owner, script, CLOCK), owner)

    device.refresh_from_db()
    assert (device.secret_refusals, device.sign_in_method) == (1, "digest")


def test_what_worked_at_an_address_is_not_said_of_another(device: Device, owner: User, script: Script) -> None:
    script.worked = "digest"
    script.meanwhile = lambda: Device.objects.filter(pk=device.pk).update(host="203.0.113.99")

    read(device, owner)

    device.refresh_from_db()
    assert device.sign_in_method == ""


def test_the_device_is_signed_in_to_as_it_was_the_last_time(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Device.objects.filter(pk=device.pk).update(sign_in_method="wsse-lt")
    asked: list[str] = []

    def read_findings(*_where: object, sign_in_method: str, **_facts: object) -> Reading:
        asked.append(sign_in_method)
        return Reading((Finding("clock", "differs", CLOCK, "clock_off"),), 0, sign_in_method)

    def write_change(*_where: object, sign_in_method: str, **_facts: object) -> Outcome:
        asked.append(sign_in_method)
        return Outcome("done", CLOCK, CLOCK.new, 0)

    monkeypatch.setattr(gateway, "read_findings", read_findings)
    monkeypatch.setattr(gateway, "write_change", write_change)
    monkeypatch.setattr(run_settings_work, "delay", lambda _id: None)
    read(device, owner)

    agreed(DeviceChange.objects.get(), owner)

    assert asked == ["wsse-lt"] * 3  # Read, written, and read again.


@pytest.mark.parametrize("kind", [WorkKind.READ, WorkKind.WRITE, WorkKind.UNDO])
def test_who_keeps_the_device_no_more_by_the_time_of_the_work_has_it_left_alone(
    device: Device, owner: User, script: Script, kind: WorkKind
) -> None:
    change = offered(device, owner, script, CLOCK)
    if kind == WorkKind.UNDO:
        agreed(change, owner)
    now, asked = timezone.now(), len(script.accounts)
    if kind == WorkKind.READ:
        work = request_reading(device=device, by=owner, now=now)
    elif kind == WorkKind.WRITE:
        work = agree_change(change=change, by=owner, now=now)
    else:
        work = undo_change(change=change, by=owner, now=now)
    asked = len(script.accounts)
    PartnerPerson.objects.filter(user=owner).delete()

    run(work)

    change.refresh_from_db()
    assert (work.state, work.code, len(script.accounts)) == (ProbeState.FAILED, "not_kept", asked)
    assert change.may_be_agreed is (kind != WorkKind.UNDO)
    assert change.may_be_undone is (kind == WorkKind.UNDO)


def test_another_device_closes_the_verified_one(device: Device, owner: User, script: Script) -> None:
    identity = {"serial": SERIAL, "mac": "", "tls_fingerprint": "", "shape": ""}
    Device.objects.filter(pk=device.pk).update(identity=identity, identity_kept_at=timezone.now())
    change = offered(device, owner, script, CLOCK)
    script.failure = DifferentDevice("serial")

    assert agreed(change, owner).why == "different_device"

    device.refresh_from_db()
    assert device.different_since is not None


def test_a_change_is_restored_on_no_other_device(device: Device, owner: User, script: Script) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    identity = {"serial": "another", "mac": "", "tls_fingerprint": "", "shape": ""}
    Device.objects.filter(pk=device.pk).update(identity=identity, identity_kept_at=timezone.now())
    script.failure = DifferentDevice("serial")

    with pytest.raises(OtherDevice):
        undo_change(change=change, by=owner, now=timezone.now())


def test_a_change_is_restored_on_no_other_device_that_came_meanwhile(
    device: Device, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    work = undo_change(change=change, by=owner, now=timezone.now())
    identity = {"serial": "another", "mac": "", "tls_fingerprint": "", "shape": ""}
    Device.objects.filter(pk=device.pk).update(identity=identity, identity_kept_at=timezone.now())
    script.failure = DifferentDevice("serial")

    run(work)

    device.refresh_from_db()
    assert script.expected[-1].serial == SERIAL
    assert device.different_since is None  # It is the one that was verified; the change belongs to an earlier one.


def test_what_was_read_before_the_password_changed_is_of_no_use(
    device: Device, owner: User, script: Script
) -> None:
    script.meanwhile = lambda: Device.objects.filter(pk=device.pk).update(secret_changed_at=timezone.now())

    work = read(device, owner)

    assert (work.state, work.code) == (ProbeState.FAILED, "changed_meanwhile")
    assert not DeviceChange.objects.exists()


def test_a_device_that_moved_is_not_dialled(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, CLOCK)
    work = agree_change(change=change, by=owner, now=timezone.now())
    Device.objects.filter(pk=device.pk).update(host="203.0.113.99")

    run(work)

    change.refresh_from_db()
    assert (work.code, change.state, script.written) == ("changed_meanwhile", ChangeState.FAILED, [])


# --- the way back --------------------------------------------------------------------------------------------


def test_one_button_restores_what_was_there(device: Device, owner: User, script: Script) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)

    undone(change, owner)

    assert script.written[-1] == CLOCK.undone()
    assert (change.state, change.undone_by) == (ChangeState.UNDONE, owner)
    assert Entry.objects.filter(action="device.change_undone").count() == 1
    with pytest.raises(NothingToUndo):
        undo_change(change=change, by=owner, now=timezone.now())


@pytest.mark.parametrize(
    "why", ["not_permitted", "others_changed", "main_changed", "partly_written", "device_error"]
)
def test_whatever_was_written_is_restored_and_not_offered_again_whatever_the_reason(
    device: Device, owner: User, script: Script, why: str
) -> None:
    script.answer = lambda change: Outcome("failed", change, {}, 0, why, touched=True)
    change = agreed(offered(device, owner, script, CLOCK), owner)
    assert not change.may_be_agreed
    with pytest.raises(OfferGone):
        agree_change(change=change, by=owner, now=timezone.now(), account=Credentials("pengelola", "x"))

    script.answer = lambda change: Outcome("done", change, change.new, 0)

    assert undone(change, owner, account=Credentials("pengelola", "x")).state == ChangeState.UNDONE


def test_what_was_right_already_and_not_written_has_no_way_back(
    device: Device, owner: User, script: Script
) -> None:
    script.answer = lambda change: Outcome("done", change, change.new, 0, touched=False)
    change = agreed(offered(device, owner, script, CLOCK), owner)

    with pytest.raises(NothingToUndo):
        undo_change(change=change, by=owner, now=timezone.now())


def test_what_was_restored_by_half_is_restored_from_there(device: Device, owner: User, script: Script) -> None:
    change = agreed(offered(device, owner, script, SMALL, "encoder_differs"), owner)
    halfway = {"codec": "H264", "fps": 7}
    script.answer = lambda change: Outcome("failed", change.as_happened(halfway), halfway, 0, "other_value")

    undone(change, owner)
    assert (change.state, change.may_be_undone) == (ChangeState.DONE, True)
    undone(change, owner)

    assert script.written[-1] == Change("substream", "enc-2", halfway, SMALL.old, restores=True)


def test_where_the_device_does_not_restore_it_the_change_stands(
    device: Device, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    script.answer = lambda change: Outcome("ignored", change, change.old, 0, "ignored", touched=False)

    undone(change, owner)

    assert change.state == ChangeState.DONE
    assert Entry.objects.filter(action="device.change_not_undone").count() == 1


# --- work that is owed ---------------------------------------------------------------------------------------


def test_a_lost_message_is_sent_again(
    device: Device, owner: User, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = request_reading(device=device, by=owner, now=timezone.now() - timedelta(minutes=1))
    sent: list[int] = []
    monkeypatch.setattr(run_settings_work, "delay", sent.append)

    rescue_settings_works()

    assert sent == [work.pk]


@pytest.mark.parametrize(("kind", "again"), [(WorkKind.READ, True), (WorkKind.WRITE, False)])
def test_what_may_have_been_written_is_not_written_again_when_a_worker_dies(
    device: Device, owner: User, script: Script, kind: WorkKind, again: bool
) -> None:
    change = offered(device, owner, script, CLOCK)
    now = timezone.now()
    if kind == WorkKind.READ:
        work = request_reading(device=device, by=owner, now=now)
    else:
        work = agree_change(change=change, by=owner, now=now)
    assert claim(SettingsWork, pk=work.pk, now=now, related=RELATED)

    sent = take_back_owed(SettingsWork, now=now + LEASE * 2, taken_back=work_taken_back)

    device.refresh_from_db()
    assert (sent == [work.pk]) is again
    assert device.secret_refusals == 1
    if not again:
        change.refresh_from_db()
        assert (change.state, change.why, change.may_be_undone) == (ChangeState.FAILED, "interrupted", True)


def test_a_reading_that_succeeds_after_all_gives_the_refusal_back(
    device: Device, owner: User, script: Script
) -> None:
    now = timezone.now()
    work = request_reading(device=device, by=owner, now=now)
    claim(SettingsWork, pk=work.pk, now=now, related=RELATED)
    take_back_owed(SettingsWork, now=now + LEASE * 2, taken_back=work_taken_back)

    run(work)

    device.refresh_from_db()
    assert (work.state, device.secret_refusals) == (ProbeState.DONE, 0)


def test_who_lost_the_lease_writes_nothing(device: Device, owner: User, script: Script) -> None:
    change = offered(device, owner, script, CLOCK)
    now = timezone.now()
    held = claim(SettingsWork, pk=agree_change(change=change, by=owner, now=now).pk, now=now, related=RELATED)
    assert held is not None
    take_back_owed(SettingsWork, now=now + LEASE * 2, taken_back=work_taken_back)

    late = Result(outcome=Outcome("done", CLOCK, CLOCK.new, 0))

    assert not record_work_result(work=held, result=late, now=now)
    change.refresh_from_db()
    assert change.state == ChangeState.FAILED


# --- pictures ------------------------------------------------------------------------------------------------


def test_a_picture_is_taken_of_a_camera_with_a_channel_only(device: Device, owner: User) -> None:
    Camera.objects.filter(device=device).update(video_source_token="")

    with pytest.raises(ChannelMissing):
        request_picture(camera=device.cameras.select_related("device").get(), by=owner, now=timezone.now())


def areas_asked_for(script: Script) -> list[dict[str, Any]]:
    return [wish.values for wish in script.wishes if wish.kind == "masks"]


@pytest.mark.parametrize("state", ["differs", "unsupported"])
def test_areas_that_were_drawn_are_kept_and_asked_for_again(
    device: Device, owner: User, script: Script, state: str
) -> None:
    change = MASKS if state == "differs" else None
    script.findings = (Finding("masks", state, change, "masks_missing", "source-1"),)  # type: ignore[arg-type]

    read(device, owner, masks={"source-1": MASKS.new["polygons"]})
    read(device, owner)

    assert areas_asked_for(script) == [{"polygons": MASKS.new["polygons"]}]


def test_areas_that_were_taken_away_again_are_not_asked_for(device: Device, owner: User, script: Script) -> None:
    undone(agreed(offered(device, owner, script, MASKS), owner), owner)

    read(device, owner)

    assert areas_asked_for(script) == []
