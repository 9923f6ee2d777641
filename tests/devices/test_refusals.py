"""Refused sign-ins are counted wherever they happen, because accounts lock: at most two for each secret, ever."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any

import pytest
from PIL import Image

from devices.count import Count
from devices.dial import Connection, Dialler
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


# --- doubts: neither taken nor refused ---------------------------------------------------------------------


class Moody:
    """A camera that says "503 Busy" to the signed requests of its bad moments."""

    def __init__(self, onvif: Handler, path: bytes = b"POST ") -> None:
        self.sound, self.path, self.moody = onvif, path, False

    async def __call__(self, exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            asked = await really()
            signed = b"UsernameToken" in asked or b"Authorization:" in asked
            if self.moody and signed and asked.startswith(self.path):
                await exchange.reply(b"", "503 Busy")
                return await request()
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await self.sound(exchange)


def visits_to(device: Moody, *moods: bool, before: Count | None = None) -> tuple[list[Count], list[str], int]:
    """The count after each visit, in these moods; how each ended; and how much signed came in bad ones."""

    async def run() -> tuple[list[Count], list[str], int]:
        counts, ends, came = [before or Count()], [], 0
        async with serving(device) as server:
            where = Target("127.0.0.1", server.port)
            for device.moody in moods:
                known, so_far = counts[-1], len(server.signed)
                try:
                    still = await take_still(
                        where, OWNER, route=LOOPBACK, refusals_before=known.refusals, doubts_before=known.doubts
                    )
                    counts.append(still.count)
                    ends.append("still")
                except DeviceError as error:
                    counts.append(error.count or known)
                    ends.append(error.detail)
                came += (len(server.signed) - so_far) if device.moody else 0
        return counts[1:], ends, came

    return asyncio.run(run())


def test_a_hiccup_is_lifted_by_a_proven_visit_however_often() -> None:
    for path in (b"POST ", b"GET "):
        device = Moody(snapshots(accept=True), path)

        counts, ends, came = visits_to(device, *(True, False) * 10)

        way = "onvif" if path == b"POST " else "snapshot"
        assert counts == [Count(1, (way,)), Count()] * 10
        assert ends[1::2] == ["still"] * 10
        assert came >= 10


def test_a_device_that_only_hangs_up_sees_two_signed_requests_and_no_third() -> None:
    counts, ends, came = visits_to(Moody(snapshots(accept=True)), True, True, True)

    assert counts[-1] == Count(2, ("onvif", "onvif"))
    assert (ends[-1], came) == ("resting", 2)


def test_no_proof_lifts_a_refusal() -> None:
    counts, ends, _ = visits_to(Moody(snapshots(accept=True)), False, before=Count(1))
    assert (counts, ends) == ([Count(1)], ["still"])

    counts, ends, came = visits_to(Moody(snapshots(accept=True)), True, True, before=Count(1))
    assert counts[-1] == Count(2, ("onvif",))
    assert (ends[-1], came) == ("resting", 1)


def test_onvif_that_takes_the_user_proves_nothing_to_a_stream_that_hangs_up() -> None:
    async def hangs_up(exchange: Exchange) -> None:
        asked = await exchange.request()
        while asked and b"Authorization:" not in asked:
            cseq = re.search(rb"CSeq: (\d+)", asked)
            assert cseq
            await exchange.send(b"RTSP/1.0 401 No\r\nCSeq: %s\r\n%s\r\n\r\n" % (cseq[1], CHALLENGE.encode()))
            asked = await exchange.request()

    async def run() -> tuple[list[Count], int]:
        known = Count()
        counts = []
        async with serving(without_snapshots()) as first, serving(hangs_up) as second:
            where = Target("127.0.0.1", first.port, rtsp_port=second.port)
            for _ in range(4):
                with pytest.raises(DeviceError) as failure:
                    await take_still(
                        where, OWNER, route=LOOPBACK, refusals_before=known.refusals, doubts_before=known.doubts
                    )
                known = failure.value.count or known
                counts.append(known)
            return counts, len(second.signed)

    counts, signed = asyncio.run(run())

    assert counts == [Count(1, ("stream",)), *[Count(2, ("stream", "stream"))] * 3]
    assert signed == 2


def test_what_could_not_leave_is_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last attempt goes over a fresh line; where there is none, nothing was tried."""
    really, lines = Dialler.connect, []

    async def connect(self: Dialler, *where: Any) -> Connection:
        if lines:
            raise Unreachable("closed")
        lines.append(await really(self, *where))
        return lines[0]

    monkeypatch.setattr(Dialler, "connect", connect)

    counts, ends, came = visits_to(Moody(snapshots(accept=True)), True, before=Count(1, ("onvif",)))

    assert (counts, ends, came) == ([Count(1, ("onvif",))], ["closed"], 0)


def test_counts_of_two_visits_at_once_are_both_kept() -> None:
    before = Count(1, ("onvif",))

    assert before.after(before, Count()) == Count()
    assert Count(2, ("onvif", "onvif")).after(before, Count()) == Count(1, ("onvif",))
    assert Count(1).after(Count(), Count(1)) == Count(2)
    assert Count(2, ("onvif", "stream")).with_another_try() == Count(1, ("onvif",))
    assert Count(2, ("stream",)).with_another_try() == Count(1)
    assert Count(2).with_another_try() == Count(2)
