"""The small stream of a channel, made watchable in a browser. The main one is the owner's recording: never touched.

Main is every encoder of the channel's largest picture, and any that such a profile shares. What the device then
did to the main stream is read back too, because some change both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import Change, Finding, Outcome, Values, Wish
from devices.configure.encoders import Media, Place, media_of
from devices.errors import DeviceError, Misbehaving

if TYPE_CHECKING:
    from devices.configure.visit import Visit

_WISHED = ("codec", "width", "height", "fps", "bitrate_kbps")


@dataclass(frozen=True, slots=True)
class Streams:
    """The encoders of one video source."""

    media: Media
    mains: frozenset[str]
    main_pixels: int
    subs: tuple[Place, ...]

    def sub(self, token: str) -> Place | None:
        return next((place for place in self.subs if place.encoder == token), None)


def find(visit: Visit, wish: Wish) -> Finding:
    """Whether the sub-stream is other than wished, and what it would become on this device."""
    media, places = media_of(visit)
    source = _source_of(places, wish.subject)
    if source is None:
        raise Misbehaving("no_encoder")
    streams = _streams(media, places, source)
    named = any(wish.subject == place.encoder for place in places)
    if named and streams.sub(wish.subject) is None:
        return Finding("substream", "unsupported", None, "main_stream", wish.subject)
    wished = {name: wish.values[name] for name in _WISHED if wish.values.get(name) is not None}
    wished.setdefault("codec", "H264")
    place = streams.sub(wish.subject) or _best(streams.subs, str(wished["codec"]))
    if place is None:
        return Finding("substream", "unsupported", None, "no_substream", wish.subject)
    old, _ = media.read(place.encoder)
    if all(old.get(name) == value for name, value in wished.items()):
        return Finding("substream", "right", None, "encoder_right", place.encoder)
    limits = media.limits(place).get(wished["codec"])
    if limits is None:
        return Finding("substream", "unsupported", None, "codec_not_offered", place.encoder)
    new = limits.nearest({**old, **wished}, below_pixels=streams.main_pixels)
    if _same(old, new):  # The device cannot come nearer to the wish than it is.
        return Finding("substream", "right", None, "encoder_right", place.encoder)
    return Finding(
        "substream", "differs", Change("substream", place.encoder, old, new), "encoder_differs", place.encoder
    )


def write(visit: Visit, change: Change) -> Outcome:
    """Write the new values, within what the device offers now, and read back both streams."""
    media, places = media_of(visit)
    source = _source_of(places, change.subject)
    streams = _streams(media, places, source) if source is not None else None
    place = streams.sub(change.subject) if streams is not None else None
    if streams is None or place is None:
        named = any(change.subject == each.encoder for each in places)
        why = "main_stream" if named else "changed_meanwhile"
        return visit.outcome("failed", change, {}, why)
    old, raw = media.read(place.encoder)
    limits = media.limits(place).get(str(change.new.get("codec")))
    if limits is None:
        return visit.outcome("failed", change, old, "codec_not_offered")
    known = {name: change.new[name] for name in (*_WISHED, "gov_length", "profile") if name in change.new}
    new = limits.nearest({**old, **known}, below_pixels=streams.main_pixels)
    planned = Change("substream", place.encoder, change.old, new)
    if _same(old, new):
        return visit.outcome("done", planned, old)
    if not _same(old, change.old):
        return visit.outcome("failed", change, old, "changed_meanwhile")
    mains = _read_all(media, streams.mains)
    refusal = visit.attempt(lambda: media.write(raw, new))
    seen = visit.read_back(planned, lambda: media.read(place.encoder)[0])
    if isinstance(seen, Outcome):
        return seen
    after = _read_all(media, streams.mains)
    if any(token in after and after[token] != values for token, values in mains.items()):
        happened = Change("substream", place.encoder, change.old, seen)
        return visit.outcome("failed", happened, {**seen, "main_changed": True}, "main_changed")
    return visit.judged(planned, seen, refusal, _same)


def _source_of(places: list[Place], subject: str) -> str | None:
    """The video source that the subject is, or whose encoder it is; the first one where nothing is named."""
    for place in places:
        if subject in ("", place.source, place.encoder):
            return place.source
    return None


def _streams(media: Media, places: list[Place], source: str) -> Streams:
    """Which encoders of a source are main and which are not. `Misbehaving` where a size is not told."""
    here = [place for place in places if place.source == source]
    if any(place.pixels == 0 for place in here):
        raise Misbehaving("encoder")
    largest = max(place.pixels for place in here)
    mains = {place.encoder for place in here if place.pixels == largest}
    # An encoder that another source uses too may be its main stream.
    untouched = mains | {place.encoder for place in places if place.source != source}
    subs = {place.encoder: place for place in here if place.encoder not in untouched}
    return Streams(media, frozenset(mains), largest, tuple(subs.values()))


def _best(subs: tuple[Place, ...], codec: str) -> Place | None:
    """The one that is nearest to the wish already, else the largest."""
    return max(subs, key=lambda place: (place.codec == codec, place.pixels), default=None)


def _read_all(media: Media, tokens: frozenset[str]) -> dict[str, Values]:
    """The values of those that can be read."""
    found = {}
    for token in sorted(tokens):
        try:
            found[token], _ = media.read(token)
        except (DeviceError, soap.Fault):
            continue
    return found


def _same(seen: Values, expected: Values) -> bool:
    """Equal in all that is expected. A device may tell more of one codec than of another."""
    return all(seen.get(name) == value for name, value in expected.items())
