"""Encoder configurations in both media services, behind one shape.

Media1 goes through zeep, whose objects travel back whole. Media2, which onvif-zeep lacks and without which there
is no H.265, is plain XML: the device's own configuration is copied, and only what is to change is written in.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from devices import soap
from devices.changes import Values
from devices.configure.encoder_limits import SIZES_MAX, EncoderLimits, Range, limits_of, plain, whole
from devices.encoders import codec_name
from devices.errors import Misbehaving
from devices.replies import PROFILES_MAX

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from devices.configure.visit import Visit

#: The codecs that have values of their own in Media1, where their profile stands, and the usual one.
_PARTS1 = {"H264": "H264Profile", "MPEG4": "Mpeg4Profile"}
_USUAL1 = {"H264": "Main", "MPEG4": "SP"}
#: Media2 names codecs by their media types (RFC 3016 for this one), Media1 as we do.
_WRITTEN2 = {"MPEG4": "MPV4-ES"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an encoder configuration is used: one media profile. `pixels` is nought where the size is not told."""

    encoder: str
    profile: str
    source: str
    source_configuration: str
    codec: str
    pixels: int


class Media(Protocol):
    """One media service, as far as encoders go. `raw` is whatever the service needs to write it back."""

    def places(self) -> list[Place]: ...
    def read(self, token: str) -> tuple[Values, Any]: ...
    def limits(self, place: Place) -> dict[str, EncoderLimits]: ...
    def write(self, raw: Any, values: Values) -> None: ...


def media_of(visit: Visit) -> tuple[Media, list[Place]]:
    """The service that lists encoders, Media2 first, and where they are used. Raises what the last one raised."""
    if soap.MEDIA2 in visit.paths:
        try:
            media2 = Media2(visit)
            if places := media2.places():
                return media2, places
        except (Misbehaving, soap.Fault):
            if soap.MEDIA not in visit.paths:
                raise
    media1 = Media1(visit)
    return media1, media1.places()


class Media1:
    """ver10, through zeep."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def places(self) -> list[Place]:
        path = self._visit.paths.get(soap.MEDIA)
        if path is None:
            raise Misbehaving("no_service")
        reply = self._visit.ask(request(soap.MEDIA, "GetProfiles"), path)
        names = ("VideoEncoderConfiguration",), ("VideoSourceConfiguration",)
        return _places(reply, *names)

    def read(self, token: str) -> tuple[Values, Any]:
        raw = self._visit.camera.media.GetVideoEncoderConfiguration(ConfigurationToken=token)
        if raw is None or str(raw.token) != token:
            raise Misbehaving("other_configuration")
        codec = codec_name(soap.clean_text(str(raw.Encoding), 40))
        size, rate = raw.Resolution, raw.RateControl
        values: Values = {
            "codec": codec,
            "width": whole(size.Width) if size is not None else None,
            "height": whole(size.Height) if size is not None else None,
            "fps": plain(rate.FrameRateLimit) if rate is not None else None,
            "bitrate_kbps": whole(rate.BitrateLimit) if rate is not None else None,
        }
        for name, profile in _PARTS1.items():
            if codec == name and (part := raw[name]) is not None:
                values["gov_length"] = whole(part.GovLength)
                values["profile"] = soap.clean_text(str(part[profile]), 40)
        return _complete(values), raw

    def limits(self, place: Place) -> dict[str, EncoderLimits]:
        # By hand, since zeep's reading of the schema's `any` swallows the extension that holds the bit rates.
        ask = request(
            soap.MEDIA,
            "GetVideoEncoderConfigurationOptions",
            ConfigurationToken=place.encoder,
            ProfileToken=place.profile,
        )
        options = soap.child(self._visit.ask(ask, self._visit.paths[soap.MEDIA]), "Options")
        h264 = soap.child(options, "H264")
        if h264 is None:
            return {}
        profiles = soap.children(h264, "H264ProfilesSupported")[:20]
        return {
            "H264": EncoderLimits(
                sizes=_sizes(h264),
                fps_range=_range(h264, "FrameRateRange"),
                bitrate_kbps=_range(soap.child(options, "Extension", "H264"), "BitrateRange"),
                gov_length=_range(h264, "GovLengthRange"),
                profiles=tuple(soap.text(profile, size=40) for profile in profiles),
            )
        }

    def write(self, raw: Any, values: Values) -> None:
        raw.Encoding = values["codec"]
        raw.Resolution = {"Width": values["width"], "Height": values["height"]}
        if values.get("fps") is not None and values.get("bitrate_kbps") is not None:
            rate = raw.RateControl
            raw.RateControl = {
                "FrameRateLimit": int(values["fps"]),
                "EncodingInterval": rate.EncodingInterval if rate is not None else 1,
                "BitrateLimit": values["bitrate_kbps"],
            }
        for name, profile in _PARTS1.items():
            raw[name] = None
            if values["codec"] == name:
                raw[name] = {
                    "GovLength": values.get("gov_length") or 2 * int(values.get("fps") or 15),
                    profile: values.get("profile") or _USUAL1[name],
                }
        self._visit.camera.media.SetVideoEncoderConfiguration(Configuration=raw, ForcePersistence=True)


class Media2:
    """ver20, as plain XML."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def places(self) -> list[Place]:
        reply = self._visit.media2(request(soap.MEDIA2, "GetProfiles", Type="All"))
        names = ("Configurations", "VideoEncoder"), ("Configurations", "VideoSource")
        return _places(reply, *names)

    def read(self, token: str) -> tuple[Values, Any]:
        ask = request(soap.MEDIA2, "GetVideoEncoderConfigurations", ConfigurationToken=token)
        found = [c for c in soap.children(self._visit.media2(ask), "Configurations") if c.get("token") == token]
        if not found:
            raise Misbehaving("other_configuration")
        raw = found[0]
        values: Values = {
            "codec": codec_name(soap.text(raw, "Encoding", size=40)),
            "width": whole(soap.text(raw, "Resolution", "Width")),
            "height": whole(soap.text(raw, "Resolution", "Height")),
            "fps": plain(soap.text(raw, "RateControl", "FrameRateLimit")),
            "bitrate_kbps": whole(soap.text(raw, "RateControl", "BitrateLimit")),
        }
        if (gov := whole(raw.get("GovLength"))) is not None:
            values["gov_length"] = gov
        if profile := soap.clean_text(raw.get("Profile") or "", 40):
            values["profile"] = profile
        return _complete(values), raw

    def limits(self, place: Place) -> dict[str, EncoderLimits]:
        ask = request(
            soap.MEDIA2,
            "GetVideoEncoderConfigurationOptions",
            ConfigurationToken=place.encoder,
            ProfileToken=place.profile,
        )
        found: dict[str, EncoderLimits] = {}
        for options in soap.children(self._visit.media2(ask), "Options")[:20]:
            gov = _words(options, "GovLengthRange")
            rates = (plain(word) for word in _words(options, "FrameRatesSupported"))
            found[codec_name(soap.text(options, "Encoding", size=40))] = EncoderLimits(
                sizes=_sizes(options),
                fps=tuple(rate for rate in rates if rate),
                bitrate_kbps=_range(options, "BitrateRange"),
                gov_length=limits_of(gov[0], gov[-1]) if gov else None,
                profiles=tuple(_words(options, "ProfilesSupported")),
            )
        return found

    def write(self, raw: Any, values: Values) -> None:
        kept = {name: value for name, value in raw.attrib.items() if name not in ("GovLength", "Profile")}
        new = etree.Element(f"{{{soap.MEDIA2}}}Configuration", kept)
        for name, key in (("GovLength", "gov_length"), ("Profile", "profile")):
            if values.get(key) is not None:
                new.set(name, str(values[key]))
        new.extend(copy.deepcopy(part) for part in soap.elements(raw))
        written = (
            (("Encoding",), "codec"),
            (("Resolution", "Width"), "width"),
            (("Resolution", "Height"), "height"),
            (("RateControl", "FrameRateLimit"), "fps"),
            (("RateControl", "BitrateLimit"), "bitrate_kbps"),
        )
        for path, key in written:
            node = soap.child(new, *path)
            if node is not None and values.get(key) is not None:
                node.text = _WRITTEN2.get(values[key], str(values[key]))
        asked = etree.Element(f"{{{soap.MEDIA2}}}SetVideoEncoderConfiguration")
        asked.append(new)
        self._visit.media2(asked)


