"""Devices whose answers are clean SOAP and lie: each is read, with the warnings named; nobody else is dialled."""

from __future__ import annotations

from tests.corpus.hostile import (
    OWNER,
    PROFILES,
    TRAP,
    Handler,
    camera,
    clock,
    information,
    services,
    soap,
    uri,
)
from tests.corpus.wire import BOMB, QUADRATIC

Lies = dict[str, tuple[Handler, set[str]]]

MARKUP = "p&lt;/ProfileToken&gt;&lt;evil/&gt;&amp;&quot;'"
CRLF = "&#13;&#10;Evil: 1&#13;&#10;&#13;&#10;GET /evil HTTP/1.1"


def profile(
    name: str = "p1", source: str = "src", width: str = "1920", height: str = "1080", fps: str = "25"
) -> str:
    return (
        f'<trt:Profiles token="{name}"><tt:Name>n</tt:Name><tt:VideoSourceConfiguration><tt:SourceToken>{source}'
        "</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding>"
        f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution><tt:RateControl>"
        f"<tt:FrameRateLimit>{fps}</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
    )


def profiles(*listed: str) -> Handler:
    return camera(GetProfiles=soap(f"<trt:GetProfilesResponse>{''.join(listed)}</trt:GetProfilesResponse>"))


def small_profiles(number: int, *, sources: bool) -> Handler:
    """Very many profiles, each of a source of its own or all without one."""
    source = "<tt:VideoSourceConfiguration><tt:SourceToken>{}</tt:SourceToken></tt:VideoSourceConfiguration>"
    plain = "<tt:VideoSourceConfiguration/>"
    return profiles(
        *(
            f'<trt:Profiles token="{n}">{source.format(n) if sources else plain}</trt:Profiles>'
            for n in range(number)
        )
    )


def stream(address: str) -> Handler:
    return camera(GetStreamUri=uri("GetStreamUri", address))


def snapshot(address: str) -> Handler:
    return camera(GetSnapshotUri=uri("GetSnapshotUri", address))


def xaddr(address: str) -> Handler:
    return camera(GetServices=services(address))


REFUSED_STREAM, REFUSED_SNAPSHOT = {"stream_address_refused"}, {"snapshot_address_refused"}

#: Read without asking for a picture.
PROFILE_LIES: Lies = {
    "10,000 profiles": (small_profiles(10_000, sources=False), set()),
    "5,000 sources": (small_profiles(5_000, sources=True), set()),
    "no profile": (profiles(), {"no_profiles"}),
    "the same token twice": (profiles(profile(), profile()), set()),
    "one source in 300 profiles": (profiles(*(profile(f"p{n}") for n in range(300))), set()),
    "token with markup": (profiles(profile(MARKUP)), set()),
    "token with CR LF": (profiles(profile(f"p{CRLF}")), set()),
    "token of 900 kB": (profiles(profile("p" * 900_000)), {"no_profiles"}),
    "token of nothing": (profiles(profile("")), {"no_profiles"}),
    "source token of 100 kB": (profiles(profile(source="s" * 100_000)), set()),
    "source token that is an option": (profiles(profile(source="--help")), set()),
    "source token with U+202E": (profiles(profile(source="\u202e&#x85;s")), set()),
    "negative size": (profiles(profile(width="-1920", height="-1", fps="-25")), set()),
    "size of nothing": (profiles(profile(width="0", height="0", fps="0")), set()),
    "size of 10^12": (profiles(profile(width="1000000000000", height="99999999")), set()),
    "size that is no number": (profiles(profile(width="NaN", height="0x10", fps="1e9")), set()),
    "size in other digits": (
        profiles(profile(width="\u0661\u0662\u0668", height="\uff17\uff12")),
        set(),
    ),
    "codec of 100 kB": (
        camera(GetProfiles=PROFILES.replace(b">H264<", b">" + b"H" * 100_000 + b"<")),
        set(),
    ),
}

