"""Real sockets that do not answer, each in its own way: the owner, his page and the API cannot tell them apart."""

import re
import socket
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from config import settings as product
from devices import conversation, seek
from devices.probe import GRACE_SECONDS
from onboarding.identity import address_of
from onboarding.models import Probe, ProbeKind, ProbeState
from onboarding.probing import request_probe
from onboarding.tasks import run_probe
from registry.models import Device, Site
from registry.targets import seal_credentials
from tests.onboarding.acts import device_at, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAME = "kamera.contoh.id"
ANSWER_WITHIN, TOLD_AFTER = 0.4, 0.7
#: As the product has it, before the tests below shorten it.
PATIENCE = conversation.FIRST_ANSWER_SECONDS + seek.SEEK_SECONDS
Place = tuple[str, int]


def listening(stack: ExitStack, backlog: int = 8) -> socket.socket:
    server = stack.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(backlog)
    return server


def closed(_: ExitStack) -> Place:
    with ExitStack() as gone:
        return "127.0.0.1", listening(gone).getsockname()[1]


def port_80(_: ExitStack) -> Place:
    return NAME, 80


def silent(stack: ExitStack) -> Place:
    return "127.0.0.1", listening(stack).getsockname()[1]


def filtered(stack: ExitStack) -> Place:
    """A full queue: the kernel drops what comes, as a firewall does."""
    server = listening(stack, backlog=0)
    for _ in range(4):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(server.getsockname())
    time.sleep(0.05)
    with socket.socket() as one_more:
        one_more.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one_more.connect(server.getsockname())
    return "127.0.0.1", server.getsockname()[1]


def named(answer: str, place: Callable[[ExitStack], Place] = closed, *, after: float = 0) -> Any:
    """A name that means this address once its server has answered; empty: there is no such name."""

    def at(stack: ExitStack) -> Place:
        def answered(host: str, *_a: object, **_o: object) -> list[Any]:
            assert host == f"{NAME}."
            time.sleep(after)
            if not answer:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, 0))]

        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(socket, "getaddrinfo", answered)
        return NAME, place(stack)[1]

    return at


SILENCES = {
    "closed": closed,
    "silent": silent,
    "filtered": filtered,
    "a name inside": named("10.9.9.9", port_80),
    "a name of our own machine's cloud": named("169.254.169.254", port_80),
    "no such name": named(""),
    "a slow name of a closed port": named("127.0.0.1", closed, after=0.3),
    "a slow name of a full queue": named("127.0.0.1", filtered, after=0.3),
    "a name that never comes": named("127.0.0.1", closed, after=1.0),
}


@pytest.fixture(autouse=True)
def _quick(settings: Settings, monkeypatch: pytest.MonkeyPatch, demo_mode: None) -> None:
    """The same order of times as in the product, and no chance: what is left is what leaks."""
    settings.PROBE_FAILURE_SECONDS = (TOLD_AFTER, TOLD_AFTER)
    settings.PROBES_PER_OWNER_PER_DAY = settings.PROBES_PER_ADDRESS_PER_DAY = 1000
    monkeypatch.setattr(conversation, "FIRST_ANSWER_SECONDS", ANSWER_WITHIN)


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    return device_at(site, owner, "127.0.0.1", 9)


@pytest.fixture
def at(device: Device, owner: User) -> Callable[[str], dict[str, Any]]:
    """Probes such a place once, asked for over the API; everything that its owner can see of it."""
    client = signed_in(owner)

    def probed(kind: str) -> dict[str, Any]:
        with ExitStack() as stack:
            host, port = SILENCES[kind](stack)
            sealed_anew(device, host, port)
            asked = client.post("/api/v1/probes/", {"device": str(device.public_id)}, "application/json")
            assert asked.status_code == 202, asked.content
            probe = Probe.objects.get(public_id=asked.json()["id"])
            run_probe(probe.pk)
            probe.refresh_from_db()
        page = client.get(f"/mitra/perangkat/{device.public_id}/uji/{probe.public_id}/").content.decode()
        told = client.get(f"/api/v1/probes/{probe.public_id}/").json()
        assert probe.finished_at is not None
        return {
            "code": probe.code,
            "page": without_place(page[page.index("<main") :]),
            "api": without_place(str({**told, "created_at": "", "finished_at": "", "id": ""})),
            "seconds": (probe.finished_at - probe.created_at).total_seconds(),
            "steps": [(step["code"], step["state"]) for step in probe.steps],
        }

    return probed


def sealed_anew(device: Device, host: str, port: int) -> None:
    sealed = seal_credentials(device_id=device.public_id, host=host, port=port, user="u", password="p")
    Device.objects.filter(pk=device.pk).update(
        host=host, onvif_port=port, sealed_user=sealed.user, sealed_password=sealed.password
    )
    device.refresh_from_db()


def without_place(text: str) -> str:
    """The same without what the owner typed himself, and without the ids, tokens and minute of this one page."""
    text = re.sub(r"<input[^>]*csrfmiddlewaretoken[^>]*>|(?:nonce|csrf-token)=\"[^\"]*\"", "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9.]+ WIB", "ID", text)
    return re.sub(rf"(?:127\.0\.0\.1|{re.escape(NAME)})(?::\d+)?|ONVIF \d+", "PLACE", text)


def test_no_way_of_not_answering_looks_or_lasts_like_itself(at: Callable[[str], dict[str, Any]]) -> None:
    seen: dict[str, list[dict[str, Any]]] = {kind: [] for kind in SILENCES}
    for _ in range(3):
        for kind in SILENCES:
            seen[kind].append(at(kind))

    first = seen["closed"][0]
    assert first["code"] == "unreachable"
    assert first["steps"] == [("address", "done"), ("connect", "failed")]
    for kind, all_ in seen.items():
        for one in all_:
            assert {**one, "seconds": 0} == {**first, "seconds": 0}, kind
    medians = {kind: statistics.median(one["seconds"] for one in all_) for kind, all_ in seen.items()}
    assert all(TOLD_AFTER <= seconds < TOLD_AFTER + 0.25 for seconds in medians.values()), medians
    assert max(medians.values()) - min(medians.values()) < 0.15, medians


def test_the_time_to_tell_is_longer_than_any_silence_takes() -> None:
    assert product.PROBE_FAILURE_SECONDS[0] > PATIENCE + GRACE_SECONDS


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("closed", "Port perangkat tertutup."),
        ("silent", "Port perangkat terbuka, tetapi perangkatnya diam."),
        ("filtered", "Tidak ada jawaban sama sekali dari alamat perangkat."),
    ],
)
def test_a_device_that_has_answered_there_is_told_which_silence_it_is(
    device: Device, owner: User, kind: str, message: str
) -> None:
    now = timezone.now()
    with ExitStack() as stack:
        sealed_anew(device, *SILENCES[kind](stack))
        Probe.objects.create(
            kind=ProbeKind.CONNECT,
            device=device,
            requested_by=owner,
            address=address_of(device),
            state=ProbeState.DONE,
            report={},
            created_at=now,
            lease_until=now,
            finished_at=now,
        )
        probe = request_probe(device=device, by=owner, now=timezone.now())
        began = time.monotonic()
        run_probe(probe.pk)
    probe.refresh_from_db()

    assert (probe.code, probe.message) == ("unreachable", message)
    assert time.monotonic() - began < TOLD_AFTER
