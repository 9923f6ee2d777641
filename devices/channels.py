"""From media profiles to channels: a recorder's video sources become cameras."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from devices.quirks import largest_first
from devices.replies import Profile
from devices.report import Channel, Stream

CHANNELS_MAX = 64
STREAMS_PER_CHANNEL = 4


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Path and query of a stream, the port the device named (None: it named none), and whether over TLS."""

    path: str
    port: int | None
    tls: bool = False


def by_source(profiles: list[Profile]) -> dict[str, list[Profile]]:
    """Profiles of each video source, largest picture first."""
    groups: dict[str, list[Profile]] = {}
    for profile in profiles:
        if profile.source in groups or len(groups) < CHANNELS_MAX:
            groups.setdefault(profile.source, []).append(profile)
    return {source: largest_first(group) for source, group in groups.items()}


def numbered(groups: dict[str, list[Profile]]) -> list[tuple[int, str, list[Profile]]]:
    """Number, token and profiles of each video source, by number.

    The number is the one that ends the token (counted from one where a device counts from nought), so that it stays
    when the device lists its sources in another order or loses one; the place in the list where the tokens do not
    end in numbers of their own. Only the token says for certain which source it is.
    """
    digits = [re.search(r"(?<![0-9])[0-9]{1,4}$", source) for source in groups]
    own = [int(match[0]) for match in digits if match is not None]
    if len(set(own)) < len(groups):
        own = list(range(1, len(groups) + 1))
    elif 0 in own:
        own = [number + 1 for number in own]
    found = [(number, source, groups[source]) for number, source in zip(own, groups, strict=True)]
    return sorted(found, key=lambda item: item[0])


def in_order_of_need(profiles: list[Profile]) -> list[Profile]:
    """The profiles whose streams are worth asking for, the main one of every channel first, then the second of
    every channel: a recorder has more than a deadline holds."""
    groups = [group[:STREAMS_PER_CHANNEL] for _, _, group in numbered(by_source(profiles))]
    return [group[rank] for rank in range(STREAMS_PER_CHANNEL) for group in groups if rank < len(group)]


def channels_of(profiles: list[Profile], addresses: Mapping[str, StreamAddress]) -> tuple[Channel, ...]:
    """One channel for each video source, in order of their numbers, its streams main first.

    `addresses` are those that were read, by profile token.
    """
    return tuple(
        Channel(
            number,
            group[0].source_name or group[0].name or f"Kanal {number}",
            source,
            tuple(_stream(profile, addresses.get(profile.token)) for profile in group[:STREAMS_PER_CHANNEL]),
        )
        for number, source, group in numbered(by_source(profiles))
    )


def _stream(profile: Profile, address: StreamAddress | None) -> Stream:
    return Stream(
        profile_token=profile.token,
        codec=profile.encoder.codec,
        width=profile.encoder.width,
        height=profile.encoder.height,
        fps=profile.encoder.fps,
        path=address.path if address else "",
        rtsp_port=address.port if address else None,
        tls=address.tls if address else False,
    )
