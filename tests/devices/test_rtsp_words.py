"""What is said where RTSP is spoken, or should be: never to look for the port of ONVIF."""

from __future__ import annotations

import asyncio

import pytest

from devices.errors import RTSP_HERE, DeviceError, Dropped, Misbehaving, Unreachable
from devices.operator_words import Asked, told_of
from devices.probe import RTSP_PORTS, probe, take_still
from devices.report import DeviceReport, Target
from devices.routes import routes_from_allow
from tests.corpus.hostile import LOOPBACK, OWNER, Exchange, Handler, serving
from tests.corpus.wire import says
from tests.devices.rtsp_devices import recorder


def told(handler: Handler, *, still: bool = False, seek: bool = False, **target: object) -> DeviceError:
    """How a visit to this device fails."""

    async def run() -> DeviceReport | DeviceError:
        async with serving(handler) as server:
            where = Target("127.0.0.1", server.port, **target)  # type: ignore[arg-type]
            try:
                if still:
                    await take_still(where, OWNER, route=LOOPBACK, deadline_seconds=2)
                return await probe(where, OWNER, route=LOOPBACK, deadline_seconds=2, seek_port=seek)
            except DeviceError as error:
                return error

    got = asyncio.run(run())
    assert isinstance(got, DeviceError)
    return got


def as_operator(error: DeviceError) -> str:
    words = told_of(error, Asked([], "203.0.113.7", 554))
    return f"{words.message} {words.remedy}"


async def speaks_first(exchange: Exchange) -> None:
    await exchange.send(b"RTSP/1.0 400 Bad Request\r\n\r\n")


async def hangs_up(exchange: Exchange) -> None:
    await exchange.request()


@pytest.mark.parametrize(
    ("handler", "tls", "detail", "words"),
    [
        (recorder({}), False, "no_such_path", "Jalur RTSP ini tidak ada di perangkat. Periksa jalurnya"),
        (says(b"RTSP/1.0 454 Session Not Found\r\nCSeq: 1\r\n\r\n"), False, "rtsp_454", "Jalur RTSP ini tidak ada"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), False, "not_rtsp", "bukan RTSP. Periksa port RTSP"),
        (hangs_up, False, "empty", "memutus sambungan tanpa menjawab RTSP. Periksa apakah port"),
        (speaks_first, True, "tls", "tidak berbicara TLS. Hapus centang"),
    ],
)
@pytest.mark.parametrize("still", [False, True])
def test_a_device_without_onvif_is_told_of_rtsp(
    handler: Handler, tls: bool, detail: str, words: str, still: bool
) -> None:
    error = told(handler, still=still, rtsp_path="/live", rtsp_tls=tls)
    owner = error.for_owner()

    assert (error.code, error.detail) == ("misbehaving", detail)
    assert words in f"{owner.message} {owner.remedy}"
    assert words in as_operator(error)
    assert "ONVIF" not in f"{owner.message} {owner.remedy} {as_operator(error)}"


def test_a_handshake_that_nobody_answered_stays_a_silence_until_the_device_is_known() -> None:
    error = Misbehaving("tls_slow")
    error.speaking_rtsp()
    stranger, known, silent = error.for_owner(), error.for_owner(known=True), Unreachable("silent").for_owner()

    assert (stranger.code, stranger.message, stranger.remedy) == (silent.code, silent.message, silent.remedy)
    assert "Hapus centang" in known.remedy
    assert "Hapus centang" in as_operator(error)


@pytest.mark.parametrize("detail", ["redirect", "basic_only", "cseq", "body_size"])
def test_any_other_answer_by_rtsp_leads_to_its_port_and_path(detail: str) -> None:
    error = Misbehaving(detail)
    error.speaking_rtsp()

    assert (error.message, "port dan jalur RTSP" in error.remedy) == (Misbehaving.message, True)


@pytest.mark.parametrize("seek", [False, True])
def test_a_question_in_onvif_to_a_port_of_rtsp_hints_at_rtsp(seek: bool) -> None:
    error = told(says(b"RTSP/1.0 400 Bad Request\r\nCSeq: 1\r\n\r\n"), seek=seek)

    assert (error.detail, error.remedy, error.for_owner().remedy) == ("status_line", RTSP_HERE, RTSP_HERE)


@pytest.mark.parametrize(("port", "hints"), [*((port, True) for port in RTSP_PORTS), (80, False)])
def test_who_types_the_usual_port_of_rtsp_for_onvif_is_told_so(
    monkeypatch: pytest.MonkeyPatch, port: int, hints: bool
) -> None:
    async def drops(*_given: object) -> DeviceReport:
        raise Dropped("empty")

    monkeypatch.setattr("devices.probe.bounded", drops)
    target = Target("127.0.0.1", port)

    with pytest.raises(Dropped) as caught:
        asyncio.run(probe(target, OWNER, route=routes_from_allow("127.0.0.1/32:1-65535")))

    assert (caught.value.remedy == RTSP_HERE) is hints