def request(namespace: str, name: str, **values: str) -> Element:
    """A request with plain values, in order."""
    asked = etree.Element(f"{{{namespace}}}{name}", nsmap={None: namespace})  # type: ignore[dict-item] # stubs
    for key, value in values.items():
        etree.SubElement(asked, f"{{{namespace}}}{key}").text = value
    return asked


def _places(reply: Element, encoder: tuple[str, ...], source: tuple[str, ...]) -> list[Place]:
    found = []
    for profile in soap.children(reply, "Profiles")[:PROFILES_MAX]:
        encodes, shows = soap.child(profile, *encoder), soap.child(profile, *source)
        token, name = (encodes.get("token") if encodes is not None else None), profile.get("token")
        if encodes is None or shows is None or not token or not name or len(token) > 256 or len(name) > 256:
            continue
        width, height = (whole(soap.text(encodes, "Resolution", side)) or 0 for side in ("Width", "Height"))
        found.append(
            Place(
                encoder=token,
                profile=name,
                source=soap.text(shows, "SourceToken", size=256),
                source_configuration=(shows.get("token") or "")[:256],
                codec=codec_name(soap.text(encodes, "Encoding", size=40)),
                pixels=width * height,
            )
        )
    return found


def _complete(values: Values) -> Values:
    """Values whose codec and size are known; without those there is nothing to compare or restore."""
    if not values["codec"] or not values["width"] or not values["height"]:
        raise Misbehaving("encoder")
    return values


def _sizes(options: Element) -> tuple[tuple[int, int], ...]:
    listed = soap.children(options, "ResolutionsAvailable")[:SIZES_MAX]
    sizes = [(whole(soap.text(size, "Width")), whole(soap.text(size, "Height"))) for size in listed]
    return tuple((width, height) for width, height in sizes if width and height)


def _range(options: Element | None, name: str) -> Range | None:
    found = soap.child(options, name)
    return limits_of(soap.text(found, "Min"), soap.text(found, "Max"))


def _words(node: Element, name: str) -> list[str]:
    return soap.clean_text(node.get(name) or "", 400).split()