ADDRESS_LIES: Lies = {
    "XAddr on the metadata address": (xaddr("http://169.254.169.254/latest"), set()),
    "XAddr on another public host": (xaddr("http://1.1.1.1:8080/media"), set()),
    "XAddr at the trap": (xaddr(f"http://{TRAP}/media"), set()),
    "XAddr with our name and password": (xaddr(f"http://{OWNER.user}:x@{TRAP}/media"), set()),
    "XAddr on port 22": (xaddr("http://127.0.0.1:22/media"), set()),
    "XAddr that is no address": (xaddr("http://[::1/ x"), {"no_capabilities"}),
    "XAddr that is a file": (xaddr("file:///etc/passwd"), {"no_capabilities"}),
    "XAddr with CR LF": (xaddr(f"http://127.0.0.1/media{CRLF}"), set()),
    "XAddr that climbs": (xaddr("http://127.0.0.1/../../etc/passwd"), set()),
    "XAddr of 100 kB": (xaddr("http://127.0.0.1/" + "x" * 100_000), set()),
    "XAddr with a fragment and a query": (xaddr(f"http://127.0.0.1/media?u=http://{TRAP}/#http://{TRAP}/"), set()),
    "2,000 services at the trap": (
        camera(
            GetServices=soap(
                "<tds:GetServicesResponse>"
                + "".join(
                    f"<tds:Service><tds:Namespace>u:{n}</tds:Namespace><tds:XAddr>http://{TRAP}/{n}</tds:XAddr>"
                    "</tds:Service>"
                    for n in range(2000)
                )
                + "</tds:GetServicesResponse>"
            )
        ),
        {"no_capabilities"},
    ),
    "StreamUri concat": (stream("concat:/etc/passwd|x"), REFUSED_STREAM),
    "StreamUri pipe": (stream("pipe:0"), REFUSED_STREAM),
    "StreamUri option": (stream("-i /etc/passwd"), REFUSED_STREAM),
    "StreamUri script": (stream("javascript:alert(1)//"), REFUSED_STREAM),
    "StreamUri data": (stream("data:video/mp4;base64,AAAA"), REFUSED_STREAM),
    "StreamUri file": (stream("file:///etc/passwd"), REFUSED_STREAM),
    "StreamUri over HTTP": (stream(f"http://{TRAP}/live"), REFUSED_STREAM),
    "StreamUri by multicast": (stream("udp://239.255.255.250:1900"), REFUSED_STREAM),
    "StreamUri without a host": (stream("rtsp:///live"), REFUSED_STREAM),
    "StreamUri in broken brackets": (stream("rtsp://[::1/live"), REFUSED_STREAM),
    "StreamUri with CR LF": (stream(f"rtsp://127.0.0.1/live{CRLF}"), set()),
    "StreamUri with a control": (stream("rtsp://127.0.0.1/live&#9;x"), set()),
    "StreamUri beyond ASCII": (stream("rtsp://127.0.0.1/k\u00e4mera"), REFUSED_STREAM),
    "StreamUri of 100 kB": (stream("rtsp://127.0.0.1/" + "x" * 100_000), set()),
    "StreamUri in an IPv6 zone": (stream("rtsp://[fe80::1%25eth0]/live"), set()),
    "StreamUri on port 99999": (stream("rtsp://127.0.0.1:99999/live"), set()),
    "StreamUri on port 0": (stream("rtsp://127.0.0.1:0/live"), set()),
    "StreamUri of nothing": (stream(""), {"no_stream_address"}),
    "StreamUri that is a bomb": (camera(GetStreamUri=BOMB), {"no_stream_address"}),
    "StreamUri with children": (stream("<a>rtsp://127.0.0.1</a><b>/live</b>"), set()),
}

#: Read with a picture asked for: these must not be followed when it is taken.
PICTURE_LIES: Lies = {
    "StreamUri elsewhere": (stream("rtsp://10.0.0.5:1/live"), {"keyframe_failed"}),
    "StreamUri at the trap": (stream(f"rtsp://{TRAP}/live"), {"keyframe_failed"}),
    "StreamUri on port 22": (stream("rtsp://127.0.0.1:22/live"), {"stream_port_refused"}),
    "StreamUri with our name in it": (stream(f"rtsp://{OWNER.user}:x@127.0.0.1:1/live"), {"keyframe_failed"}),
    "SnapshotUri at the trap": (snapshot(f"http://{TRAP}/snap"), {"snapshot_failed"}),
    "SnapshotUri with our name at the trap": (snapshot(f"http://127.0.0.1@{TRAP}/snap"), {"snapshot_failed"}),
    "SnapshotUri on the metadata address": (
        snapshot("http://169.254.169.254/latest/meta-data/"),
        {"snapshot_failed"},
    ),
    "SnapshotUri file": (snapshot("file:///etc/passwd"), REFUSED_SNAPSHOT),
    "SnapshotUri without a scheme": (snapshot(f"//{TRAP}/snap"), REFUSED_SNAPSHOT),
    "SnapshotUri that is a path": (snapshot("/snap.jpg"), REFUSED_SNAPSHOT),
    "SnapshotUri by FTP": (snapshot(f"ftp://{TRAP}/snap.jpg"), REFUSED_SNAPSHOT),
    "SnapshotUri with CR LF": (snapshot(f"http://127.0.0.1/snap{CRLF}"), {"snapshot_failed"}),
}

NASTY = "&lt;script&gt;\r\n=cmd|' /C calc'!A0 \u202eabc \ud7ff\ufeff\u200b"

TEXT_LIES: Lies = {
    "a maker called by a script": (camera(GetDeviceInformation=information(NASTY)), set()),
    "a maker of 900 kB": (camera(GetDeviceInformation=information("x" * 900_000)), set()),
    "a maker of 1 MB and more": (camera(GetDeviceInformation=information("x" * 1_100_000)), {"no_information"}),
    "a maker called NUL": (camera(GetDeviceInformation=information("a\0b")), {"no_information"}),
    "a maker with elements inside": (camera(GetDeviceInformation=information("a<b>c</b>" * 1000)), set()),
    "information that is a bomb": (camera(GetDeviceInformation=QUADRATIC), {"no_information"}),
}

CLOCK_LIES: Lies = {
    "1970": (camera(GetSystemDateAndTime=clock(1970)), {"clock_off"}),
    "9999": (camera(GetSystemDateAndTime=clock(9999)), {"clock_unread"}),
    "year 0": (camera(GetSystemDateAndTime=clock(0)), {"clock_unread"}),
    "month 13": (camera(GetSystemDateAndTime=clock(month=13)), {"clock_unread"}),
    "30 February": (camera(GetSystemDateAndTime=clock(month=2, day=30)), {"clock_unread"}),
    "hour 25": (camera(GetSystemDateAndTime=clock(hour=25)), {"clock_unread"}),
    "second 61": (camera(GetSystemDateAndTime=clock(second=61)), {"clock_off"}),
    "a year of many digits": (camera(GetSystemDateAndTime=clock(int("9" * 40))), {"clock_unread"}),
    "below nothing": (camera(GetSystemDateAndTime=clock(-1, -1, -1, -1, -1, -1)), {"clock_unread"}),
    "no clock at all": (camera(GetSystemDateAndTime=soap("<tds:GetSystemDateAndTimeResponse/>")), {"clock_unread"}),
}
