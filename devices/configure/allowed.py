"""The whole list of what we ever ask of a device while we configure it; nothing else leaves, whatever asks for it.

What writes is looked at from the inside too: one user, of ours, with the least level; the clock by hand or by
NTP, in the device's own time zone; one time server or none; the encoder of a small stream; a mask that we made.
Network, firmware, reboot, reset, other people's passwords, PTZ and all the rest are simply not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import OUR_USER, Values, time_server_kind
from devices.configure.encoder_limits import plain
from devices.encoders import codec_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LEAST_LEVEL = "User"


class OperationForbidden(Exception):
    """The operation is not one that we ever ask of somebody's device."""


@dataclass(slots=True)
class Own:
    """What is ours to write at one device, as far as a visit has found out by reading it: at first, nothing.

    `encoders`: those of small streams alone. `mains`: a main encoder that the device itself changed along with a
    small one, and the values that it may be put back to. `masks`: those that we made. `zones`: the device's own
    time zone, to the letter.
    """

    encoders: set[str] = field(default_factory=set)
    mains: dict[str, Values] = field(default_factory=dict)
    masks: set[str] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)


def _anything(request: Element, own: Own) -> bool:
    return True


def _by_hand_or_ntp(request: Element, own: Own) -> bool:
    """Set by hand, or handed over to NTP and then without a time; always in the device's own time zone."""
    zone = soap.child(request, "TimeZone", "TZ")
    if zone is not None and (zone.text or "") not in own.zones:
        return False
    kinds = [soap.text(kind) for kind in soap.children(request, "DateTimeType")]
    return kinds == ["Manual"] or (kinds == ["NTP"] and not soap.children(request, "UTCDateTime"))


def _one_time_server_or_none(request: Element, own: Own) -> bool:
    """Servers named by hand alone: the one that is asked for, or none where there was none before."""
    servers = soap.children(request, "NTPManual")
    by_hand = [soap.text(said) for said in soap.children(request, "FromDHCP")] == ["false"]
    return by_hand and len(request) == 1 + len(servers) and len(servers) <= 1 and all(map(_named_once, servers))


def _named_once(server: Element) -> bool:
    kind = soap.text(server, "Type")
    name = {"DNS": "DNSname", "IPv4": "IPv4Address"}.get(kind, "")
    fits = [soap.local(part) for part in server] == ["Type", name]
    return fits and time_server_kind(soap.text(server, name, size=300)) == kind


def _one_user_of_ours(request: Element, own: Own) -> bool:
    users = soap.children(request, "User")
    return (
        len(users) == 1
        and re.fullmatch(OUR_USER, soap.text(users[0], "Username")) is not None
        and soap.text(users[0], "UserLevel") == LEAST_LEVEL
    )


def _one_name_of_ours(request: Element, own: Own) -> bool:
    names = [soap.text(name) for name in soap.children(request, "Username")]
    return len(names) == 1 and re.fullmatch(OUR_USER, names[0]) is not None


def _a_small_stream(request: Element, own: Own) -> bool:
    """One encoder of a small stream, or a main one back to the values that it had."""
    configurations = soap.children(request, "Configuration")
    if len(configurations) != 1:
        return False
    (asked,) = configurations
    token = asked.get("token") or ""
    return token in own.encoders or (token in own.mains and _has(asked, own.mains[token]))


def _has(asked: Element, values: Values) -> bool:
    numbers = {
        "width": ("Resolution", "Width"),
        "height": ("Resolution", "Height"),
        "fps": ("RateControl", "FrameRateLimit"),
        "bitrate_kbps": ("RateControl", "BitrateLimit"),
    }
    known = {name: path for name, path in numbers.items() if values.get(name) is not None}
    same = all(plain(soap.text(asked, *path)) == values[name] for name, path in known.items())
    return same and codec_name(soap.text(asked, "Encoding", size=40)) == values.get("codec")


def _a_mask_of_ours(request: Element, own: Own) -> bool:
    return [soap.text(token, size=256) in own.masks for token in soap.children(request, "Token")] == [True]


ALLOWED: dict[tuple[str, str], Callable[[Element, Own], bool]] = {
    (soap.DEVICE, "GetDeviceInformation"): _anything,
    (soap.DEVICE, "GetUsers"): _anything,
    (soap.DEVICE, "CreateUsers"): _one_user_of_ours,
    (soap.DEVICE, "DeleteUsers"): _one_name_of_ours,
    (soap.DEVICE, "SetSystemDateAndTime"): _by_hand_or_ntp,
    (soap.DEVICE, "GetNTP"): _anything,
    (soap.DEVICE, "SetNTP"): _one_time_server_or_none,
    (soap.MEDIA, "GetProfiles"): _anything,
    (soap.MEDIA, "GetVideoEncoderConfiguration"): _anything,
    (soap.MEDIA, "GetVideoEncoderConfigurationOptions"): _anything,
    (soap.MEDIA, "SetVideoEncoderConfiguration"): _a_small_stream,
    (soap.MEDIA2, "GetProfiles"): _anything,
    (soap.MEDIA2, "GetVideoEncoderConfigurations"): _anything,
    (soap.MEDIA2, "GetVideoEncoderConfigurationOptions"): _anything,
    (soap.MEDIA2, "SetVideoEncoderConfiguration"): _a_small_stream,
    (soap.MEDIA2, "GetMaskOptions"): _anything,
    (soap.MEDIA2, "GetMasks"): _anything,
    (soap.MEDIA2, "CreateMask"): _anything,
    (soap.MEDIA2, "DeleteMask"): _a_mask_of_ours,
}


def require_allowed(request: Element, own: Own) -> None:
    """Nothing, if the request is one that we make of this device. `OperationForbidden` otherwise."""
    namespace, _, name = str(request.tag).removeprefix("{").rpartition("}")
    fits = ALLOWED.get((namespace, name))
    if fits is None or not fits(request, own):
        raise OperationForbidden(f"{name or 'This'} is not on the list of allowed operations.")
