"""What is shown and offered is of the device that is there now, and as it is now."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from devices.changes import Finding, Outcome
from devices.errors import Unreachable
from onboarding.models import ChangeState, DeviceChange, Probe, ProbeKind, ProbeState, SettingsWork, WorkKind
from onboarding.settings.errors import AnotherAnswers, NotReadYet, OtherDevice
from onboarding.settings.services import agree_change, request_reading, undo_change
from registry.models import Device
from registry.targets import seal_credentials
from tests.onboarding.acts import signed_in
from tests.onboarding.settings.conftest import CLOCK, MASKS, NTP, SMALL, Script, agreed, offered, read, undone

pytestmark = pytest.mark.django_db
CLOSED = "Dilakukan pada perangkat lama."


def html(device: Device, owner: User) -> str:
    answer = signed_in(owner).get(reverse("onboarding:settings", args=[device.public_id]))
    return re.sub(r"\s+", " ", answer.content.decode())


def moved(device: Device, host: str, serial: str = "") -> None:
    """The owner changed the address; a device with this serial number was connected there, or none yet."""
    sealed = seal_credentials(
        device_id=device.public_id, host=host, port=80, user="pemilik", password="rahasia-baru"
    )
    Device.objects.filter(pk=device.pk).update(
        host=host, sealed_user=sealed.user, sealed_password=sealed.password, secret_changed_at=timezone.now()
    )
    if serial:
        now = timezone.now()
        Probe.objects.create(
            kind=ProbeKind.CONNECT,
            device=device,
            requested_by=User.objects.get(pk=device.site.partner.people.get().pk),
            address=f"{host}:80",
            state=ProbeState.DONE,
            report={"identity": {"serial": serial}, "channels": []},
            created_at=now,
            lease_until=now,
            finished_at=now,
        )
    device.refresh_from_db()


def found(device: Device, kind: str) -> list[str]:
    reading = SettingsWork.objects.get(device=device, kind=WorkKind.READ, findings__isnull=False)
    return [one["state"] for one in reading.findings or [] if one["kind"] == kind]


def test_what_was_changed_is_right_at_once_and_offered_again_once_it_is_restored(
    device: Device, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)
    assert found(device, "clock") == ["right"]
    assert not DeviceChange.objects.offered().exists()
    assert "Sudah baik" in html(device, owner)

    undone(change, owner)

    offer = DeviceChange.objects.offered().get()
    assert (offer.kind, offer.change) == ("clock", CLOCK)
    assert found(device, "clock") == ["differs"]
    assert [wish.kind for wish in script.again] == ["clock", "ntp"]


def test_only_what_a_change_bears_on_is_read_again_and_the_rest_stays_offered(
    device: Device, owner: User, script: Script
) -> None:
    script.findings = (
        Finding("clock", "differs", CLOCK, "clock_off"),
        Finding("ntp", "differs", NTP, "ntp_off"),
        Finding("substream", "differs", SMALL, "encoder_differs", "enc-2"),
    )
    read(device, owner)

    agreed(DeviceChange.objects.get(kind="substream"), owner)

    assert [(wish.kind, wish.subject) for wish in script.again] == [("substream", "source-1")]
    assert sorted(DeviceChange.objects.offered().values_list("kind", flat=True)) == ["clock", "ntp"]
    assert found(device, "substream") == ["right"]


def test_where_it_cannot_be_read_again_nothing_is_claimed_of_it(
    device: Device, owner: User, script: Script
) -> None:
    change = agreed(offered(device, owner, script, CLOCK), owner)

    def restored_and_silent(change: object) -> Outcome:
        script.fails_again = Unreachable("silent")
        return Outcome("done", CLOCK.undone(), CLOCK.old, 0)

    script.answer = restored_and_silent
    assert undone(change, owner).state == ChangeState.UNDONE

    assert found(device, "clock") == []
    assert "Sudah baik" in html(device, owner)  # Of the others.


def test_what_the_device_did_not_take_is_not_read_again(device: Device, owner: User, script: Script) -> None:
    script.answer = lambda change: Outcome("ignored", change, change.old, 0, "ignored", touched=False)

    agreed(offered(device, owner, script, CLOCK), owner)

    assert script.again == []


def test_at_another_address_nothing_of_the_old_one_is_shown_as_if_it_were_there(
    device: Device, owner: User, script: Script
) -> None:
    done = agreed(offered(device, owner, script, CLOCK), owner)
    offer = offered(device, owner, script, SMALL)
    moved(device, "203.0.113.77")

    shown = html(device, owner)

    assert "Dilakukan di alamat lama." in shown
    for words in ("Setuju dan ubah", "Kembalikan<span", "Sudah baik", "Sudah diubah.", "Dibaca "):
        assert words not in shown, words
    with pytest.raises(NotReadYet):
        agree_change(change=offer, by=owner, now=timezone.now())
    with pytest.raises(NotReadYet):
        undo_change(change=done, by=owner, now=timezone.now())


@pytest.mark.parametrize(("serial", "closed"), [("MK-0002", True), ("MK-0001", False)])
def test_the_past_is_closed_for_another_device_and_open_for_the_same_one_that_moved(
    device: Device, owner: User, script: Script, serial: str, closed: bool
) -> None:
    done = agreed(offered(device, owner, script, CLOCK), owner)
    moved(device, "203.0.113.77", serial)

    shown = html(device, owner)

    assert (CLOSED in shown) is closed
    assert ("Kembalikan<span" in shown) is not closed
    api = signed_in(owner).get(f"/api/v1/devices/{device.public_id}/changes/{done.public_id}/").json()
    assert api["may_be_undone"] is not closed
    undo = reverse("onboarding:settings-undo", args=[done.public_id])
    if closed:
        assert "bukan pada perangkat yang sekarang" in signed_in(owner).get(undo, follow=True).content.decode()
        with pytest.raises(OtherDevice):
            undo_change(change=done, by=owner, now=timezone.now())
        assert script.written == [CLOCK]
    else:
        assert undone(done, owner).state == ChangeState.UNDONE


def test_an_old_failure_is_not_told_of_the_new_address(device: Device, owner: User, script: Script) -> None:
    script.failure = Unreachable("silent")
    read(device, owner)
    assert 'role="alert"' in html(device, owner)

    moved(device, "203.0.113.77", "MK-0002")

    assert 'role="alert"' not in html(device, owner)


def test_areas_that_were_drawn_for_one_device_are_not_wished_of_another(
    device: Device, owner: User, script: Script
) -> None:
    offered(device, owner, script, MASKS)
    moved(device, "203.0.113.77", "MK-0002")

    read(device, owner)

    assert [wish.kind for wish in script.wishes if wish.kind == "masks"] == []


def test_while_another_device_answers_no_setting_is_spoken_of(device: Device, owner: User, script: Script) -> None:
    read(device, owner)
    Device.objects.filter(pk=device.pk).update(different_since=timezone.now())

    with pytest.raises(AnotherAnswers):
        request_reading(device=device, by=owner, now=timezone.now())
    assert "Perangkat lain menjawab di alamat ini." in html(device, owner)
