"""A sign-in that a device neither took nor refused: counted like a refusal, and lifted once the secret is taken."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

import feeds.gateway
import onboarding.gateway
from accounts.models import User
from audit.models import Entry
from devices.changes import Outcome
from devices.count import Count
from devices.errors import Misbehaving, Unauthorized
from devices.report import DeviceReport, Identity
from onboarding import tasks
from onboarding.errors import SecretRefusedBefore, SecretRests, SecretUnclear
from onboarding.models import Probe, ProbeState
from onboarding.probing import change_device, request_probe
from onboarding.settings.accounts import count_before
from onboarding.settings.errors import AccountRests
from onboarding.settings.gateway import read_settings, write_setting
from onboarding.settings.services import agree_change
from onboarding.tasks import run_probe
from registry.models import Device, RefusedSecret, Site
from registry.services import give_another_try, keep_count, note_refusals
from registry.targets import credentials_of, mark_of
from tests.onboarding.acts import CANARY, device_at, signed_in
from tests.onboarding.settings.conftest import CLOCK, Script, agreed, offered, script
from tests.onboarding.settings.test_our_user import TYPED

__all__ = ["script"]

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=31)


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "203.0.113.10", 80)


def visited(device: Device, owner: User, monkeypatch: pytest.MonkeyPatch, how: str, **asked: bool) -> Probe:
    """A probe in which the device takes the secret, refuses it, or answers nothing clear."""

    def read(dialled: Device, *, on_step: object) -> DeviceReport:
        before = dialled.count
        if how == "takes":
            after = before.without("onvif")
            return DeviceReport(
                host=dialled.host, port=80, refusals=after.refusals, doubts=after.doubts, serial="MK-0001"
            )
        after = before.with_doubt("onvif") if how == "hiccup" else Count(before.refusals + 1, before.doubts)
        failure = Misbehaving("http_503") if how == "hiccup" else Unauthorized("credentials")
        failure.refusals, failure.doubts = after.refusals, after.doubts
        raise failure

    monkeypatch.setattr(tasks, "read_device", read)
    probe = request_probe(device=device, by=owner, now=timezone.now(), **asked)
    run_probe(probe.pk)
    probe.refresh_from_db()
    device.refresh_from_db()
    return probe


def page_of(device: Device, owner: User) -> str:
    return signed_in(owner).get(reverse("onboarding:connect", args=[device.public_id])).content.decode()


def doubted(device: Device, at: datetime) -> None:
    Device.objects.filter(pk=device.pk).update(secret_doubted_at=at)
    device.refresh_from_db()


def typed_again(device: Device, owner: User) -> Device:
    return change_device(
        device=device,
        by=owner,
        now=timezone.now(),
        host=device.host,
        onvif_port=80,
        rtsp_port=None,
        user="pemilik",
        password=CANARY,
    )


def test_hiccups_between_proven_visits_never_lay_a_secret_to_rest(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        Probe.objects.all().delete()  # Of the limit of one day.
        visited(device, owner, monkeypatch, "hiccup")
        assert device.count == Count(1, ("onvif",))
        assert visited(device, owner, monkeypatch, "takes").state == ProbeState.DONE
        assert device.count == Count()

    assert not RefusedSecret.objects.exists()
    assert Entry.objects.filter(action="device.refusals_taken_back").count() == 10


def test_two_hiccups_without_a_proof_lay_it_to_rest_and_the_page_says_so(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        visited(device, owner, monkeypatch, "hiccup")

    with pytest.raises(SecretUnclear):
        request_probe(device=device, by=owner, now=timezone.now())
    page = page_of(device, owner)
    assert "tidak menjawab dengan jelas" in page
    assert 'name="again"' in page
    assert "menolak kata sandi" not in page


def test_a_refusal_and_a_doubt_lay_it_to_rest_and_no_proof_lifts_the_refusal(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited(device, owner, monkeypatch, "refuses")
    visited(device, owner, monkeypatch, "takes")
    assert device.count == Count(1)

    visited(device, owner, monkeypatch, "hiccup")
    with pytest.raises(SecretUnclear):
        request_probe(device=device, by=owner, now=timezone.now())


def test_its_owner_may_have_it_tried_once_more_after_a_pause(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        visited(device, owner, monkeypatch, "hiccup")

    with pytest.raises(SecretUnclear, match=r"mulai \d\d\.\d\d WIB"):
        request_probe(device=device, by=owner, now=timezone.now(), again=True)
    doubted(device, timezone.now() - LATER)
    visited(device, owner, monkeypatch, "hiccup", again=True)
    assert device.count.rests, "one more attempt, not two"

    doubted(device, timezone.now() - LATER)
    assert visited(device, owner, monkeypatch, "takes", again=True).state == ProbeState.DONE
    assert device.count == Count()


def test_the_button_of_the_page_asks_for_it(device: Device, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        visited(device, owner, monkeypatch, "hiccup")
    doubted(device, timezone.now() - LATER)
    start = reverse("onboarding:connect-start", args=[device.public_id])
    before = Probe.objects.count()

    signed_in(owner).post(start)
    assert Probe.objects.count() == before
    signed_in(owner).post(start, {"again": "1"})
    assert Probe.objects.count() == before + 1


def test_refused_twice_in_so_many_words_it_rests_for_ever(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        visited(device, owner, monkeypatch, "refuses")
    doubted(device, timezone.now() - LATER)

    with pytest.raises(SecretRests):
        request_probe(device=device, by=owner, now=timezone.now(), again=True)
    with pytest.raises(SecretRefusedBefore):
        typed_again(device, owner)
    assert 'name="again"' not in page_of(device, owner)


def test_typing_it_again_is_asking_for_one_more_attempt(
    device: Device, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited(device, owner, monkeypatch, "refuses")
    visited(device, owner, monkeypatch, "hiccup")

    with pytest.raises(SecretUnclear):
        typed_again(device, owner)
    doubted(device, timezone.now() - LATER)
    assert typed_again(device, owner).count == Count(1)


def test_a_visit_that_was_not_dialled_changes_nothing(device: Device, owner: User) -> None:
    note_refusals(device=device, count=Count(1, ("onvif",)), by=owner, now=timezone.now())

    note_refusals(device=device, count=None, by=owner, now=timezone.now())

    device.refresh_from_db()
    assert device.count == Count(1, ("onvif",))
    assert RefusedSecret.objects.get().doubts == ["onvif"]


def test_two_visits_that_met_each_other_are_both_written_down(device: Device, owner: User) -> None:
    note_refusals(device=device, count=Count(1, ("onvif",)), by=owner, now=timezone.now())
    first, second = (Device.objects.get(pk=device.pk) for _ in range(2))

    note_refusals(device=second, count=Count(2, ("onvif", "onvif")), by=owner, now=timezone.now())
    note_refusals(device=first, count=Count(), by=owner, now=timezone.now())

    device.refresh_from_db()
    assert device.count == Count(1, ("onvif",))


def test_a_typed_account_in_doubt_is_tried_once_more_for_whoever_types_it_again(
    device: Device, owner: User, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited(device, owner, monkeypatch, "takes")
    clock = offered(device, owner, script, CLOCK)
    mark = mark_of(TYPED, device)

    keep_count(mark, device, Count(2))
    with pytest.raises(AccountRests):
        agree_change(change=clock, by=owner, now=timezone.now(), account=TYPED)

    keep_count(mark, device, Count(2, ("onvif", "onvif")))
    script.answer = lambda change: Outcome("done", change, change.new, 0)
    agreed(clock, owner, account=TYPED)

    assert script.before[-1] == 1
    assert count_before(TYPED, device) == Count()


def test_a_secret_is_not_given_another_try_before_its_time(device: Device, owner: User) -> None:
    now = timezone.now()
    note_refusals(device=device, count=Count(2, ("onvif", "onvif")), by=owner, now=now)

    give_another_try(device=device, by=owner, now=now + timedelta(minutes=29))
    device.refresh_from_db()
    assert device.count.rests
    give_another_try(device=device, by=owner, now=now + LATER)
    device.refresh_from_db()
    assert device.count == Count(1, ("onvif",))


def test_every_visit_begins_with_what_is_on_record(
    device: Device, site: Site, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Count] = []

    def visit(*_where: object, refusals_before: int, doubts_before: tuple[str, ...], **_how: object) -> None:
        known.append(Count(refusals_before, doubts_before))
        raise Misbehaving

    for place in (
        "feeds.gateway.take_still_now",
        "onboarding.gateway.take_still_now",
        "onboarding.gateway.probe_device",
        "onboarding.settings.gateway.read_findings",
        "onboarding.settings.gateway.write_change",
    ):
        monkeypatch.setattr(place, visit)
    note_refusals(device=device, count=Count(1, ("onvif",)), by=owner, now=timezone.now())
    camera, account = site.cameras.get(), credentials_of(device)
    camera.device = device

    for begin in (
        lambda: feeds.gateway.take_picture(camera, seconds=1),
        lambda: onboarding.gateway.take_picture(camera, expected={}),
        lambda: onboarding.gateway.read_device(device, on_step=lambda _step: None),
        lambda: read_settings(device, account, [], expected=Identity(), before=device.count),
        lambda: write_setting(device, account, CLOCK, expected=Identity(), before=device.count),
    ):
        with pytest.raises(Misbehaving):
            begin()

    assert known == [Count(1, ("onvif",))] * 5
