"""The signed-in check against the virtual devices: what it learns of each, and what it never does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from demo import fleet
from health import queries, services, tasks
from health.causes import Answer, Cause
from health.models import CheckState, State, Tier, TierCheck
from notices.models import Notice
from registry.models import Device
from registry.services import set_device_secret
from registry.targets import seal_credentials
from tests.health.world import agree, record
from tests.onboarding.acts import device_of, probed
from tests.onboarding.conftest import devices
from tests.registry.world import City, make_site

__all__ = ["devices"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MINUTE = timedelta(minutes=1)
Fleet = dict[str, fleet.DeviceSpec]


def watched(city: City, owner: User, spec: fleet.DeviceSpec, *, cameras: int = 1) -> Device:
    """A device that its owner's probe has read, and that answered a reachable check since."""
    site = make_site(city, owner, cameras=cameras)
    agree(site, owner, city.polsek)
    device = device_of(site, owner, spec)
    assert probed(device, owner).code == ""
    device.refresh_from_db()
    answer_check(device)
    return device


def answer_check(device: Device) -> None:
    services.ensure_states(timezone.now())
    CheckState.objects.update(next_check_at=timezone.now())
    record(timezone.now(), Answer(device.pk, answered=True))


def sign_in_now() -> None:
    """The tick and the task, with everything due."""
    services.follow_tiers(timezone.now())
    TierCheck.objects.update(next_at=timezone.now())
    for claim in services.claim_tier(Tier.SIGNED_IN, now=timezone.now(), limit=20, batch=20):
        tasks.check_signed_in(lease=str(claim.lease))


def with_secret(device: Device, password: str) -> None:
    """Another password is on record, and a probe has been there since."""
    sealed = seal_credentials(
        device_id=device.public_id, host=device.host, port=device.onvif_port, user="pemilik", password=password
    )
    owner = device.site.partner.people.get()
    set_device_secret(
        device=device, sealed_user=sealed.user, sealed_password=sealed.password, by=owner, now=timezone.now()
    )
    Device.objects.filter(pk=device.pk).update(answered_at=timezone.now())


def the_check() -> TierCheck:
    return TierCheck.objects.get(tier=Tier.SIGNED_IN)


def test_a_good_camera_is_signed_in_to_and_nothing_is_wrong(city: City, owner: User, devices: Fleet) -> None:
    device = watched(city, owner, devices["good"])

    sign_in_now()

    row = the_check()
    assert (row.cause, row.lease, row.began_at, row.rests_since) == ("", None, None, None)
    assert row.measured == pytest.approx(0, abs=3)
    assert 0.79 * services.period_of(Tier.SIGNED_IN) < row.next_at - row.checked_at
    assert queries.state_of(device.cameras.get()).state == State.NORMAL
    device.refresh_from_db()
    assert not device.count.refusals


def test_a_refused_password_is_told_tried_twice_and_then_rests(city: City, owner: User, devices: Fleet) -> None:
    device = watched(city, owner, devices["good"])
    with_secret(device, "salah-sekali")

    refusals = []
    for _ in range(4):
        sign_in_now()
        device.refresh_from_db()
        refusals.append(device.secret_refusals)

    assert refusals[-1] == 2, "never a third attempt"
    assert the_check().rests_since is not None
    assert services.claim_tier(Tier.SIGNED_IN, now=timezone.now() + timedelta(days=2), limit=20, batch=20) == []
    state = queries.state_of(device.cameras.get())
    assert (state.state, state.cause) == (State.DEGRADED, Cause.PASSWORD_REFUSED)
    [letter] = Notice.objects.filter(code="health.rests")
    assert letter.user == owner
    assert "tidak lagi diterima" in letter.subject

    with_secret(device, devices["good"].password)
    sign_in_now()

    assert (the_check().cause, the_check().rests_since) == ("", None)
    assert queries.state_of(device.cameras.get()).state == State.NORMAL
    assert Notice.objects.filter(code="health.rests").count() == 1


def test_a_secret_that_no_probe_has_tried_is_not_tried_by_the_sweep(
    city: City, owner: User, devices: Fleet
) -> None:
    device = watched(city, owner, devices["good"])
    with_secret(device, "belum-diuji")
    Device.objects.update(answered_at=timezone.now() - timedelta(hours=1))

    sign_in_now()

    assert not TierCheck.objects.exists()


def test_at_another_device_nothing_is_signed_and_its_pictures_are_closed(
    city: City, owner: User, devices: Fleet
) -> None:
    device = watched(city, owner, devices["good"])
    Device.objects.update(identity={"shape": "0" * 32}, identity_kept_at=timezone.now())
    with_secret(device, "salah-sekali")

    sign_in_now()

    device.refresh_from_db()
    assert device.secret_refusals == 0, "it was not sent"
    assert device.different_since is not None
    assert queries.state_of(device.cameras.get()).cause == Cause.DIFFERENT_DEVICE


def test_a_changed_certificate_has_a_cause_of_its_own(city: City, owner: User, devices: Fleet) -> None:
    device = watched(city, owner, devices["encrypted"])
    Device.objects.update(identity={"stream_tls_fingerprint": "ab" * 32}, identity_kept_at=timezone.now())

    sign_in_now()

    assert queries.state_of(device.cameras.get()).cause == Cause.TLS_CHANGED


def test_of_a_recorder_only_the_camera_without_a_stream_is_disturbed(
    city: City, owner: User, devices: Fleet
) -> None:
    device = watched(city, owner, devices["recorder"], cameras=2)
    gone, there = device.cameras.order_by("pk")
    token = gone.profile_token
    device.cameras.filter(pk=gone.pk).update(profile_token="tidak-ada")

    sign_in_now()
    states = [queries.state_of(camera) for camera in (gone, there)]
    device.cameras.filter(pk=gone.pk).update(profile_token=token)
    sign_in_now()

    assert [(state.state, state.cause) for state in states] == [
        (State.DEGRADED, Cause.NO_STREAM),
        (State.NORMAL, ""),
    ]
    assert queries.state_of(gone).state == State.NORMAL
