"""What we read from an ONVIF device, tolerant of each maker's manners and of any one broken answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from devices import soap
from devices.errors import DeviceError, Dropped, Misbehaving, Unauthorized, Unreachable
from devices.http import safe_path
from devices.report import Channel, Identity, Stream
from devices.sign_in import DEVICE_PATH, OnvifSession, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

T = TypeVar("T")

PROFILES_MAX = 256
CHANNELS_MAX = 64
STREAMS_PER_CHANNEL = 4


@dataclass(frozen=True, slots=True)
class Information:
    """A GetDeviceInformationResponse."""

    maker: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""

    @property
    def empty(self) -> bool:
        return not (self.maker or self.model or self.firmware or self.serial)


@dataclass(frozen=True, slots=True)
class Profile:
    """One media profile, from either media service."""

    token: str
    source: str
    source_name: str
    name: str
    codec: str
    width: int | None
    height: int | None
    fps: int | None

    @property
    def pixels(self) -> int:
        return (self.width or 0) * (self.height or 0)


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Path and query of a stream, and the port the device named (None: it named none)."""

    path: str
    port: int | None


class OnvifReader:
    """Reads one device over one session, collecting warnings instead of failing where it can."""

    def __init__(self, session: OnvifSession) -> None:
        self.session = session
        self.warnings: list[str] = []
        self.services: dict[str, str] = {soap.DEVICE: DEVICE_PATH}
        self.open_information = Information()
        self.first_problem: Misbehaving | None = None
        #: Names (of warnings) of what could not be read for a broken answer or line, which says nothing of who
        #: answered; what a device clearly refuses or leaves empty is not among them.
        self.unread: set[str] = set()
        self._profiles_service = soap.MEDIA

    def warn(self, code: str) -> None:
        if code not in self.warnings:
            self.warnings.append(code)

    async def tolerant(self, asked: Awaitable[T], warning: str) -> T | None:
        """The answer, or None and a warning.

        What passes: an address refused, another device, and credentials refused before they were proven good.
        """
        try:
            return await asked
        except Misbehaving as problem:
            self.first_problem = self.first_problem or problem
            self.unread.add(warning)
        except Unreachable:
            self.unread.add(warning)
        except Unauthorized:
            if not self.session.proven:
                raise
        except (soap.Fault, Refused):
            pass
        self.warn(warning)
        return None

    async def greet(self) -> str:
        """What the device says to strangers, as a short hash.

        In it are the server's name without versions, the realm of its challenge, its endpoint reference (by the
        standard a UUID that never changes and that anybody may ask for) and, where it gives its information to
        anyone, maker, model and serial number. Scopes and host name are not: owners edit them. Devices of one model
        that tell strangers none of what is their own have the same shape.
        """
        session = self.session
        try:
            self.open_information = read_information(await session.plain(soap.GET_INFORMATION))
        except Refused:
            session.guarded = True
        except soap.Fault:
            pass
        except Misbehaving as problem:
            # Neither the clock nor this was clean SOAP: what stands here gets no credentials.
            if self.first_problem is not None or problem.detail in ("redirect", "slow", "not_onvif"):
                raise
            self.first_problem = problem
            self._note_passing(problem)
        endpoint = ""
        try:
            endpoint = soap.text(await session.plain(soap.GET_ENDPOINT), "GUID", size=200)
        except (Refused, soap.Fault):
            pass  # Not every maker tells it.
        except (Misbehaving, Unreachable) as problem:
            self._note_passing(problem)
        challenge = session.challenge
        server = re.sub(r"[0-9][0-9a-z.]*", "#", session.server.lower())  # Versions change, makers do not.
        told = self.open_information
        parts = [server, challenge.realm if challenge else "", endpoint]
        parts += [] if told.empty else [told.maker, told.model, told.serial]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] if any(parts) else ""

    def _note_passing(self, problem: DeviceError) -> None:
        """Note a greeting that was cut short by the line or a busy device, and may be whole the next time."""
        if isinstance(problem, Dropped | Unreachable) or re.fullmatch(r"slow|reset|http_5\d\d", problem.detail):
            self.unread.add("greeting")

    async def sign_in(self) -> Information:
        """Device information, asked with credentials. `Unauthorized` is the only refusal that comes out."""
        try:
            return read_information(await self.session.signed(soap.GET_INFORMATION))
        except soap.Fault:
            self.warn("no_information")
        except Misbehaving as problem:
            self.first_problem = self.first_problem or problem
            if not self.session.http.answered or problem.detail in ("slow", "redirect"):
                raise
            self.unread.add("no_information")
            self.warn("no_information")
        return Information()

    async def read_services(self) -> None:
        """Where each service lives, as paths on the verified address; Media2 too where it is offered."""
        session = self.session
        reply = await self.tolerant(session.signed(soap.GET_SERVICES), "no_services")
        for service in soap.children(reply, "Service"):
            self._service(soap.text(service, "Namespace", size=200), soap.text(service, "XAddr", size=2048))
        if soap.MEDIA in self.services or soap.MEDIA2 in self.services:
            return
        reply = await self.tolerant(session.signed(soap.GET_CAPABILITIES), "no_capabilities")
        if reply is not None:
            self._service(soap.MEDIA, soap.text(reply, "Capabilities", "Media", "XAddr", size=2048))
        self.services.setdefault(soap.MEDIA, "/onvif/media_service")

    def _service(self, namespace: str, xaddr: str) -> None:
        path = path_of(xaddr, ("http", "https"))
        if namespace and path is not None:
            self.services.setdefault(namespace, path)

    async def read_profiles(self) -> list[Profile]:
        """All media profiles with a picture, from Media2 where it answers, else from Media1."""
        for namespace, request in ((soap.MEDIA2, soap.GET_PROFILES2), (soap.MEDIA, soap.GET_PROFILES)):
            if namespace not in self.services:
                continue
            reply = await self.tolerant(self.session.signed(request, self.services[namespace]), "no_profiles")
            profiles = parse_profiles(reply) if reply is not None else []
            if profiles:
                self._profiles_service = namespace
                if "no_profiles" in self.warnings:
                    self.warnings.remove("no_profiles")
                return profiles
        self.warn("no_profiles")
        return []

    async def open_to_anyone(self) -> bool:
        """Whether the device shows its profiles without credentials.

        Asked of devices that give their information to anyone: only where something is refused to strangers
        does a signed answer prove the credentials.
        """
        if self.open_information.empty:
            return False
        service = soap.MEDIA2 if soap.MEDIA2 in self.services else soap.MEDIA
        request = soap.GET_PROFILES2 if service == soap.MEDIA2 else soap.GET_PROFILES
        try:
            await self.session.plain(request, self.services[service])
        except Refused:
            self.session.guarded = True
            return False
        except (soap.Fault, Misbehaving, Unreachable):
            return False
        return True

    async def stream_address(self, token: str) -> StreamAddress | None:
        """Path and port of a profile's stream, whatever host the device claims for it."""
        asks = []
        if self._profiles_service == soap.MEDIA2:
            asks += [
                (soap.MEDIA2, soap.get_stream_uri2(token)),
                (soap.MEDIA2, soap.get_stream_uri2(token, "RtspUnicast")),
            ]
        asks.append((soap.MEDIA, soap.get_stream_uri(token)))
        uri = await self._first_uri(asks, "no_stream_address")
        if not uri:
            return None
        path = path_of(uri, ("rtsp",))
        if path is None:
            self.warn("stream_address_refused")
            return None
        return StreamAddress(path, port_of(uri))

    async def snapshot_path(self, token: str) -> str | None:
        """Path of a profile's snapshot, whatever host the device claims for it."""
        asks = [(soap.MEDIA, soap.get_snapshot_uri(token))]
        if self._profiles_service == soap.MEDIA2:
            asks.insert(0, (soap.MEDIA2, soap.get_snapshot_uri2(token)))
        uri = await self._first_uri(asks, "no_snapshot_address")
        path = path_of(uri, ("http", "https")) if uri else None
        if uri and path is None:
            self.warn("snapshot_address_refused")
        return path

    async def _first_uri(self, asks: list[tuple[str, soap.Operation]], warning: str) -> str:
        for namespace, request in asks:
            if namespace not in self.services:
                continue
            reply = await self.tolerant(self.session.signed(request, self.services[namespace]), warning)
            uri = "" if reply is None else soap.text(reply, "Uri", size=2048)
            uri = uri or ("" if reply is None else soap.text(reply, "MediaUri", "Uri", size=2048))
            if uri:
                if warning in self.warnings:
                    self.warnings.remove(warning)
                return uri
        self.warn(warning)
        return ""

    async def read_mac(self, expected: str = "") -> str:
        """Hardware address of the first enabled network interface, as aa:bb:cc:dd:ee:ff.

        Where one is expected and any interface has it, that one: a cable may be in another socket today.
        """
        reply = await self.tolerant(self.session.signed(soap.GET_INTERFACES), "no_mac")
        found = []
        for interface in soap.children(reply, "NetworkInterfaces"):
            digits = re.sub(r"[^0-9a-f]", "", soap.text(interface, "Info", "HwAddress").lower())
            if len(digits) == 12:
                mac = ":".join(digits[i : i + 2] for i in range(0, 12, 2))
                if mac == expected:
                    return mac
                if soap.text(interface, "Enabled").lower() in ("", "true", "1"):
                    found.append(mac)
        return found[0] if found else ""

    async def read_channels(self, profiles: list[Profile], *, spare_seconds: float) -> tuple[Channel, ...]:
        """One channel for each video source, in order of their numbers, its streams main first, with addresses."""
        channels = []
        for number, source, group in numbered(by_source(profiles)):
            streams = []
            for profile in group[:STREAMS_PER_CHANNEL]:
                address = None
                if self.session.deadline.left() > spare_seconds:
                    address = await self.stream_address(profile.token)
                else:
                    self.warn("streams_unread")
                streams.append(_stream(profile, address))
            name = group[0].source_name or group[0].name or f"Kanal {number}"
            channels.append(Channel(number, name, source, tuple(streams)))
        return tuple(channels)


