"""Video encoders in the answers of either media service: how they are set, and what they can be set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices import soap
from devices.facts import Encoder, EncoderOptions
from devices.values import attribute, decimal, size, token_of, whole

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ENCODERS_MAX = 256
SIZES_MAX = 64
#: Element names of Media1's options; H265 is there by some makers' own choice.
_CODECS = ("H264", "H265", "MPEG4", "JPEG")


def read_encoder(node: Element | None) -> Encoder:
    """One video encoder configuration, in either service's shape (Media2 writes the last two as attributes)."""
    parts = soap.fields(node)
    codec = codec_name(soap.content(parts.get("Encoding"), 40))
    picture, rate = soap.fields(parts.get("Resolution")), soap.fields(parts.get("RateControl"))
    own = soap.fields(parts.get(codec))
    fps = decimal(soap.content(rate.get("FrameRateLimit"), 40))
    return Encoder(
        token=token_of(node),
        codec=codec,
        width=size(soap.number(picture.get("Width"))),
        height=size(soap.number(picture.get("Height"))),
        fps=size(None if fps is None else round(fps)),
        kbit=size(soap.number(rate.get("BitrateLimit"))),
        gov_length=size(soap.number(own.get("GovLength")) or whole(attribute(node, "GovLength"))),
        profile=soap.content(own.get(f"{codec.capitalize() if codec == 'MPEG4' else codec}Profile"), 40)
        or soap.clean_text(attribute(node, "Profile"), 40),
    )


def read_encoders(reply: Element) -> tuple[Encoder, ...]:
    """The configurations of a GetVideoEncoderConfigurationsResponse of either service."""
    return tuple(read_encoder(node) for node in soap.children(reply, "Configurations")[:ENCODERS_MAX])


def read_encoder_options(reply: Element, encoder: str) -> tuple[EncoderOptions, ...]:
    """The options of a GetVideoEncoderConfigurationOptionsResponse of either service, one for each codec.

    Media2 lists one element per codec; Media1 has one with a part per codec, and the bit rates apart in Extension.
    """
    found = []
    for options in soap.children(reply, "Options")[:ENCODERS_MAX]:
        if soap.child(options, "Encoding") is not None:
            found.append(_options2(options, encoder))
        else:
            found += _options1(options, encoder)
    return tuple(found)


def _options2(options: Element, encoder: str) -> EncoderOptions:
    rates = [rate for rate in map(decimal, attribute(options, "FrameRatesSupported").split()[:SIZES_MAX]) if rate]
    return EncoderOptions(
        encoder=encoder,
        codec=codec_name(soap.text(options, "Encoding", size=40)),
        sizes=_sizes(options),
        fps_min=min(rates, default=None),
        fps_max=max(rates, default=None),
        kbit_min=soap.number(options, "BitrateRange", "Min"),
        kbit_max=soap.number(options, "BitrateRange", "Max"),
        profiles=tuple(soap.clean_text(attribute(options, "ProfilesSupported"), 200).split()),
    )


def _options1(options: Element, encoder: str) -> list[EncoderOptions]:
    found = []
    for codec in _CODECS:
        more = soap.child(options, "Extension", codec)
        part = soap.child(options, codec)
        part = part if part is not None else more
        if part is None:
            continue
        names = soap.children(part, f"{'Mpeg4' if codec == 'MPEG4' else codec}ProfilesSupported")[:SIZES_MAX]
        found.append(
            EncoderOptions(
                encoder=encoder,
                codec=codec,
                sizes=_sizes(part),
                fps_min=decimal(soap.text(part, "FrameRateRange", "Min", size=40)),
                fps_max=decimal(soap.text(part, "FrameRateRange", "Max", size=40)),
                kbit_min=soap.number(more, "BitrateRange", "Min"),
                kbit_max=soap.number(more, "BitrateRange", "Max"),
                profiles=tuple(soap.clean_text(name.text or "", 40) for name in names),
            )
        )
    return found


def _sizes(options: Element) -> tuple[tuple[int, int], ...]:
    found = []
    for node in soap.children(options, "ResolutionsAvailable")[:SIZES_MAX]:
        width, height = size(soap.number(node, "Width")), size(soap.number(node, "Height"))
        if width and height:
            found.append((width, height))
    return tuple(found)


_SPELLINGS = {"HEVC": "H265", "AVC": "H264", "MJPEG": "JPEG", "MPEG4ES": "MPEG4", "MP4VES": "MPEG4"}


def codec_name(encoding: str) -> str:
    """H264, H265, JPEG, MPEG4 or what the device says, in capitals."""
    plain = encoding.upper().replace(".", "").replace("-", "")
    return _SPELLINGS.get(plain, plain)
