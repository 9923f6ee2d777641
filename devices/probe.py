"""Bring in a device: one visit that ends in a `DeviceReport` or in one of the five errors, within its deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from devices.checks import Alive, CheckResult, CheckTarget, check_many, check_many_now, is_alive
from devices.conversation import Conversation, best_for_picture
from devices.deadline import Deadline
from devices.details import DetailReader
from devices.dial import Resolver, Route, system_resolver
from devices.errors import RTSP_HERE, DeviceError, DifferentSource, Misbehaving, Unauthorized, Unreachable
from devices.facts import NO_DETAILS, NOT_ASKED
from devices.pictures import Keyframe, Picture, Still
from devices.quirks import PORT_WORDS, leaves_hope_elsewhere
from devices.report import Channel, DeviceReport, Identity, PictureSource, Stream, Target
from devices.rtsp_path import RTSP_PORT, RTSPS_PORT
from devices.rtsp_walk import RtspWalk, stream_for_still
from devices.secrets import Credentials
from devices.seek import port_that_answers
from devices.threads import in_own_loop
from devices.turns import turn_at
from devices.words import STEP_WORDS

__all__ = [
    "Alive",
    "CheckResult",
    "CheckTarget",
    "Step",
    "check_many",
    "check_many_now",
    "is_alive",
    "probe",
    "probe_device",
    "take_still",
    "take_still_now",
]

T = TypeVar("T")

CLOCK_TOLERANCE_SECONDS = 5.0
#: Kept back from reading streams, so that a large recorder still gives its picture.
PICTURE_SECONDS = 6.0
GRACE_SECONDS = 0.3
#: Where a device that was typed with such a port for ONVIF probably speaks RTSP.
RTSP_PORTS = (RTSP_PORT, RTSPS_PORT, 8554)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it happens. `words` are for the owner; `detail` is the stable code of a failure, or nothing."""

    code: str
    state: Literal["started", "done", "failed"]
    words: str
    detail: str = ""


OnStep = Callable[[Step], None]


async def probe(
    target: Target,
    credentials: Credentials | None,
    *,
    route: Route,
    deadline_seconds: float = 20,
    on_step: OnStep | None = None,
    want_picture: bool = True,
    want_details: bool = True,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    seek_port: bool = False,
    resolver: Resolver = system_resolver,
) -> DeviceReport:
    """Read a device. `refusals_before` is how often this very secret was refused already (it rests at two), and
    `doubts_before` which of these may have been none (see `devices.count`).

    `sign_in_method` is what worked the last time (`DeviceReport.worked`). With `seek_port`, where ONVIF does not
    answer at this port but at another one of a short list, the remedy of the error names that port.
    The count by the end of the visit is in `DeviceReport.refusals` and in every error, whatever else happened.
    A broken answer becomes a warning; only address, silence, refused credentials, another device and an answer
    that is nothing like a camera's end the probe.
    """
    deadline = Deadline.after(deadline_seconds)
    talk = Conversation(
        target,
        credentials,
        route=route,
        deadline=deadline,
        refusals_before=refusals_before,
        doubts_before=doubts_before,
        resolver=resolver,
        expected=expected_identity,
        sign_in_method=sign_in_method,
    )
    watch = on_step or _silent
    work = (
        _probe_rtsp(talk, watch, want_picture)
        if target.rtsp_path
        else _probe_onvif(talk, watch, want_picture, want_details)
    )
    try:
        return await bounded(work, talk)
    except (Unreachable, Misbehaving) as problem:
        if seek_port and not target.rtsp_path and not talk.spoke_onvif and leaves_hope_elsewhere(problem):
            port = await port_that_answers(talk.dialler, target, deadline)
            problem.remedy = PORT_WORDS[port] if port else problem.remedy
        if problem.remedy == Misbehaving.remedy and target.port in RTSP_PORTS:
            problem.remedy = RTSP_HERE
        raise


async def take_still(
    target: Target,
    credentials: Credentials | None,
    *,
    route: Route,
    profile_token: str = "",
    video_source_token: str = "",
    deadline_seconds: float = 12,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    max_width: int = 1280,
    resolver: Resolver = system_resolver,
) -> Still:
    """One fresh picture of one profile (the first channel's main profile where none is named).

    `video_source_token` names the video source that the profile must belong to: profiles are settings, which the
    owner can lay on another lens. Without a profile it chooses the channel.

    The device is compared with `expected_identity` first: what it tells strangers before any credential is
    sent, the rest before the picture. Raises `DifferentDevice` then, and `DifferentSource` where only this camera
    is another; `Unauthorized("picture")` where it signs us
    in but refuses us its pictures; `Misbehaving("no_picture")` where it gives none. Stream addresses are asked
    anew, so none has to be stored.
    """
    talk = Conversation(
        target,
        credentials,
        route=route,
        deadline=Deadline.after(deadline_seconds),
        refusals_before=refusals_before,
        doubts_before=doubts_before,
        resolver=resolver,
        expected=expected_identity,
        sign_in_method=sign_in_method,
    )
    return await bounded(_still(talk, profile_token, video_source_token, max_width), talk)