def _stream(profile: Profile, address: StreamAddress | None) -> Stream:
    return Stream(
        profile_token=profile.token,
        codec=profile.codec,
        width=profile.width,
        height=profile.height,
        fps=profile.fps,
        path=address.path if address else "",
        rtsp_port=address.port if address else None,
    )


def read_information(reply: Element) -> Information:
    return Information(
        maker=soap.text(reply, "Manufacturer"),
        model=soap.text(reply, "Model"),
        firmware=soap.text(reply, "FirmwareVersion"),
        serial=soap.text(reply, "SerialNumber"),
    )


def parse_profiles(reply: Element) -> list[Profile]:
    """Profiles that have a video source, in either service's shape; those without one carry no picture."""
    found = []
    for node in soap.children(reply, "Profiles")[:PROFILES_MAX]:
        configurations = soap.child(node, "Configurations")
        if configurations is not None:  # Media2
            source, encoder = soap.child(configurations, "VideoSource"), soap.child(configurations, "VideoEncoder")
        else:
            source, encoder = (
                soap.child(node, "VideoSourceConfiguration"),
                soap.child(node, "VideoEncoderConfiguration"),
            )
        token = node.get("token") or ""
        if not 0 < len(token) <= 256 or (source is None and encoder is None):
            continue
        found.append(
            Profile(
                token=token,
                source=soap.text(source, "SourceToken", size=256),
                source_name=soap.text(source, "Name"),
                name=soap.text(node, "Name"),
                codec=codec_name(soap.text(encoder, "Encoding", size=40)),
                width=_size(soap.number(encoder, "Resolution", "Width")),
                height=_size(soap.number(encoder, "Resolution", "Height")),
                fps=_size(soap.number(encoder, "RateControl", "FrameRateLimit")),
            )
        )
    return found


