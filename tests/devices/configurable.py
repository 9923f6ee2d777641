"""A little ONVIF device whose settings really change, strict about signatures, with the bad manners of the field.

Its signatures must be fresh by its own clock, so whoever sets that clock has to sign by the new time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from demo.auth import DeviceClock, DigestChallenge, UsernameTokens
from devices.routes import routes_from_allow
from devices.secrets import Credentials

SECRET = "rahasia-merpati-4402"
OWNER = Credentials("pemilik", SECRET)
LOOPBACK = routes_from_allow("127.0.0.0/8:1024-65535")

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SPACES = {
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "ter": "http://www.onvif.org/ver10/error",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
_PREFIX = {uri: prefix for prefix, uri in SPACES.items()}
SERVERS = {"DNS": "DNSname", "IPv4": "IPv4Address", "IPv6": "IPv6Address"}


class Refusal(Exception):
    """A SOAP fault with one subcode."""


@dataclass
class Encoder:
    codec: str
    width: int
    height: int
    fps: float = 15
    kbps: int = 512
    gov: int = 30
    profile: str = "Main"


@dataclass
class Mask:
    points: list[tuple[float, float]]
    enabled: bool = True
    kind: str = "Color"
    colour: dict[str, str] = field(default_factory=dict)


@dataclass
class Configurable:
    """The device's state and manners. `ignores` are writes answered with yes and nothing else; `garbles` those
    that are done, and answered with nothing that can be read."""

    serial: str = "S-1"
    clock_type: str = "Manual"
    zone: str = "WIB-7"
    dst: bool = False
    offset: float = 0.0
    ntp_from_dhcp: bool = False
    ntp_servers: list[tuple[str, str]] = field(default_factory=list)
    ntp_offset: float = 0.0
    users: dict[str, tuple[str, str]] = field(default_factory=lambda: {"pemilik": (SECRET, "Administrator")})
    encoders: dict[str, Encoder] = field(
        default_factory=lambda: {
            "main": Encoder("H265", 1920, 1080, 25, 4096, 50),
            "sub": Encoder("H265", 704, 576, 20, 768, 40),
        }
    )
    profiles: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {"p_main": ("src", "main"), "p_sub": ("src", "sub")}
    )
    masks: dict[str, Mask] = field(default_factory=dict)
    masks_most: int = 4
    masks_points: int = 8
    boxes_only: bool = False
    media2: bool = True
    digest: bool = False
    ignores: set[str] = field(default_factory=set)
    refuses: dict[str, str] = field(default_factory=dict)
    hooks: dict[str, Callable[[Configurable], None]] = field(default_factory=dict)
    raw_answers: dict[str, bytes] = field(default_factory=dict)
    garbles: set[str] = field(default_factory=set)
    guards_clock: bool = False
    level_given: str = ""
    new_users_sign_in: bool = True
    h264_sizes: tuple[tuple[int, int], ...] = ((1920, 1080), (640, 360), (352, 288))
    asked: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    credentialed: int = 0
    subscriptions: int = 0
    port: int = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def admits(self, envelope: etree._Element, authorization: str | None, path: str) -> bool:
        for name, (password, _) in self.users.items():
            if name != "pemilik" and not self.new_users_sign_in:
                continue
            if self.digest:
                if self._challenge(name, password).accept(authorization, "POST", path):
                    return True
            elif UsernameTokens(name, password, DeviceClock(timedelta(seconds=self.offset))).accept(envelope):
                return True
        return False

    def _challenge(self, name: str, password: str) -> DigestChallenge:
        challenge = DigestChallenge(name, password, realm=f"realm {self.serial}")
        challenge._key = self.serial.encode() * 4  # One nonce for all users, as in a real device.
        return challenge

    @property
    def challenge(self) -> str:
        return self._challenge("x", "y").header()

    def answer(self, name: str, asked: etree._Element) -> str:
        if name in self.refuses:
            raise Refusal(self.refuses[name])
        method: Callable[[etree._Element], str] | None = getattr(self, "_" + name, None)
        if method is None:
            raise Refusal("ActionNotSupported")
        if name.partition("_")[2] in self.ignores:
            prefix = name.partition("_")[0]
            return f"<{prefix}:{name.partition('_')[2]}Response/>"
        said = method(asked)
        if name.partition("_")[2] in self.hooks:
            self.hooks[name.partition("_")[2]](self)
        return said

    # The device service

    def _tds_GetSystemDateAndTime(self, asked: etree._Element) -> str:
        t = self.now()
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            f"<tt:DateTimeType>{self.clock_type}</tt:DateTimeType>"
            f"<tt:DaylightSavings>{str(self.dst).lower()}</tt:DaylightSavings>"
            f"<tt:TimeZone><tt:TZ>{escape(self.zone)}</tt:TZ></tt:TimeZone><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{t.hour}</tt:Hour><tt:Minute>{t.minute}</tt:Minute>"
            f"<tt:Second>{t.second}</tt:Second></tt:Time><tt:Date><tt:Year>{t.year}</tt:Year>"
            f"<tt:Month>{t.month}</tt:Month><tt:Day>{t.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _tds_SetSystemDateAndTime(self, asked: etree._Element) -> str:
        if texts(asked, "DateTimeType") == ["NTP"]:
            if not self.ntp_servers:
                raise Refusal("NtpServerUndefined")
            self.offset = self.ntp_offset  # As far off as its server, or as it was, if it reaches none.
        else:
            self._set_by_hand(asked)
        self.clock_type = texts(asked, "DateTimeType")[0]
        self.dst = texts(asked, "DaylightSavings")[0] == "true"
        self.zone = (texts(asked, "TZ") or ["UTC0"])[0]
        return "<tds:SetSystemDateAndTimeResponse/>"

    def _set_by_hand(self, asked: etree._Element) -> None:
        parts = [int(texts(asked, name)[0]) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        year, month, day, hour, minute, second = parts
        wanted = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        self.offset = (wanted - datetime.now(UTC)).total_seconds()

    def _tds_GetNTP(self, asked: etree._Element) -> str:
        place = "NTPFromDHCP" if self.ntp_from_dhcp else "NTPManual"
        listed = "".join(
            f"<tt:{place}><tt:Type>{kind}</tt:Type><tt:{SERVERS[kind]}>{name}</tt:{SERVERS[kind]}></tt:{place}>"
            for kind, name in self.ntp_servers
        )
        return (
            f"<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>{str(self.ntp_from_dhcp).lower()}</tt:FromDHCP>"
            f"{listed}</tds:NTPInformation></tds:GetNTPResponse>"
        )

    def _tds_SetNTP(self, asked: etree._Element) -> str:
        kinds, names = texts(asked, "Type"), texts(asked, "DNSname") + texts(asked, "IPv4Address")
        self.ntp_servers = list(zip(kinds, names, strict=True))
        self.ntp_from_dhcp = texts(asked, "FromDHCP") == ["true"]
        return "<tds:SetNTPResponse/>"

    def _tds_GetEndpointReference(self, asked: etree._Element) -> str:
        return (
            f"<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:{self.serial}</tds:GUID>"
            "</tds:GetEndpointReferenceResponse>"
        )

    def _tds_GetDeviceInformation(self, asked: etree._Element) -> str:
        return (
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>Maker</tds:Manufacturer><tds:Model>M</tds:Model>"
            f"<tds:FirmwareVersion>1</tds:FirmwareVersion><tds:SerialNumber>{self.serial}</tds:SerialNumber>"
            "<tds:HardwareId>h</tds:HardwareId></tds:GetDeviceInformationResponse>"
        )

    def _tds_GetServices(self, asked: etree._Element) -> str:
        spaces = [SPACES["tds"], SPACES["trt"], *([SPACES["tr2"]] if self.media2 else []), SPACES["tev"]]
        listed = "".join(
            f"<tds:Service><tds:Namespace>{uri}</tds:Namespace><tds:XAddr>http://169.254.169.254/onvif/{i}</tds:XAddr>"
            "<tds:Version><tt:Major>2</tt:Major><tt:Minor>1</tt:Minor></tds:Version></tds:Service>"
            for i, uri in enumerate(spaces)
        )
        return f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>"

    def _tds_GetCapabilities(self, asked: etree._Element) -> str:
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://169.254.169.254/onvif/1</tt:XAddr>"
            "<tt:StreamingCapabilities/></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _tev_CreatePullPointSubscription(self, asked: etree._Element) -> str:
        self.subscriptions += 1
        return "<tev:CreatePullPointSubscriptionResponse/>"

    def _tds_GetUsers(self, asked: etree._Element) -> str:
        listed = "".join(
            f"<tds:User><tt:Username>{name}</tt:Username><tt:UserLevel>{level}</tt:UserLevel></tds:User>"
            for name, (_, level) in self.users.items()
        )
        return f"<tds:GetUsersResponse>{listed}</tds:GetUsersResponse>"

    def _tds_CreateUsers(self, asked: etree._Element) -> str:
        name, password = texts(asked, "Username")[0], texts(asked, "Password")[0]
        if name in self.users:
            raise Refusal("UsernameClash")
        self.users[name] = (password, self.level_given or texts(asked, "UserLevel")[0])
        return "<tds:CreateUsersResponse/>"

    def _tds_DeleteUsers(self, asked: etree._Element) -> str:
        for name in texts(asked, "Username"):
            del self.users[name]
        return "<tds:DeleteUsersResponse/>"

    # Media1

    def _encoder1(self, element: str, token: str) -> str:
        e = self.encoders[token]
        inner = f"<tt:GovLength>{e.gov}</tt:GovLength><tt:H264Profile>{e.profile}</tt:H264Profile>"
        own = {"H264": f"<tt:H264>{inner}</tt:H264>", "MPEG4": f"<tt:MPEG4>{inner}</tt:MPEG4>"}.get(e.codec, "")
        own = own.replace("H264Profile", "Mpeg4Profile") if e.codec == "MPEG4" else own
        return (
            f'<{element} token="{token}"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount>'
            f"<tt:Encoding>{e.codec}</tt:Encoding><tt:Resolution><tt:Width>{e.width}</tt:Width>"
            f"<tt:Height>{e.height}</tt:Height></tt:Resolution><tt:Quality>3</tt:Quality><tt:RateControl>"
            f"<tt:FrameRateLimit>{int(e.fps)}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            f"<tt:BitrateLimit>{e.kbps}</tt:BitrateLimit></tt:RateControl>{own}<tt:Multicast><tt:Address>"
            "<tt:Type>IPv4</tt:Type><tt:IPv4Address>239.0.0.1</tt:IPv4Address></tt:Address><tt:Port>4000</tt:Port>"
            "<tt:TTL>5</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
            f"<tt:SessionTimeout>PT30S</tt:SessionTimeout></{element}>"
        )

    def _trt_GetProfiles(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
            f'<tt:VideoSourceConfiguration token="vsc_{source}"><tt:Name>v</tt:Name><tt:UseCount>2</tt:UseCount>'
            f"<tt:SourceToken>{source}</tt:SourceToken>"
            '<tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration>'
            f"{self._encoder1('tt:VideoEncoderConfiguration', encoder)}</trt:Profiles>"
            for token, (source, encoder) in self.profiles.items()
        )
        return f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>"

    def _trt_GetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        inner = self._encoder1("trt:Configuration", self._token(asked))
        return f"<trt:GetVideoEncoderConfigurationResponse>{inner}</trt:GetVideoEncoderConfigurationResponse>"

    def _trt_GetVideoEncoderConfigurationOptions(self, asked: etree._Element) -> str:
        h264 = (
            f"{self._sizes()}<tt:GovLengthRange><tt:Min>1</tt:Min><tt:Max>60</tt:Max></tt:GovLengthRange>"
            "<tt:FrameRateRange><tt:Min>1</tt:Min><tt:Max>12</tt:Max></tt:FrameRateRange><tt:EncodingIntervalRange>"
            "<tt:Min>1</tt:Min><tt:Max>1</tt:Max></tt:EncodingIntervalRange>"
            "<tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported>"
            "<tt:H264ProfilesSupported>Main</tt:H264ProfilesSupported>"
        )
        offered = (
            f"<tt:H264>{h264}</tt:H264><tt:Extension><tt:H264>{h264}<tt:BitrateRange><tt:Min>32</tt:Min>"
            "<tt:Max>512</tt:Max></tt:BitrateRange></tt:H264></tt:Extension>"
        )
        return (
            "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options><tt:QualityRange><tt:Min>1</tt:Min>"
            f"<tt:Max>6</tt:Max></tt:QualityRange>{offered if self.h264_sizes else ''}</trt:Options>"
            "</trt:GetVideoEncoderConfigurationOptionsResponse>"
        )

    def _sizes(self) -> str:
        return "".join(
            f"<tt:ResolutionsAvailable><tt:Width>{w}</tt:Width><tt:Height>{h}</tt:Height></tt:ResolutionsAvailable>"
            for w, h in self.h264_sizes
        )

    def _trt_SetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        configuration = asked[0]
        if texts(configuration, "IPv4Address") != ["239.0.0.1"] or texts(configuration, "Port") != ["4000"]:
            raise Refusal("ConfigModify")  # What was not to change came back otherwise.
        e = self._take(configuration)
        for name, target in (("GovLength", "gov"), ("H264Profile", "profile"), ("Mpeg4Profile", "profile")):
            if found := texts(configuration, name):
                setattr(e, target, type(getattr(e, target))(found[0]))
        return "<trt:SetVideoEncoderConfigurationResponse/>"

    def _take(self, configuration: etree._Element) -> Encoder:
        e = self.encoders[configuration.get("token") or ""]
        e.codec = texts(configuration, "Encoding")[0]
        e.width, e.height = int(texts(configuration, "Width")[0]), int(texts(configuration, "Height")[0])
        e.fps = float(texts(configuration, "FrameRateLimit")[0])
        e.kbps = int(texts(configuration, "BitrateLimit")[0])
        return e

    def _token(self, asked: etree._Element) -> str:
        token = (texts(asked, "ConfigurationToken") or [""])[0]
        if token not in self.encoders:
            raise Refusal("NoConfig")
        return token

    # Media2

    def _encoder2(self, element: str, token: str) -> str:
        e = self.encoders[token]
        return (
            f'<{element} token="{token}" GovLength="{e.gov}" Profile="{e.profile}"><tt:Name>{token}</tt:Name>'
            f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{e.codec}</tt:Encoding><tt:Resolution>"
            f"<tt:Width>{e.width}</tt:Width><tt:Height>{e.height}</tt:Height></tt:Resolution>"
            f'<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>{e.fps}</tt:FrameRateLimit>'
            f"<tt:BitrateLimit>{e.kbps}</tt:BitrateLimit></tt:RateControl><tt:Quality>3</tt:Quality></{element}>"
        )

    def _tr2_GetProfiles(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Profiles token="{token}" fixed="true"><tr2:Name>{token}</tr2:Name><tr2:Configurations>'
            f'<tr2:VideoSource token="vsc_{source}"><tt:Name>v</tt:Name><tt:UseCount>2</tt:UseCount>'
            f"<tt:SourceToken>{source}</tt:SourceToken></tr2:VideoSource>"
            f"{self._encoder2('tr2:VideoEncoder', encoder)}</tr2:Configurations></tr2:Profiles>"
            for token, (source, encoder) in self.profiles.items()
        )
        return f"<tr2:GetProfilesResponse>{listed}</tr2:GetProfilesResponse>"

    def _tr2_GetVideoEncoderConfigurations(self, asked: etree._Element) -> str:
        inner = self._encoder2("tr2:Configurations", self._token(asked))
        return f"<tr2:GetVideoEncoderConfigurationsResponse>{inner}</tr2:GetVideoEncoderConfigurationsResponse>"

    def _tr2_GetVideoEncoderConfigurationOptions(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Options GovLengthRange="1 60" FrameRatesSupported="12.5 8 1" ProfilesSupported="{profiles}">'
            f"<tt:Encoding>{codec}</tt:Encoding><tt:QualityRange><tt:Min>1</tt:Min><tt:Max>6</tt:Max>"
            f"</tt:QualityRange>{self._sizes() if codec == 'H264' else ''}<tt:BitrateRange><tt:Min>32</tt:Min>"
            "<tt:Max>800</tt:Max></tt:BitrateRange></tr2:Options>"
            for codec, profiles in (("H265", "Main"), *((("H264", "Baseline High"),) if self.h264_sizes else ()))
        ).replace('"12.5 8 1"', '"20 12.5 8 1"', 1)
        return (
            "<tr2:GetVideoEncoderConfigurationOptionsResponse>"
            f"{listed}</tr2:GetVideoEncoderConfigurationOptionsResponse>"
        )

    def _tr2_SetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        e = self._take(asked[0])
        e.gov, e.profile = int(asked[0].get("GovLength") or 0), asked[0].get("Profile") or ""
        return "<tr2:SetVideoEncoderConfigurationResponse/>"

    def _tr2_GetMaskOptions(self, asked: etree._Element) -> str:
        return (
            f'<tr2:GetMaskOptionsResponse><tr2:Options RectangleOnly="{str(self.boxes_only).lower()}">'
            f"<tr2:MaxMasks>{self.masks_most}</tr2:MaxMasks><tr2:MaxPoints>{self.masks_points}</tr2:MaxPoints>"
            "<tr2:Types>Pixelated</tr2:Types><tr2:Types>Color</tr2:Types>"
            '<tr2:Color><tt:ColorList X="16" Y="128" Z="128"/></tr2:Color></tr2:Options>'
            "</tr2:GetMaskOptionsResponse>"
        )

    def _tr2_GetMasks(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Masks token="{token}"><tr2:ConfigurationToken>vsc_src</tr2:ConfigurationToken><tr2:Polygon>'
            + "".join(f'<tt:Point x="{x}" y="{y}"/>' for x, y in mask.points)
            + f"</tr2:Polygon><tr2:Type>{mask.kind}</tr2:Type>"
            f"<tr2:Enabled>{str(mask.enabled).lower()}</tr2:Enabled></tr2:Masks>"
            for token, mask in self.masks.items()
        )
        return f"<tr2:GetMasksResponse>{listed}</tr2:GetMasksResponse>"

    def _tr2_CreateMask(self, asked: etree._Element) -> str:
        points = [
            (round(float(p.get("x") or 9), 2), round(float(p.get("y") or 9), 2))
            for p in asked.iter(f"{{{SPACES['tt']}}}Point")
        ]
        token = next(f"m{i}" for i in range(1, 99) if f"m{i}" not in self.masks)
        colours = [dict(c.attrib) for c in asked.iter(f"{{{SPACES['tr2']}}}Color")]
        self.masks[token] = Mask(
            points, texts(asked, "Enabled") == ["true"], texts(asked, "Type")[0], colours[0] if colours else {}
        )
        return f"<tr2:CreateMaskResponse><tr2:Token>{token}</tr2:Token></tr2:CreateMaskResponse>"

    def _tr2_DeleteMask(self, asked: etree._Element) -> str:
        del self.masks[texts(asked, "Token")[0]]
        return "<tr2:DeleteMaskResponse/>"


def texts(node: etree._Element, name: str) -> list[str]:
    return [(n.text or "") for n in node.iter() if etree.QName(n).localname == name]


OPEN = {"tds_GetSystemDateAndTime", "tds_GetEndpointReference"}


def _handler(device: Configurable) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            """Silent."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            envelope = etree.fromstring(body)
            asked = envelope.find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]
            qname = etree.QName(asked)
            name = f"{_PREFIX.get(qname.namespace or '', 'x')}_{qname.localname}"
            device.asked.append(qname.localname)
            device.raw.append(str(self.headers).encode() + body)
            authorization = self.headers.get("Authorization")
            if b"UsernameToken" in body or authorization:
                device.credentialed += 1
            open_to_all = name in OPEN and not (device.guards_clock and "DateAndTime" in name)
            if not open_to_all and not device.admits(envelope, authorization, self.path):
                if device.digest:
                    self._send(401, b"", device.challenge)
                else:
                    self._send(400, _fault("NotAuthorized"))
                return
            if name in device.raw_answers:
                self._send(200, device.raw_answers[name])
                return
            try:
                said = device.answer(name, asked)
            except Refusal as refusal:
                self._send(400, _fault(str(refusal)))
            else:
                self._send(200, b"?" if qname.localname in device.garbles else enveloped(said))

        def _send(self, status: int, body: bytes, challenge: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def enveloped(body: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}" {_DECLARED}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def _fault(subcode: str) -> bytes:
    return enveloped(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
        f"<s:Value>ter:{subcode}</s:Value></s:Subcode></s:Code><s:Reason>"
        '<s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # Kept connections end with their clients.
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client who hangs up is no news."""


@contextmanager
def running(*devices: Configurable) -> Iterator[None]:
    """Let devices listen on free loopback ports."""
    servers = []
    for device in devices:
        server = _Server(("127.0.0.1", 0), _handler(device))
        device.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
