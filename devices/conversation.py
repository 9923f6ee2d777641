"""One visit to one device: what `probe` and `take_still` have in common."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from devices import quirks
from devices.count import ANSWERED, REFUSALS_MAX, SNAPSHOT, STREAM
from devices.deadline import Deadline
from devices.decoder import keyframe
from devices.dial import Dialler, Endpoint, Resolver, Route, system_resolver
from devices.digest import answer
from devices.errors import DeviceError, DifferentDevice, Dropped, Misbehaving, Unauthorized, Unreachable
from devices.http import HttpClient, Reply
from devices.onvif_reader import Information, OnvifReader
from devices.pictures import Keyframe, Picture, clean_jpeg
from devices.refusals import Refusals, Trial
from devices.report import BEFORE_MAC, Identity, PictureSource, Stream, Target
from devices.rtsp_path import default_port
from devices.secrets import Credentials
from devices.sign_in import REQUEST_SECONDS, OnvifSession, Refused
from devices.soap import Fault

SNAPSHOT_CAP = 8 * 1024 * 1024
KEYFRAME_SECONDS = 12.0
#: Within this the device must have said something, name and connection included: whoever is silent is told to be
#: unreachable in the same time, wherever it was that he was silent (see settings.PROBE_FAILURE_SECONDS).
FIRST_ANSWER_SECONDS = 6.0
#: Failures of the first, unauthenticated question that leave hope for the next one.
_SOFT = re.compile(r"xml.*|not_soap|http_[45]\d\d")

#: What is noted as unread (see `OnvifReader.unread`) where a part of the identity could not be read.
_UNREAD = {"shape": "shape", "endpoint": "endpoint", "serial": "no_information", "mac": "no_mac"}


class Conversation:
    """Opens, greets and signs in; holds everything that belongs to this visit and is closed with it."""

    def __init__(
        self,
        target: Target,
        credentials: Credentials | None,
        *,
        route: Route,
        deadline: Deadline,
        refusals_before: int = 0,
        doubts_before: tuple[str, ...] = (),
        resolver: Resolver = system_resolver,
        expected: Identity | None = None,
        sign_in_method: str = "",
    ) -> None:
        self.target, self.credentials, self.deadline = target, credentials, deadline
        self.expected = expected or Identity()
        self.dialler = Dialler(route, resolver, answer_by=deadline.within(FIRST_ANSWER_SECONDS))
        self.refusals = Refusals(refusals_before, list(doubts_before))
        self.refusals_before = refusals_before
        self._snapshots = Trial(self.refusals, SNAPSHOT)
        endpoint = Endpoint(target.host, target.port, target.uses_tls, self.expected.tls_fingerprint)
        self.http = HttpClient(self.dialler, endpoint, deadline)
        self.session = OnvifSession(self.http, credentials, deadline, self.refusals)
        self.session.remembered = sign_in_method
        self.reader = OnvifReader(self.session)
        self.greeting = Identity()
        self.stream_tls_fingerprint = ""
        self.snapshot_path: str | None = None  # Empty where it was asked for and there is none.
        self.offset: float | None = None

    @property
    def spoke_onvif(self) -> bool:
        """Whether anything came that only an ONVIF device says."""
        return self.session.clock_settings is not None or self.session.proven

    async def check_address(self) -> None:
        await self.dialler.addresses(self.target.host, self.target.port, self.deadline)

    async def read_clock(self) -> None:
        """The clock without credentials. What is not even HTTP, or redirects, or drips, ends the visit here."""
        try:
            await self.session.read_clock()
        except (Fault, Refused):
            pass
        except Misbehaving as problem:
            if not _SOFT.fullmatch(problem.detail):
                raise
            self.reader.first_problem = problem
        if self.session.clock is not None:
            self.offset = self.session.clock.offset_seconds

    async def greet(self) -> None:
        """Hear what the device tells strangers and compare it, before any credential is sent."""
        self.greeting = await self.reader.greet()
        self._require(self.expected.differs_before_sign_in(self.identity(self.reader.open_information)))

    async def sign_in(self) -> Information:
        """Sign in, then compare the serial number, which many devices tell only then."""
        information = await self.reader.sign_in()
        if information.empty:
            information = self.reader.open_information
        if self.session.clock is None:
            await self.reader.tolerant(self.session.read_clock(signed=True), "clock_unread")
            self.offset = self.session.clock.offset_seconds if self.session.clock else None
        if self.session.local_time_as_utc:
            self.reader.warn("local_time_as_utc")
            self.offset = self.session.clock.offset_seconds if self.session.clock else None
        self._require(self.expected.differs(self.identity(information), BEFORE_MAC))
        return information

    async def read_mac(self) -> str:
        """The hardware address, and the last comparison before any picture.

        It comes after it was clear whether the credentials are good, because many users may not ask for it.
        """
        mac = await self.reader.read_mac(self.expected.mac)
        self._require("mac" if self.expected.mac and mac != self.expected.mac else "")
        return mac

    async def require_same_mac(self) -> None:
        """`read_mac` for visits that need it for the comparison only."""
        if self.expected.mac:
            await self.read_mac()

    def _require(self, differs: str) -> None:
        """Nothing, if nothing differs. A part that could not be read is no proof of another device."""
        if _UNREAD.get(differs) in self.reader.unread:
            raise Misbehaving("identity_unread")
        if differs:
            raise DifferentDevice(differs)

    def identity(self, information: Information, mac: str = "") -> Identity:
        return replace(
            self.greeting,
            serial=information.serial,
            mac=mac,
            tls_fingerprint=self.http.tls_fingerprint,
            stream_tls_fingerprint=self.stream_tls_fingerprint,
        )

    async def rtsp_endpoint(self, device_port: int | None, *, tls: bool = False) -> Endpoint:
        """The verified address with the owner's RTSP port, else the device's if the route admits it, or the usual.

        Over TLS the certificate is the one kept at verification; before that, the one ONVIF just showed, else the
        stream itself. A stream that was verified over TLS is followed nowhere else.
        """
        if self.expected.stream_tls_fingerprint and not tls:
            raise DifferentDevice("stream_tls_fingerprint")
        port = self.target.rtsp_port
        if port is None and device_port is not None:
            address = (await self.dialler.addresses(self.target.host, self.target.port, self.deadline))[0]
            if self.dialler.route.admits_port(address, device_port):
                port = device_port
            else:
                self.reader.warn("stream_port_refused")
        pinned = (
            self.expected.stream_tls_fingerprint
            or self.expected.tls_fingerprint
            or self.http.tls_fingerprint
            or self.stream_tls_fingerprint
        )
        return Endpoint(self.target.host, port or default_port(tls=tls), tls, pinned if tls else "")

    async def read_stream_certificate(self, streams: tuple[Stream, ...]) -> None:
        """Learn, or compare, who answers where streams are over TLS and ONVIF is not. No word is said to it yet."""
        stream = best_for_picture(streams) if streams else None
        if self.http.tls_fingerprint or stream is None or not (stream.tls or self.expected.stream_tls_fingerprint):
            return
        where = await self.rtsp_endpoint(stream.rtsp_port, tls=stream.tls)
        try:
            connection = await self.dialler.connect(where, self.deadline.within(REQUEST_SECONDS))
        except DifferentDevice:
            raise DifferentDevice("stream_tls_fingerprint") from None
        except DeviceError:
            self.reader.warn("stream_certificate_unread")
            return
        self.stream_tls_fingerprint = connection.tls_fingerprint
        connection.close()

    async def picture(self, streams: tuple[Stream, ...], max_width: int) -> tuple[Picture | None, PictureSource]:
        """The snapshot of the first stream, else a keyframe of the best one; (None, "") and a warning otherwise.

        Where this secret was refused before, or a snapshot answered with something else, the keyframe comes first:
        asking for the snapshot again would lay a secret to rest whose stream works. So it does where the stream is
        in doubt; a snapshot whose line broke is asked again, or it would stay in doubt for ever.
        """
        if not streams:
            return None, ""
        ways: list[PictureSource] = ["snapshot", "keyframe"]
        keyframe_first = self.refusals.count.refused or {ANSWERED, STREAM} & set(self.refusals.doubts)
        for source in reversed(ways) if keyframe_first else ways:
            if source == "snapshot":
                picture = await self._snapshot(streams[0].profile_token, max_width)
            else:
                picture = await self.keyframe(best_for_picture(streams), max_width)
            if picture is not None:
                return picture, source
        return None, ""

    async def _snapshot(self, token: str, max_width: int) -> Picture | None:
        path = await self.reader.snapshot_path(token)
        self.snapshot_path = path or ""
        if path is None:
            return None
        try:
            reply = await self._get(path)
            if reply.status != 200:
                raise Misbehaving(f"http_{reply.status}")
            return await asyncio.to_thread(clean_jpeg, reply.body, max_width)
        except (Misbehaving, Unreachable, Unauthorized) as problem:
            if isinstance(problem, Misbehaving) and not _is_a_moment(problem):
                self._snapshots.set_aside(ANSWERED)
            self.reader.warn("snapshot_basic_only" if problem.detail == "basic_only" else "snapshot_failed")
            return None

    async def _get(self, path: str) -> Reply:
        """GET, signed only in answer to a Digest challenge, and once (twice where the nonce was stale)."""
        reply = await self._get_once(path, ())
        for _ in range(2):
            challenge = quirks.snapshot_challenge(reply)
            if challenge is None or self.credentials is None:
                return reply
            signed = answer(
                challenge, method="GET", uri=path, user=self.credentials.user, password=self.credentials.password
            )
            reply = await self._get_once(path, (("Authorization", signed),))
            if reply.status == 200:
                self._snapshots.accepted()
            again = quirks.digest_wanted(reply)
            if reply.status != 401 or again is None or not again.stale or self.refusals.used_up:
                break
        if reply.status in (401, 403):
            self._snapshots.refused()
        return reply

    async def _get_once(self, path: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        """One exchange; where the device dropped the line without a byte, once more.

        What is signed counts each time, and goes over a fresh line the last time (see `OnvifSession`).
        """
        for attempt in (1, 2):
            if headers:
                self._snapshots.require_one_left()
                if self.refusals.spent == REFUSALS_MAX - 1 and not self._snapshots.proven:
                    self.http.close()
                await self.http.connect()
                self._snapshots.begin()
            try:
                return await self.http.send(
                    "GET",
                    path,
                    headers=headers,
                    deadline=self.deadline.within(REQUEST_SECONDS),
                    body_cap=SNAPSHOT_CAP,
                )
            except Misbehaving as problem:
                spent = bool(headers) and self.refusals.used_up
                if attempt == 2 or spent or not quirks.dropped_silently(problem):
                    raise
        raise Misbehaving("empty")  # pragma: no cover - the loop returns or raises

    async def keyframe(self, stream: Stream, max_width: int) -> Keyframe | None:
        """A keyframe of one stream, or None and a warning.

        What is certain: the connection goes to the host that was verified, classified and pinned anew, on the RTSP
        port that the owner typed or the device named in this signed-in session; the path is the one that the device
        named in it (or the owner typed); no redirect is followed; the password leaves as a Digest answer only.

        What is not: RTSP has no identity of its own. The identity is that of the ONVIF service, and a router may
        send the RTSP port to another machine of the same household; Digest proves our password to it, never it to
        us. The realm of its challenge is no part of the shape either: to learn it each greeting would have to dial
        the stream too, and a camera whose stream is off would be taken for another. What ties the stream to the
        wall is the code held before the lens at verification; a caller must end that when the RTSP port changes.
        A device brought in by RTSP alone is known by that realm, before it is answered.
        """
        path, port, tls = stream.path, stream.rtsp_port, stream.tls
        if not path:
            address = await self.reader.stream_address(stream.profile_token)
            if address is None:
                return None
            path, port, tls = address.path, address.port, address.tls
        try:
            picture, open_to_all = await keyframe(
                self.dialler,
                await self.rtsp_endpoint(port, tls=tls),
                path,
                self.credentials,
                refusals=self.refusals,
                deadline=self.deadline.within(KEYFRAME_SECONDS),
                max_width=max_width,
                expected=self.expected,
            )
            if open_to_all:
                self.reader.warn("stream_open")
            return picture
        except Unauthorized:
            self.reader.warn("stream_not_authorized")
        except DeviceError as problem:
            if isinstance(problem, DifferentDevice) and self.expected != Identity():
                raise
            self.reader.warn("keyframe_failed")
        return None

    def close(self) -> None:
        self.http.close()


def _is_a_moment(problem: Misbehaving) -> bool:
    """Whether the line or the device failed just now, so that the next time it may do better."""
    return isinstance(problem, Dropped) or problem.is_busy or problem.detail == "slow"


def best_for_picture(streams: tuple[Stream, ...]) -> Stream:
    """H.264 before others; of these the smallest that is at least 640 wide, else the largest."""
    preferred = [s for s in streams if s.codec == "H264"] or list(streams)
    wide = [s for s in preferred if (s.width or 0) >= 640]
    if wide:
        return min(wide, key=lambda s: s.width or 0)
    return max(preferred, key=lambda s: s.width or 0)
