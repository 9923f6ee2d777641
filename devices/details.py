"""What a device tells beyond the essential: read last, each answer for itself, while the deadline has room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from devices import replies, requests, soap
from devices.channels import by_source, numbered
from devices.encoders import read_encoder_options, read_encoders
from devices.errors import DeviceError
from devices.facts import Details, Encoder, EncoderOptions, MaskOptions
from devices.onvif_reader import OnvifReader
from devices.replies import Profile
from devices.sign_in import Refused

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

T = TypeVar("T")

DETAILS_SECONDS = 6.0
#: Options are a question for each encoder: one of each kind tells enough of a recorder of 64.
OPTIONS_MAX = 6
MASK_OPTIONS_MAX = 4
REFUSED_MAX = 2


class DetailReader:
    """Reads the details of one device that is signed in to, and names what it could not read.

    A device that does not offer something is believed. Answers refused to this user are not insisted on: at the
    second the rest is left. Nothing here counts against the secret, because nothing is signed that was not proven.
    """

    def __init__(self, reader: OnvifReader, profiles: list[Profile]) -> None:
        self._reader = reader
        self._session = reader.session
        self._profiles = profiles
        self._refused = 0
        self._missing: list[str] = []
        self._not_offered: list[str] = []
        self._deadline = reader.session.deadline.within(DETAILS_SECONDS)

    async def read(self) -> Details:
        """All that can be had. No failure comes out of it."""
        before = self._session.deadline
        self._session.deadline = self._deadline
        try:
            details = await self._read()
        finally:
            self._session.deadline = before
        if self._missing:
            self._reader.warn("details_unread")
        if self._refused:
            self._reader.warn("details_refused")
        # These two were asked before us, and have warnings of their own.
        unread = [name for name in ("clock", "interfaces") if getattr(details, name) is None]
        return replace(
            details,
            missing=tuple(dict.fromkeys([*self._missing, *unread])),
            not_offered=tuple(dict.fromkeys(self._not_offered)),
        )

    async def _read(self) -> Details:
        encoders = await self._encoders()
        return Details(
            clock=self._session.clock_settings,
            services=tuple(sorted(self._reader.services)),
            interfaces=self._reader.interfaces,
            encoders=encoders,
            video_sources=await self._one(
                "video_sources", soap.MEDIA, requests.GET_VIDEO_SOURCES, replies.read_video_sources
            ),
            encoder_options=await self._encoder_options(encoders),
            masks=await self._one("masks", soap.MEDIA2, requests.GET_MASKS, replies.read_masks),
            mask_options=await self._mask_options(),
            recordings=await self._one(
                "recordings", requests.RECORDING, requests.GET_RECORDINGS, replies.read_recordings
            ),
            scopes=await self._one("scopes", soap.DEVICE, requests.GET_SCOPES, replies.read_scopes),
            event_topics=await self._one(
                "event_topics", requests.EVENTS, requests.GET_EVENT_PROPERTIES, replies.read_event_topics
            ),
        )

    async def _encoders(self) -> tuple[Encoder, ...]:
        """Those of the profiles, which came with them; asked for only where the profiles name none."""
        groups = [group for _, _, group in numbered(by_source(self._profiles))]
        named = {profile.encoder.token: profile.encoder for group in groups for profile in group}
        named.pop("", None)
        if named:
            return tuple(named.values())
        request = requests.GET_ENCODERS2 if self._media2 else requests.GET_ENCODERS
        return await self._one("encoders", self._reader.profiles_service, request, read_encoders) or ()

    async def _encoder_options(self, encoders: tuple[Encoder, ...]) -> tuple[EncoderOptions, ...]:
        ask = requests.get_encoder_options2 if self._media2 else requests.get_encoder_options
        found: list[EncoderOptions] = []
        for encoder in _one_of_each_first(encoders)[:OPTIONS_MAX]:
            reply = await self._ask("encoder_options", self._reader.profiles_service, ask(encoder.token))
            if reply is not None:
                found += read_encoder_options(reply, encoder.token)
        return tuple(found)

    async def _mask_options(self) -> tuple[MaskOptions, ...]:
        tokens = dict.fromkeys(profile.configuration for profile in self._profiles if profile.configuration)
        found = []
        for token in [*tokens][:MASK_OPTIONS_MAX]:
            reply = await self._ask("mask_options", soap.MEDIA2, requests.get_mask_options(token))
            options = None if reply is None else replies.read_mask_options(reply, token)
            if options is None:
                break  # What it has not for one lens it has for none.
            found.append(options)
        return tuple(found)

    @property
    def _media2(self) -> bool:
        return self._reader.profiles_service == soap.MEDIA2

    async def _one(
        self, name: str, service: str, request: soap.Operation, parse: Callable[[Element], tuple[T, ...]]
    ) -> tuple[T, ...] | None:
        reply = await self._ask(name, service, request)
        return None if reply is None else parse(reply)

    async def _ask(self, name: str, service: str, request: soap.Operation) -> Element | None:
        """The answer; None where the service is not offered, or the answer refused, broken or too late."""
        path = self._reader.services.get(service)
        if path is None:
            self._not_offered.append(name)
            return None
        if self._deadline.passed or self._refused >= REFUSED_MAX:
            self._missing.append(name)
            return None
        ask = self._session.signed if self._session.proven else self._session.plain
        try:
            return await ask(request, path)
        except soap.Fault as fault:
            if fault.not_authorized:
                self._refused += 1
                self._missing.append(name)
        except Refused:
            self._refused += 1
            self._missing.append(name)
        except DeviceError:
            self._missing.append(name)
        return None


def _one_of_each_first(encoders: tuple[Encoder, ...]) -> list[Encoder]:
    """The first encoder of each setting, then the rest: the odd one of a recorder may be its last."""
    kinds = {replace(encoder, token=""): encoder for encoder in reversed(encoders)}
    first = [encoder for encoder in encoders if encoder in kinds.values()]
    return first + [encoder for encoder in encoders if encoder not in first]
