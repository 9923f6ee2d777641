"""Refused sign-ins are counted wherever they happen, because accounts lock: at most two for each secret, ever."""

from __future__ import annotations

import asyncio
import io
import re

import pytest
from PIL import Image

from devices.errors import AddressRefused, DeviceError, Unauthorized, Unreachable
from devices.pictures import Still
from devices.probe import probe, take_still
from devices.report import DeviceReport, Target
from tests.corpus.hostile import (
    LOOPBACK,
    OWNER,
    Exchange,
    Handler,
    Server,
    camera,
    fault,
    serving,
)

pytestmark = pytest.mark.slow

CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'


async def rtsp_refuses(exchange: Exchange) -> None:
    """An RTSP service that knows no such user, as makers do with a user made for ONVIF alone."""
    while request := await exchange.request():
        cseq = re.search(rb"CSeq: (\d+)", request)
        assert cseq
        await exchange.send(b"RTSP/1.0 401 No\r\nCSeq: %s\r\n%s\r\n\r\n" % (cseq[1], CHALLENGE.encode()))


def without_snapshots() -> Handler:
    return camera(GetSnapshotUri=fault("ter:ActionNotSupported"))


def snapshots(accept: bool) -> Handler:
    """A camera whose snapshot wants Digest, and takes the answer or not."""
    onvif = camera()

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while (asked := await really()).startswith(b"GET "):
                if accept and b"Authorization: Digest" in asked:
                    await exchange.reply(jpeg(), "200 OK")
                else:
                    await exchange.reply(b"", "401 No", CHALLENGE)
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await onvif(exchange)

    return handle


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#557766").save(out, "JPEG")
    return out.getvalue()


def still(onvif: Handler, rtsp: Handler, before: int) -> tuple[Still | DeviceError, Server, Server]:
    """One still from a device whose services are two little servers."""

    async def run() -> tuple[Still | DeviceError, Server, Server]:
        async with serving(onvif) as first, serving(rtsp) as second:
            where = Target("127.0.0.1", first.port, rtsp_port=second.port)
            try:
                return await take_still(where, OWNER, route=LOOPBACK, refusals_before=before), first, second
            except DeviceError as error:
                return error, first, second

    return asyncio.run(run())


def test_a_stream_that_refuses_the_user_counts_although_onvif_took_it() -> None:
    for before in (0, 1):
        answer, _, rtsp = still(without_snapshots(), rtsp_refuses, before)

        assert isinstance(answer, Unauthorized)
        assert answer.refusals == before + 1
        assert len(rtsp.signed) == 1

    answer, onvif, rtsp = still(without_snapshots(), rtsp_refuses, 2)

    assert isinstance(answer, Unauthorized)
    assert (answer.refusals, onvif.signed, rtsp.signed) == (2, [], [])


def test_a_refused_snapshot_and_a_refused_stream_are_two() -> None:
    answer, onvif, rtsp = still(snapshots(accept=False), rtsp_refuses, 0)

    assert isinstance(answer, DeviceError)
    assert answer.refusals == 2
    assert len([r for r in onvif.signed if r.startswith(b"GET ")]) == len(rtsp.signed) == 1


def test_where_something_was_refused_before_the_stream_is_asked_before_the_snapshot() -> None:
    """Else a camera whose snapshot alone refuses would rest after two stills, with a stream that works."""
    answer, onvif, rtsp = still(snapshots(accept=True), rtsp_refuses, 0)
    assert isinstance(answer, Still)
    assert (answer.refusals, rtsp.connections) == (0, 0)

    answer, onvif, rtsp = still(snapshots(accept=True), rtsp_refuses, 1)
    assert rtsp.connections == 1
    assert not [r for r in onvif.signed if r.startswith(b"GET ")]


def test_a_report_and_every_error_carry_the_whole_count() -> None:
    async def run() -> tuple[DeviceReport, DeviceError, DeviceError]:
        async with serving(without_snapshots()) as first, serving(rtsp_refuses) as second:
            where = Target("127.0.0.1", first.port, rtsp_port=second.port)
            report = await probe(where, OWNER, route=LOOPBACK, refusals_before=1)
        with pytest.raises(Unreachable) as silence:
            await probe(where, OWNER, route=LOOPBACK, refusals_before=1)
        with pytest.raises(AddressRefused) as refusal:
            await probe(Target("10.0.0.1"), OWNER, route=LOOPBACK, refusals_before=1)
        return report, silence.value, refusal.value

    report, silence, refusal = asyncio.run(run())

    assert report.refusals == 2
    assert "stream_not_authorized" in report.warnings
    assert (silence.refusals, refusal.refusals) == (1, 1)
    assert silence.for_owner().refusals == 1
