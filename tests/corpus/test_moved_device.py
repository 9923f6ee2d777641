"""A device moved to another host or port: its old password is asked for again and never arrives there.

The recording server at the new place is a camera that would take the password in any way it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from onboarding.errors import PasswordNeeded
from onboarding.probing import change_device
from registry.models import Device, Site
from registry.targets import credentials_of
from tests.corpus.hostile import CANARY, SECRETS, TRAP_HOST, Exchange, Server, camera, in_background, token_is_right
from tests.onboarding.acts import device_at, probed, signed_in
from tests.onboarding.conftest import _no_waiting, city, owner, site

__all__ = ["_no_waiting", "city", "owner", "site"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("_no_waiting")]

NEW_PASSWORD = "kata sandi yang baru"


@dataclass
class Move:
    """A device at home, the recording server at its new place, and where that is."""

    device: Device
    home: Server
    new: Server
    host: str
    port: int

    def form(self, **facts: object) -> dict[str, object]:
        return {"host": self.host, "onvif_port": self.port, "rtsp_port": "", "user": "", "password": "", **facts}


async def greedy(exchange: Exchange) -> None:
    """Asks for the password by every method there is, and takes what it gets."""
    onvif = camera(GetSystemDateAndTime=b"")
    really = exchange.request

    async def request() -> bytes:
        while asked := await really():
            if b"Authorization" in asked or b"UsernameToken" in asked:
                return asked
            await exchange.reply(
                b"",
                "401 Unauthorized",
                'WWW-Authenticate: Basic realm="kamera"',
                'WWW-Authenticate: Digest realm="kamera", nonce="n", qop="auth"',
            )
        return b""

    exchange.request = request  # type: ignore[method-assign]
    await onvif(exchange)


@pytest.fixture(params=["host", "port", "host and port"])
def move(request: pytest.FixtureRequest, site: Site, owner: User, settings: LazySettings) -> Iterator[Move]:
    """The device answers at home, with its password on record there; the new place differs as named."""
    settings.DEMO = True
    settings.PROBE_ALLOW = "127.0.0.0/8:1024-65535 [::1]:1024-65535"
    with in_background(camera()) as home:
        host = TRAP_HOST if "host" in request.param else "127.0.0.1"
        port = 0 if "port" in request.param else home.port
        with in_background(greedy, host, port=port) as new:
            device = device_at(site, owner, "127.0.0.1", home.port, password=CANARY)
            assert probed(device, owner).code == ""
            assert any(token_is_right(asked) for asked in home.signed)
            home.received.clear()
            home.requests.clear()
            yield Move(device, home, new, host, new.port)


def by_page(move: Move, by: User) -> None:
    answer = signed_in(by).post(reverse("onboarding:connect-edit", args=[move.device.public_id]), move.form())

    assert answer.status_code == 200, "not saved"
    assert "Isi kata sandinya sekali lagi" in answer.content.decode()


def by_service(move: Move, by: User) -> None:
    with pytest.raises(PasswordNeeded):
        change_device(
            device=move.device,
            host=move.host,
            onvif_port=move.port,
            rtsp_port=None,
            user="",
            password="",
            by=by,
            now=timezone.now(),
        )


def by_api(move: Move, by: User) -> None:
    """The API has no door for it: devices are read there, and a probe is asked of a device as it stands."""
    client: Client = signed_in(by)
    one = f"/api/v1/devices/{move.device.public_id}/"
    body = {"host": move.host, "onvif_port": move.port}
    for method in (client.put, client.patch, client.delete, client.post):
        assert method(one, body, content_type="application/json").status_code == 405
    assert client.post("/api/v1/devices/", body, content_type="application/json").status_code == 405
    asked = client.post(
        "/api/v1/probes/",
        {"device": str(move.device.public_id), **body},
        content_type="application/json",
        headers={"Idempotency-Key": "a-key-of-its-own"},
    )
    assert asked.status_code == 400


@pytest.mark.parametrize("door", [by_page, by_service, by_api])
def test_a_blank_password_moves_nothing_and_the_new_place_hears_nothing(
    door: Callable[[Move, User], None], move: Move, owner: User
) -> None:
    door(move, owner)

    move.device.refresh_from_db()
    assert (move.device.host, move.device.onvif_port) == ("127.0.0.1", move.home.port)
    assert credentials_of(move.device).password == CANARY
    assert probed(move.device, owner).code == ""
    assert move.home.signed, "the old place is still the one that is asked"
    assert (move.new.connections, bytes(move.new.received)) == (0, b"")


def test_a_row_moved_behind_every_door_takes_no_secret_along(move: Move, owner: User) -> None:
    Device.objects.filter(pk=move.device.pk).update(host=move.host, onvif_port=move.port)

    probe = probed(Device.objects.get(pk=move.device.pk), owner)

    assert probe.code == "unauthorized"
    assert not move.new.signed
    assert not [secret for secret in SECRETS if secret in move.new.received]


def test_a_new_password_goes_to_the_new_place_and_the_old_one_to_neither(move: Move, owner: User) -> None:
    answer = signed_in(owner).post(
        reverse("onboarding:connect-edit", args=[move.device.public_id]),
        move.form(user="pemilik", password=NEW_PASSWORD),
    )
    assert answer.status_code == 302

    probed(Device.objects.get(pk=move.device.pk), owner)

    assert any(token_is_right(asked, NEW_PASSWORD) for asked in move.new.signed)
    assert not any(token_is_right(asked, CANARY) for asked in move.new.signed)
    assert b"Basic" not in move.new.received
    for secret in (*SECRETS, NEW_PASSWORD.encode(), b"kata%20sandi", b"kata+sandi"):
        assert secret not in move.new.received
    assert not move.home.received
