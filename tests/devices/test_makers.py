"""Devices in the manner of several makers: each answers from its folder in `tests/recordings`.

The files are written by hand after what such devices were seen to say (prefixes, tokens, what is left out, how they
refuse), with names, numbers and addresses of our own. Each is read by a whole probe over loopback.
"""

from __future__ import annotations

import datetime as dt
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices import replies, soap
from devices.channels import by_source
from devices.errors import Misbehaving, Unauthorized
from devices.probe import probe_device
from devices.quirks import path_here, port_named
from devices.report import DeviceReport, Target
from devices.routes import routes_from_allow
from devices.secrets import Credentials

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings"
MAKERS = sorted(folder.name for folder in RECORDINGS.iterdir() if folder.is_dir())
OWNER = Credentials("pemilik", "kata-sandi-uji")
STATUS_OF_REFUSAL = {"hikvision": 401, "tapo": 500, "dlink": 200}  # Others say 400.
ASKED = re.compile(rb'<s:Body><(\w+) xmlns="([^"]+)"')
CLOCK = (
    '<E:Envelope xmlns:E="http://www.w3.org/2003/05/soap-envelope"><E:Body><GetSystemDateAndTimeResponse>'
    "<SystemDateAndTime><UTCDateTime><Time><Hour>%-H</Hour><Minute>%-M</Minute><Second>%-S</Second></Time>"
    "<Date><Year>%Y</Year><Month>%-m</Month><Day>%-d</Day></Date></UTCDateTime></SystemDateAndTime>"
    "</GetSystemDateAndTimeResponse></E:Body></E:Envelope>"
)
NOT_SUPPORTED = (
    '<E:Envelope xmlns:E="http://www.w3.org/2003/05/soap-envelope"><E:Body><E:Fault><E:Code><E:Value>E:Receiver'
    "</E:Value><E:Subcode><E:Value>ter:ActionNotSupported</E:Value></E:Subcode></E:Code></E:Fault></E:Body></E:Envelope>"
)


