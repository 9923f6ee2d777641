"""The benches' own promises: fixed names, a ratio that is ours ÷ other, a camera that answers no wrong password."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json

import pytest

from bench import device
from bench.clients import floor
from bench.replies import PASSWORD, PROFILES_BYTES, USER, Camera
from bench.rows import Result, row
from devices import soap


def request(password: str = PASSWORD, *, seconds_late: float = 0, user: str = USER) -> bytes:
    created = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_late)
    return soap.envelope(soap.GET_PROFILES, soap.username_token(user, password, created))


def test_a_row_has_exactly_the_fixed_names() -> None:
    result = Result("probe", [row("read", "floor", [3.0, 2.0, 4.0], [2.0, 2.0, 2.0], unit="CPU ms", target=1.5)])

    said = json.loads(result.json())

    assert set(said) == {"bench", "machine", "rows"}
    assert list(said["rows"][0]) == [
        *("what", "against", "unit", "better", "ours", "other", "ratio", "rounds", "spread"),
    ]
    assert (said["rows"][0]["ratio"], said["rows"][0]["rounds"]) == (1.5, 3)
    assert "ok" in result.table()


def test_the_replay_camera_knows_the_password_the_user_and_the_hour() -> None:
    late = request(seconds_late=device.WINDOW_SECONDS + 5)

    assert device.signed(request())
    for wrong in (request("other"), request(user="other"), late, soap.envelope(soap.GET_PROFILES)):
        assert not device.signed(wrong)


def test_a_digest_over_other_words_is_refused() -> None:
    digest = base64.b64encode(hashlib.sha1(b"x", usedforsecurity=False).digest())

    assert not device.signed(request().replace(b'PasswordDigest">', b'PasswordDigest">' + digest, 1))


def test_the_floor_sends_as_many_bytes_as_it_announces_and_the_camera_takes_its_digest() -> None:
    for request, name in floor.SIGNED:
        head, _, body = floor.stamped(request).partition(b"\r\n\r\n")

        assert head.endswith(b"Content-Length: %d" % len(body)), name
        assert device.signed(body), name


@pytest.mark.parametrize("operation", ["GetServices", "GetCapabilities", "GetNetworkInterfaces", "GetProfiles"])
def test_the_replies_are_clean_soap_and_as_large_as_real_ones(operation: str) -> None:
    camera = Camera(port=8000, number=3)

    assert soap.local(soap.parse_body(camera.fixed[operation])) == f"{operation}Response"
    assert len(camera.fixed["GetProfiles"]) >= PROFILES_BYTES
