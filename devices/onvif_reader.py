"""What we read from an ONVIF device, tolerant of each maker's manners and of any one broken answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable
from typing import TypeVar

from devices import replies, soap
from devices.channels import StreamAddress, channels_of, in_order_of_need
from devices.errors import DeviceError, Dropped, Misbehaving, Unauthorized, Unreachable
from devices.facts import Interface
from devices.quirks import configurations_left_out, path_here, port_named
from devices.replies import Information, Profile
from devices.report import Channel, Identity
from devices.sign_in import DEVICE_PATH, OnvifSession, Refused

T = TypeVar("T")

#: Of a recorder's many streams as many addresses are asked for; the others are asked for when they are needed.
ADDRESSES_MAX = 128


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
        self.profiles_service = soap.MEDIA
        self.interfaces: tuple[Interface, ...] | None = None
        self._stream_way = 0  # Which of the ways to ask for a stream this device answered the last time.

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

    async def greet(self) -> Identity:
        """What the device says to strangers: its shape and its endpoint reference, as short hashes.

        In the shape are the server's name without versions, the realm of its challenge and, where it gives its
        information to anyone, maker, model and serial number. Scopes and host name are not: owners edit them.
        Devices of one model that tell strangers none of what is their own have the same shape. The endpoint
        reference is by the standard a UUID that never changes and that anybody may ask for.

        What was cut short is unknown, with a warning: kept as if it had been whole, it would make another device of
        this one at the next visit.
        """
        session = self.session
        try:
            self.open_information = replies.read_information(await session.plain(soap.GET_INFORMATION))
            session.open = not self.open_information.empty
        except Refused:
            session.guarded = True
        except soap.Fault:
            pass
        except Misbehaving as problem:
            # Neither the clock nor this was clean SOAP: what stands here gets no credentials.
            if self.first_problem is not None or problem.detail in ("redirect", "slow", "not_onvif"):
                raise
            self.first_problem = problem
            if _is_passing(problem):
                self.unread.add("shape")
        endpoint = ""
        try:
            endpoint = soap.text(await session.plain(soap.GET_ENDPOINT), "GUID", size=200)
        except (Refused, soap.Fault):
            pass  # Not every maker tells it.
        except (Misbehaving, Unreachable):
            self.unread.add("endpoint")
        if self.unread & {"shape", "endpoint"}:
            self.warn("greeting_unread")
        challenge = session.challenge
        server = re.sub(r"[0-9][0-9a-z.]*", "#", session.server.lower())  # Versions change, makers do not.
        told = self.open_information
        parts = [server, challenge.realm if challenge else ""]
        parts += [] if told.empty else [told.maker, told.model, told.serial]
        return Identity(shape="" if "shape" in self.unread else _hash(*parts), endpoint=_hash(endpoint))

    async def sign_in(self) -> Information:
        """Device information, asked with credentials. `Unauthorized` is the only refusal that comes out."""
        try:
            return replies.read_information(await self.session.signed(soap.GET_INFORMATION))
        except soap.Fault:
            self.warn("no_information")
        except Misbehaving as problem:
            self.first_problem = self.first_problem or problem
            # A busy device is asked no more: both attempts of a good password would be lost in one visit.
            busy = problem.is_busy and not self.session.proven
            if not self.session.http.answered or busy or problem.detail in ("slow", "redirect"):
                raise
            self.unread.add("no_information")
            self.warn("no_information")
        return Information()

    async def read_services(self) -> None:
        """Where each service lives, as paths on the verified address; Media2 too where it is offered."""
        session = self.session
        reply = await self.tolerant(session.signed(soap.GET_SERVICES), "no_services")
        if reply is not None:
            self.services = replies.read_services(reply) | self.services
        if soap.MEDIA in self.services or soap.MEDIA2 in self.services:
            return
        reply = await self.tolerant(session.signed(soap.GET_CAPABILITIES), "no_capabilities")
        if reply is not None:
            self.services = replies.read_capabilities(reply) | self.services
        self.services.setdefault(soap.MEDIA, "/onvif/media_service")

    async def read_profiles(self) -> list[Profile]:
        """All media profiles with a picture, from Media2 where it answers and tells, else from Media1."""
        found: list[Profile] = []
        for namespace, request in ((soap.MEDIA2, soap.GET_PROFILES2), (soap.MEDIA, soap.GET_PROFILES)):
            if namespace not in self.services:
                continue
            reply = await self.tolerant(self.session.signed(request, self.services[namespace]), "no_profiles")
            profiles = replies.read_profiles(reply) if reply is not None else []
            if profiles and not (found and configurations_left_out(profiles)):
                found, self.profiles_service = profiles, namespace
            if found and not configurations_left_out(found):
                break
        if not found:
            self.warn("no_profiles")
        elif "no_profiles" in self.warnings:
            self.warnings.remove("no_profiles")
        return found

    async def open_to_anyone(self) -> bool:
        """Whether the device shows its profiles without credentials: nobody switched its password on.

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
        asks = [(soap.MEDIA, soap.get_stream_uri(token))]
        if self.profiles_service == soap.MEDIA2:
            asks = [
                (soap.MEDIA2, soap.get_stream_uri2(token)),
                (soap.MEDIA2, soap.get_stream_uri2(token, "RtspUnicast")),
                *asks,
            ]
        ways = [*range(self._stream_way, len(asks)), *range(self._stream_way)]
        uri, way = await self._first_uri([asks[way] for way in ways], "no_stream_address")
        if not uri:
            return None
        self._stream_way = ways[way]
        path = path_here(uri, ("rtsp", "rtsps"))
        if path is None:
            self.warn("stream_address_refused")
            return None
        return StreamAddress(path, port_named(uri), tls=uri.lower().startswith("rtsps:"))

    async def snapshot_path(self, token: str) -> str | None:
        """Path of a profile's snapshot, whatever host the device claims for it."""
        asks = [(soap.MEDIA, soap.get_snapshot_uri(token))]
        if self.profiles_service == soap.MEDIA2:
            asks.insert(0, (soap.MEDIA2, soap.get_snapshot_uri2(token)))
        uri, _ = await self._first_uri(asks, "no_snapshot_address")
        path = path_here(uri, ("http", "https")) if uri else None
        if uri and path is None:
            self.warn("snapshot_address_refused")
        return path

    async def _first_uri(self, asks: list[tuple[str, soap.Operation]], warning: str) -> tuple[str, int]:
        """The first address that any way of asking gives, and which way it was; empty and a warning without one."""
        warned = warning in self.warnings
        for way, (namespace, request) in enumerate(asks):
            if namespace not in self.services:
                continue
            reply = await self.tolerant(self.session.signed(request, self.services[namespace]), warning)
            uri = "" if reply is None else replies.read_uri(reply)
            if uri:
                if warning in self.warnings and not warned:
                    self.warnings.remove(warning)
                return uri, way
        self.warn(warning)
        return "", 0

    async def read_mac(self, expected: str = "") -> str:
        """Hardware address of the first enabled network interface, as aa:bb:cc:dd:ee:ff.

        Where one is expected and any interface has it, that one: a cable may be in another socket today.
        """
        reply = await self.tolerant(self.session.signed(soap.GET_INTERFACES), "no_mac")
        if reply is None:
            return ""
        self.interfaces = replies.read_interfaces(reply)
        known = [one for one in self.interfaces if one.mac]
        if expected and any(one.mac == expected for one in known):
            return expected
        return next((one.mac for one in known if one.enabled), "")

    async def read_channels(self, profiles: list[Profile], *, spare_seconds: float) -> tuple[Channel, ...]:
        """One channel for each video source, in order of their numbers, its streams main first.

        Addresses are asked for while more than `spare_seconds` are left.
        """
        addresses: dict[str, StreamAddress] = {}
        for number, profile in enumerate(in_order_of_need(profiles)):
            if number >= ADDRESSES_MAX or self.session.deadline.left() <= spare_seconds:
                self.warn("streams_unread")
                break
            address = await self.stream_address(profile.token)
            if address is not None:
                addresses[profile.token] = address
        return channels_of(profiles, addresses)


def _is_passing(problem: DeviceError) -> bool:
    """Whether an answer was cut short by the line or a busy device, and may be whole the next time."""
    return isinstance(problem, Dropped) or re.fullmatch(r"slow|reset|http_5\d\d", problem.detail) is not None


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] if any(parts) else ""
