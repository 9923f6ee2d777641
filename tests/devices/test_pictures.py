"""Pictures are drawn anew: nothing that a device hid in its file travels on."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from devices.errors import Misbehaving
from devices.pictures import clean_jpeg


def jpeg(width: int = 64, height: int = 48, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, "JPEG", **options)
    return out.getvalue()


def test_comment_exif_and_tail_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "EXIFMARK"
    dirty = jpeg(comment=b"COMMARK<?php", exif=exif.tobytes(), icc_profile=b"ICCMARK") + b"TAILMARK"

    clean = clean_jpeg(dirty).jpeg

    assert (b"COMMARK" in dirty, b"EXIFMARK" in dirty) == (True, True)
    assert not any(mark in clean for mark in (b"COMMARK", b"EXIFMARK", b"ICCMARK", b"TAILMARK"))


def test_a_wide_picture_is_made_smaller() -> None:
    picture = clean_jpeg(jpeg(1920, 1080), max_width=1280)

    assert (picture.width, picture.height) == (1280, 720)


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", b"\xff\xd8\xff", jpeg()[:200], b"\x89PNG\r\n\x1a\n", b"GIF89a", jpeg(4, 4)],
    ids=["empty", "svg", "magic only", "truncated", "png", "gif", "tiny"],
)
def test_what_is_not_wholly_a_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(Misbehaving):
        clean_jpeg(data)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    small = jpeg(64, 64)
    frame = small.index(b"\xff\xc0")
    huge = small[: frame + 5] + (9000).to_bytes(2, "big") * 2 + small[frame + 9 :]

    with pytest.raises(Misbehaving) as refusal:
        clean_jpeg(huge)

    assert refusal.value.detail == "picture_size"


@pytest.mark.parametrize(
    ("width", "height", "subsampling", "taken"),
    [
        (2592, 1944, "4:2:0", True),
        (2592, 1944, "4:4:4", False),
        (1920, 1080, "4:4:4", True),
        (3840, 2160, "4:2:0", False),
    ],
)
def test_a_progressive_picture_is_taken_as_far_as_it_can_be_held(
    width: int, height: int, subsampling: str, taken: bool
) -> None:
    data = jpeg(width, height, progressive=True, subsampling=subsampling)

    if taken:
        assert clean_jpeg(data).width == 1280
    else:
        with pytest.raises(Misbehaving) as refusal:
            clean_jpeg(data)
        assert refusal.value.detail == "picture_size"