def _size(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 100_000 else None


def codec_name(encoding: str) -> str:
    """H264, H265, JPEG, MPEG4 or what the device says, in capitals."""
    plain = encoding.upper().replace(".", "").replace("-", "")
    return {"HEVC": "H265", "AVC": "H264", "MJPEG": "JPEG", "MPEG4ES": "MPEG4", "MP4VES": "MPEG4"}.get(plain, plain)


def by_source(profiles: list[Profile]) -> dict[str, list[Profile]]:
    """Profiles of each video source, largest picture first: a recorder's sources become cameras."""
    groups: dict[str, list[Profile]] = {}
    for profile in profiles:
        if profile.source in groups or len(groups) < CHANNELS_MAX:
            groups.setdefault(profile.source, []).append(profile)
    return {source: sorted(group, key=lambda p: -p.pixels) for source, group in groups.items()}


def numbered(groups: dict[str, list[Profile]]) -> list[tuple[int, str, list[Profile]]]:
    """Number, token and profiles of each video source, by number.

    The number is the one that ends the token (counted from one where a device counts from nought), so that it stays
    when the device lists its sources in another order or loses one; the place in the list where the tokens do not
    end in numbers of their own. Only the token says for certain which source it is.
    """
    digits = [re.search(r"(?<![0-9])[0-9]{1,4}$", source) for source in groups]
    own = [int(match[0]) for match in digits if match is not None]
    if len(set(own)) < len(groups):
        own = list(range(1, len(groups) + 1))
    elif 0 in own:
        own = [number + 1 for number in own]
    found = [(number, source, groups[source]) for number, source in zip(own, groups, strict=True)]
    return sorted(found, key=lambda item: item[0])


def path_of(uri: str, schemes: tuple[str, ...]) -> str | None:
    """Path and query of an address that a device gave; None unless its scheme is one of those expected.

    Host, port and user part are dropped on purpose: they are replaced by what was verified.
    """
    try:
        parts = urlsplit(uri.split(" ", 1)[0])  # Some makers list an IPv4 and an IPv6 address.
    except ValueError:
        return None
    if parts.scheme.lower() not in schemes or not parts.netloc:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return path if safe_path(path) else None


def port_of(uri: str) -> int | None:
    try:
        return urlsplit(uri.split(" ", 1)[0]).port
    except ValueError:
        return None


def identity_of(information: Information, *, mac: str, tls_fingerprint: str, shape: str) -> Identity:
    return Identity(serial=information.serial, mac=mac, tls_fingerprint=tls_fingerprint, shape=shape)
