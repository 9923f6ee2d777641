"""What a device does to a signed request when it will not say that it refuses it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.corpus.hostile import Exchange, Handler, camera, clock_now, fault, soap
from tests.corpus.streams import rtsp

#: What comes instead of an answer to a signed request; it may end the connection by returning False.
Shrug = Callable[[Exchange, bytes], Awaitable[bool]]

DIGEST = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'


async def drops(exchange: Exchange, _: bytes) -> bool:
    return False


async def resets(exchange: Exchange, _: bytes) -> bool:
    exchange.reset()
    return False


async def is_silent(exchange: Exchange, _: bytes) -> bool:
    await asyncio.sleep(30)
    return False


def cut_off(begun: bytes) -> Shrug:
    async def shrug(exchange: Exchange, _: bytes) -> bool:
        await exchange.send(begun)
        return False

    return shrug


def http(status: str, body: bytes = b"", *headers: str) -> Shrug:
    async def shrug(exchange: Exchange, _: bytes) -> bool:
        await exchange.reply(body, status, *headers)
        return True

    return shrug


def says_in_rtsp(status: str, *headers: str) -> Shrug:
    async def shrug(exchange: Exchange, request: bytes) -> bool:
        await exchange.send(rtsp(status, cseq_of(request), *headers))
        return True

    return shrug


def cseq_of(request: bytes) -> bytes:
    return request.split(b"CSeq: ")[1].split(b"\r\n")[0]


def fault_without_subcode(text: str = "no", code: str = "s:Sender") -> bytes:
    return soap(
        f"<s:Fault><s:Code><s:Value>{code}</s:Value></s:Code><s:Reason><s:Text>{text}</s:Text></s:Reason></s:Fault>"
    )


def old_fault(text: str) -> bytes:
    """A fault of SOAP 1.1."""
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Client'
        f"</faultcode><faultstring>{text}</faultstring></e:Fault></e:Body></e:Envelope>"
    ).encode()


LINE: dict[str, Shrug] = {"drops": drops, "resets": resets, "is silent": is_silent}

STATUSES = ("400 Bad Request", "404 Not Found", "405 No", "429 Too Many", "500 Error", "503 Busy")

OVER_HTTP: dict[str, Shrug] = {
    **LINE,
    **{f"says {status}": http(status) for status in STATUSES},
    "says 500 in HTML": http("500 Error", b"<html>no</html>"),
    "breaks off in its head": cut_off(b"HTTP/1.1 200 OK\r\nContent-"),
    "breaks off in its body": cut_off(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<?xml"),
    "says how long twice": cut_off(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "has no readable head": cut_off(b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"),
    "redirects": http("302 Found", b"", "Location: /login.htm"),
}

FAULTS: dict[str, bytes] = {
    **{
        code: fault(f"ter:{code}")
        for code in (
            *("InvalidArgVal", "AccountLocked", "ActionNotSupported", "OperationProhibited"),
            *("SenderNotAuthorized", "notAuthorized", "NOTAUTHORIZED", "Whatever"),
        )
    },
    "wsse": fault("wsse:UnsupportedSecurityToken"),
    "no subcode": fault_without_subcode(),
    "receiver": fault_without_subcode(code="s:Receiver"),
    "SOAP 1.1": old_fault("Authority failure"),
    "SOAP 1.1, other words": old_fault("no"),
}

OVER_ONVIF: dict[str, Shrug] = {
    **OVER_HTTP,
    **{f"faults 400 {name}": http("400 Bad Request", body) for name, body in FAULTS.items()},
    **{f"faults 200 {name}": http("200 OK", body) for name, body in FAULTS.items()},
}

OVER_RTSP: dict[str, Shrug] = {
    **LINE,
    **{f"says {status}": says_in_rtsp(status) for status in (*STATUSES, "454 No Session", "551 No", "403 No")},
    "breaks off in its head": cut_off(b"RTSP/1.0 200 OK\r\nCS"),
    "breaks off in its body": cut_off(b"RTSP/1.0 200 OK\r\nContent-Length: 900\r\n\r\nv=0"),
    "asks for Basic": says_in_rtsp("401 No", 'WWW-Authenticate: Basic realm="r"'),
    "asks again": says_in_rtsp("401 No", DIGEST),
    "says stale": says_in_rtsp("401 No", DIGEST + ", stale=true"),
    "redirects": says_in_rtsp("302 Moved", "Location: rtsp://127.0.0.1/"),
    "speaks HTTP": http("400 Bad Request"),
}


def is_signed(request: bytes) -> bool:
    return b"UsernameToken" in request or b"Authorization:" in request


def onvif(shrug: Shrug, *, digest: bool = False) -> Handler:
    """Tells its clock, refuses strangers, and does this to whoever signs."""

    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            if b"GetSystemDateAndTime" in request:
                await exchange.reply(clock_now())
            elif is_signed(request):
                if not await shrug(exchange, request):
                    return
            elif digest:
                await exchange.reply(b"", "401 No", DIGEST)
            else:
                await exchange.reply(fault(), "400 Bad Request")

    return handle


def snapshot(shrug: Shrug) -> Handler:
    """A camera with no stream, whose snapshot wants Digest and then does this."""
    good = camera(GetStreamUri=fault("ter:ActionNotSupported"))

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while (asked := await really()).startswith(b"GET "):
                if not is_signed(asked):
                    await exchange.reply(b"", "401 No", DIGEST)
                elif not await shrug(exchange, asked):
                    return b""
            return asked

        exchange.request = request  # type: ignore[method-assign]
        await good(exchange)

    return handle


def stream(shrug: Shrug) -> Handler:
    """An RTSP device that challenges strangers and does this to whoever signs."""

    async def handle(exchange: Exchange) -> None:
        while request := await exchange.request():
            if not is_signed(request):
                await exchange.send(rtsp("401 No", cseq_of(request), DIGEST))
            elif not await shrug(exchange, request):
                return

    return handle
