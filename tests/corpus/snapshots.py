"""Snapshots that are not what a camera should send, each under `image/jpeg`."""

from __future__ import annotations

import asyncio
import io
import struct
from functools import cache

from PIL import Image

from tests.corpus.hostile import TRAP, Exchange, Handler, camera
from tests.corpus.wire import status

#: What nobody may find in a picture that we keep.
MARKS = (b"<?php", b"GPS-MARK", b"COMMENT-MARK", b"ICC-MARK", b"PK\x03\x04", b"XMP-MARK")


@cache
def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A small picture in a format that Pillow writes."""
    out = io.BytesIO()
    Image.new(mode, size, 90).save(out, kind, **options)
    return out.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def dressed(*segments: bytes, tail: bytes = b"") -> bytes:
    """A good JPEG with more segments behind its first marker, and something after its end."""
    plain = picture()
    return plain[:2] + b"".join(segments) + plain[2:] + tail


def claiming(width: int, height: int, *, precision: int = 8) -> bytes:
    """A small file that claims to be a picture of this size."""
    plain = bytearray(picture())
    at = plain.index(b"\xff\xc0")
    struct.pack_into(">BHH", plain, at + 4, precision, height, width)
    return bytes(plain)


@cache
def grey(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A real picture of one colour, as small as JPEG makes it."""
    out = io.BytesIO()
    Image.new("L", (width, height), 128).save(out, "JPEG", quality=1, progressive=progressive)
    return out.getvalue()


@cache
def many_scans(times: int) -> bytes:
    """A progressive picture whose last scan comes again and again: little to send, long to decode."""
    plain = grey(1400, 1400, progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * times + plain[-2:]


def sends(data: bytes) -> Handler:
    return camera(snapshot=data)


def sends_raw(head: bytes, block: bytes = b"", times: int = 0, *, every: float = 0.0) -> Handler:
    """A camera that answers for its snapshot with these bytes, and goes on."""
    onvif = camera()

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while (asked := await really()).startswith(b"GET "):
                await exchange.send(head)
                for _ in range(times):
                    await exchange.send(block)
                    await asyncio.sleep(every)
                return b""
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await onvif(exchange)

    return handle


async def redirects_who_signed(exchange: Exchange) -> None:
    """A camera whose snapshot wants Digest, and sends whoever answers to the trap."""
    onvif = camera()
    really = exchange.request

    async def request() -> bytes:
        while (asked := await really()).startswith(b"GET "):
            if b"Authorization: Digest" in asked:
                await exchange.reply(b"", "302 Found", f"Location: http://{TRAP}/snap.jpg")
            else:
                await exchange.reply(b"", "401 No", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"')
        return asked

    exchange.request = request  # type: ignore[method-assign]
    await onvif(exchange)


PART = b"--x\r\nContent-Type: image/jpeg\r\n\r\n" + picture() + b"\r\n"

#: Refused.
NO_PICTURES: dict[str, Handler] = {
    "HTML": sends(b"<html><script>alert(1)</script></html>"),
    "SVG": sends(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    "SVG behind the first bytes of a JPEG": sends(b"\xff\xd8\xff<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "GIF": sends(picture("GIF", mode="L")),
    "PNG": sends(picture("PNG")),
    "WebP": sends(picture("WEBP")),
    "TIFF": sends(picture("TIFF")),
    "BMP": sends(picture("BMP")),
    "PDF": sends(b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj"),
    "nothing": sends(b""),
    "cut short in its header": sends(b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    "cut short in its picture": sends(grey(640, 480)[:-400]),
    "without its tables": sends(picture()[:2] + picture()[picture().index(b"\xff\xda") :]),
    "25,000 x 25,000": sends(claiming(25_000, 25_000)),
    "65,535 x 65,535": sends(claiming(65_535, 65_535)),
    "5,001 x 5,000": sends(claiming(5_001, 5_000)),
    "4 x 4": sends(claiming(4, 4)),
    "no height": sends(claiming(64, 0)),
    "65,535 x 8, cut short": sends(claiming(65_535, 8)),
    "12 bits": sends(claiming(64, 48, precision=12)),
    "progressive, 24 million pixels": sends(grey(4_900, 4_900, progressive=True)),
    "2,000 scans": sends(many_scans(2_000)),
    "33 scans": sends(many_scans(33 - grey(1400, 1400, progressive=True).count(b"\xff\xda"))),
    "a redirect": sends_raw(status("302 Found", f"Location: http://{TRAP}/snap.jpg", "Content-Length: 0")),
    "a redirect after we signed": redirects_who_signed,
    "a refresh": sends_raw(status("200 OK", f"Refresh: 0; url=http://{TRAP}/snap.jpg", "Content-Length: 0")),
    "Basic": sends_raw(status("401 No", 'WWW-Authenticate: Basic realm="r"', "Content-Length: 0")),
    "no such page": sends_raw(status("404 No", "Content-Length: 0")),
    "an error with a picture": sends_raw(status("500 No", f"Content-Length: {len(picture())}") + picture()),
    "compressed": sends_raw(status("200 OK", "Content-Encoding: gzip", "Content-Length: 2") + b"\x1f\x8b"),
    "8 MiB and one byte": sends_raw(status("200 OK", f"Content-Length: {8 * 1024 * 1024 + 1}")),
    "endless": sends_raw(status("200 OK"), b"\xff\xd8\xff" + b"x" * 1024 * 1024, 40),
    "a film": sends_raw(status("200 OK", "Content-Type: multipart/x-mixed-replace; boundary=x"), PART * 1000, 40),
}

#: Taken, and drawn anew, so that nothing of these marks is kept.
PICTURES: dict[str, Handler] = {
    "PHP in an APP segment": sends(dressed(segment(0xE9, b"<?php system($_GET[0]); ?>"))),
    "EXIF with a position": sends(dressed(segment(0xE1, b"Exif\0\0II*\0GPS-MARK"))),
    "XMP": sends(dressed(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>XMP-MARK</x>"))),
    "ICC profile": sends(dressed(segment(0xE2, b"ICC_PROFILE\0\x01\x01ICC-MARK"))),
    "comment": sends(dressed(segment(0xFE, b"COMMENT-MARK"))),
    "1,000 segments": sends(dressed(*[segment(0xE9, b"COMMENT-MARK" * 100)] * 1000)),
    "a ZIP behind it": sends(dressed(tail=b"PK\x03\x04" + b"x" * 1000)),
    "several pictures in one (MPO)": sends(picture("MPO")),
    "CMYK": sends(picture(mode="CMYK")),
    "grey": sends(picture(mode="L")),
    "progressive": sends(picture(progressive=True)),
    "progressive, 5 million pixels": sends(grey(2_592, 1_944, progressive=True)),
    "25 million pixels": sends(grey(5_000, 5_000)),
    "8 x 3,000,000 pixels, nearly": sends(grey(8, 60_000)),
}
