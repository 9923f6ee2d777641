"""The whole conversation with the demo's recorder: read, agree, written, read back, restored, and our own user."""

import pytest
from django.utils import timezone

from accounts.models import User
from demo import fleet
from devices.secrets import Credentials
from onboarding.models import ChangeState, DeviceChange, Probe, ProbeState, SettingsWork
from onboarding.settings.services import request_picture
from onboarding.tasks import run_probe
from registry.models import Camera, Device, Site
from registry.targets import credentials_of
from tests.onboarding.acts import device_of, probed
from tests.onboarding.settings.conftest import agreed, read, run, undone

pytestmark = [pytest.mark.django_db, pytest.mark.devices, pytest.mark.slow]

AREAS = [[[-0.8, 0.8], [-0.4, 0.8], [-0.4, 0.2], [-0.8, 0.2]]]


@pytest.fixture
def recorder(
    site: Site, owner: User, devices: dict[str, fleet.DeviceSpec], demo_mode: None, monkeypatch: pytest.MonkeyPatch
) -> Device:
    """The recorder, brought in by a probe; its first channel is the site's camera."""
    monkeypatch.setattr("onboarding.settings.services.run_settings_work.delay", lambda _id: None)
    device = device_of(site, owner, devices["recorder"])
    assert probed(device, owner).state == ProbeState.DONE
    device.refresh_from_db()
    return device


def offers(device: Device) -> dict[str, DeviceChange]:
    return {change.kind: change for change in DeviceChange.objects.offered().filter(device=device)}


def test_each_change_is_written_read_back_and_restored(recorder: Device, owner: User) -> None:
    camera = recorder.cameras.exclude(video_source_token="").first()
    assert camera is not None
    work = read(recorder, owner, masks={camera.video_source_token: AREAS})
    assert (work.state, work.code) == (ProbeState.DONE, "")
    offered = offers(recorder)
    assert {"clock", "user", "masks"} <= set(offered)

    for kind in ("clock", "masks"):
        change = agreed(offered[kind], owner)
        assert (change.state, change.why) == (ChangeState.DONE, ""), kind

    assert read(recorder, owner).code == ""
    assert "clock" not in offers(recorder)
    for kind in ("clock", "masks"):
        assert undone(offered[kind], owner).state == ChangeState.UNDONE, kind
    assert read(recorder, owner).code == ""
    assert "clock" in offers(recorder)


def test_the_clock_is_handed_over_to_ntp_and_back(recorder: Device, owner: User) -> None:
    read(recorder, owner)
    clock, ntp = (agreed(offers(recorder)[kind], owner) for kind in ("clock", "ntp"))
    work = read(recorder, owner)
    found = {finding["kind"]: (finding["state"], finding["why"]) for finding in work.findings or []}

    assert (ntp.state, ntp.why, (ntp.seen or {})["servers"]) == (ChangeState.DONE, "", ["pool.ntp.org"])
    assert found["clock"] == found["ntp"] == ("right", "ntp_on")
    assert {"clock", "ntp"}.isdisjoint(offers(recorder))
    assert undone(clock, owner).state == ChangeState.DONE  # Not while it sets itself.
    assert undone(ntp, owner).state == undone(clock, owner).state == ChangeState.UNDONE
    read(recorder, owner)
    assert {"clock", "ntp"} <= set(offers(recorder))


def test_our_user_takes_the_place_of_the_owners_password_and_leaves_again(
    recorder: Device, owner: User, devices: dict[str, fleet.DeviceSpec]
) -> None:
    spec = devices["recorder"]
    account = Credentials(spec.user, spec.password)
    read(recorder, owner)

    change = agreed(offers(recorder)["user"], owner)

    recorder.refresh_from_db()
    assert change.state == ChangeState.DONE
    assert credentials_of(recorder).user == change.new["name"]
    owed = Probe.objects.get(device=recorder, state=ProbeState.QUEUED)
    run_probe(owed.pk)
    owed.refresh_from_db()
    assert (owed.state, owed.picture is not None) == (ProbeState.DONE, True)  # Ours sees all that the owner's saw.
    read(recorder, owner)
    clock = offers(recorder)["clock"]
    assert agreed(clock, owner, account=account).state == ChangeState.DONE
    assert undone(clock, owner, account=account).state == ChangeState.UNDONE
    assert undone(change, owner, account=account, keeps_account=True).state == ChangeState.UNDONE
    recorder.refresh_from_db()
    assert credentials_of(recorder) == account
    assert probed(recorder, owner).state == ProbeState.DONE


def test_a_picture_to_draw_on_comes_from_the_camera(recorder: Device, owner: User) -> None:
    camera = Camera.objects.select_related("device").filter(device=recorder, channel=1).get()

    work = run(request_picture(camera=camera, by=owner, now=timezone.now()))

    assert (work.state, bytes(work.picture or b"")[:2]) == (ProbeState.DONE, b"\xff\xd8")
    assert SettingsWork.objects.filter(picture__isnull=False).count() == 1
