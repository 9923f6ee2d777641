"""A device without ONVIF: its channels are found by asking for one number after the other."""

from __future__ import annotations

from devices.conversation import Conversation, best_for_picture
from devices.deadline import Deadline
from devices.dial import Endpoint
from devices.errors import DifferentDevice, Dropped, Misbehaving, Unauthorized, Unreachable
from devices.report import Channel, Identity, Stream, Target
from devices.rtsp import RtspSession, is_missing
from devices.rtsp_path import channel_of, filled, has_channel, has_stream

CHANNELS_MAX = 64
MISSING_IN_A_ROW = 3
#: A number that no recorder has. A device that answers it too does not look at the number at all.
NO_SUCH_CHANNEL = 9999

MAIN, SUB = "main", "sub"


class RtspWalk:
    """One visit to a device that is brought in by RTSP alone. All questions share one connection.

    The tokens of what it finds are ours, made from the number: `rtsp:3` for a channel, `rtsp:3:main` for a stream.
    """

    def __init__(self, talk: Conversation, deadline: Deadline) -> None:
        self._talk = talk
        self._target = talk.target
        self._deadline = deadline
        self._endpoint = endpoint_of(talk.target, talk.expected)
        self._session = RtspSession(
            talk.dialler, self._endpoint, talk.credentials, talk.refusals, deadline, expected=talk.expected
        )

    @property
    def identity(self) -> Identity:
        return self._session.identity

    @property
    def auth_not_enforced(self) -> bool:
        return self._session.auth_not_enforced

    def close(self) -> None:
        self._session.close()

    async def channels(self) -> tuple[Channel, ...]:
        """Every channel, until three numbers in a row are missing; at most 64.

        Raises what the first number met where no channel was found, and `Unauthorized` as soon as the password is
        refused for any of them. Time that runs out later costs the channels that were not reached.
        """
        found: list[Channel] = []
        missing, first_problem = 0, Misbehaving("no_such_path")
        try:
            for number in range(1, CHANNELS_MAX + 1) if has_channel(self._target.rtsp_path) else (1,):
                try:
                    found.append(await self.channel(number))
                    missing = 0
                except Misbehaving as problem:
                    if not is_missing(problem) and not (found and isinstance(problem, Dropped)):
                        raise
                    if number == 1:
                        first_problem = problem
                    missing += 1
                if missing == MISSING_IN_A_ROW:
                    break
            else:
                found = await self._without_echoes(found)
        except Unauthorized as problem:
            if missing and problem.detail == "resting":  # Those paths used up the attempts, not a refusal.
                raise first_problem from None
            raise
        except (Misbehaving, Unreachable):
            if not found or not self._deadline.passed:
                raise
            self._talk.reader.warn("streams_unread")
        if not found:
            raise first_problem
        return tuple(found)

    async def _without_echoes(self, found: list[Channel]) -> list[Channel]:
        """What was found where the numbers did not end; the first alone if the device answers any number."""
        if len(found) < 2:
            return found
        try:
            await self._stream(NO_SUCH_CHANNEL, MAIN)
        except Misbehaving as problem:
            if is_missing(problem):
                return found
            raise
        self._talk.reader.warn("channels_alike")
        return found[:1]

    async def channel(self, number: int) -> Channel:
        """One channel with its main stream and, where it answers, its sub stream."""
        streams = [await self._stream(number, MAIN)]
        if has_stream(self._target.rtsp_path):
            try:
                streams.append(await self._stream(number, SUB))
            except Misbehaving as problem:
                if not is_missing(problem) and not isinstance(problem, Dropped):
                    raise
        return Channel(number, "", f"rtsp:{number}", tuple(streams))

    async def _stream(self, number: int, which: str) -> Stream:
        value = self._target.rtsp_streams[which == SUB]
        path = filled(self._target.rtsp_path, number, value)
        seen = await self._session.describe(path)
        return Stream(
            profile_token=f"rtsp:{number}:{which}",
            codec=seen.codec,
            width=seen.width,
            height=seen.height,
            fps=seen.fps,
            path=path,
            rtsp_port=self._endpoint.port,
            tls=self._endpoint.tls,
        )


def endpoint_of(target: Target, expected: Identity) -> Endpoint:
    """Where such a device is asked: the RTSP port that was typed, else the port of the address."""
    return Endpoint(target.host, target.rtsp_port or target.port, target.rtsp_tls, expected.tls_fingerprint)


async def stream_for_still(talk: Conversation, profile_token: str, video_source_token: str) -> Stream:
    """The stream of which a still is taken: the best one of the channel that is named, else of the first channel.

    The device is compared with what is expected of it on the way. `DifferentDevice("video_source")` where profile
    and channel are not of one number; `Misbehaving("no_such_profile")` where the tokens are not such a device's.
    """
    numbers = {channel_of(token) for token in (profile_token, video_source_token) if token}
    if len(numbers) > 1:
        raise DifferentDevice("video_source")
    number = next(iter(numbers), 1)
    last = CHANNELS_MAX if has_channel(talk.target.rtsp_path) else 1
    if number is None or number > last:
        raise Misbehaving("no_such_profile")
    walk = RtspWalk(talk, talk.deadline)
    try:
        streams = (await walk.channel(number)).streams
    finally:
        walk.close()
    return best_for_picture(streams)
