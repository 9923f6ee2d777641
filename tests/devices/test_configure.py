"""onvif-zeep on our terms: the verified address, nothing left on the device, no secret spent, threads apart."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from demo.auth import DeviceClock, UsernameTokens
from devices import soap
from devices.changes import Wish
from devices.configure import (
    OperationForbidden,
    camera,
    read_findings,
    visiting,
    warm,
    write_change,
)
from devices.errors import DifferentDevice, Misbehaving, Unauthorized, Unreachable
from devices.report import Target
from devices.secrets import Credentials
from tests.devices.configurable import LOOPBACK, OWNER, SECRET, Configurable, Encoder, enveloped, running

pytestmark = pytest.mark.slow

EVENTS = "http://www.onvif.org/ver10/events/wsdl"
SUBSCRIBE = f"{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest"


def at(device: Configurable) -> Target:
    return Target("127.0.0.1", device.port)


def test_it_asks_the_verified_address_whatever_the_device_says(dialled: list[tuple[str, int]]) -> None:
    device = Configurable()  # It says that all its services are at 169.254.169.254.

    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        profiles = visit.camera.media.GetProfiles()

    assert [p.token for p in profiles] == ["p_main", "p_sub"]
    assert set(dialled) == {("127.0.0.1", device.port)}
    assert not [name for name in device.asked if "Subscri" in name or "PullPoint" in name]


# --- nothing is left there, and nothing spent ----------------------------------------------------------------

EVERYTHING = [
    Wish("clock"),
    Wish("ntp", "", {"server": "pool.ntp.org"}),
    Wish("substream", "src", {"codec": "H264"}),
    Wish("user", "", {"name": "mitra-ab12"}),
    Wish("masks", "src", {"polygons": [[[0, 0], [1, 0], [1, 1]]]}),
]


def test_no_subscription_is_left_on_a_device_that_counts_them() -> None:
    device = Configurable(offset=420)
    with running(device):
        findings = read_findings(at(device), OWNER, route=LOOPBACK, wishes=EVERYTHING).findings
        changes = [finding.change for finding in findings if finding.change]
        for change in changes:
            if change.kind != "ntp":  # Else there would be no clock by hand any more.
                outcome = write_change(at(device), OWNER, change, route=LOOPBACK, new_password="baru-1234")
                write_change(at(device), OWNER, outcome.change.undone(), route=LOOPBACK)
        ours = device.subscriptions
        with visiting(at(device), OWNER, route=LOOPBACK) as visit:
            subscribe = soap.Operation(SUBSCRIBE, f'<CreatePullPointSubscription xmlns="{EVENTS}"/>')
            visit.run(visit.talk.session.signed(subscribe, visit.paths[soap.DEVICE]))

    assert (len(changes), ours) == (5, 0)
    assert device.subscriptions == 1  # It does count.


class LabelsLocalTimeAsUtc(Configurable):
    """It says its local time where UTC belongs, and judges signatures by the true one."""

    def admits(self, envelope: etree._Element, authorization: str | None, path: str) -> bool:
        return UsernameTokens("pemilik", SECRET, DeviceClock(timedelta(0))).accept(envelope)


def test_a_good_secret_is_not_spent_by_configuring() -> None:
    device = LabelsLocalTimeAsUtc(offset=7 * 3600)
    with running(device):
        wishes = [Wish("substream", "src", {"codec": "H264"})]
        first = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes)
        refusals, method = first.refusals, first.worked
        change = first.findings[0].change
        assert change is not None
        outcomes = []
        for _ in range(4):
            outcome = write_change(
                at(device), OWNER, change, route=LOOPBACK, refusals_before=refusals, sign_in_method=method
            )
            refusals, method, change = outcome.refusals, outcome.worked, outcome.change.undone()
            outcomes.append((outcome.state, outcome.refusals, outcome.worked))
        again = read_findings(
            at(device), OWNER, route=LOOPBACK, wishes=wishes, refusals_before=refusals, sign_in_method=method
        )

    assert (first.refusals, first.worked) == (1, "wsse-lt")
    assert outcomes == [("done", 1, "wsse-lt")] * 4
    assert (again.refusals, again.worked) == (1, "wsse-lt")


@pytest.mark.parametrize(("users", "why"), [(500, "user_missing_open_line"), (2000, "users_unread")])
def test_zeep_is_given_no_more_to_read_than_it_reads_within_a_moment(users: int, why: str) -> None:
    said = "".join(f"<tds:User><tt:Username>u{i}</tt:Username></tds:User>" for i in range(users))
    answer = enveloped(f"<tds:GetUsersResponse>{said}</tds:GetUsersResponse>")
    device = Configurable(raw_answers={"tds_GetUsers": answer})
    wishes = [Wish("user", "", {"name": "mitra-ab12"})]

    with running(device):
        (finding,) = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes).findings

    assert finding.why == why


def test_zeep_itself_opens_no_connection(dialled: list[tuple[str, int]]) -> None:
    device = Configurable()

    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        before = len(device.asked)
        service = visit.camera.devicemgmt
        with pytest.raises(OperationForbidden):
            service.ws_client.GetDeviceInformation()
        with pytest.raises(OperationForbidden):
            service.client.transport.get("http://127.0.0.1/", {}, {})
        with pytest.raises(OperationForbidden):
            service.client.transport.load("file:///etc/passwd")

    assert len(device.asked) == before


@pytest.mark.parametrize("operation", ["read", "write"])
def test_the_wrong_password_is_refused_twice_at_most(operation: str) -> None:
    device = Configurable(offset=420)
    with running(device):
        (finding,) = read_findings(at(device), OWNER, route=LOOPBACK, wishes=[Wish("clock")]).findings
        assert finding.change is not None
        before = device.credentialed
        refusals, wrong = 0, Credentials("pemilik", "salah")

        def sign_in() -> None:
            if operation == "read":
                read_findings(at(device), wrong, route=LOOPBACK, wishes=[Wish("clock")], refusals_before=refusals)
            elif finding.change is not None:
                write_change(at(device), wrong, finding.change, route=LOOPBACK, refusals_before=refusals)

        for _ in range(4):
            with pytest.raises(Unauthorized) as refused:
                sign_in()
            refusals = refused.value.refusals

    assert refusals == 2
    assert device.credentialed - before == 2
    assert device.offset == 420


def test_another_device_is_sent_no_credential() -> None:
    device, other = Configurable(serial="S-1", offset=420), Configurable(serial="S-2", offset=420)
    with running(device, other):
        with visiting(at(device), OWNER, route=LOOPBACK) as visit:
            known = visit.talk.greeting
        (finding,) = read_findings(
            at(device), OWNER, route=LOOPBACK, wishes=[Wish("clock")], expected_identity=known
        ).findings
        assert finding.change is not None
        with pytest.raises(DifferentDevice):
            read_findings(at(other), OWNER, route=LOOPBACK, wishes=[Wish("clock")], expected_identity=known)
        with pytest.raises(DifferentDevice) as refused:
            write_change(
                at(other), OWNER, finding.change, route=LOOPBACK, expected_identity=known, refusals_before=1
            )

    assert refused.value.refusals == 1
    assert other.credentialed == 0
    assert not any(SECRET.encode() in raw or b"pemilik" in raw for raw in other.raw)
    assert other.offset == 420


@pytest.mark.parametrize("media2", [True, False])
def test_a_device_that_wants_http_digest_is_configured_too(media2: bool) -> None:
    device = Configurable(offset=420, digest=True, media2=media2)
    wishes = [Wish("clock"), Wish("substream", "src", {"codec": "H264"}), Wish("user", "", {"name": "mitra-ab12"})]
    with running(device):
        findings = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes).findings
        outcomes = [
            write_change(at(device), OWNER, f.change, route=LOOPBACK, new_password="baru-1234")
            for f in findings
            if f.change
        ]

    assert [(o.state, o.why, o.refusals) for o in outcomes] == [("done", "", 0)] * 3
    assert outcomes[2].seen["signed_in"] is True
    assert abs(device.offset) < 2


def test_a_broken_answer_to_one_wish_leaves_the_others() -> None:
    device = Configurable(offset=420, refuses={"tds_GetUsers": "NotAuthorized", "tr2_GetMaskOptions": "X"})
    wishes = [
        Wish("user", "", {"name": "mitra-ab12"}),
        Wish("masks", "src", {"polygons": [[[0, 0], [1, 0], [1, 1]]]}),
        Wish("clock"),
    ]

    with running(device):
        findings = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes).findings

    assert [(f.state, f.why) for f in findings] == [
        ("unread", "not_permitted"),
        ("unsupported", "masks_not_offered"),
        ("differs", "clock_off"),
    ]


DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "b">]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>'
NONSENSE = enveloped(
    '<trt:GetVideoEncoderConfigurationResponse><trt:Configuration token="sub"><tt:Encoding>H264</tt:Encoding>'
    "<tt:Resolution><tt:Width>many</tt:Width></tt:Resolution></trt:Configuration>"
    "</trt:GetVideoEncoderConfigurationResponse>"
)


@pytest.mark.parametrize(
    ("media2", "operation", "answer"),
    [
        (False, "trt_GetVideoEncoderConfiguration", NONSENSE),
        (False, "trt_GetVideoEncoderConfiguration", DOCTYPE),
        (False, "trt_GetVideoEncoderConfiguration", enveloped("<trt:X/>")),
        (False, "trt_GetVideoEncoderConfigurationOptions", b"not xml"),
        (True, "tr2_GetVideoEncoderConfigurations", enveloped("<tr2:GetVideoEncoderConfigurationsResponse/>")),
        (True, "tr2_GetVideoEncoderConfigurationOptions", b""),
    ],
)
def test_what_is_not_of_the_schema_is_unread(media2: bool, operation: str, answer: bytes) -> None:
    device = Configurable(media2=media2, raw_answers={operation: answer})
    wishes = [Wish("substream", "src", {"codec": "H264"}), Wish("user", "", {"name": "mitra-ab12"})]

    with running(device):
        findings = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes).findings

    assert [(f.state, f.why) for f in findings] == [
        ("unread", "encoder_unread"),
        ("differs", "user_missing_open_line"),
    ]


def test_a_device_that_falls_silent_over_a_write_holds_nobody_beyond_the_deadline() -> None:
    device = Configurable(offset=420, hooks={"SetSystemDateAndTime": lambda _: time.sleep(4)})
    with running(device):
        (finding,) = read_findings(at(device), OWNER, route=LOOPBACK, wishes=[Wish("clock")]).findings
        assert finding.change is not None
        started = time.monotonic()
        outcome = write_change(at(device), OWNER, finding.change, route=LOOPBACK, deadline_seconds=1.5)
        seconds = time.monotonic() - started

    assert (outcome.state, outcome.why) == ("failed", "not_read_back")
    assert seconds < 2.3


def test_nobody_there_and_rtsp_alone_are_told_as_in_a_probe() -> None:
    device = Configurable()
    with running(device):
        pass

    with pytest.raises(Unreachable) as nobody:
        read_findings(at(device), OWNER, route=LOOPBACK, wishes=[Wish("clock")], refusals_before=1)
    target = Target("127.0.0.1", device.port, rtsp_path="/x")
    with pytest.raises(Misbehaving) as rtsp:
        read_findings(target, OWNER, route=LOOPBACK, wishes=[Wish("clock")], refusals_before=1)

    assert (nobody.value.refusals, rtsp.value.refusals, rtsp.value.detail) == (1, 1, "not_onvif")


def test_the_wsdl_is_read_once_in_the_life_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    really = camera.InstalledFiles.load

    def load(self: camera.InstalledFiles, url: str) -> bytes:
        loads.append(url)
        return really(self, url)

    monkeypatch.setattr(camera.InstalledFiles, "load", load)
    monkeypatch.setattr(camera, "_documents", {})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: warm(), range(8)))
    first = len(loads)
    device = Configurable(offset=420)
    with running(device), visiting(at(device), OWNER, route=LOOPBACK) as visit:
        visit.camera.devicemgmt.GetUsers()
        visit.camera.media.GetProfiles()

    assert len([url for url in loads if url.endswith("devicemgmt.wsdl")]) == 1
    assert len([url for url in loads if url.endswith("media.wsdl")]) == 1
    assert len(loads) == first


def test_200_devices_on_64_threads_each_get_their_own_answers() -> None:
    devices = [
        Configurable(serial=f"S-{i}", encoders=_encoders(i), media2=i % 2 == 0, digest=i % 3 == 0)
        for i in range(200)
    ]
    warm()
    start = threading.Barrier(64)
    seen = threading.local()

    def configure(device: Configurable) -> tuple[str, int, str, int, str]:
        if not hasattr(seen, "begun"):
            seen.begun = True
            start.wait(30)
        with visiting(at(device), OWNER, route=LOOPBACK, deadline_seconds=60) as visit:
            serial = visit.camera.devicemgmt.GetDeviceInformation().SerialNumber
            kbps = visit.camera.media.GetVideoEncoderConfiguration(
                ConfigurationToken="sub"
            ).RateControl.BitrateLimit
        wishes = [Wish("substream", "src", {"codec": "H264"})]
        (finding,) = read_findings(at(device), OWNER, route=LOOPBACK, wishes=wishes, deadline_seconds=60).findings
        assert finding.change is not None
        outcome = write_change(at(device), OWNER, finding.change, route=LOOPBACK, deadline_seconds=60)
        return serial, kbps, finding.change.old["codec"], outcome.seen["bitrate_kbps"], outcome.state

    with running(*devices), ThreadPoolExecutor(64) as pool:
        told = list(pool.map(configure, devices))

    assert told == [(f"S-{i}", 100 + i, "H265", 100 + i, "done") for i in range(200)]
    assert [d.encoders["sub"].codec for d in devices] == ["H264"] * 200
    assert [d.encoders["main"].codec for d in devices] == ["H265"] * 200
    gc.collect()  # Each client is a cycle of its own.


def _encoders(i: int) -> dict[str, Any]:
    return {"main": Encoder("H265", 1920, 1080, 25, 4096, 50), "sub": Encoder("H265", 704, 576, 20, 100 + i, 40)}
