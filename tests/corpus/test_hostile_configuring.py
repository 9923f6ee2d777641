"""The hostile devices once more, for whoever comes to change a setting: through onvif-zeep, on our terms."""

from __future__ import annotations

import asyncio
import time

import pytest

from devices.changes import Wish
from devices.configure import read_findings, warm
from devices.errors import DeviceError
from devices.report import Target
from tests.corpus.answers import ADDRESS_LIES, CLOCK_LIES, PROFILE_LIES
from tests.corpus.hostile import LOOPBACK, OWNER, Handler, Outcome, trapped
from tests.corpus.signing import SIGNING
from tests.corpus.wire import WIRE

pytestmark = pytest.mark.slow

Dialled = list[tuple[str, int]]

DEADLINE = 0.7
WISHES = [
    Wish("clock"),
    Wish("ntp", "", {"server": "pool.ntp.org"}),
    Wish("substream", "src", {"codec": "H264"}),
    Wish("user", "", {"name": "mitra-kamera"}),
    Wish("masks", "src", {"polygons": []}),
]


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm()


def visit(handler: Handler, *, deadline: float = DEADLINE) -> Outcome:
    """Look for what would be changed on a little server."""

    async def run() -> Outcome:
        async with trapped(handler) as (server, trap):
            started = time.monotonic()
            outcome = Outcome(0.0, server, trap)

            def find() -> None:
                where = Target("127.0.0.1", server.port)
                read_findings(where, OWNER, route=LOOPBACK, wishes=WISHES, deadline_seconds=deadline)

            try:
                await asyncio.to_thread(find)
            except DeviceError as error:
                outcome.error = error
            outcome.seconds = time.monotonic() - started
            return outcome

    return asyncio.run(run())


@pytest.mark.parametrize("kind", WIRE)
def test_a_hostile_device_ends_as_it_does_when_it_is_read(kind: str, dialled: Dialled) -> None:
    handler, code, _ = WIRE[kind]

    outcome = visit(handler)

    assert outcome.code == code
    assert outcome.seconds < DEADLINE + 0.5
    outcome.assert_harmless(dialled)
    assert len(outcome.server.signed) <= 2


@pytest.mark.parametrize("kind", SIGNING)
def test_who_asks_for_a_password_in_a_hostile_way_is_told_it_at_most_twice(kind: str, dialled: Dialled) -> None:
    handler, code, most = SIGNING[kind]

    outcome = visit(handler)

    # An answer that cannot be read is a finding of its own here, and no error.
    assert outcome.code == ("unauthorized" if code == "unauthorized" else "read")
    assert len(outcome.server.signed) <= most
    outcome.assert_harmless(dialled)


LIES = {**PROFILE_LIES, **ADDRESS_LIES, **CLOCK_LIES}


@pytest.mark.parametrize("kind", LIES)
def test_a_lie_is_no_reason_to_go_elsewhere(kind: str, dialled: Dialled) -> None:
    outcome = visit(LIES[kind][0], deadline=5.0)

    assert outcome.code == "read"
    outcome.assert_harmless(dialled)
    assert not [asked for asked in outcome.server.requests if b"Body><Set" in asked or b"Body><Create" in asked]