class Device(http.server.BaseHTTPRequestHandler):
    """Answers from its maker's folder; all but the clock wants a signature, which is not checked further."""

    protocol_version = "HTTP/1.1"
    maker = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = ASKED.search(body)
        assert found is not None
        name = found[1].decode() + ("2" if b"/ver20/media/" in found[2] else "")
        if name != "GetSystemDateAndTime" and b"UsernameToken" not in body:
            self._answer(STATUS_OF_REFUSAL.get(self.maker, 400), self._file("NotAuthorized") or NOT_SUPPORTED)
            return
        told = self._file(name)
        if told is None and name == "GetSystemDateAndTime":
            told = dt.datetime.now(dt.UTC).strftime(CLOCK)
        if told is None:
            self._answer(500, self._file("NotSupported") or NOT_SUPPORTED)
            return
        token = re.search(rb"<ProfileToken>([^<]*)</ProfileToken>", body)
        self._answer(200, told.replace("{token}", token[1].decode() if token else ""))

    def _file(self, name: str) -> str | None:
        path = RECORDINGS / self.maker / f"{name}.xml"
        return path.read_text() if path.exists() else None

    def _answer(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def device(maker: str) -> Iterator[int]:
    """The port of a device of this maker."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Maker", (Device,), {"maker": maker}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def probed(maker: str, credentials: Credentials | None = OWNER) -> DeviceReport:
    with device(maker) as port:
        route = routes_from_allow(f"127.0.0.1/32:{port}")
        return probe_device(Target("127.0.0.1", port), credentials, route=route, want_picture=False)


def answer(maker: str, name: str) -> soap.Element:
    return soap.parse_body((RECORDINGS / maker / f"{name}.xml").read_bytes())


@dataclass(frozen=True)
class Expected:
    """What the files plainly say: identity, then each channel as (number, source, name, streams), a stream as
    (token, codec, width, height, frames per second, path, port)."""

    identity: tuple[str, str, str, str]
    channels: list[tuple[object, ...]]
    mac: str = ""


EXPECTED = {
    "axis": Expected(
        ("AXIS", "Uji Q60", "11.0.1", "ACCC8E000001"),
        [
            (1, "0", "halaman", [
                ("profil_1_h265", "H265", 2560, 1440, 30,
                 "/onvif-media/media.amp?profile=profil_1_h265&sessiontimeout=60&streamtype=unicast", None),
                ("profil_1_h264", "H264", 1280, 720, 30,
                 "/onvif-media/media.amp?profile=profil_1_h264&sessiontimeout=60&streamtype=unicast", None),
                ("profil_1_jpeg", "JPEG", 1280, 720, 30,
                 "/onvif-media/media.amp?profile=profil_1_jpeg&sessiontimeout=60&streamtype=unicast", None),
            ]),
        ],
        mac="ac:cc:8e:00:00:01",
    ),
    "bosch": Expected(
        ("Bosch", "Kubah Uji 5100", "8.90.0001", "094000000000000001"),
        [
            (1, "1", "Lobi", [
                ("0", "H264", 1920, 1080, 30, "/rtsp_tunnel?p=0&line=1&inst=1", None),
                ("1", "H264", 768, 432, 15, "/rtsp_tunnel?p=1&line=1&inst=1", None),
            ]),
        ],
    ),
    "dahua": Expected(
        ("Dahua", "NVR-UJI-4KS2", "4.003.0000000.0, build: 2026-01-01", "0A00000PAZ00001"),
        [
            (number, f"00{number - 1}00", f"Sumber{number}", [
                (f"MediaProfile00{number - 1}00", "", None, None, None,
                 f"/cam/realmonitor?profil=MediaProfile00{number - 1}00&unicast=true&proto=Onvif", None),
                (f"MediaProfile00{number - 1}01", "H264", 704, 576, 12,
                 f"/cam/realmonitor?profil=MediaProfile00{number - 1}01&unicast=true&proto=Onvif", None),
            ])
            for number in (1, 2)
        ],
        mac="a0:bd:1d:00:00:02",
    ),
    "dlink": Expected(
        ("D-Link", "DCS-UJI", "1.03.00", ""),
        [
            (1, "Video0", "Teras", [
                ("Profil1", "H264", 1280, 1024, 7, "/siaran/Profil1.sdp", 554),
                ("Profil2", "H264", 640, 480, 30, "/siaran/Profil2.sdp", 554),
            ]),
        ],
    ),
    "hikvision": Expected(
        ("HIKVISION", "DS-UJI-08", "V5.7.0 build 260101", "DS-UJI-0820260101AAWR000000003"),
        [
            (number, f"VideoSourceToken00{number}", f"Lorong {number}", [
                (f"ProfileToken00{number}", "H264", 1920, 1080, 25,
                 f"/Streaming/Channels/101?transportmode=unicast&profile=ProfileToken00{number}", 10554),
            ])
            for number in (1, 6)
        ],
    ),
    "reolink": Expected(
        ("Reolink", "RLC-UJI", "v3.1.0.0_26010100", "00000000000005"),
        [
            (1, "000", "Parkir", [
                ("000", "H264", 2560, 1440, 15, "/h264Preview_01_000", 554),
                ("001", "H264", 640, 360, 15, "/h264Preview_01_001", 554),
            ]),
        ],
    ),
    "tapo": Expected(
        ("tp-link", "Tapo Uji", "1.0.0 Build 260101 Rel.00001n", "5a000006"),
        [
            (1, "raw_vs1", "vsconf", [
                ("profile_1", "H264", 1920, 1080, 15, "/profile_1", 554),
                ("profile_2", "H264", 640, 360, 15, "/profile_2", 554),
                ("profile_3", "JPEG", 640, 360, 15, "/profile_3", 554),
            ]),
        ],
    ),
    "uniview": Expected(
        ("NONE", "GX-UJI-IR28", "IPC_G6100-B0001", "210235TUJI0000000004"),
        [
            (1, "video_source", "halaman belakang", [
                ("media_profile1", "H264", 3840, 2160, 20, "/media/media_profile1", None),
                ("media_profile2", "H264", 1280, 720, 25, "/media/media_profile2", None),
                ("media_profile3", "H264", 720, 576, 25, "/media/media_profile3", None),
            ]),
        ],
    ),
    "xm": Expected(
        ("H264", "XM-UJI_8M", "V5.00.R02.00000000.ONVIF 16.12", "uji0000000000007"),
        [
            (1, "000", "Gang", [
                ("000", "H264", 3840, 2160, None,
                 "/user=penguji_password=rahasia_channel=0_stream=000.sdp?real_stream", 554),
                ("001", "H264", 800, 448, None,
                 "/user=penguji_password=rahasia_channel=0_stream=001.sdp?real_stream", 554),
            ]),
        ],
    ),
}  # fmt: skip


def test_every_makers_folder_is_expected_something_of() -> None:
    assert sorted(EXPECTED) == MAKERS


@pytest.mark.parametrize("maker", MAKERS)
def test_what_the_files_say_is_what_the_report_says(maker: str) -> None:
    report = probed(maker)
    expected = EXPECTED[maker]

    assert (report.maker, report.model, report.firmware, report.serial) == expected.identity
    assert report.mac == expected.mac
    seen = [
        (c.number, c.video_source_token, c.name, [
            (s.profile_token, s.codec, s.width, s.height, s.fps, s.path, s.rtsp_port) for s in c.streams
        ])
        for c in report.channels
    ]  # fmt: skip
    assert seen == expected.channels
    assert report.refusals == 0
    assert not report.auth_not_enforced


@pytest.mark.parametrize("maker", MAKERS)
def test_a_stranger_is_told_to_sign_in_whatever_the_status_and_the_words(maker: str) -> None:
    with pytest.raises(Unauthorized) as refusal:
        probed(maker, None)

    assert (refusal.value.detail, refusal.value.refusals) == ("no_credentials", 0)


def test_a_password_in_a_stream_address_is_not_shown() -> None:
    assert "rahasia" not in str(probed("xm").to_dict())


def test_a_snapshot_that_is_a_stream_and_one_at_another_port() -> None:
    xm, uniview = (replies.read_uri(answer(maker, "GetSnapshotUri")) for maker in ("xm", "uniview"))

    assert path_here(xm, ("http", "https")) is None  # The keyframe serves instead.
    assert (path_here(uniview, ("http", "https")), port_named(uniview)) == ("/images/snapshot.jpg", 85)


def test_a_date_whose_parts_have_no_declared_prefix_is_read() -> None:
    reply = answer("bosch", "GetSystemDateAndTime")

    assert replies.clock_time(reply) == dt.datetime(2026, 11, 27, 23, 5, 9, tzinfo=dt.UTC)
    assert replies.read_clock_settings(reply).time_zone == "WIB-7"


def test_profiles_that_say_nothing_are_taken_by_their_tokens_where_nothing_better_is_told() -> None:
    """Media2 alone, and every configuration left out."""
    untold = replies.read_profiles(answer("hikvision", "GetProfiles2"))

    assert [(p.token, p.source, p.shows_something) for p in untold] == [
        ("ProfileToken006", "", False),
        ("ProfileToken001", "", False),
    ]
    named = b'<Envelope><Body><R><Profiles token="p1"><Name>satu</Name></Profiles></R></Body></Envelope>'
    assert [(p.token, p.name) for p in replies.read_profiles(soap.parse_body(named))] == [("p1", "satu")]
    empty_among_others = (
        b"<Envelope><Body><GetProfilesResponse>"
        b'<Profiles token="a"><Name>kosong</Name><Configurations/></Profiles>'
        b'<Profiles token="b"><Configurations><VideoSource><SourceToken>0</SourceToken></VideoSource>'
        b"</Configurations></Profiles></GetProfilesResponse></Body></Envelope>"
    )
    assert [p.token for p in replies.read_profiles(soap.parse_body(empty_among_others))] == ["b"]


def test_a_sound_without_a_picture_is_no_stream() -> None:
    only_sound = (
        b'<Envelope><Body><R><Profiles token="suara"><Name>a</Name><AudioSourceConfiguration/></Profiles>'
        b"</R></Body></Envelope>"
    )
    assert replies.read_profiles(soap.parse_body(only_sound)) == []
    for maker, others in (("dahua", 4), ("reolink", 2)):
        listed = soap.children(answer(maker, "GetProfiles"), "Profiles")
        assert len(replies.read_profiles(answer(maker, "GetProfiles"))) == others == len(listed) - 1


def test_only_an_encoder_keeps_its_place_without_a_size() -> None:
    """A first profile with a lens and no encoder cannot be the main stream."""
    body = (
        b"<Envelope><Body><GetProfilesResponse>"
        b'<Profiles token="lensa"><VideoSourceConfiguration><SourceToken>0</SourceToken></VideoSourceConfiguration>'
        b'</Profiles><Profiles token="kecil"><VideoSourceConfiguration><SourceToken>0</SourceToken>'
        b'</VideoSourceConfiguration><VideoEncoderConfiguration token="e"><Resolution><Width>640</Width>'
        b"<Height>360</Height></Resolution></VideoEncoderConfiguration></Profiles>"
        b"</GetProfilesResponse></Body></Envelope>"
    )
    group = by_source(replies.read_profiles(soap.parse_body(body)))["0"]

    assert [profile.token for profile in group] == ["kecil", "lensa"]


@pytest.mark.parametrize(
    "code", ["ter:NotAuthorized", "wsse:FailedAuthentication", "wsse:FailedCheck", "wsu:MessageExpired"]
)
def test_the_codes_of_a_refused_token(code: str) -> None:
    for fault in (
        f"<Fault><Code><Value>s:Sender</Value><Subcode><Value>{code}</Value></Subcode></Code></Fault>",
        f"<Fault><faultcode>{code}</faultcode><faultstring/></Fault>",
        f"<Fault><Code><Value>\n  {code}\n</Value></Code></Fault>",
    ):
        with pytest.raises(soap.Fault) as refusal:
            soap.parse_body(f"<Envelope><Body>{fault}</Body></Envelope>".encode())
        assert refusal.value.not_authorized


@pytest.mark.parametrize("maker", ["dahua", "dlink", "hikvision"])
def test_what_is_not_offered_is_no_refusal_of_the_password(maker: str) -> None:
    with pytest.raises(soap.Fault) as refusal:
        answer(maker, "NotSupported")

    assert not refusal.value.not_authorized


def test_an_attribute_whose_prefix_was_never_declared_is_found() -> None:
    body = b'<Envelope><Body><R><Profiles tt:token="a"><VideoSourceConfiguration/></Profiles></R></Body></Envelope>'

    assert [profile.token for profile in replies.read_profiles(soap.parse_body(body))] == ["a"]


def test_an_undeclared_prefix_is_forgiven_whatever_another_device_sent_before() -> None:
    """The log of lxml's exception goes on from document to document; only the parser's own belongs to this one."""
    with pytest.raises(Misbehaving):
        soap.parse_body(b"<Envelope><Body><GetProfilesResponse")

    reply = soap.parse_body(b"<Envelope><Body><trt:GetProfilesResponse/></Body></Envelope>")

    assert soap.local(reply) == "GetProfilesResponse"


def test_utf_16_in_the_declaration_above_utf_8_is_not_believed() -> None:
    written = '<?xml version="1.0" encoding="utf-16"?>\n<Envelope><Body><A>Kafé</A></Body></Envelope>'

    assert soap.text(soap.parse_body(written.encode())) == "Kafé"


@pytest.mark.parametrize("declaration", [b"", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_name_that_was_cut_within_a_letter_costs_only_that_letter(declaration: bytes) -> None:
    reply = soap.parse_body(
        declaration + b"<Envelope><Body><A><Name>Pos \xe8\xad</Name><B>25</B></A></Body></Envelope>"
    )

    assert soap.text(reply, "Name") == "Pos \N{REPLACEMENT CHARACTER}"
    assert soap.number(reply, "B") == 25


def test_an_alphabet_that_is_declared_is_read_as_declared() -> None:
    written = '<?xml version="1.0" encoding="GB2312"?><Envelope><Body><A>门口</A></Body></Envelope>'

    assert soap.text(soap.parse_body(written.encode("gb2312"))) == "门口"