async def _still(talk: Conversation, profile_token: str, video_source_token: str, max_width: int) -> Still:
    picture: Picture | None
    if talk.target.rtsp_path:
        stream = await stream_for_still(talk, profile_token, video_source_token)
        picture = await talk.keyframe(stream, max_width)
    else:
        await talk.read_clock()
        await talk.greet()
        await talk.sign_in()
        await talk.reader.read_services()
        await talk.reader.open_to_anyone()
        profiles = await talk.reader.read_profiles()
        channels = await talk.reader.read_channels(profiles, spare_seconds=float("inf"))
        await talk.require_same_mac()
        picture, _ = await talk.picture(_streams_of(channels, profile_token, video_source_token), max_width)
    if picture is None and talk.refusals.spent > talk.refusals_before:
        raise Unauthorized("picture")
    if picture is None:
        raise Misbehaving("no_picture")
    count = talk.refusals.count
    return Still(
        picture.jpeg, picture.width, picture.height, count.refusals, talk.session.worked, doubts=count.doubts
    )


def _streams_of(channels: tuple[Channel, ...], profile_token: str, source: str) -> tuple[Stream, ...]:
    """The streams of one channel, the profile that was named first.

    The channel is the one of the profile, else of the video source, else the first; none where the device listed
    none. `DifferentSource` where the profile shows another source than the one named, or that source is gone.
    """
    if not channels:
        return ()
    named = [c for c in channels if any(s.profile_token == profile_token for s in c.streams)]
    if profile_token and not named:
        raise Misbehaving("no_such_profile")
    if source:
        named = [c for c in named or channels if c.video_source_token == source]
        if not named:
            raise DifferentSource
    streams = (named or channels)[0].streams
    return tuple(sorted(streams, key=lambda stream: stream.profile_token != profile_token))


async def bounded(work: Coroutine[None, None, T], talk: Conversation) -> T:
    """Run under the total deadline, as a last resort behind the deadline of each read.

    Whatever goes wrong, the error tells how often the secret was refused by then.
    """
    try:
        async with (
            turn_at(talk.target.host, talk.target.port, talk.deadline),
            asyncio.timeout(talk.deadline.left() + GRACE_SECONDS),
        ):
            return await work
    except TimeoutError:
        kind = Misbehaving if talk.http.answered else Unreachable
        late = kind("slow" if talk.http.answered else "silent")
        late.refusals, late.doubts = talk.refusals.spent, tuple(talk.refusals.doubts)
        raise late from None
    except DeviceError as error:
        error.refusals, error.doubts = talk.refusals.spent, tuple(talk.refusals.doubts)
        if talk.target.rtsp_path and isinstance(error, Misbehaving):
            error.speaking_rtsp()
        raise
    finally:
        work.close()
        talk.close()


async def _probe_onvif(talk: Conversation, on_step: OnStep, want_picture: bool, want_details: bool) -> DeviceReport:
    started = time.monotonic()
    reader = talk.reader
    await _step(on_step, "address", talk.check_address())
    await _step(on_step, "connect", talk.http.connect())
    await _step(on_step, "clock", talk.read_clock())
    await talk.greet()
    information = await _step(on_step, "sign_in", talk.sign_in())
    await _step(on_step, "identity", reader.read_services())
    open_to_anyone = await reader.open_to_anyone()
    profiles = await reader.read_profiles()
    channels = await _step(
        on_step, "channels", reader.read_channels(profiles, spare_seconds=PICTURE_SECONDS if want_picture else 1.0)
    )
    if information.empty and not channels:
        raise reader.first_problem or Misbehaving("nothing_read")
    mac = await talk.read_mac()
    await talk.read_stream_certificate(channels[0].streams if channels else ())
    picture: Picture | None = None
    source: PictureSource = ""
    if want_picture:
        streams = channels[0].streams if channels else ()
        picture, source = await _step(on_step, "picture", talk.picture(streams, 1280), failed=_no_picture)
    details = await DetailReader(reader, profiles).read() if want_details else NO_DETAILS
    if open_to_anyone:
        reader.warn("auth_not_enforced")
    _warn_of_codecs(talk, channels)
    if talk.offset is None:
        reader.warn("clock_unread")
    elif abs(talk.offset) > CLOCK_TOLERANCE_SECONDS:
        reader.warn("clock_off")
    return DeviceReport(
        host=talk.target.host,
        port=talk.target.port,
        maker=information.maker,
        model=information.model,
        firmware=information.firmware,
        serial=information.serial,
        mac=mac,
        clock_offset_seconds=None if talk.offset is None else round(talk.offset, 1),
        auth_not_enforced=open_to_anyone,
        channels=channels,
        picture=picture,
        picture_source=source,
        warnings=tuple(reader.warnings),
        seconds=time.monotonic() - started,
        identity=talk.identity(information, mac),
        sign_in_method=talk.session.method,
        worked=talk.session.worked,
        refusals=talk.refusals.spent,
        doubts=tuple(talk.refusals.doubts),
        details=details,
        snapshot_path=talk.snapshot_path,
    )


