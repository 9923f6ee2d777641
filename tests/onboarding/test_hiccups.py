"""A device that was busy when it was first read is the same device at every later visit."""

import pytest
from django.utils import timezone

from accounts.models import User
from onboarding.identity import expected_identity, keep_identity
from onboarding.models import ProbeState
from registry.models import Device, Site
from tests.corpus.hostile import CANARY, OWNER, in_background
from tests.devices.hiccups import BUSY, CUT, MAC, OPEN, hiccup
from tests.onboarding.acts import device_at, probed

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("demo_mode")]


@pytest.mark.parametrize(
    ("first", "unknown"),
    [
        ({"GetEndpointReference": BUSY}, {"endpoint"}),
        ({"GetEndpointReference": CUT}, {"endpoint"}),
        ({"GetDeviceInformation": BUSY, OPEN: b""}, {"shape"}),
    ],
    ids=["busy", "cut", "open and busy"],
)
def test_a_hiccup_at_the_first_connection_ends_nothing_at_the_next(
    site: Site, owner: User, first: dict[str, bytes], unknown: set[str]
) -> None:
    with in_background(hiccup(first)) as server:
        device = device_at(site, owner, "127.0.0.1", server.port, user=OWNER.user, password=CANARY)
        assert probed(device, owner).code == ""
        device.refresh_from_db()
        kept = expected_identity(device).to_dict()
        keep_identity(device=device, identity=kept, by=owner, now=timezone.now())

        again = probed(device, owner)

    assert {name for name in ("shape", "endpoint") if not kept[name]} == unknown
    assert (kept["serial"], kept["mac"]) == ("S-1", MAC)
    assert (again.state, again.code) == (ProbeState.DONE, "")
    assert Device.objects.get().different_since is None
