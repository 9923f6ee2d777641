"""Whether devices are still what they were, with the owner's credentials and a few at a time, for the health sweep.

A session compares the identity before anything is signed, reads the clock, and asks what the streams send. It takes
no picture and changes nothing. As in every visit a secret that was refused twice rests (`devices.count`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from devices import soap
from devices.conversation import Conversation
from devices.count import Count
from devices.deadline import Deadline
from devices.dial import INTERNET, Endpoint, Resolver, Route, system_resolver
from devices.errors import DeviceError, DifferentDevice, Misbehaving, Unauthorized
from devices.probe import bounded
from devices.report import Identity, Target
from devices.rtsp import RtspSession
from devices.rtsp_path import channel_of
from devices.rtsp_walk import RtspWalk
from devices.secrets import Credentials

#: Kept back, so that a session ends by itself and tells what it has learned.
SPARE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class SessionTarget:
    """One device to sign in to, and the streams by their profile tokens that have to be there."""

    key: int
    target: Target
    credentials: Credentials | None = field(repr=False)
    streams: tuple[str, ...]
    route: Route = INTERNET
    expected: Identity = field(default_factory=Identity)
    count: Count = field(default_factory=Count)
    sign_in_method: str = ""


@dataclass(frozen=True, slots=True)
class SessionResult:
    """How one session ended. `code` is empty where we were signed in, else the error's stable code.

    `described` are the streams that were, `missing` those that the device does not give; of streams in neither,
    nothing was learned. `count` is what stands against the secret now, None where nothing was dialled.
    """

    key: int
    code: str = ""
    detail: str = ""
    clock_offset_seconds: float | None = None
    described: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    worked: str = ""
    count: Count | None = None


async def sign_in_to(
    item: SessionTarget, *, deadline_seconds: float, resolver: Resolver = system_resolver
) -> SessionResult:
    """One session within its deadline; what a device does wrong is in the result."""
    talk = Conversation(
        item.target,
        item.credentials,
        route=item.route,
        deadline=Deadline.after(deadline_seconds),
        refusals_before=item.count.refusals,
        doubts_before=item.count.doubts,
        resolver=resolver,
        expected=item.expected,
        sign_in_method=item.sign_in_method,
    )
    seen = _Streams(item.streams, talk)
    try:
        await bounded(_rtsp(talk, seen) if item.target.rtsp_path else _onvif(talk, seen), talk)
    except DeviceError as error:
        return SessionResult(item.key, error.code, error.detail, talk.offset, count=error.count)
    return SessionResult(
        item.key,
        clock_offset_seconds=talk.offset,
        described=tuple(seen.described),
        missing=tuple(seen.missing),
        worked=talk.session.worked,
        count=talk.refusals.count,
    )


async def _onvif(talk: Conversation, seen: _Streams) -> None:
    await talk.read_clock()
    await talk.greet()
    await talk.sign_in()
    reader = talk.reader
    await reader.read_services()
    await reader.open_to_anyone()
    await talk.require_same_mac()
    if soap.MEDIA2 in reader.services:
        reader.profiles_service = soap.MEDIA2
    try:
        for token in seen.wanted():
            await seen.describe(token)
    finally:
        seen.close()


async def _rtsp(talk: Conversation, seen: _Streams) -> None:
    """Here the streams are all there is: the first that is refused, or is another device's, ends the session."""
    walk = RtspWalk(talk, talk.deadline.within(talk.deadline.left() - SPARE_SECONDS))
    try:
        for token in seen.wanted():
            try:
                await walk.channel(channel_of(token) or 1)
            except Misbehaving:
                seen.missing.append(token)
            else:
                seen.described.append(token)
    finally:
        walk.close()


class _Streams:
    """The streams of one device, described one after the other, over one line where they share a port."""

    def __init__(self, tokens: Sequence[str], talk: Conversation) -> None:
        self._tokens, self._talk = tokens, talk
        self._lines: dict[Endpoint, RtspSession] = {}
        self._until = talk.deadline.within(talk.deadline.left() - SPARE_SECONDS)
        self.described: list[str] = []
        self.missing: list[str] = []

    def wanted(self) -> list[str]:
        """Those to ask for; of a secret that was refused in so many words, none that could lay it to rest."""
        return [] if self._talk.refusals.count.refused else list(dict.fromkeys(self._tokens))

    async def describe(self, token: str) -> None:
        talk = self._talk
        if self._until.passed or talk.refusals.count.refused:
            return
        address = await talk.reader.stream_address(token)
        if address is None:
            if "no_stream_address" not in talk.reader.unread:
                self.missing.append(token)
            return
        try:
            where = await talk.rtsp_endpoint(address.port, tls=address.tls)
            line = self._lines.get(where) or RtspSession(
                talk.dialler, where, talk.credentials, talk.refusals, self._until
            )
            self._lines[where] = line
            await line.describe(address.path)
        except DifferentDevice:
            raise DifferentDevice("stream_tls_fingerprint") from None
        except Unauthorized as refused:
            if refused.detail != "resting":
                self.missing.append(token)
        except DeviceError:
            self.missing.append(token)
        else:
            self.described.append(token)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


def sign_in_to_many_now(
    targets: Sequence[SessionTarget], *, deadline_seconds: float, resolver: Resolver = system_resolver
) -> list[SessionResult]:
    """All of these at once, for a Celery task: none waits for another, and all end within the deadline."""

    async def together() -> list[SessionResult]:
        sessions = [sign_in_to(item, deadline_seconds=deadline_seconds, resolver=resolver) for item in targets]
        return list(await asyncio.gather(*sessions))

    try:
        import uvloop
    except ImportError:
        return asyncio.run(together())
    return uvloop.run(together())
