"""A little ONVIF device whose settings really change, strict about signatures, with the bad manners of the field.

Its signatures must be fresh by its own clock, so whoever sets that clock has to sign by the new time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from lxml import etree

from demo.auth import DeviceClock, DigestChallenge, UsernameTokens
from devices.routes import routes_from_allow
from devices.secrets import Credentials
from tests.devices.configurable_pictures import Encoder, Mask, Pictures
from tests.devices.configurable_wire import SOAP, SPACES, Refusal, enveloped, running, texts

__all__ = [
    "LOOPBACK",
    "OWNER",
    "SECRET",
    "SOAP",
    "SPACES",
    "Configurable",
    "Encoder",
    "Mask",
    "enveloped",
    "running",
]

SECRET = "rahasia-merpati-4402"
OWNER = Credentials("pemilik", SECRET)
LOOPBACK = routes_from_allow("127.0.0.0/8:1024-65535")
SERVERS = {"DNS": "DNSname", "IPv4": "IPv4Address", "IPv6": "IPv6Address"}


@dataclass
class Configurable(Pictures):
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
