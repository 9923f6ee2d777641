"""Devices that lie in HTTP, in XML or by the clock, with the code and detail in which a probe of each ends."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from functools import cache

from tests.corpus.hostile import CANARY, TRAP, Exchange, Handler, clock, clock_now, fault, silent

Kinds = dict[str, tuple[Handler, str, str]]

BAD = "misbehaving"
REFUSED_XML = "xml_refused"


def says(data: bytes) -> Handler:
    """Answers every request with these raw bytes and hangs up."""

    async def handle(exchange: Exchange) -> None:
        await exchange.request()
        await exchange.send(data)

    return handle


def body(data: bytes) -> Handler:
    """Answers every request with this body."""

    async def handle(exchange: Exchange) -> None:
        while await exchange.request():
            await exchange.reply(data)

    return handle


def drips(head: bytes, drop: bytes, *, every: float = 0.5) -> Handler:
    """Begins its answer and then sends a little now and then, for ever."""

    async def handle(exchange: Exchange) -> None:
        await exchange.request()
        await exchange.send(head)
        while True:
            await exchange.send(drop)
            await asyncio.sleep(every)

    return handle


def floods(head: bytes, block: bytes, times: int) -> Handler:
    """Sends as much as it can."""

    async def handle(exchange: Exchange) -> None:
        await exchange.request()
        with contextlib.suppress(OSError):
            await exchange.send(head)
            for _ in range(times):
                await exchange.send(block)

    return handle


def status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "", ""]).encode()


# --- redirects -----------------------------------------------------------------------------------------------


async def redirects_to_itself(exchange: Exchange) -> None:
    while await exchange.request():
        await exchange.reply(b"", "302 Found", f"Location: http://127.0.0.1:{exchange.server.port}/again")


async def redirects_later(exchange: Exchange) -> None:
    """Tells its clock, then sends whoever asks more to the trap."""
    while request := await exchange.request():
        if b"GetSystemDateAndTime" in request:
            await exchange.reply(clock_now())
        else:
            await exchange.reply(b"", "307 Temporary Redirect", f"Location: http://{TRAP}/onvif")


REDIRECTS: Kinds = {
    "redirect to a file": (says(status("302 Found", "Location: file:///etc/passwd")), BAD, "redirect"),
    "redirect to a loopback service": (says(status("302 Found", f"Location: http://{TRAP}/")), BAD, "redirect"),
    "redirect of the POST to another host": (
        says(status("307 Again", f"Location: http://{TRAP}/")),
        BAD,
        "redirect",
    ),
    "redirect loop": (redirects_to_itself, BAD, "redirect"),
    "redirect after the clock": (redirects_later, BAD, "redirect"),
    "redirect that is permanent": (says(status("308 Moved", f"Location: //{TRAP}/")), BAD, "redirect"),
    "redirect with a second answer in its body": (
        says(status("301 Moved", "Content-Length: 500", f"Location: http://{TRAP}/") + b"HTTP/1.1 200 OK\r\n" * 30),
        BAD,
        "redirect",
    ),
    "redirect by Refresh and by HTML": (
        says(
            status("200 OK", f"Refresh: 0; url=http://{TRAP}/")
            + f'<meta http-equiv="refresh" content="0;url=http://{TRAP}/">'.encode()
        ),
        BAD,
        "xml",
    ),
    "multiple choices": (
        says(status("300 Choose", f"Location: http://{TRAP}/", f"Link: <http://{TRAP}/>")),
        BAD,
        "redirect",
    ),
    "use a proxy": (says(status("305 Use Proxy", f"Location: http://{TRAP}/")), BAD, "redirect"),
    "another service by Alt-Svc": (
        says(status("404 No", f'Alt-Svc: h2="{TRAP}"', "Content-Length: 0")),
        BAD,
        "not_onvif",
    ),
    "upgrade": (
        says(status("101 Switching Protocols", "Upgrade: h2c") + b"PRI * HTTP/2.0\r\n\r\n"),
        BAD,
        "status_line",
    ),
}

# --- XML -----------------------------------------------------------------------------------------------------

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    b"<s:Body>&c;</s:Body></s:Envelope>"
)
QUADRATIC = b'<!DOCTYPE x [<!ENTITY a "%s">]><x>%s</x>' % (b"a" * 100_000, b"&a;" * 100_000)
ENVELOPE = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>%s</s:Body></s:Envelope>'
TRAP_URL = f"http://{TRAP}/x".encode()

XML: Kinds = {
    "entity expansion": (body(BOMB), BAD, REFUSED_XML),
    "quadratic entity": (body(QUADRATIC), BAD, REFUSED_XML),
    "external entity": (
        body(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + ENVELOPE % b"&e;"),
        BAD,
        REFUSED_XML,
    ),
    "parameter entity at the trap": (
        body(b'<!DOCTYPE x [<!ENTITY % e SYSTEM "' + TRAP_URL + b'">%e;]>' + ENVELOPE % b"<a/>"),
        BAD,
        REFUSED_XML,
    ),
    "external DTD": (body(b'<!doctype x SYSTEM "' + TRAP_URL + b'">' + ENVELOPE % b"<a/>"), BAD, REFUSED_XML),
    "doctype hidden by UTF-7": (
        body(b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-' + ENVELOPE % b"<a/>"),
        BAD,
        REFUSED_XML,
    ),
    "doctype hidden by EBCDIC": (
        body('<?xml version="1.0" encoding="cp037"?><!DOCTYPE x><x/>'.encode("cp037")),
        BAD,
        "xml",
    ),
    "doctype after a long comment": (
        body(b"<!--" + b"x" * 500_000 + b'--><!DOCTYPE x SYSTEM "' + TRAP_URL + b'">' + ENVELOPE % b"<a/>"),
        BAD,
        REFUSED_XML,
    ),
    "UTF-16": (body(clock().decode().encode("utf-16")), BAD, REFUSED_XML),
    "UTF-32": (body(clock().decode().encode("utf-32")), BAD, REFUSED_XML),
    "NUL": (body(ENVELOPE % b"<a>\0</a>"), BAD, REFUSED_XML),
    "NUL by its number": (body(ENVELOPE % b"<a>&#0;</a>"), BAD, "xml"),
    "an entity nobody declared": (body(ENVELOPE % b"<a>&nbsp;</a>"), BAD, "xml"),
    "cut off": (body(clock()[:300]), BAD, "xml"),
    "deep": (body(b"<a>" * 100_000 + b"</a>" * 100_000), BAD, "xml_size"),
    "deeper than need be": (body(ENVELOPE % (b"<a>" * 200 + b"</a>" * 200)), BAD, "xml_size"),
    "deep and few": (body(b"<a>" * 40_000 + b"</a>" * 40_000), BAD, "xml"),
    "200,000 attributes": (
        body(ENVELOPE % (b"<a " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b"/>")),
        BAD,
        "body_size",
    ),
    "80,000 attributes": (
        body(ENVELOPE % (b"<a " + b" ".join(b'a%d=""' % n for n in range(80_000)) + b"/>")),
        BAD,
        "xml_size",
    ),
    "many attributes over many elements": (
        body(ENVELOPE % (b"".join(b"<a %s/>" % b" ".join(b'a%d=""' % n for n in range(60)) for _ in range(1900)))),
        BAD,
        "xml_size",
    ),
    "many namespaces": (
        body(ENVELOPE % (b"<a " + b" ".join(b'xmlns:a%d="u:%d"' % (n, n) for n in range(30_000)) + b"/>")),
        BAD,
        "xml_size",
    ),
    "many nodes": (body(ENVELOPE % (b"<a/>" * 60_000)), BAD, "xml_size"),
    "large text": (body(ENVELOPE % (b"<a>" + b"x" * 11_000_000 + b"</a>")), BAD, "body_size"),
    "large name": (body(ENVELOPE % (b"<" + b"a" * 900_000 + b"/>")), BAD, "xml"),
    "stylesheet at the trap": (
        body(b'<?xml-stylesheet type="text/xsl" href="' + TRAP_URL + b'"?><html/>'),
        BAD,
        "not_soap",
    ),
    "HTML": (body(b"<html><body>router</body></html>"), BAD, "not_soap"),
    "JSON": (body(b'{"error": "no"}'), BAD, "xml"),
    "nothing": (body(b""), BAD, "xml"),
    "only spaces": (body(b" " * 1000), BAD, "xml"),
    "an envelope without a letter": (body(ENVELOPE % b""), BAD, "not_soap"),
    "a multipart answer": (
        body(b"--x\r\nContent-Type: application/xop+xml\r\n\r\n" + clock() + b"\r\n--x--"),
        BAD,
        "xml",
    ),
}

# --- HTTP ----------------------------------------------------------------------------------------------------


@cache
def gzip_bomb() -> bytes:
    """Some 300 kB that are 300 MiB."""
    return gzip.compress(bytes(1024 * 1024)) * 300


async def sends_a_gzip_bomb(exchange: Exchange) -> None:
    await exchange.request()
    bomb = gzip_bomb()
    await exchange.send(status("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(bomb)}") + bomb)


async def echoes(exchange: Exchange) -> None:
    while request := await exchange.request():
        await exchange.send(request)


async def answers_before_it_is_asked(exchange: Exchange) -> None:
    await exchange.send(status("200 OK", "Content-Length: 3") + b"<a>")
    await asyncio.sleep(0.2)


async def resets_in_the_middle(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Env")
    await asyncio.sleep(0.05)
    exchange.reset()


async def resets_at_once(exchange: Exchange) -> None:
    await exchange.request()
    exchange.reset()


async def hangs_up_in_the_middle(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Env")


def chunked(chunks: bytes) -> Handler:
    return says(status("200 OK", "Transfer-Encoding: chunked") + chunks)


def length(*values: str) -> Handler:
    return says(status("200 OK", *(f"Content-Length: {value}" for value in values)) + b"x" * 10)


HTTP: Kinds = {
    "not HTTP": (says(b"SSH-2.0-OpenSSH_9\r\n\r\n"), BAD, "status_line"),
    "RTSP on the port for HTTP": (says(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"), BAD, "status_line"),
    "a mail server": (says(b"220 mail ESMTP\r\n500 what?\r\n\r\n"), BAD, "status_line"),
    "TLS on the plain port": (says(b"\x15\x03\x03\x00\x02\x02\x28\r\n\r\n"), BAD, "status_line"),
    "HTTP/2": (says(b"HTTP/2 200\r\n\r\n"), BAD, "status_line"),
    "a radio": (says(b"ICY 200 OK\r\n\r\n"), BAD, "status_line"),
    "a status of four digits": (says(status("2000 OK")), BAD, "status_line"),
    "status 099": (says(status("099 Before")), BAD, "status_line"),
    "status 999 with no reason": (says(b"HTTP/1.1 999\r\n\r\n"), BAD, "status_line"),
    "our own request": (echoes, BAD, "status_line"),
    "an answer before the question": (answers_before_it_is_asked, BAD, "xml"),
    "no such page": (says(status("404 Not Found", "Content-Length: 0")), BAD, "not_onvif"),
    "no such method": (says(status("405 No", "Content-Length: 0")), BAD, "not_onvif"),
    "an error for ever": (says(status("500 Oops", "Content-Length: 0")), BAD, "http_500"),
    "a proxy that wants a password": (
        says(status("407 No", 'Proxy-Authenticate: Basic realm="p"', "Content-Length: 0")),
        BAD,
        "http_407",
    ),
    "a thousand times continue": (says(status("100 Continue") * 1000), BAD, "status_line"),
    "continue for ever": (drips(b"", status("102 Processing"), every=0.01), BAD, "status_line"),
    "an early hint": (says(status("103 Hint", f"Link: <http://{TRAP}/>; rel=preconnect")), BAD, "cut_off"),
    # size
    "endless body": (floods(status("200 OK"), b"x" * 1024 * 1024, 300), BAD, "body_size"),
    "endless chunks": (
        floods(status("200 OK", "Transfer-Encoding: chunked"), b"10000\r\n" + b"x" * 65536 + b"\r\n", 4800),
        BAD,
        "body_size",
    ),
    "300 MiB in 300 kB": (sends_a_gzip_bomb, BAD, "encoding"),
    "compressed by another name": (
        says(status("200 OK", "Content-Encoding: br", "Content-Length: 1") + b"x"),
        BAD,
        "encoding",
    ),
    "compressed, and not": (
        says(status("200 OK", "Content-Encoding: identity", "Content-Encoding: gzip", "Content-Length: 1") + b"x"),
        BAD,
        "encoding",
    ),
    "compressed by transfer": (
        says(status("200 OK", "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    # length
    "length 2^63": (length(str(2**63)), BAD, "body_size"),
    "length of 100 digits": (length("9" * 100), BAD, "framing"),
    "length twice": (length("1", "2"), BAD, "framing"),
    "length twice the same": (length("5", "5"), BAD, "xml"),
    "length as a list": (length("5, 5"), BAD, "framing"),
    "length with a sign": (length("+5"), BAD, "framing"),
    "length below nothing": (length("-1"), BAD, "framing"),
    "length in hexadecimal": (length("0x5"), BAD, "framing"),
    "length with an underscore": (length("1_0"), BAD, "framing"),
    "length in other digits": (
        says("HTTP/1.1 200 OK\r\nContent-Length: ٣\r\n\r\nxxx".encode()),
        BAD,
        "framing",
    ),
    "no length in the length": (length(""), BAD, "framing"),
    "longer than it says": (length("3"), BAD, "xml"),
    "length and chunks": (
        says(status("200 OK", "Content-Length: 1", "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    "chunks twice": (
        says(status("200 OK", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    "chunks, then not": (
        says(status("200 OK", "Transfer-Encoding: chunked, identity") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    "chunks behind a control character": (
        says(status("200 OK", "Transfer-Encoding: \x0bchunked\x0b;q=1") + b"0\r\n\r\n"),
        BAD,
        "framing",
    ),
    # chunks
    "huge chunk": (chunked(b"ffffffffffffffff\r\n"), BAD, "body_size"),
    "chunk of 17 digits": (chunked(b"10000000000000001\r\n"), BAD, "framing"),
    "chunk with a sign": (chunked(b"-5\r\nxxxxx\r\n"), BAD, "framing"),
    "chunk with 0x": (chunked(b"0x5\r\nxxxxx\r\n"), BAD, "framing"),
    "chunk without a size": (chunked(b"\r\nxxxxx\r\n"), BAD, "framing"),
    "chunk that goes on": (chunked(b"3\r\nxxxxx\r\n0\r\n\r\n"), BAD, "framing"),
    "chunk ended by LF": (chunked(b"3\nxxx\n0\n\n"), BAD, "cut_off"),
    "huge chunk extension": (chunked(b"3;" + b"a" * 100_000 + b"\r\nxxx\r\n0\r\n\r\n"), BAD, "framing"),
    "chunk extension for ever": (
        drips(status("200 OK", "Transfer-Encoding: chunked") + b"3;", b"a" * 100, every=0.01),
        BAD,
        "framing",
    ),
    "a million tiny chunks": (chunked(b"1\r\nx\r\n" * 100_000), BAD, "framing"),
    "trailers for ever": (chunked(b"0\r\n" + b"A: b\r\n" * 10_000), BAD, "framing"),
    "a huge trailer": (chunked(b"0\r\nA: " + b"b" * 100_000), BAD, "header_size"),
    "chunks cut off": (chunked(b"5\r\nxx"), BAD, "cut_off"),
    # headers
    "10,000 headers": (says(status("200 OK", *(f"A{n}: b" for n in range(10_000)))), BAD, "header_size"),
    "200 headers": (says(status("200 OK", *(f"A{n}: b" for n in range(200)))), BAD, "header_count"),
    "one huge header": (says(status("200 OK", "A: " + "b" * 1_000_000)), BAD, "header_size"),
    "a huge status line": (says(status("200 " + "b" * 1_000_000)), BAD, "header_size"),
    "header without a colon": (says(status("200 OK", "Content-Length")), BAD, "header"),
    "header without a colon, to be folded": (
        says(status("200 OK", "Boa", " Transfer-Encoding: chunked")),
        BAD,
        "header",
    ),
    "header without a name": (says(status("200 OK", ": 5")), BAD, "header"),
    "header with NUL": (says(status("200 OK", "Content\0-Length: 5")), BAD, "header"),
    "header with bare CR": (says(status("200 OK", "A: b\rContent-Length: 5")), BAD, "header"),
    "header with bare LF": (says(status("200 OK", "A: b\nContent-Length: 5")), BAD, "header"),
    "folded header": (says(status("200 OK", "A: b", " Transfer-Encoding: chunked")), BAD, "xml"),
    "folded first header": (says(status("200 OK", "\tContent-Length: 5")), BAD, "header"),
    "lines ended by bare LF": (says(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"), BAD, "xml"),
    "lines ended by bare LF, then by CRLF": (says(b"HTTP/1.1 200 OK\nA: b\r\n\r\nC: d\n\n"), BAD, "header"),
    "lines ended by CRLF, then by bare LF": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\n\n"), BAD, "cut_off"),
    "lines ended by bare CR": (says(b"HTTP/1.1 200 OK\rContent-Length: 0\r\r"), BAD, "cut_off"),
    # hanging up
    "resets in the middle": (resets_in_the_middle, BAD, "reset"),
    "resets at once": (resets_at_once, BAD, "reset"),
    "hangs up in the middle": (hangs_up_in_the_middle, BAD, "cut_off"),
    "hangs up": (says(b""), BAD, "empty"),
    "hangs up in the header": (says(b"HTTP/1.1 200 OK\r\nContent-"), BAD, "cut_off"),
}

# --- time ----------------------------------------------------------------------------------------------------


TIME: Kinds = {
    "says nothing": (silent, "unreachable", "silent"),
    "drips its body": (drips(status("200 OK", "Content-Length: 1000"), b"x"), BAD, "slow"),
    "drips its header": (drips(b"HTTP/1.1 200 OK\r\nA: ", b"x"), BAD, "slow"),
    "drips its status line": (drips(b"H", b"T"), BAD, "slow"),
    "drips its chunks": (drips(status("200 OK", "Transfer-Encoding: chunked"), b"1\r\nx\r\n"), BAD, "slow"),
    "drips headers": (drips(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), BAD, "slow"),
    "drips trailers": (
        drips(status("200 OK", "Transfer-Encoding: chunked") + b"0\r\n", b"A: b\r\n", every=0.2),
        BAD,
        "slow",
    ),
    "stops after the header": (drips(status("200 OK", "Content-Length: 1000"), b"", every=5), BAD, "slow"),
    "a fault that repeats our password": (
        body(fault().replace(b">no<", f">{CANARY}<".encode())),
        "unauthorized",
        "credentials",
    ),
}

WIRE: Kinds = {**REDIRECTS, **XML, **HTTP, **TIME}