def _no_picture(result: tuple[Picture | None, PictureSource]) -> str:
    return "" if result[0] is not None else "no_picture"


async def _probe_rtsp(talk: Conversation, on_step: OnStep, want_picture: bool) -> DeviceReport:
    """A device brought in by the path of its streams alone: nothing is known of its clock and serial number."""
    started = time.monotonic()
    await _step(on_step, "address", talk.check_address())
    spare = min(PICTURE_SECONDS, talk.deadline.left() / 2) if want_picture else 0.0
    walk = RtspWalk(talk, talk.deadline.within(talk.deadline.left() - spare))
    try:
        channels = await _step(on_step, "channels", walk.channels())
    finally:
        walk.close()
    picture = None
    if want_picture:
        stream = best_for_picture(channels[0].streams)
        picture, _ = await _step(on_step, "picture", _keyframe_only(talk, stream), failed=_no_picture)
        channels = _sized(channels, stream, picture)
    talk.reader.warn("rtsp_only")
    if walk.auth_not_enforced:
        talk.reader.warn("auth_not_enforced")
    _warn_of_codecs(talk, channels)
    return DeviceReport(
        host=talk.target.host,
        port=talk.target.port,
        onvif=False,
        auth_not_enforced=walk.auth_not_enforced,
        channels=channels,
        picture=picture,
        picture_source="keyframe" if picture else "",
        warnings=tuple(talk.reader.warnings),
        seconds=time.monotonic() - started,
        identity=walk.identity,
        sign_in_method="" if walk.auth_not_enforced else "digest",
        refusals=talk.refusals.spent,
        doubts=tuple(talk.refusals.doubts),
        details=NOT_ASKED,
    )


def _sized(channels: tuple[Channel, ...], stream: Stream, picture: Picture | None) -> tuple[Channel, ...]:
    """The channels, this stream of theirs with the size of its picture where its description has none."""
    if stream.width or not isinstance(picture, Keyframe):
        return channels
    known = replace(stream, width=picture.stream_width, height=picture.stream_height)
    return tuple(
        replace(channel, streams=tuple(known if one is stream else one for one in channel.streams))
        for channel in channels
    )


def _warn_of_codecs(talk: Conversation, channels: tuple[Channel, ...]) -> None:
    if any(channel.h265_only for channel in channels):
        talk.reader.warn("h265_only")


async def _keyframe_only(talk: Conversation, stream: Stream) -> tuple[Picture | None, PictureSource]:
    return await talk.keyframe(stream, 1280), "keyframe"


def _silent(step: Step) -> None:
    """Nobody watches."""


async def _step(on_step: OnStep, code: str, work: Awaitable[T], *, failed: Callable[[T], str] = lambda _: "") -> T:
    on_step(Step(code, "started", STEP_WORDS[code]))
    try:
        result = await work
    except DeviceError as error:
        told = error.for_owner()
        on_step(Step(code, "failed", f"{told.message} {told.remedy}", told.code))
        raise
    problem = failed(result)
    on_step(Step(code, "failed" if problem else "done", STEP_WORDS[code], problem))
    return result


def probe_device(
    target: Target,
    credentials: Credentials | None,
    *,
    route: Route,
    deadline_seconds: float = 20,
    on_step: OnStep | None = None,
    want_picture: bool = True,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    seek_port: bool = False,
    resolver: Resolver = system_resolver,
) -> DeviceReport:
    """`probe` for callers without a loop. `on_step` is called in the caller's own thread, so it may use the ORM."""

    def work(watch: OnStep) -> Coroutine[None, None, DeviceReport]:
        return probe(
            target,
            credentials,
            route=route,
            deadline_seconds=deadline_seconds,
            on_step=watch,
            want_picture=want_picture,
            expected_identity=expected_identity,
            refusals_before=refusals_before,
            doubts_before=doubts_before,
            sign_in_method=sign_in_method,
            seek_port=seek_port,
            resolver=resolver,
        )

    return in_own_loop(work, on_step or _silent)


def take_still_now(
    target: Target,
    credentials: Credentials | None,
    *,
    route: Route,
    profile_token: str = "",
    video_source_token: str = "",
    deadline_seconds: float = 12,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    max_width: int = 1280,
) -> Still:
    """`take_still` for callers without a loop."""

    def work(_watch: OnStep) -> Coroutine[None, None, Still]:
        return take_still(
            target,
            credentials,
            route=route,
            profile_token=profile_token,
            video_source_token=video_source_token,
            deadline_seconds=deadline_seconds,
            expected_identity=expected_identity,
            refusals_before=refusals_before,
            doubts_before=doubts_before,
            sign_in_method=sign_in_method,
            max_width=max_width,
        )

    return in_own_loop(work, _silent)
