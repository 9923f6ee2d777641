"""Devices that lie in RTSP, with the code and detail in which a probe of the stream alone ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from tests.corpus.hostile import TRAP, Exchange, Handler, silent
from tests.corpus.wire import BAD, Kinds, drips, floods, says

DIGEST = 'WWW-Authenticate: Digest realm="cam", nonce="n1"'

Answer = Callable[[bytes, bytes], bytes]


def rtsp(status: str, cseq: bytes, *headers: str, body: bytes = b"", length: int | None = None) -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq.decode()}", *headers]
    if body or length is not None:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(answer: Answer) -> Handler:
    """Answers each request; `answer` is given it and its CSeq."""

    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            cseq = re.search(rb"CSeq: (\d+)", request)
            await exchange.send(answer(request, cseq[1] if cseq else b"0"))

    return handle


def always(status: str, *headers: str, body: bytes = b"", length: int | None = None) -> Handler:
    return answering(lambda _, cseq: rtsp(status, cseq, *headers, body=body, length=length))


def before(data: bytes) -> Handler:
    """Sends this in front of a good answer."""
    return answering(lambda _, cseq: data + described(cseq))


def described(cseq: bytes, *headers: str, sdp: bytes = b"") -> bytes:
    return rtsp("200 OK", cseq, "Content-Type: application/sdp", *headers, body=sdp or plain_sdp())


def plain_sdp(*more: bytes) -> bytes:
    return b"\r\n".join([b"v=0", b"m=video 0 RTP/AVP 96", b"a=rtpmap:96 H264/90000", *more, b""])


def with_sdp(*more: bytes) -> Handler:
    return answering(lambda _, cseq: described(cseq, sdp=plain_sdp(*more)))


async def new_realm_for_ever(exchange: Exchange) -> None:
    while request := await exchange.request():
        cseq = request.split(b"CSeq: ")[1].split(b"\r\n")[0]
        number = len(exchange.server.requests)
        await exchange.send(
            rtsp("401 No", cseq, f'WWW-Authenticate: Digest realm="r{number}", nonce="{number}", stale=true')
        )


async def another_host_after_signing(exchange: Exchange) -> None:
    while request := await exchange.request():
        cseq = request.split(b"CSeq: ")[1].split(b"\r\n")[0]
        if b"Authorization" in request:
            await exchange.send(rtsp("302 Moved", cseq, f"Location: rtsp://{TRAP}/live"))
        else:
            await exchange.send(rtsp("401 No", cseq, DIGEST))


async def stalls_in_the_body(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 1000\r\n\r\nv=0\r\n")
    await asyncio.sleep(30)


#: Name → handler, code, detail.
STREAMS: Kinds = {
    "302 elsewhere": (always("302 Moved", f"Location: rtsp://{TRAP}/live"), BAD, "redirect"),
    "301 to a file": (always("301 Moved", "Location: file:///etc/passwd"), BAD, "redirect"),
    "305 use a proxy": (always("305 Use Proxy", f"Location: rtsp://{TRAP}/"), BAD, "redirect"),
    "302 after we signed": (another_host_after_signing, BAD, "redirect"),
    "REDIRECT as a request of its own": (
        says(f"REDIRECT rtsp://127.0.0.1/live RTSP/1.0\r\nCSeq: 9\r\nLocation: rtsp://{TRAP}/\r\n\r\n".encode()),
        BAD,
        "not_rtsp",
    ),
    "ANNOUNCE as a request of its own": (
        says(b"ANNOUNCE rtsp://127.0.0.1/live RTSP/1.0\r\nCSeq: 9\r\nContent-Length: 0\r\n\r\n"),
        BAD,
        "not_rtsp",
    ),
    "HTTP": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), BAD, "not_rtsp"),
    "RTSP 2.0": (says(b"RTSP/2.0 200 OK\r\nCSeq: 1\r\n\r\n"), BAD, "not_rtsp"),
    "SSH": (says(b"SSH-2.0-dropbear\r\n\r\n"), BAD, "not_rtsp"),
    "TLS on the plain port": (says(b"\x15\x03\x03\x00\x02\x02\x28\r\n\r\n"), BAD, "not_rtsp"),
    "a media frame before the answer": (before(b"$\x00\x00\x04abcd"), BAD, "not_rtsp"),
    "a frame that holds an answer": (
        before(b"$\x00\x00\x20RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nv=0"),
        BAD,
        "not_rtsp",
    ),
    "frames for ever": (floods(b"", b"$\x00\xff\xff" + b"x" * 65535, 400), BAD, "header_size"),
    "10,000 headers": (always("200 OK", *(f"A{n}: b" for n in range(10_000))), BAD, "header_size"),
    "200 headers": (always("200 OK", *(f"A{n}: b" for n in range(200))), BAD, "header_count"),
    "Session of 1 MB": (always("200 OK", "Session: " + "1" * 1_000_000), BAD, "header_size"),
    "header with NUL": (always("200 OK", "Ses\0sion: 1"), BAD, "header"),
    "header without a colon": (always("200 OK", "Content-Length"), BAD, "header"),
    "lines ended by bare LF": (says(b"RTSP/1.0 200 OK\nCSeq: 1\n\n"), BAD, "cut_off"),
    "wrong CSeq": (answering(lambda _, cseq: described(b"4711")), BAD, "cseq"),
    "CSeq with a sign": (answering(lambda _, cseq: described(b"+1")), BAD, "cseq"),
    "length 2^63": (always("200 OK", length=2**63), BAD, "body_size"),
    "length below nothing": (always("200 OK", length=-1), BAD, "body_size"),
    "length twice": (always("200 OK", "Content-Length: 1", length=2), BAD, "body_size"),
    "longer than it says": (always("200 OK", body=plain_sdp(), length=5), BAD, "no_video"),
    "shorter than it says": (stalls_in_the_body, BAD, "slow"),
    "SDP of 1 MB": (with_sdp(b"a=x:" + b"y" * 1_000_000), BAD, "body_size"),
    "SDP of 300 MiB": (
        floods(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 314572800\r\n\r\n", b"x" * 65536, 99),
        BAD,
        "body_size",
    ),
    "SDP without a picture": (always("200 OK", body=b"v=0\r\nm=audio 0 RTP/AVP 0\r\n"), BAD, "no_video"),
    "SDP of bytes": (always("200 OK", body=bytes(range(256)) * 100), BAD, "no_video"),
    "nothing said of it": (always("200 OK"), BAD, "no_video"),
    "Basic": (always("401 No", 'WWW-Authenticate: Basic realm="cam"'), BAD, "basic_only"),
    "no challenge": (always("401 No"), BAD, "basic_only"),
    "Digest for integrity alone": (
        always("401 No", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-int"'),
        BAD,
        "basic_only",
    ),
    "Digest by a hash that we lack": (
        always("401 No", 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512-256'),
        BAD,
        "basic_only",
    ),
    "refused for ever": (always("401 No", DIGEST), "unauthorized", "rtsp"),
    "stale for ever": (always("401 No", DIGEST + ", stale=true"), "unauthorized", "rtsp"),
    "a new realm for ever": (new_realm_for_ever, "unauthorized", "rtsp"),
    "no such path": (always("404 Not Found"), BAD, "no_such_path"),
    "an error": (always("551 Option not supported"), BAD, "rtsp_551"),
    "continue for ever": (drips(b"", b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n", every=0.01), BAD, "rtsp_100"),
    "status 999": (always("999 What"), BAD, "not_rtsp"),
    "says nothing": (silent, "unreachable", "silent"),
    "drips its header": (drips(b"RTSP/1.0 200 OK\r\nA: ", b"x"), BAD, "slow"),
    "drips its body": (drips(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 900\r\n\r\n", b"v"), BAD, "slow"),
    "hangs up": (says(b""), BAD, "empty"),
    "cut off": (says(b"RTSP/1.0 200 OK\r\nCS"), BAD, "cut_off"),
}

#: Answers that are taken, though they point or claim elsewhere: name → handler and the size that is believed.
TAKEN: dict[str, tuple[Handler, int | None]] = {
    "Content-Base on another host": (
        answering(
            lambda _, cseq: described(cseq, f"Content-Base: rtsp://{TRAP}/", f"Content-Location: rtsp://{TRAP}/")
        ),
        None,
    ),
    "tracks and media on another host": (
        with_sdp(f"a=control:rtsp://{TRAP}/1".encode(), b"c=IN IP4 10.0.0.5"),
        None,
    ),
    "5,000 lines": (with_sdp(*[b"a=fmtp:96 x"] * 5000), None),
    "1,000 tracks": (with_sdp(*[b"m=video 0 RTP/AVP 96"] * 1000), None),
    "a size beyond reason": (with_sdp(b"a=x-dimensions:99999,99999"), 99999),
    "a size below nothing": (with_sdp(b"a=x-dimensions:-1,-1"), None),
    "one line of 60 kB": (with_sdp(b"a=rtpmap:96 " + b"1" * 60_000), None),
}
