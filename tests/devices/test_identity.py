"""Another device on a recycled address is sent no secret."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import ssl
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import fields, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError, DifferentDevice, Misbehaving
from devices.probe import CheckTarget, check_many, probe, take_still
from devices.report import DeviceReport, Identity, Stream, Target, without_secrets
from tests.corpus.hostile import (
    LOOPBACK,
    OWNER,
    Exchange,
    camera,
    clock_now,
    fault,
    information,
    serving,
)
from tests.devices.hiccups import BUSY, CUT, MAC, OPEN, hiccup, interfaces

pytestmark = pytest.mark.slow


async def guarded(exchange: Exchange, server_name: str) -> None:
    """A camera that says its server's name and refuses everything else."""
    while request := await exchange.request():
        if b"GetSystemDateAndTime" in request:
            await exchange.reply(clock_now(), "200 OK", f"Server: {server_name}")
        else:
            await exchange.reply(fault(), "400 Bad Request", f"Server: {server_name}")


def test_a_different_greeting_gets_no_credentials() -> None:
    async def run() -> tuple[DeviceError, list[bytes]]:
        async with serving(lambda e: guarded(e, "Maker-A/1.0")) as first:
            shape = await shape_of(first.port)
        async with serving(lambda e: guarded(e, "Maker-B/1.0")) as second:
            with pytest.raises(DifferentDevice) as refusal:
                await take_still(
                    Target("127.0.0.1", second.port), OWNER, route=LOOPBACK, expected_identity=Identity(shape=shape)
                )
            return refusal.value, second.signed

    error, signed = asyncio.run(run())

    assert error.detail == "shape"
    assert signed == []


async def shape_of(port: int) -> str:
    from devices.conversation import Conversation

    talk = Conversation(Target("127.0.0.1", port), None, route=LOOPBACK, deadline=Deadline.after(2))
    await talk.read_clock()
    await talk.greet()
    talk.close()
    return talk.greeting.shape


def test_a_new_version_of_the_same_server_is_the_same_shape() -> None:
    async def run() -> set[str]:
        shapes = set()
        for name in ("gSOAP/2.8", "gSOAP/2.9.1"):

            async def handle(exchange: Exchange, name: str = name) -> None:
                await guarded(exchange, name)

            async with serving(handle) as server:
                shapes.add(await shape_of(server.port))
        return shapes

    assert len(asyncio.run(run())) == 1


def test_another_serial_number_gives_no_picture() -> None:
    async def run() -> list[bytes]:
        async with serving(camera(GetDeviceInformation=information(serial="S-2"))) as server:
            where = Target("127.0.0.1", server.port)
            with pytest.raises(DifferentDevice):
                await take_still(where, OWNER, route=LOOPBACK, expected_identity=Identity(serial="S-1"))
            return server.requests

    assert not any(b"GetSnapshotUri" in request or request.startswith(b"GET ") for request in asyncio.run(run()))


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A self-signed certificate, as cameras have, and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "camera.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, hashlib.sha256(signed.public_bytes(serialization.Encoding.DER)).hexdigest()


def test_a_changed_certificate_ends_the_connection_before_a_byte_is_sent(tmp_path: Path) -> None:
    context, fingerprint = certificate(tmp_path)
    received: list[bytes] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            received.append(await reader.read(100))
        except OSError:
            received.append(b"")
        writer.transport.abort()

    async def run() -> str:
        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        dialler = Dialler(LOOPBACK)
        same = await dialler.connect(Endpoint("127.0.0.1", port, True, fingerprint), Deadline.after(2))
        same.close()
        with pytest.raises(DifferentDevice):
            await dialler.connect(Endpoint("127.0.0.1", port, True, "0" * 64), Deadline.after(2))
        await asyncio.sleep(0.05)
        server.close()
        return same.tls_fingerprint

    assert asyncio.run(run()) == fingerprint
    assert set(received) <= {b""}


