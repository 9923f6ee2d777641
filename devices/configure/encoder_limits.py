"""What an encoder offers, and the nearest to a wish that it can do."""

from __future__ import annotations

from dataclasses import dataclass

from devices.changes import Values

Range = tuple[int, int]
#: H.264 profiles in the order in which browsers and small chips like them.
_PROFILES = ("Main", "High", "Baseline", "Extended")
#: Bounds of what we believe of a device, so that nonsense is neither kept nor sent back.
VALUE_MAX = 1_000_000
SIZES_MAX = 200


@dataclass(frozen=True, slots=True)
class EncoderLimits:
    """The options of one encoder configuration for one codec. Empty or None: the device does not say."""

    sizes: tuple[tuple[int, int], ...] = ()
    fps: tuple[int | float, ...] = ()
    fps_range: Range | None = None
    bitrate_kbps: Range | None = None
    gov_length: Range | None = None
    profiles: tuple[str, ...] = ()

    def nearest(self, wished: Values, *, below_pixels: int) -> Values:
        """The wish within these limits; its picture stays smaller than the main stream's `below_pixels`."""
        new = dict(wished)
        new["width"], new["height"] = self._size(wished, below_pixels)
        if wished.get("fps") is not None:
            new["fps"] = self._rate(wished["fps"])
        for name, limits in (("bitrate_kbps", self.bitrate_kbps), ("gov_length", self.gov_length)):
            if wished.get(name) is not None and limits is not None:
                new[name] = min(max(wished[name], limits[0]), limits[1])
        if self.profiles and wished.get("profile") not in self.profiles:
            new["profile"] = next((name for name in _PROFILES if name in self.profiles), self.profiles[0])
        elif not self.profiles and wished.get("profile") not in _PROFILES:
            new.pop("profile", None)  # One of another codec.
        return new

    def _size(self, wished: Values, below_pixels: int) -> tuple[int, int]:
        """The wished size, else the largest that is no larger, else the smallest there is."""
        size = (wished["width"], wished["height"])
        offered = [s for s in self.sizes if 0 < s[0] * s[1] < below_pixels]
        if not offered or size in offered:
            return size
        within = [s for s in offered if s[0] * s[1] <= size[0] * size[1]]
        return max(within, key=_pixels) if within else min(offered, key=_pixels)

    def _rate(self, wished: int | float) -> int | float:
        """The wished rate, else the highest that is no higher, else the lowest there is."""
        if self.fps:
            within = [rate for rate in self.fps if rate <= wished]
            return max(within) if within else min(self.fps)
        if self.fps_range is not None:
            return min(max(wished, self.fps_range[0]), self.fps_range[1])
        return wished


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def whole(value: object) -> int | None:
    """A believable whole number, or None."""
    number = plain(value)
    return int(number) if number is not None else None


def plain(value: object) -> int | float | None:
    """A believable number, whole where it is whole ("25.0" is 25), or None."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not 0 <= number <= VALUE_MAX:  # not true of NaN either
        return None
    return int(number) if number == int(number) else round(number, 3)


def limits_of(low: object, high: object) -> Range | None:
    """A believable range, or None."""
    first, last = whole(low), whole(high)
    return None if first is None or last is None or first > last else (first, last)
