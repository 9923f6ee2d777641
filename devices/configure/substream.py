"""The small stream of a channel, made watchable in a browser. The main one is the owner's recording: never touched.

Main is every encoder of the channel's largest picture, and any that such a profile shares. What the device then
did to the main stream is read back too, because some change both: then its old values are kept, and the way back
writes them as well. What was there once is written as it was, whatever the device offers now: some list less than
they have (H.265 in Media1), and an old value that was brought nearer to an offer would not be the old one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import Change, Finding, Outcome, Values, Wish
from devices.configure.encoders import Media, Place, media_of
from devices.errors import DeviceError, Misbehaving

if TYPE_CHECKING:
    from devices.configure.visit import Visit

_WISHED = ("codec", "width", "height", "fps", "bitrate_kbps")
_VALUES = (*_WISHED, "gov_length", "profile")


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
    streams = _streams(visit, media, places, source)
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
    """Write the new values, and read back both streams. New ones are brought within what the device offers now."""
    media, places = media_of(visit)
    source = _source_of(places, change.subject)
    streams = _streams(visit, media, places, source, change) if source is not None else None
    place = streams.sub(change.subject) if streams is not None else None
    if streams is None or place is None:
        named = any(change.subject == each.encoder for each in places)
        why = "main_stream" if named else "changed_meanwhile"
        return visit.outcome("failed", change, {}, why)
    was, raw = media.read(place.encoder)
    new = {name: change.new[name] for name in _VALUES if name in change.new}
    if not change.restores:
        limits = media.limits(place).get(str(new.get("codec")))
        if limits is None:
            return visit.outcome("failed", change, was, "codec_not_offered")
        new = limits.nearest({**was, **new}, below_pixels=streams.main_pixels)
    mains = _read_all(media, streams.mains)
    kept = _to_put_back(change, mains)
    if _same(was, new) and not kept:
        return visit.outcome("done", replace(change, new=new), was)
    if not _same(was, new) and not _same(was, _small(change.old)):
        return visit.outcome("failed", change, was, "changed_meanwhile")
    refusal = "" if _same(was, new) else visit.attempt(lambda: media.write(raw, new))
    if change.restores:
        refusal = _put_back(visit, media, mains | kept) or refusal
    seen = visit.read_back(change, lambda: media.read(place.encoder)[0])
    if isinstance(seen, Outcome):
        return seen
    after = _read_all(media, streams.mains)
    expected = {token: values for token, values in (mains | kept).items() if token in kept or token in after}
    changed = {token: after.get(token, {}) for token, values in expected.items() if after.get(token) != values}
    if not changed:
        return visit.judged(replace(change, new=new), seen, refusal, _same)
    seen = seen | {"mains": changed}
    should = {"mains": {token: expected[token] for token in changed}}
    if change.restores:
        left = replace(change, old=seen, new=new | should)
        return visit.outcome("failed", left, seen, "main_not_restored" if _same(seen, new) else "other_value")
    return visit.outcome("failed", replace(change, old=change.old | should, new=seen), seen, "main_changed")


def _to_put_back(change: Change, mains: dict[str, Values]) -> dict[str, Values]:
    """Main encoders that the device had changed along, and what they were; none that somebody changed since."""
    left, was = _mains(change.old), _mains(change.new)
    return {token: was[token] for token in mains if token in was and mains[token] == left.get(token)}


def _put_back(visit: Visit, media: Media, mains: dict[str, Values]) -> str:
    """Write main encoders that read otherwise back to these values; the code of a refusal, or nothing."""
    refusal = ""
    for token, values in mains.items():
        try:
            now, raw = media.read(token)
        except (DeviceError, soap.Fault):
            continue
        if now != values:
            visit.own.mains[token] = values
            refusal = visit.attempt(lambda raw=raw, values=values: media.write(raw, values)) or refusal  # type: ignore[misc]
    return refusal


def _mains(values: Values) -> dict[str, Values]:
    mains = values.get("mains")
    return mains if isinstance(mains, dict) else {}


def _small(values: Values) -> Values:
    return {name: value for name, value in values.items() if name != "mains"}


def _source_of(places: list[Place], subject: str) -> str | None:
    """The video source that the subject is, or whose encoder it is; the first one where nothing is named."""
    for place in places:
        if subject in ("", place.source, place.encoder):
            return place.source
    return None


def _streams(visit: Visit, media: Media, places: list[Place], source: str, change: Change | None = None) -> Streams:
    """Which encoders of a source are main and which are not; the latter alone are ours to write.

    `change` may know which was which before the device changed their sizes. `Misbehaving` where a size is not told.
    """
    known = _mains(change.new) if change is not None else {}
    small = change.subject if change is not None and known else ""
    here = [place for place in places if place.source == source]
    if any(place.pixels == 0 for place in here):
        raise Misbehaving("encoder")
    sized = [place for place in here if place.encoder != small] or here
    largest = max(place.pixels for place in sized)
    mains = known.keys() | {place.encoder for place in sized if place.pixels == largest}
    # An encoder that another source uses too may be its main stream.
    untouched = mains | {place.encoder for place in places if place.source != source}
    subs = {place.encoder: place for place in here if place.encoder not in untouched}
    visit.own.encoders |= subs.keys()
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