def test_a_stalled_tls_handshake_ends_within_the_deadline() -> None:
    async def silent(exchange: Exchange) -> None:
        await asyncio.sleep(10)

    async def run() -> float:
        async with serving(silent) as server:
            started = time.monotonic()
            with pytest.raises(Misbehaving):
                await probe(Target("127.0.0.1", server.port, tls=True), OWNER, route=LOOPBACK, deadline_seconds=0.5)
            return time.monotonic() - started

    assert asyncio.run(run()) < 1.0


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS answers on 127.0.0.1 only")
def test_tar_pits_do_not_hold_the_good_devices_of_a_batch() -> None:
    async def good(exchange: Exchange) -> None:
        while await exchange.request():
            await exchange.reply(clock_now())

    async def pit(exchange: Exchange) -> None:
        await exchange.request()
        await exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(0.1)

    async def run() -> tuple[list[bool], float]:
        async with AsyncExitStack() as stack:
            # An address of its own for each, so that they do not queue for one host.
            hosts = [f"127.0.{n}.1" for n in range(100)]
            servers = [
                await stack.enter_async_context(serving(pit if n % 10 == 0 else good, host))
                for n, host in enumerate(hosts)
            ]
            started = time.monotonic()
            results = await check_many(
                [
                    CheckTarget(n, Target(host, server.port), LOOPBACK, deadline_seconds=0.8)
                    for n, (host, server) in enumerate(zip(hosts, servers, strict=True))
                ]
            )
            return [r.reached for r in results], time.monotonic() - started

    reached, seconds = asyncio.run(run())

    assert seconds < 1.6
    assert reached == [n % 10 != 0 for n in range(100)]


def test_passwords_in_stream_paths_are_struck_out() -> None:
    path = "/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?pwd=geheim&channel=2"

    assert "tlJwpbo6" not in without_secrets(path)
    assert "geheim" not in without_secrets(path)
    assert "channel=2" in without_secrets(path)
    assert "tlJwpbo6" not in repr(Stream("p", "H264", 1, 1, 1, path))


KEPT = Identity("SN-1", "aa:bb", tls_fingerprint="f" * 64, shape="x", endpoint="e", stream_tls_fingerprint="s")


@pytest.mark.parametrize("part", [part.name for part in fields(Identity)])
@pytest.mark.parametrize("answered", ["", "another"])
def test_a_kept_part_that_is_answered_otherwise_or_not_at_all_is_another_device(part: str, answered: str) -> None:
    assert KEPT.differs(replace(KEPT, **{part: answered})) == part
    assert KEPT.differs(KEPT) == ""
    assert replace(KEPT, **{part: ""}).differs(replace(KEPT, **{part: answered})) == ""


@pytest.mark.parametrize(
    ("seen", "part"),
    [
        (Identity(shape="x", endpoint="e", tls_fingerprint="f" * 64), ""),
        (Identity(shape="y", endpoint="e", tls_fingerprint="f" * 64), "shape"),
        (Identity(shape="", endpoint="e", tls_fingerprint="f" * 64), "shape"),
        (Identity(shape="x", endpoint="g", tls_fingerprint="f" * 64), "endpoint"),
        (Identity(shape="x", endpoint="", tls_fingerprint="f" * 64), "endpoint"),
        (Identity(shape="x", endpoint="e"), "tls_fingerprint"),
        (Identity(shape="x", endpoint="e", tls_fingerprint="f" * 64, serial="SN-2"), "serial"),
    ],
)
def test_before_sign_in_the_greeting_must_be_equal_and_a_serial_told_to_strangers_too(
    seen: Identity, part: str
) -> None:
    assert KEPT.differs_before_sign_in(seen) == part


def still_of(expected: Identity, **answers: bytes) -> tuple[str, str, list[bytes]]:
    """The code and detail with which a still of the little camera ends, and what was asked."""

    async def run() -> tuple[str, str, list[bytes]]:
        async with serving(camera(**answers)) as server:
            try:
                await take_still(
                    Target("127.0.0.1", server.port), OWNER, route=LOOPBACK, expected_identity=expected
                )
            except DeviceError as error:
                return error.code, error.detail, server.requests
            return "picture", "", server.requests

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"GetNetworkInterfaces": interfaces("AA-BB-CC-DD-EE-01")}, ("misbehaving", "no_picture")),
        ({"GetNetworkInterfaces": interfaces("aa:bb:cc:dd:ee:02", MAC)}, ("misbehaving", "no_picture")),
        ({"GetNetworkInterfaces": interfaces("aa:bb:cc:dd:ee:02")}, ("different_device", "mac")),
        ({"GetNetworkInterfaces": fault("ter:ActionNotSupported")}, ("different_device", "mac")),
        ({"GetNetworkInterfaces": b"<broken"}, ("misbehaving", "identity_unread")),
        ({"GetDeviceInformation": information(serial="")}, ("different_device", "serial")),
        ({"GetDeviceInformation": b"<broken"}, ("misbehaving", "identity_unread")),
    ],
    ids=["same", "second card", "another card", "denied", "cards unread", "no serial", "serial unread"],
)
def test_a_part_that_could_not_be_read_gives_no_picture_but_accuses_nobody(
    answers: dict[str, bytes], outcome: tuple[str, str]
) -> None:
    code, detail, asked = still_of(Identity(serial="S-1", mac=MAC), **answers)

    assert (code, detail) == outcome
    if detail != "no_picture":
        assert not any(b"GetSnapshotUri" in request or request.startswith(b"GET ") for request in asked)


