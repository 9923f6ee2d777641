"""What of the virtual recorder can be changed over ONVIF, and how it answers those who ask or change it.

The clock and the server that it follows, the encoders of the small streams, users, and privacy masks in Media 2.
All of it is real: the clock moves the signatures that are accepted and the time in the picture, the encoder changes
the stream, a user signs in with his password and may do what his level allows, a mask is painted. It is kept beside
the sign, so that a restart forgets nothing; without a sign, nothing is kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from demo.auth import DeviceClock

USERS_MAX, MASKS_MAX, POINTS_MAX = 8, 4, 8
KBIT = (64, 1000)
CODECS = {"H264": "Baseline", "H265": "Main"}
"""The codecs that the small streams can have, each with its one profile."""

TIME_SERVERS = {"DNS": "DNSname", "IPv4": "IPv4Address"}
"""Where a time server of each type stands."""

LEVELS = ("Administrator", "Operator", "User")
SMALL_SIZES = ((320, 180), (160, 90))

Point = tuple[float, float]


class Refusal(Exception):
    """A SOAP fault: the sender's mistake, with the subcode of the standard."""

    def __init__(self, subcode: str, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.subcode, self.reason, self.status = subcode, reason, status


@dataclass
class Coding:
    """How one stream is encoded."""

    codec: str
    width: int
    height: int
    fps: int
    kbit: int


@dataclass
class User:
    password: str = field(repr=False)
    level: str


@dataclass
class Mask:
    """A part of one video source that is painted over; corners from -1 to 1, y upwards."""

    source: str
    points: list[Point]
    enabled: bool = True


@dataclass
class Settings:
    """Everything that can be changed, and the lock that one change holds at a time."""

    clock: DeviceClock
    users: dict[str, User]
    codings: dict[str, Coding]
    masks: dict[str, Mask] = field(default_factory=dict)
    zone: str = "WIB-7"
    daylight: bool = False
    clock_type: str = "Manual"
    time_servers: list[tuple[str, str]] = field(default_factory=list)
    path: Path | None = None
    changed: Callable[[], None] = lambda: None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def load(self) -> None:
        """What was kept, if anything was. A file that cannot be read is as none."""
        if self.path is None:
            return
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            users = {name: User(**user) for name, user in kept["users"].items()}
            codings = {token: vars(Coding(**coding)) for token, coding in kept["codings"].items()}
            masks = {
                token: Mask(m["source"], [(x, y) for x, y in m["points"]], m["enabled"])
                for token, m in kept["masks"].items()
            }
            self.clock.offset = timedelta(seconds=kept["offset"])
            self.users |= {name: user for name, user in users.items() if name not in self.users}
            for token, coding in self.codings.items():
                vars(coding).update(codings.get(token, {}))
            self.masks, self.zone, self.daylight = masks, kept["zone"], kept["daylight"]
            self.clock_type = kept.get("clock_type", self.clock_type)
            self.time_servers = [(kind, name) for kind, name in kept.get("time_servers", [])]

    def save(self) -> None:
        self.changed()
        if self.path is None:
            return
        kept = {
            "offset": self.clock.offset.total_seconds(),
            "zone": self.zone,
            "daylight": self.daylight,
            "clock_type": self.clock_type,
            "time_servers": self.time_servers,
            "users": {name: asdict(user) for name, user in self.users.items()},
            "codings": {token: asdict(coding) for token, coding in self.codings.items()},
            "masks": {token: asdict(mask) for token, mask in self.masks.items()},
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(self.path)


class SettingsOnvif:
    """The answers. `sources` has the video source of each video source configuration."""

    def __init__(self, settings: Settings, sources: dict[str, str]) -> None:
        self.settings = settings
        self.sources = sources

    # The clock

    def set_clock(self, request: etree._Element) -> str:
        """By hand, or by NTP: then it is right from now on, as if its server had been reached at once."""
        settings = self.settings
        kind = text(request, "DateTimeType")
        if kind == "NTP":
            if not settings.time_servers:
                raise Refusal("ter:NtpServerUndefined", "No time server was named.")
            moment = datetime.now(UTC)
        else:
            moment = _moment(request)
        settings.zone = text(request, "TZ") or settings.zone
        settings.daylight = text(request, "DaylightSavings") in ("true", "1")
        settings.clock_type = "NTP" if kind == "NTP" else "Manual"
        settings.clock.set(moment)
        settings.save()
        return "<tds:SetSystemDateAndTimeResponse/>"

    def ntp(self, request: etree._Element) -> str:
        listed = "".join(
            f"<tt:NTPManual><tt:Type>{kind}</tt:Type><tt:{TIME_SERVERS[kind]}>{escape(name)}</tt:{TIME_SERVERS[kind]}>"
            "</tt:NTPManual>"
            for kind, name in self.settings.time_servers
        )
        return (
            f"<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP>{listed}"
            "</tds:NTPInformation></tds:GetNTPResponse>"
        )

    def set_ntp(self, request: etree._Element) -> str:
        servers = []
        for node in each(request, "NTPManual"):
            kind = text(node, "Type")
            name = text(node, TIME_SERVERS.get(kind, ""))
            if not name:
                raise Refusal("ter:InvalidDnsName", "That is no time server.")
            servers.append((kind, name))
        if text(request, "FromDHCP") in ("true", "1") or len(servers) > 1:
            raise Refusal("ter:TimeServerRefused", "This recorder keeps one time server, named by hand.")
        self.settings.time_servers = servers
        self.settings.save()
        return "<tds:SetNTPResponse/>"

    # Users

    def users(self, request: etree._Element) -> str:
        listed = "".join(
            f"<tds:User><tt:Username>{escape(name)}</tt:Username><tt:UserLevel>{user.level}</tt:UserLevel></tds:User>"
            for name, user in self.settings.users.items()
        )
        return f"<tds:GetUsersResponse>{listed}</tds:GetUsersResponse>"

    def create_users(self, request: etree._Element) -> str:
        made: dict[str, User] = {}
        for node in each(request, "User"):
            name, level = text(node, "Username"), text(node, "UserLevel")
            if not name or level not in LEVELS or len(text(node, "Password")) < 8:
                raise Refusal("ter:PasswordTooWeak", "A user needs a name, a level and a password of 8 characters.")
            if name in self.settings.users or name in made:
                raise Refusal("ter:UsernameClash", "There is such a user.")
            made[name] = User(text(node, "Password"), level)
        if len(self.settings.users) + len(made) > USERS_MAX:
            raise Refusal("ter:TooManyUsers", "There are too many users.")
        self.settings.users |= made
        self.settings.save()
        return "<tds:CreateUsersResponse/>"

    def delete_users(self, request: etree._Element) -> str:
        names = [(node.text or "") for node in each(request, "Username")]
        for name in names:
            if name not in self.settings.users:
                raise Refusal("ter:UsernameMissing", "There is no such user.")
            if self.settings.users[name].level == "Administrator":
                raise Refusal("ter:FixedUser", "An administrator cannot be removed.")
        for name in names:
            del self.settings.users[name]
        self.settings.save()
        return "<tds:DeleteUsersResponse/>"

    # Encoders

    def options1(self, request: etree._Element) -> str:
        coding = self._coding(request)
        h264 = (
            f"{self._sizes(coding)}{span('tt:GovLengthRange', coding.fps, coding.fps)}"
            f"{span('tt:FrameRateRange', coding.fps, coding.fps)}{span('tt:EncodingIntervalRange', 1, 1)}"
            "<tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported>"
        )
        return (
            f"<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options>{span('tt:QualityRange', 4, 4)}"
            f"<tt:H264>{h264}</tt:H264><tt:Extension><tt:H264>{h264}{span('tt:BitrateRange', *KBIT)}</tt:H264>"
            "</tt:Extension></trt:Options></trt:GetVideoEncoderConfigurationOptionsResponse>"
        )

    def options2(self, request: etree._Element) -> str:
        coding = self._coding(request)
        listed = "".join(
            f'<tr2:Options GovLengthRange="{coding.fps} {coding.fps}" FrameRatesSupported="{coding.fps}" '
            f'ProfilesSupported="{profile}" ConstantBitRateSupported="false"><tt:Encoding>{codec}</tt:Encoding>'
            f"{span('tt:QualityRange', 4, 4)}{self._sizes(coding)}{span('tt:BitrateRange', *KBIT)}</tr2:Options>"
            for codec, profile in CODECS.items()
            if self._is_small(coding) or codec == coding.codec
        )
        name = "tr2:GetVideoEncoderConfigurationOptionsResponse"
        return f"<{name}>{listed}</{name}>"

    def set_encoder(self, request: etree._Element, prefix: str) -> str:
        configuration = request[0]
        coding = self.settings.codings.get(configuration.get("token") or "")
        if coding is None:
            raise Refusal("ter:NoConfig", "There is no encoder with that token.")
        try:
            size = int(text(configuration, "Width")), int(text(configuration, "Height"))
            fps, kbit = float(text(configuration, "FrameRateLimit")), int(text(configuration, "BitrateLimit"))
        except ValueError:
            raise Refusal("ter:ConfigModify", "That is no number.") from None
        codec = text(configuration, "Encoding")
        same = (codec, size) == (coding.codec, (coding.width, coding.height))
        offered = codec in CODECS and size in SMALL_SIZES and self._is_small(coding)
        if not (same or offered) or fps != coding.fps or not KBIT[0] <= kbit <= KBIT[1]:
            raise Refusal("ter:ConfigModify", "That is not among the options.")
        coding.codec, (coding.width, coding.height), coding.kbit = codec, size, kbit
        self.settings.save()
        return f"<{prefix}:SetVideoEncoderConfigurationResponse/>"

    def _coding(self, request: etree._Element) -> Coding:
        coding = self.settings.codings.get(text(request, "ConfigurationToken"))
        if coding is None:
            raise Refusal("ter:NoConfig", "There is no encoder with that token.")
        return coding

    def _is_small(self, coding: Coding) -> bool:
        return (coding.width, coding.height) in SMALL_SIZES

    def _sizes(self, coding: Coding) -> str:
        offered = SMALL_SIZES if self._is_small(coding) else ((coding.width, coding.height),)
        return "".join(
            f"<tt:ResolutionsAvailable><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height>"
            "</tt:ResolutionsAvailable>"
            for width, height in offered
        )

    # Masks

    def mask_options(self, request: etree._Element) -> str:
        self._source(request)
        return (
            '<tr2:GetMaskOptionsResponse><tr2:Options RectangleOnly="false" SingleColorOnly="true">'
            f"<tr2:MaxMasks>{MASKS_MAX}</tr2:MaxMasks><tr2:MaxPoints>{POINTS_MAX}</tr2:MaxPoints>"
            '<tr2:Types>Color</tr2:Types><tr2:Color><tt:ColorList X="16" Y="128" Z="128"/></tr2:Color>'
            "</tr2:Options></tr2:GetMaskOptionsResponse>"
        )

    def masks(self, request: etree._Element) -> str:
        source = self._source(request) if text(request, "ConfigurationToken") else ""
        listed = "".join(
            f'<tr2:Masks token="{token}"><tr2:ConfigurationToken>{mask.source}_config</tr2:ConfigurationToken>'
            "<tr2:Polygon>"
            + "".join(f'<tt:Point x="{x}" y="{y}"/>' for x, y in mask.points)
            + '</tr2:Polygon><tr2:Type>Color</tr2:Type><tr2:Color X="16" Y="128" Z="128"/>'
            f"<tr2:Enabled>{str(mask.enabled).lower()}</tr2:Enabled></tr2:Masks>"
            for token, mask in self.settings.masks.items()
            if source in ("", mask.source)
        )
        return f"<tr2:GetMasksResponse>{listed}</tr2:GetMasksResponse>"

    def create_mask(self, request: etree._Element) -> str:
        source = self._source(request)
        if sum(mask.source == source for mask in self.settings.masks.values()) >= MASKS_MAX:
            raise Refusal("ter:MaxMasks", "There are too many masks.")
        try:
            points = [
                (round(float(p.get("x", "")), 2), round(float(p.get("y", "")), 2)) for p in each(request, "Point")
            ]
        except ValueError:
            raise Refusal("ter:InvalidPolygon", "That is no polygon.") from None
        if not 3 <= len(points) <= POINTS_MAX or not all(-1 <= c <= 1 for point in points for c in point):
            raise Refusal("ter:InvalidPolygon", "That is no polygon.")
        taken = self.settings.masks
        token = next(name for number in range(1, len(taken) + 2) if (name := f"Mask_{number}") not in taken)
        taken[token] = Mask(source, points, text(request, "Enabled") in ("true", "1"))
        self.settings.save()
        return f"<tr2:CreateMaskResponse><tr2:Token>{token}</tr2:Token></tr2:CreateMaskResponse>"

    def delete_mask(self, request: etree._Element) -> str:
        if self.settings.masks.pop(text(request, "Token"), None) is None:
            raise Refusal("ter:NoConfig", "There is no mask with that token.")
        self.settings.save()
        return "<tr2:DeleteMaskResponse/>"

    def _source(self, request: etree._Element) -> str:
        source = self.sources.get(text(request, "ConfigurationToken"))
        if source is None:
            raise Refusal("ter:NoConfig", "There is no video source configuration with that token.")
        return source


def _moment(request: etree._Element) -> datetime:
    try:
        parts = [int(text(request, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
        year, month, day, hour, minute, second = parts
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Refusal("ter:InvalidDateTime", "That is no date and time.") from None


def each(node: etree._Element, name: str) -> list[etree._Element]:
    """All elements of that local name below."""
    return [found for found in node.iter() if etree.QName(found).localname == name]


def text(node: etree._Element, name: str) -> str:
    """The text of the first element of that local name below, or nothing."""
    return next(((found.text or "").strip() for found in each(node, name)), "")


def span(element: str, low: int, high: int) -> str:
    return f"<{element}><tt:Min>{low}</tt:Min><tt:Max>{high}</tt:Max></{element}>"
