"""A password that a device refused twice is tried no more, whoever types it again, in whichever form."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from devices.count import Count
from devices.errors import Unauthorized
from devices.secrets import Credentials
from onboarding.errors import SecretRefusedBefore
from onboarding.models import Probe
from onboarding.probe_results import Result, record_probe_result
from onboarding.probe_runs import claim_probe, requeue_owed
from onboarding.probing import change_device, request_probe
from onboarding.settings.accounts import count_before
from registry.models import Device, RefusedSecret, Site
from registry.services import keep_count, note_refusals
from registry.targets import mark_of
from tests.onboarding.acts import CANARY, device_at, signed_in

pytestmark = pytest.mark.django_db

OTHER = "Lain-kata_sandi 7"


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "203.0.113.10", 80)


def refused(device: Device, owner: User, times: int = 1) -> None:
    """The device refuses what is on record, `times` times more."""
    for _ in range(times):
        device.refresh_from_db()
        probe = claim_probe(
            probe_id=request_probe(device=device, by=owner, now=timezone.now()).pk, now=timezone.now()
        )
        assert probe is not None
        failure = Unauthorized(refusals=device.secret_refusals + 1)
        record_probe_result(probe=probe, result=Result(failure=failure, count=failure.count), now=timezone.now())
    device.refresh_from_db()


def typed(device: Device, owner: User, password: str, **facts: Any) -> Device:
    where = {"host": device.host, "onvif_port": device.onvif_port, "rtsp_port": None, "user": "pemilik"}
    return change_device(device=device, by=owner, now=timezone.now(), **{**where, **facts, "password": password})


def test_a_password_refused_twice_is_not_taken_again(device: Device, owner: User) -> None:
    refused(device, owner, 2)

    for facts in ({}, {"user": ""}, {"host": device.host, "rtsp_port": 8554}):
        with pytest.raises(SecretRefusedBefore):
            typed(device, owner, CANARY, **facts)
    form = {"host": device.host, "onvif_port": "80", "user": "pemilik", "password": CANARY}
    page = signed_in(owner).post(reverse("onboarding:connect-edit", args=[device.public_id]), form)

    device.refresh_from_db()
    assert "sudah dua kali ditolak perangkat" in page.content.decode()
    assert CANARY not in page.content.decode()
    assert device.secret_refusals == 2
    assert RefusedSecret.objects.get().mark not in {"", CANARY}


def test_also_when_another_was_tried_between(device: Device, owner: User) -> None:
    refused(device, owner, 2)
    typed(device, owner, OTHER)
    refused(device, owner)

    with pytest.raises(SecretRefusedBefore):
        typed(device, owner, CANARY)
    again = typed(device, owner, OTHER)

    assert again.secret_refusals == 1
    assert sorted(RefusedSecret.objects.values_list("refusals", flat=True)) == [1, 2]


def test_a_password_refused_once_has_one_attempt_left(device: Device, owner: User) -> None:
    refused(device, owner)

    assert typed(device, owner, CANARY).secret_refusals == 1


@pytest.mark.parametrize("facts", [{"host": "203.0.113.11"}, {"onvif_port": 8080}, {"user": "admin"}])
def test_elsewhere_or_for_another_user_it_is_another_secret(
    device: Device, owner: User, facts: dict[str, Any]
) -> None:
    refused(device, owner, 2)

    assert typed(device, owner, CANARY, **facts).secret_refusals == 0


def test_back_at_the_old_address_the_old_count_is_known(device: Device, owner: User) -> None:
    refused(device, owner, 2)
    moved = typed(device, owner, CANARY, host="203.0.113.11")

    with pytest.raises(SecretRefusedBefore):
        typed(moved, owner, CANARY, host="203.0.113.10")


def test_what_a_dead_worker_counted_is_forgiven_here_too(device: Device, owner: User) -> None:
    probe = request_probe(device=device, by=owner, now=timezone.now())
    claim_probe(probe_id=probe.pk, now=timezone.now())
    Probe.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    requeue_owed(now=timezone.now())
    counted = list(RefusedSecret.objects.values_list("refusals", flat=True))
    held = claim_probe(probe_id=probe.pk, now=timezone.now())
    assert held is not None
    record_probe_result(probe=held, result=Result(count=held.device.count), now=timezone.now())

    assert counted == [1]
    assert typed(device, owner, CANARY).secret_refusals == 0


def test_pages_of_settings_and_of_the_address_share_one_count(device: Device, owner: User) -> None:
    account = Credentials(user="admin", password=OTHER)
    keep_count(mark_of(account, device), device, Count(2))
    note_refusals(device=device, count=Count(2), by=owner, now=timezone.now())
    typed(device, owner, "yang ketiga")
    device.refresh_from_db()

    with pytest.raises(SecretRefusedBefore):
        typed(device, owner, OTHER, user="admin")

    assert count_before(account, device) == Count(2)
    assert count_before(Credentials(user="pemilik", password=CANARY), device) == Count(2)