def test_an_identity_is_read_again_as_it_was_kept_and_as_an_earlier_release_kept_it() -> None:
    assert Identity.of(json.loads(json.dumps(KEPT.to_dict()))) == KEPT
    assert Identity.of({"serial": "S-1", "mac": None}) == Identity(serial="S-1")
    assert Identity.of(None) == Identity()


@pytest.mark.parametrize(
    ("first", "unknown"),
    [
        ({"GetEndpointReference": BUSY}, {"endpoint"}),
        ({"GetEndpointReference": CUT}, {"endpoint"}),
        ({"GetDeviceInformation": BUSY}, {"shape"}),
        ({"GetDeviceInformation": BUSY, OPEN: b""}, {"shape"}),
        ({"GetDeviceInformation": BUSY, "GetEndpointReference": BUSY}, {"shape", "endpoint"}),
        ({}, set()),
    ],
    ids=["endpoint busy", "endpoint cut", "information busy", "open and busy", "both busy", "whole"],
)
def test_a_hiccup_in_the_first_greeting_is_not_kept_and_makes_no_other_device_later(
    first: dict[str, bytes], unknown: set[str]
) -> None:
    """The other parts are kept, and the report says that not all were read."""

    async def run() -> tuple[DeviceReport, DeviceReport]:
        async with serving(hiccup(first)) as server:
            where = Target("127.0.0.1", server.port)
            one = await probe(where, OWNER, route=LOOPBACK, want_picture=False, want_details=False)
            two = await probe(
                where, OWNER, route=LOOPBACK, want_picture=False, want_details=False, expected_identity=one.identity
            )
            return one, two

    one, two = asyncio.run(run())

    assert one.identity == replace(two.identity, **dict.fromkeys(unknown, ""))
    assert all((two.identity.shape, two.identity.endpoint, two.identity.serial))
    assert ("greeting_unread" in one.warnings) is bool(unknown)
    assert "greeting_unread" not in two.warnings


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ({"GetEndpointReference": BUSY}, "misbehaving"),
        ({"GetEndpointReference": CUT}, "misbehaving"),
        ({"GetDeviceInformation": BUSY}, "misbehaving"),
        ({"GetEndpointReference": fault("ter:ActionNotSupported")}, "different_device"),
    ],
    ids=["endpoint busy", "endpoint cut", "information busy", "no endpoint any more"],
)
def test_a_hiccup_in_a_later_greeting_sends_no_secret_and_accuses_nobody(
    later: dict[str, bytes], outcome: str
) -> None:
    later = {
        name: b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n%s" % (len(a), a) if a[:1] == b"<" else a
        for name, a in later.items()
    }

    async def run() -> tuple[str, list[bytes]]:
        async with serving(hiccup({})) as server:
            known = (
                await probe(Target("127.0.0.1", server.port), OWNER, route=LOOPBACK, want_picture=False)
            ).identity
        async with serving(hiccup(later)) as server:
            with pytest.raises(DeviceError) as problem:
                await take_still(Target("127.0.0.1", server.port), OWNER, route=LOOPBACK, expected_identity=known)
            return problem.value.code, server.signed

    assert asyncio.run(run()) == (outcome, [])


def test_a_stream_alone_is_compared_by_its_challenge_before_it_is_answered() -> None:
    async def stream(exchange: Exchange) -> None:
        while request := await exchange.request():
            cseq = request.split(b"CSeq: ")[1].split(b"\r\n")[0]
            realm = b'WWW-Authenticate: Digest realm="another", nonce="n"'
            await exchange.send(b"RTSP/1.0 401 No\r\nCSeq: %s\r\n%s\r\n\r\n" % (cseq, realm))

    async def run() -> tuple[str, list[bytes]]:
        async with serving(stream) as server:
            where = Target("127.0.0.1", server.port, rtsp_path="/live")
            with pytest.raises(DifferentDevice) as refusal:
                await take_still(where, OWNER, route=LOOPBACK, expected_identity=Identity(shape="rtsp:mine"))
            return refusal.value.detail, server.signed

    assert asyncio.run(run()) == ("shape", [])
