"""The whole list of what we ever ask of a device while we configure it; nothing else leaves, whatever asks for it.

What writes is looked at from the inside too: one user, of ours, with the least level; the clock by hand alone.
Network, firmware, reboot, reset, other people's passwords, PTZ and all the rest are simply not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import OUR_USER

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LEAST_LEVEL = "User"


class OperationForbidden(Exception):
    """The operation is not one that we ever ask of somebody's device."""


def _anything(request: Element) -> bool:
    return True


def _by_hand(request: Element) -> bool:
    return soap.text(request, "DateTimeType") == "Manual"


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
    (soap.DEVICE, "SetSystemDateAndTime"): _by_hand,
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
