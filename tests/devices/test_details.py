"""What a device tells beyond the essential: read where offered, named where missing, never a failure."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from devices import replies
from devices.facts import ClockSettings, EncoderOptions, Interface, Mask, MaskOptions, Recording, VideoSource
from devices.probe import probe
from devices.report import DeviceReport, Target
from devices.soap import parse_body
from tests.corpus.hostile import (
    LOOPBACK,
    OWNER,
    PROFILES,
    Exchange,
    Handler,
    camera,
    clock_now,
    fault,
    information,
    probe_server,
    serving,
    soap,
    uri,
)
from tests.devices.test_makers import probed

pytestmark = pytest.mark.slow

EVENTS, RECORDING = "http://www.onvif.org/ver10/events/wsdl", "http://www.onvif.org/ver10/recording/wsdl"
MEDIA1, MEDIA2 = "http://www.onvif.org/ver10/media/wsdl", "http://www.onvif.org/ver20/media/wsdl"


def test_a_camera_of_media2_with_all_its_services() -> None:
    details = probed("axis").details

    assert details.interfaces == (Interface("eth0", "eth0", "ac:cc:8e:00:00:01", True),)
    assert details.video_sources == (VideoSource("0", 2560, 1440, 30.0),)
    assert details.encoders[1].profile == "Main"
    assert (details.encoders[1].gov_length, details.encoders[1].kbit) == (32, None)
    assert details.encoder_options[:2] == (
        EncoderOptions(
            details.encoders[0].token, "H264", ((2560, 1440), (1280, 720)), 1.0, 30.0, 1, 50000,
            ("Baseline", "Main", "High"),
        ),
        EncoderOptions(details.encoders[0].token, "JPEG", ((1280, 720),), 15.0, 30.0, 1, 50000),
    )  # fmt: skip
    assert details.masks == (
        Mask("topeng-1", "0", "Color", True, ((-0.5, 0.5), (0.0, 0.5), (0.0, 0.0), (-0.5, 0.0))),
        Mask("topeng-2", "0", "Pixelated", False, ((1.0, 1.0),)),
    )
    assert details.mask_options == (MaskOptions("0", 32, 17, ("Color", "Pixelated")),)
    assert set(details.event_topics or ()) == {
        "VideoSource/MotionAlarm", "VideoSource/Tampering", "Device/IO/Port"
    }  # fmt: skip
    assert details.recordings == (Recording("SD_UJI_1", "halaman"), Recording("SD_UJI_2", "isi 2"))
    assert details.scopes == tuple(
        f"onvif://www.onvif.org/{scope}" for scope in ("Profile/T", "hardware/Uji%20Q60", "location/")
    )
    assert (EVENTS in details.services, details.missing) == (True, ())


def test_a_recorder_of_media1_has_its_bit_rates_in_the_extension() -> None:
    details = probed("hikvision").details

    assert [source.token for source in details.video_sources or ()] == [
        "VideoSourceToken001",
        "VideoSourceToken006",
    ]
    assert details.encoder_options[0] == EncoderOptions(
        "VideoEncoderToken001", "H264", ((1920, 1080), (1280, 720)), 1.0, 25.0, 32, 16384, ("Main", "High")
    )
    assert details.scopes == (
        "onvif://www.onvif.org/Profile/Streaming",
        "onvif://www.onvif.org/name/PEREKAM%20UJI",
    )
    assert (details.event_topics, details.recordings) == (None, None)
    assert {"event_topics", "recordings"} <= set(details.not_offered)


def test_one_broken_answer_is_named_and_the_rest_is_read() -> None:
    outcome = probe_server(camera(GetScopes=soap("<GetScopesResponse><Scopes>").replace(b"</", b"<", 1)))

    assert outcome.report is not None
    assert outcome.report.details.missing == ("scopes", "interfaces")
    assert outcome.report.details.scopes is None
    assert (outcome.report.serial, len(outcome.report.channels)) == ("S-1", 1)
    assert "details_unread" in outcome.report.warnings


def offers(*namespaces: str) -> bytes:
    told = "".join(
        f"<tds:Service><tds:Namespace>{name}</tds:Namespace><tds:XAddr>http://10.0.0.9/onvif/x</tds:XAddr></tds:Service>"
        for name in namespaces
    )
    return soap(f"<tds:GetServicesResponse>{told}</tds:GetServicesResponse>")


def test_how_the_clock_is_kept_is_told() -> None:
    clock = soap(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>WIB-7</tt:TZ></tt:TimeZone>"
        "<tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute><tt:Second>3</tt:Second></tt:Time>"
        "<tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>25</tt:Day></tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )

    report = probe_server(camera(GetSystemDateAndTime=clock), deadline=5.0).report

    assert report is not None
    assert report.details.clock == ClockSettings("Manual", "WIB-7", daylight_saving=False)


def test_what_this_user_may_not_read_is_not_insisted_on() -> None:
    refused = fault("ter:NotAuthorized")
    outcome = probe_server(
        camera(
            GetServices=offers(MEDIA1, EVENTS, RECORDING),
            GetVideoSources=refused,
            GetVideoEncoderConfigurationOptions=refused,
        ),
        deadline=5.0,
    )

    assert outcome.report is not None
    assert outcome.report.refusals == 0
    assert outcome.report.details.missing == (
        "video_sources", "encoder_options", "recordings", "scopes", "event_topics", "interfaces"
    )  # fmt: skip
    assert {"details_refused", "details_unread"} <= set(outcome.report.warnings)
    asked = b"".join(outcome.server.requests)
    assert b"GetRecordings" not in asked
    assert b"GetScopes" not in asked


def test_a_device_that_dawdles_over_details_is_still_read_in_time() -> None:
    def whole() -> Handler:
        known = camera(GetServices=offers(MEDIA1, EVENTS, RECORDING))

        async def handle(exchange: Exchange) -> None:
            really = exchange.request

            async def request() -> bytes:
                asked = await really()
                if b"GetVideoSources" in asked:
                    await asyncio.sleep(20)
                return asked

            exchange.request = request  # type: ignore[method-assign]
            await known(exchange)

        return handle

    outcome = probe_server(whole(), deadline=3.0)

    assert outcome.report is not None
    assert outcome.seconds < 3.5
    assert outcome.report.details.missing[0] == "video_sources"
    assert "event_topics" in outcome.report.details.missing
    assert outcome.report.serial == "S-1"


def test_nothing_is_signed_for_details_where_the_password_was_never_proven() -> None:
    """A device open to anyone that guards only its recordings: a wrong password there would cost a refusal."""
    answers = {
        b"GetSystemDateAndTime": clock_now(),
        b"GetDeviceInformation": information(),
        b"GetServices": offers(MEDIA1, RECORDING),
        b"GetProfiles": PROFILES,
        b"GetStreamUri": uri("GetStreamUri", "rtsp://127.0.0.1:1/live"),
    }

    async def open_but_for_recordings(exchange: Exchange) -> None:
        while asked := await exchange.request():
            if b"GetRecordings" in asked:
                await exchange.reply(fault(), "400 Bad Request")
                continue
            known = next((told for name, told in answers.items() if name in asked), fault("ter:ActionNotSupported"))
            await exchange.reply(known)

    async def run() -> tuple[DeviceReport, list[bytes]]:
        async with serving(open_but_for_recordings) as server:
            where = Target("127.0.0.1", server.port)
            return await probe(where, OWNER, route=LOOPBACK, want_picture=False), server.signed

    report, signed = asyncio.run(run())

    assert (report.refusals, report.details.missing) == (0, ("recordings", "interfaces"))
    assert not [request for request in signed if b"GetRecordings" in request]


def test_a_recorder_of_64_channels_is_asked_a_sensible_number_of_times() -> None:
    listed = "".join(
        f'<trt:Profiles token="p{number}_{stream}"><tt:VideoSourceConfiguration token="c{number}">'
        f"<tt:SourceToken>v{number}</tt:SourceToken></tt:VideoSourceConfiguration>"
        f'<tt:VideoEncoderConfiguration token="e{number}_{stream}"><tt:Encoding>H264</tt:Encoding>'
        f"<tt:Resolution><tt:Width>{1920 // stream}</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>"
        "</tt:VideoEncoderConfiguration></trt:Profiles>"
        for number in range(1, 65)
        for stream in (1, 2, 3)
    )
    profiles = soap(f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>")
    outcome = probe_server(
        camera(GetProfiles=profiles, GetServices=offers(MEDIA1, EVENTS, RECORDING)), deadline=20.0
    )

    assert outcome.report is not None
    assert len(outcome.report.channels) == 64
    assert all(stream.path for channel in outcome.report.channels for stream in channel.streams[:2])
    assert "streams_unread" in outcome.report.warnings
    asked = Counter(
        name
        for request in outcome.server.requests
        for name in (b"GetStreamUri", b"ConfigurationOptions")
        if name in request
    )
    assert 128 <= asked[b"GetStreamUri"] <= 130  # And once more for the picture.
    assert asked[b"ConfigurationOptions"] == 6
    assert len(outcome.server.requests) < 160


def test_a_report_with_all_its_details_is_json() -> None:
    report = probed("axis")

    told = json.loads(json.dumps(report.to_dict()))

    assert told["details"]["masks"][0]["points"][0] == [-0.5, 0.5]
    assert told["details"]["recordings"][0] == {"token": "SD_UJI_1", "name": "halaman"}
    assert told["worked"] == "wsse"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("<R><TopicSet>" + "<a/>" * 45_000 + "</TopicSet></R>", replies.read_event_topics),
        (
            "<R><NetworkInterfaces><IPv4><Config>"
            + "<Manual><Address>10.0.0.1</Address></Manual>" * 15_000
            + "</Config></IPv4></NetworkInterfaces></R>",
            replies.read_interfaces,
        ),
        (
            "<R>" + "<RecordingItem><RecordingToken>x</RecordingToken></RecordingItem>" * 15_000 + "</R>",
            replies.read_recordings,
        ),
    ],
    ids=["topics", "addresses", "recordings"],
)
def test_a_flood_in_one_answer_is_cut(told: str, read: Callable[[Any], tuple[object, ...]]) -> None:
    reply = parse_body(f"<Envelope><Body>{told}</Body></Envelope>".encode())

    assert len(read(reply)) <= replies.RECORDINGS_MAX
