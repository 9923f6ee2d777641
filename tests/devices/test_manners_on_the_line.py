"""Manners of old web servers in cameras that do no harm, and how far they are followed."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from pathlib import Path

import pytest

from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.http import HttpClient, Reply
from devices.refusals import Refusals
from devices.soap import parse_xml, text
from devices.tunnel import Tunnel
from tests.corpus.hostile import LOOPBACK, OWNER, Exchange, Handler, serving
from tests.devices.rtsp_devices import certificate, sdp


def saying(raw: bytes) -> Handler:
    async def handle(exchange: Exchange) -> None:
        while await exchange.request():
            await exchange.send(raw)

    return handle


def get(raw: bytes, times: int = 1) -> tuple[Reply, int]:
    """The last of so many answers, and over how many connections they came."""

    async def run() -> tuple[Reply, int]:
        async with serving(saying(raw)) as server:
            client = HttpClient(Dialler(LOOPBACK), Endpoint("127.0.0.1", server.port), Deadline.after(2))
            for _ in range(times):
                reply = await client.send("GET", "/x", deadline=Deadline.after(2))
            client.close()
            return reply, server.connections

    return asyncio.run(run())


def test_a_head_whose_lines_all_end_without_cr_is_read_and_its_connection_not_kept() -> None:
    reply, connections = get(
        b"HTTP/1.1 200 OK\nContent-Type: image/jpeg\nContent-Length: 7\n\n\r\n\r\nabc", times=2
    )

    assert (reply.first("content-type"), reply.body) == ("image/jpeg", b"\r\n\r\nabc")
    assert connections == 2


@pytest.mark.parametrize(
    "more", [b"Content-Length: 3\r\nContent-Length: 3", b"Boa\r\nContent-Length: 3"], ids=["twice", "no colon"]
)
def test_what_is_said_twice_or_is_no_header_is_passed_over(more: bytes) -> None:
    reply, _ = get(b"HTTP/1.1 200 OK\r\n" + more + b"\r\n\r\nabc")

    assert reply.body == b"abc"


def test_an_address_pasted_in_as_it_is_is_read() -> None:
    pasted = b"<a><Uri>rtsp://h/x?a=1&b=2&amp;c=3&#38;d</Uri></a>\r\n\0\0"

    assert text(parse_xml(pasted), "Uri") == "rtsp://h/x?a=1&b=2&c=3&d"


@pytest.mark.slow
def test_a_camera_that_knows_tls_1_0_alone_is_spoken_to(tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")

    async def run() -> str:
        async with serving(saying(b""), tls=context) as server:
            where = Endpoint("127.0.0.1", server.port, tls=True, tls_fingerprint=fingerprint)
            connection = await Dialler(LOOPBACK).connect(where, Deadline.after(2))
            connection.close()
            return connection.tls_fingerprint

    assert asyncio.run(run()) == fingerprint


@pytest.mark.slow
def test_the_tunnel_takes_an_answer_without_a_number_for_the_only_question() -> None:
    answer = f"RTSP/1.0 200 OK\r\nContent-Length: {len(sdp())}\r\n\r\n{sdp()}".encode()

    async def run() -> bytes:
        async with serving(saying(answer)) as server:
            where = Endpoint("127.0.0.1", server.port)
            async with Tunnel(Dialler(LOOPBACK), where, "/live", OWNER, Refusals(), Deadline.after(2)) as tunnel:
                port = int(tunnel.url.split(":")[2].split("/")[0])
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"DESCRIBE {tunnel.url} RTSP/1.0\r\nCSeq: 7\r\n\r\n".encode())
                heard = await reader.readuntil(b"\r\n\r\n")
                writer.transport.abort()
                return heard

    assert b"CSeq: 7\r\n" in asyncio.run(run())
