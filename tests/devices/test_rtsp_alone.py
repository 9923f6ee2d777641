"""A device without ONVIF, brought in by the template of its streams: what is found, and when it stops."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from devices.brands import BRANDS, HIKVISION, REOLINK, TAPO
from devices.conversation import Conversation
from devices.deadline import Deadline
from devices.decoder import keyframe
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError, DifferentDevice, Unauthorized
from devices.probe import is_alive, probe, take_still
from devices.refusals import Refusals
from devices.report import DeviceReport, Identity, Target
from devices.rtsp_path import filled
from devices.secrets import Credentials
from tests.corpus.hostile import (
    CANARY,
    LOOPBACK,
    OWNER,
    PROFILES,
    Exchange,
    Handler,
    Server,
    camera,
    serving,
    uri,
)
from tests.devices.rtsp_devices import (
    REALM,
    TlsDoor,
    asked,
    certificate,
    filming,
    paths_asked,
    recorder,
    reply,
    sdp,
)

pytestmark = pytest.mark.slow

TEMPLATE = HIKVISION.rtsp_path


def streams(*channels: int, codec: str = "H264") -> dict[str, str]:
    return {filled(TEMPLATE, number, value): sdp(codec) for number in channels for value in ("1", "2")}


def visit(
    handler: Handler, template: str = TEMPLATE, *, refusals_before: int = 0, deadline: float = 4.0
) -> tuple[DeviceReport | DeviceError, Server]:
    async def run() -> tuple[DeviceReport | DeviceError, Server]:
        async with serving(handler) as server:
            where = Target("127.0.0.1", server.port, rtsp_path=template)
            try:
                got: DeviceReport | DeviceError = await probe(
                    where,
                    OWNER,
                    route=LOOPBACK,
                    deadline_seconds=deadline,
                    want_picture=False,
                    refusals_before=refusals_before,
                )
            except DeviceError as error:
                got = error
            return got, server

    return asyncio.run(run())


def test_channels_are_asked_in_one_connection_until_three_in_a_row_are_missing() -> None:
    got, server = visit(recorder(streams(1, 2, 5)))

    assert isinstance(got, DeviceReport)
    assert [(c.number, c.video_source_token) for c in got.channels] == [(1, "rtsp:1"), (2, "rtsp:2"), (5, "rtsp:5")]
    assert [s.profile_token for s in got.channels[2].streams] == ["rtsp:5:main", "rtsp:5:sub"]
    assert paths_asked(server.requests)[-1] == "/Streaming/Channels/801"
    assert server.connections == 1
    assert not got.onvif
    assert "rtsp_only" in got.warnings
    assert (got.serial, got.clock_offset_seconds) == ("", None)
    assert got.identity.shape == f"rtsp:{REALM}"
    assert got.refusals == 0


def test_a_channel_without_a_sub_stream_has_its_main_stream() -> None:
    got, _ = visit(recorder({"/Streaming/Channels/101": sdp()}))

    assert isinstance(got, DeviceReport)
    assert [[s.path for s in c.streams] for c in got.channels] == [["/Streaming/Channels/101"]]


def test_at_most_64_channels_are_brought_in() -> None:
    got, server = visit(recorder(streams(*range(1, 80))), deadline=20)

    assert isinstance(got, DeviceReport)
    assert len(got.channels) == 64
    assert "/Streaming/Channels/6501" not in paths_asked(server.requests)


def test_a_device_that_answers_any_number_has_one_channel() -> None:
    class Anything(dict[str, str]):
        def __contains__(self, path: object) -> bool:
            return True

        def __missing__(self, path: str) -> str:
            return sdp()

    got, _ = visit(recorder(Anything()), deadline=20)

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [1]
    assert "channels_alike" in got.warnings


def test_a_plain_path_is_one_channel() -> None:
    got, server = visit(recorder({"/live/ch0": sdp()}), "/live/ch0")

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [1]
    assert paths_asked(server.requests) == ["/live/ch0"]


def test_nothing_behind_the_template_is_told_by_the_first_number() -> None:
    got, server = visit(recorder({}))

    assert isinstance(got, DeviceError)
    assert (got.code, got.detail) == ("misbehaving", "no_such_path")
    assert len(paths_asked(server.requests)) == 3


def test_a_password_refused_on_one_channel_stops_the_whole_recorder() -> None:
    got, server = visit(recorder(streams(1, 2, 3), accepts=lambda path, _: "/201" not in path))

    assert isinstance(got, Unauthorized)
    assert got.refusals == 1
    assert paths_asked(server.requests).count("/Streaming/Channels/201") == 1
    assert "/Streaming/Channels/301" not in paths_asked(server.requests)


def test_a_wrong_password_is_sent_once_and_never_a_third_time() -> None:
    refuses = recorder(streams(1, 2), accepts=lambda *_: False)

    got, server = visit(refuses)
    again, second = visit(refuses, refusals_before=1)
    rests, third = visit(refuses, refusals_before=2)

    assert isinstance(got, Unauthorized)
    assert isinstance(again, Unauthorized)
    assert isinstance(rests, Unauthorized)
    assert [len(s.signed) for s in (server, second, third)] == [1, 1, 0]
    assert (got.refusals, again.refusals, rests.detail) == (1, 2, "resting")


def test_a_nonce_for_each_answer_is_no_refusal() -> None:
    nonces = (f"n{number}" for number in itertools.count(2))

    got, server = visit(recorder(streams(1, 2, 3), nonces=nonces))

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [1, 2, 3]
    assert got.refusals == 0
    assert sum(b"Authorization" not in request for request in server.requests) > 3


def test_a_nonce_for_each_answer_never_spends_a_third_refusal() -> None:
    nonces = (f"n{number}" for number in itertools.count(2))

    got, server = visit(
        recorder(streams(1, 2), nonces=nonces, accepts=lambda path, _: path.endswith("/101")), refusals_before=1
    )

    assert isinstance(got, Unauthorized)
    assert got.refusals == 2
    assert len(server.signed) == 2  # The good one, and the one that might have been an old nonce's.


def test_a_device_that_hangs_up_after_each_error_is_asked_on_a_new_connection() -> None:
    got, server = visit(recorder(streams(1, 3), hangs_up_after=lambda status: status == 404))

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [1, 3]
    assert server.connections > 1


def test_h265_alone_is_marked_on_the_channel_and_in_the_report() -> None:
    paths = streams(1) | streams(2, codec="H265") | {filled(TEMPLATE, 3, "1"): sdp("H265")}
    paths[filled(TEMPLATE, 3, "2")] = sdp("H264")

    got, _ = visit(recorder(paths))

    assert isinstance(got, DeviceReport)
    assert [c.h265_only for c in got.channels] == [False, True, False]
    assert "h265_only" in got.warnings
    assert [c["h265_only"] for c in got.to_dict()["channels"]] == [False, True, False]  # type: ignore[attr-defined]


def test_a_camera_with_onvif_that_sends_h265_alone_is_marked_too() -> None:
    async def run() -> DeviceReport:
        async with serving(camera(GetProfiles=PROFILES.replace(b"H264", b"H265"))) as server:
            return await probe(Target("127.0.0.1", server.port), OWNER, route=LOOPBACK, want_picture=False)

    report = asyncio.run(run())

    assert report.channels[0].h265_only
    assert "h265_only" in report.warnings


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("400 Bad Request", ""),
        ("404 Not Found", ""),
        ("451 Parameter Not Understood", ""),
        ("454 Session Not Found", ""),
        ("500 Internal Server Error", ""),
        ("503 Service Unavailable", ""),
        ("200 OK", "v=0\r\nm=audio 0 RTP/AVP 0\r\n"),
    ],
)
def test_makers_say_in_many_ways_that_a_channel_is_not_there(status: str, body: str) -> None:
    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            path, cseq = asked(request)
            found = path == "/Streaming/Channels/201"
            await exchange.send(reply("200 OK" if found else status, cseq, "", sdp() if found else body))

    got, server = visit(handle)

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [2]
    assert asked(server.requests[-1])[0] == "/Streaming/Channels/501"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found"])
def test_a_channel_that_leads_elsewhere_ends_the_visit(status: str) -> None:
    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            path, cseq = asked(request)
            first = path.endswith("/101")
            more = "" if first else "Location: rtsp://127.0.0.2:554/x\r\n"
            await exchange.send(reply("200 OK" if first else status, cseq, more, sdp() if first else ""))

    got, _ = visit(handle)

    assert isinstance(got, DeviceError)
    assert (got.code, got.detail) == ("misbehaving", "redirect")


def test_a_channel_that_drips_costs_the_later_ones_only() -> None:
    paths = streams(1, 2)

    async def stalls(exchange: Exchange) -> None:
        while request := await exchange.request():
            path, cseq = asked(request)
            if path.endswith("/301"):
                await asyncio.sleep(30)
            status = "200 OK" if path in paths else "404 Not Found"
            await exchange.send(reply(status, cseq, "", paths.get(path, "")))

    got, _ = visit(stalls, deadline=1.0)

    assert isinstance(got, DeviceReport)
    assert [c.number for c in got.channels] == [1, 2]
    assert {"streams_unread", "auth_not_enforced"} <= set(got.warnings)


def test_another_realm_is_sent_no_answer() -> None:
    async def run() -> Server:
        async with serving(recorder(streams(1))) as server:
            where = Target("127.0.0.1", server.port, rtsp_path=TEMPLATE)
            with pytest.raises(DifferentDevice) as refusal:
                await take_still(
                    where,
                    OWNER,
                    route=LOOPBACK,
                    video_source_token="rtsp:1",
                    expected_identity=Identity(shape="rtsp:Recorder S-78"),
                )
            assert refusal.value.detail == "shape"
            return server

    assert asyncio.run(run()).signed == []


@pytest.mark.parametrize(
    ("profile", "source", "code"),
    [
        ("rtsp:1:main", "rtsp:2", "different_device"),
        ("Profile_1", "", "misbehaving"),
        ("", "rtsp:99", "misbehaving"),
        ("", "rtsp:0", "misbehaving"),
        ("", "rtsp:4", "misbehaving"),
    ],
)
def test_a_still_of_a_channel_that_is_not_there_is_refused(profile: str, source: str, code: str) -> None:
    async def run() -> str:
        async with serving(recorder(streams(1, 2))) as server:
            where = Target("127.0.0.1", server.port, rtsp_path=TEMPLATE)
            with pytest.raises(DeviceError) as refusal:
                await take_still(
                    where,
                    OWNER,
                    route=LOOPBACK,
                    profile_token=profile,
                    video_source_token=source,
                    deadline_seconds=3,
                )
            return refusal.value.code

    assert asyncio.run(run()) == code


@pytest.mark.parametrize("brand", [brand for brand in BRANDS if brand.rtsp_path], ids=lambda brand: brand.code)
def test_a_recorder_that_films_is_brought_in_by_its_makers_template(brand: object) -> None:
    template, values = brand.rtsp_path, brand.streams  # type: ignore[attr-defined]
    shown = list(
        dict.fromkeys(filled(template, number, value).partition("?")[0] for number in (1, 2) for value in values)
    )

    with filming(shown) as server:
        where = Target("127.0.0.1", server.server_address[1], rtsp_path=template, rtsp_streams=values)
        report = asyncio.run(probe(where, OWNER, route=LOOPBACK, deadline_seconds=15, want_picture=False))

    assert report.channels[0].streams[0].path == filled(template, 1, values[0])
    assert report.channels[0].streams[0].codec == "H264"


def test_each_channel_gives_its_own_picture() -> None:
    paths = [filled(TEMPLATE, number, "1") for number in (1, 2, 3)]

    async def run(port: int) -> tuple[DeviceReport, bytes, bytes]:
        where = Target("127.0.0.1", port, rtsp_path=TEMPLATE)
        report = await probe(where, OWNER, route=LOOPBACK, deadline_seconds=15)
        await is_alive(where, route=LOOPBACK)
        stills = [
            await take_still(
                where,
                OWNER,
                route=LOOPBACK,
                profile_token=f"rtsp:{number}:main",
                video_source_token=f"rtsp:{number}",
                expected_identity=report.identity,
            )
            for number in (1, 3)
        ]
        return report, stills[0].jpeg, stills[1].jpeg

    with filming(paths) as server:
        report, first, third = asyncio.run(run(server.server_address[1]))

    assert report.picture_source == "keyframe"
    assert [c.number for c in report.channels] == [1, 2, 3]
    assert first != third


def test_a_wrong_password_meets_a_filming_recorder_once() -> None:
    with filming([filled(TEMPLATE, 1, "1")]) as server:
        where = Target("127.0.0.1", server.server_address[1], rtsp_path=TEMPLATE)
        with pytest.raises(Unauthorized) as refusal:
            asyncio.run(probe(where, Credentials(OWNER.user, "salah"), route=LOOPBACK, deadline_seconds=5))

    assert refusal.value.refusals == 1


def test_over_tls_the_certificate_is_pinned_before_a_byte_of_credentials(tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    other, _ = certificate(tmp_path)

    async def run(inside: int) -> tuple[DeviceReport, bytes, bytes]:
        async with TlsDoor(inside, context) as door, TlsDoor(inside, other) as stranger:

            def at(port: int) -> Target:
                return Target("127.0.0.1", port, rtsp_path=TAPO.rtsp_path, rtsp_tls=True)

            report = await probe(at(door.port), OWNER, route=LOOPBACK, deadline_seconds=15)
            still = await take_still(
                at(door.port), OWNER, route=LOOPBACK, video_source_token="rtsp:1", expected_identity=report.identity
            )
            assert still.width == 320
            assert (await is_alive(at(door.port), route=LOOPBACK)).clock_offset_seconds is None
            with pytest.raises(DifferentDevice) as refusal:
                await take_still(
                    at(stranger.port),
                    OWNER,
                    route=LOOPBACK,
                    video_source_token="rtsp:1",
                    expected_identity=report.identity,
                )
            assert refusal.value.detail == "tls_fingerprint"
            return report, door.heard, stranger.heard

    with filming(["/stream1", "/stream2"]) as server:
        report, heard, by_stranger = asyncio.run(run(server.server_address[1]))

    assert report.identity.tls_fingerprint == fingerprint
    assert report.picture_source == "keyframe"
    assert all(stream.tls for channel in report.channels for stream in channel.streams)
    assert b"DESCRIBE rtsps://127.0.0.1:" in heard
    assert CANARY.encode() not in heard
    assert by_stranger == b""


def test_a_camera_with_onvif_may_name_its_stream_over_tls(tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    other, _ = certificate(tmp_path)

    async def run(inside: int) -> tuple[DeviceReport, bytes]:
        async with TlsDoor(inside, context) as door, TlsDoor(inside, other) as stranger:
            address = f"rtsps://10.0.0.9:{door.port}/stream1"
            async with serving(camera(GetStreamUri=uri("GetStreamUri", address))) as onvif:
                report = await probe(Target("127.0.0.1", onvif.port), OWNER, route=LOOPBACK, deadline_seconds=15)
            known = Conversation(
                Target("127.0.0.1", onvif.port),
                OWNER,
                route=LOOPBACK,
                deadline=Deadline.after(40),
                expected=Identity(tls_fingerprint=fingerprint),
            )
            stream = report.channels[0].streams[0]
            assert await known.keyframe(stream, 640) is not None
            with pytest.raises(DifferentDevice):
                await known.keyframe(replace(stream, rtsp_port=stranger.port), 640)
            return report, stranger.heard

    with filming(["/stream1"]) as server:
        report, by_stranger = asyncio.run(run(server.server_address[1]))

    assert report.channels[0].streams[0].tls
    assert report.picture_source == "keyframe"
    assert by_stranger == b""


def test_the_tunnel_answers_no_other_recorder_than_the_one_that_was_described() -> None:
    async def run() -> Server:
        async with serving(recorder({"/live": sdp()})) as server:
            with pytest.raises(DifferentDevice):
                await keyframe(
                    Dialler(LOOPBACK),
                    Endpoint("127.0.0.1", server.port),
                    "/live",
                    OWNER,
                    refusals=Refusals(),
                    deadline=Deadline.after(8),
                    expected=Identity(shape="rtsp:Recorder S-78"),
                )
            return server

    server = asyncio.run(run())

    assert server.requests
    assert server.signed == []


def test_the_numbers_of_some_makers_have_two_digits() -> None:
    assert filled(REOLINK.rtsp_path, 3, "sub") == "/Preview_03_sub"
    assert filled(REOLINK.rtsp_path, 12, "main") == "/Preview_12_main"
    assert filled(HIKVISION.rtsp_path, 16, "1") == "/Streaming/Channels/1601"
