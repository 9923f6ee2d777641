"""The whole list of what we ever ask of a device while we configure it; nothing else leaves, whatever asks for it.

What writes is looked at from the inside too: one user, of ours, with the least level; the clock by hand or by
NTP; one time server or none.
Network, firmware, reboot, reset, other people's passwords, PTZ and all the rest are simply not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import OUR_USER, time_server_kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LEAST_LEVEL = "User"


class OperationForbidden(Exception):
    """The operation is not one that we ever ask of somebody's device."""


def _anything(request: Element) -> bool:
    return True


def _by_hand_or_ntp(request: Element) -> bool:
    """Set by hand, or handed over to NTP and then without a time."""
    kinds = [soap.text(kind) for kind in soap.children(request, "DateTimeType")]
    return kinds == ["Manual"] or (kinds == ["NTP"] and not soap.children(request, "UTCDateTime"))


def _one_time_server_or_none(request: Element) -> bool:
    """Servers named by hand alone: the one that is asked for, or none where there was none before."""
    servers = soap.children(request, "NTPManual")
    by_hand = [soap.text(said) for said in soap.children(request, "FromDHCP")] == ["false"]
    return by_hand and len(request) == 1 + len(servers) and len(servers) <= 1 and all(map(_named_once, servers))


def _named_once(server: Element) -> bool:
    kind = soap.text(server, "Type")
    name = {"DNS": "DNSname", "IPv4": "IPv4Address"}.get(kind, "")
    fits = [soap.local(part) for part in server] == ["Type", name]
    return fits and time_server_kind(soap.text(server, name, size=300)) == kind


def _one_user_of_ours(request: Element) -> bool:
    users = soap.children(request, "User")
    return (
        len(users) == 1
        and re.fullmatch(OUR_USER, soap.text(users[0], "Username")) is not None
        and soap.text(users[0], "UserLevel") == LEAST_LEVEL
    )


def _one_name_of_ours(request: Element) -> bool:
    names = [soap.text(name) for name in soap.children(request, "Username")]
    return len(names) == 1 and re.fullmatch(OUR_USER, names[0]) is not None


ALLOWED: dict[tuple[str, str], Callable[[Element], bool]] = {
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
    (soap.MEDIA, "SetVideoEncoderConfiguration"): _anything,
    (soap.MEDIA2, "GetProfiles"): _anything,
    (soap.MEDIA2, "GetVideoEncoderConfigurations"): _anything,
    (soap.MEDIA2, "GetVideoEncoderConfigurationOptions"): _anything,
    (soap.MEDIA2, "SetVideoEncoderConfiguration"): _anything,
    (soap.MEDIA2, "GetMaskOptions"): _anything,
    (soap.MEDIA2, "GetMasks"): _anything,
    (soap.MEDIA2, "CreateMask"): _anything,
    (soap.MEDIA2, "DeleteMask"): _anything,
}


def require_allowed(request: Element) -> None:
    """Nothing, if the request is one that we make. `OperationForbidden` otherwise."""
    namespace, _, name = str(request.tag).removeprefix("{").rpartition("}")
    fits = ALLOWED.get((namespace, name))
    if fits is None or not fits(request):
        raise OperationForbidden(f"{name or 'This'} is not on the list of allowed operations.")
