"""What the answers of an ONVIF device say: pure parsers, from a SOAP body's element to plain values.

Names are matched without their namespace, texts cleaned and cut, lists capped; what is missing is empty or None.
None of them raises. `devices.soap.parse_body` makes the element, and raises `Fault` or `Misbehaving`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices import soap
from devices.encoders import read_encoder
from devices.facts import NO_ENCODER, ClockSettings, Encoder, Interface, Mask, MaskOptions, Recording, VideoSource
from devices.quirks import path_here
from devices.requests import EVENTS, RECORDING
from devices.values import TOKEN_MAX, attribute, decimal, size, token_of, yes_or_no

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

PROFILES_MAX = 256
LIST_MAX = 256
RECORDINGS_MAX = 500
POINTS_MAX = 64
ADDRESSES_MAX = 8
#: Nodes of the tree of topics that are looked at; the largest seen have some two thousand.
TOPIC_NODES_MAX = 8_000
URI_MAX = 2048

#: Places of GetCapabilities and the services they name.
_PLACES = {
    soap.MEDIA: ("Media",),
    EVENTS: ("Events",),
    RECORDING: ("Extension", "Recording"),
    soap.MEDIA2: ("Extension", "Media2"),
}


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
    """One media profile, from either media service. `configuration` is that of its video source."""

    token: str
    source: str
    source_name: str
    name: str
    configuration: str = ""
    encoder: Encoder = NO_ENCODER

    #: Whether the device named a video source or an encoder for it.
    shows_something: bool = True

    @property
    def pixels(self) -> int:
        return (self.encoder.width or 0) * (self.encoder.height or 0)


def read_information(reply: Element) -> Information:
    told = soap.fields(reply)
    return Information(
        maker=soap.content(told.get("Manufacturer")),
        model=soap.content(told.get("Model")),
        firmware=soap.content(told.get("FirmwareVersion")),
        serial=soap.content(told.get("SerialNumber")),
    )


def clock_time(reply: Element) -> dt.datetime | None:
    """The moment in a GetSystemDateAndTimeResponse; its local time, taken as UTC, where UTC is missing.

    A year outside 1970 to 2099 is nobody's clock: None.
    """
    answer = soap.child(reply, "SystemDateAndTime")
    for name in ("UTCDateTime", "LocalDateTime"):
        moment = soap.fields(soap.child(answer, name))
        date, clock = soap.fields(moment.get("Date")), soap.fields(moment.get("Time"))
        parts = [soap.number(date.get(part)) for part in ("Year", "Month", "Day")]
        parts += [soap.number(clock.get(part)) for part in ("Hour", "Minute", "Second")]
        year, month, day, hour, minute, second = parts
        if None in (year, month, day, hour, minute, second):
            continue
        try:
            found = dt.datetime(
                year or 0, month or 0, day or 0, hour or 0, minute or 0, min(second or 0, 59), tzinfo=dt.UTC
            )
        except ValueError:
            continue
        return found if 1970 <= found.year <= 2099 else None
    return None


def read_clock_settings(reply: Element) -> ClockSettings:
    """How the clock is kept, of a GetSystemDateAndTimeResponse."""
    told = soap.fields(soap.child(reply, "SystemDateAndTime"))
    return ClockSettings(
        source=soap.content(told.get("DateTimeType"), 20),
        time_zone=soap.text(told.get("TimeZone"), "TZ", size=80),
        daylight_saving=yes_or_no(soap.content(told.get("DaylightSavings"))),
    )


def read_services(reply: Element) -> dict[str, str]:
    """Namespace and path of each service of a GetServicesResponse; the first of each counts."""
    found: dict[str, str] = {}
    for service in soap.children(reply, "Service")[:LIST_MAX]:
        told = soap.fields(service)
        namespace = soap.content(told.get("Namespace"), 200).rstrip("/")
        path = path_here(soap.content(told.get("XAddr"), URI_MAX), ("http", "https"))
        if namespace and path is not None:
            found.setdefault(namespace, path)
    return found


def read_capabilities(reply: Element) -> dict[str, str]:
    """Namespace and path of the services in a GetCapabilitiesResponse that we use."""
    capabilities = soap.child(reply, "Capabilities")
    uris = {name: soap.text(capabilities, *place, "XAddr", size=URI_MAX) for name, place in _PLACES.items()}
    paths = {name: path_here(uri, ("http", "https")) for name, uri in uris.items()}
    return {name: path for name, path in paths.items() if path is not None}


def read_profiles(reply: Element) -> list[Profile]:
    """Profiles that have a video source, in either service's shape; those without one carry no picture.

    Where an answer leaves out the configurations of all, all are there, with their tokens alone.
    """
    found = []
    untold = []
    for node in soap.children(reply, "Profiles")[:PROFILES_MAX]:
        parts = soap.fields(node)
        configurations = parts.get("Configurations")
        if configurations is not None:  # Media2
            source, encoder = soap.child(configurations, "VideoSource"), soap.child(configurations, "VideoEncoder")
        else:
            source, encoder = parts.get("VideoSourceConfiguration"), parts.get("VideoEncoderConfiguration")
        token = token_of(node)
        if not token:
            continue
        if source is None and encoder is None:
            rest = soap.elements(node if configurations is None else configurations)
            if all(soap.local(part) in ("Name", "Extension") for part in rest):
                untold.append(Profile(token, "", "", soap.content(parts.get("Name")), shows_something=False))
            continue
        told = soap.fields(source)
        found.append(
            Profile(
                token=token,
                source=soap.content(told.get("SourceToken"), TOKEN_MAX),
                source_name=soap.content(told.get("Name")),
                name=soap.content(parts.get("Name")),
                configuration=token_of(source),
                encoder=read_encoder(encoder),
            )
        )
    return found or untold


def read_uri(reply: Element) -> str:
    """The address in a GetStreamUriResponse or GetSnapshotUriResponse of either service; empty without one."""
    return soap.text(reply, "Uri", size=URI_MAX) or soap.text(reply, "MediaUri", "Uri", size=URI_MAX)


def read_scopes(reply: Element) -> tuple[str, ...]:
    """The scope addresses of a GetScopesResponse, as the device writes them."""
    items = (soap.text(node, "ScopeItem", size=240) for node in soap.children(reply, "Scopes")[:LIST_MAX])
    return tuple(dict.fromkeys(item for item in items if item))


def read_interfaces(reply: Element) -> tuple[Interface, ...]:
    """The interfaces of a GetNetworkInterfacesResponse; one that does not say is taken as enabled."""
    return tuple(_interface(node) for node in soap.children(reply, "NetworkInterfaces")[:LIST_MAX])


def _interface(node: Element) -> Interface:
    told = soap.fields(node)
    about = soap.fields(told.get("Info"))
    return Interface(
        token=token_of(node),
        name=soap.content(about.get("Name"), 60),
        mac=mac_address(soap.content(about.get("HwAddress"))),
        enabled=yes_or_no(soap.content(told.get("Enabled"))) is not False,
        addresses=_addresses(told.get("IPv4"), told.get("IPv6")),
    )


_NO_HEX = re.compile(r"[^0-9a-f]")


def mac_address(written: str) -> str:
    """A hardware address as aa:bb:cc:dd:ee:ff, whatever parts it; empty for anything else, all noughts too."""
    digits = _NO_HEX.sub("", written.lower())
    if len(digits) != 12 or len(set(digits)) == 1:
        return ""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _addresses(*versions: Element | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for version in versions:
        settings = soap.child(version, "Config")
        if settings is None:
            continue
        for kind in ("Manual", "FromDHCP"):
            for node in soap.children(settings, kind)[:ADDRESSES_MAX]:
                try:
                    found.setdefault(str(ipaddress.ip_address(soap.text(node, "Address", size=60))))
                except ValueError:
                    continue
    return tuple(found)[:ADDRESSES_MAX]


def read_video_sources(reply: Element) -> tuple[VideoSource, ...]:
    """The sources of a GetVideoSourcesResponse."""
    return tuple(
        VideoSource(
            token=token_of(node),
            width=size(soap.number(node, "Resolution", "Width")),
            height=size(soap.number(node, "Resolution", "Height")),
            fps=decimal(soap.text(node, "Framerate", size=40)),
        )
        for node in soap.children(reply, "VideoSources")[:LIST_MAX]
    )


def read_masks(reply: Element) -> tuple[Mask, ...]:
    """The masks of a GetMasksResponse."""
    return tuple(
        Mask(
            token=token_of(node),
            configuration=soap.text(node, "ConfigurationToken", size=TOKEN_MAX),
            kind=soap.text(node, "Type", size=40),
            enabled=yes_or_no(soap.text(node, "Enabled")) is not False,
            points=tuple(_points(node)),
        )
        for node in soap.children(reply, "Masks")[:LIST_MAX]
    )


def _points(mask: Element) -> Iterator[tuple[float, float]]:
    for point in soap.children(soap.child(mask, "Polygon"), "Point")[:POINTS_MAX]:
        x, y = decimal(attribute(point, "x")), decimal(attribute(point, "y"))
        if x is not None and y is not None:
            yield x, y


def read_mask_options(reply: Element, configuration: str) -> MaskOptions | None:
    """The options of a GetMaskOptionsResponse for one video source configuration; None where it has none."""
    options = soap.child(reply, "Options")
    if options is None:
        return None
    kinds = (soap.clean_text("".join(map(str, node.itertext())), 40) for node in soap.children(options, "Types"))
    return MaskOptions(
        configuration=configuration,
        masks_max=soap.number(options, "MaxMasks"),
        points_max=soap.number(options, "MaxPoints"),
        kinds=tuple(kind for kind in kinds if kind)[:LIST_MAX],
        rectangle_only=yes_or_no(attribute(options, "RectangleOnly")) is True,
    )


def read_event_topics(reply: Element) -> tuple[str, ...]:
    """The topics of a GetEventPropertiesResponse, each as its path of names without prefixes."""
    found: dict[str, None] = {}
    tree = soap.child(reply, "TopicSet")
    waiting = deque([] if tree is None else [(node, "") for node in soap.elements(tree)])
    for _ in range(TOPIC_NODES_MAX):
        if not waiting or len(found) >= LIST_MAX:
            break
        node, above = waiting.popleft()
        name = soap.local(node)
        if name == "MessageDescription":
            continue
        path = f"{above}/{soap.clean_text(name, 60)}".lstrip("/")
        marked = yes_or_no(attribute(node, "topic")) is True
        if marked or soap.child(node, "MessageDescription") is not None:
            found.setdefault(path[:240])
        waiting += [(child, path) for child in soap.elements(node)]
    return tuple(found)


def read_recordings(reply: Element) -> tuple[Recording, ...]:
    """The recordings of a GetRecordingsResponse."""
    return tuple(
        Recording(
            token=soap.text(item, "RecordingToken", size=TOKEN_MAX),
            name=soap.text(item, "Configuration", "Source", "Name") or soap.text(item, "Configuration", "Content"),
        )
        for item in soap.children(reply, "RecordingItem")[:RECORDINGS_MAX]
    )
