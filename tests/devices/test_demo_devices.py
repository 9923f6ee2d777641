"""The virtual devices read through the guarded dialler: programs that answer real ONVIF and send real H.264."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from demo import fleet
from devices.cli import main
from devices.configure import visiting
from devices.errors import DifferentDevice, Unauthorized
from devices.probe import CheckTarget, Step, check_many_now, is_alive, probe_device, take_still, take_still_now
from devices.report import Identity, Target
from devices.routes import INTERNET, Route, routes_from_allow
from devices.secrets import Credentials
from tests.ops.servers import free_block

pytestmark = [pytest.mark.devices, pytest.mark.slow]

Fleet = dict[str, fleet.DeviceSpec]


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A private fleet without the restless one."""
    specs = [s for s in fleet.specs(free_block(), state=tmp_path_factory.mktemp("fleet")) if s.name != "restless"]
    processes = [subprocess.Popen(spec.argv, cwd=fleet.ROOT) for spec in specs]
    try:
        for spec in specs:
            assert fleet.wait_until_answering(spec), f"{spec.name} did not start"
        yield {spec.name: spec for spec in specs}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


@pytest.fixture(scope="module")
def route(devices: Fleet) -> Route:
    base = min(spec.onvif_port for spec in devices.values())
    return routes_from_allow(f"127.0.0.1/32:{base}-{base + 20}")


def target(spec: fleet.DeviceSpec) -> Target:
    return Target(spec.host, spec.onvif_port)


def credentials(spec: fleet.DeviceSpec) -> Credentials:
    return Credentials(spec.user, spec.password)


def test_a_camera_is_read_with_a_keyframe_as_its_picture(devices: Fleet, route: Route) -> None:
    steps: list[Step] = []

    report = probe_device(target(devices["good"]), credentials(devices["good"]), route=route, on_step=steps.append)

    assert report.serial == "MK-DEMO-0001"
    assert [c.streams[0].codec for c in report.channels] == ["H264"]
    assert report.picture_source == "keyframe"
    assert report.picture is not None
    assert len(Image.open(io.BytesIO(report.picture.jpeg)).convert("RGB").getcolors(1 << 24)) > 100
    assert "snapshot_basic_only" in report.warnings
    assert [s.code for s in steps if s.state == "done"] == [
        "address", "connect", "clock", "sign_in", "identity", "channels", "picture",
    ]  # fmt: skip


def test_the_recorders_channels_become_cameras(devices: Fleet, route: Route) -> None:
    report = probe_device(target(devices["recorder"]), credentials(devices["recorder"]), route=route)

    assert [c.number for c in report.channels] == [1, 2, 3, 4]
    assert all(len(c.streams) == 2 and c.streams[0].path for c in report.channels)
    assert report.picture_source == "snapshot"
    assert report.mac
    assert not report.auth_not_enforced


def test_a_wrong_clock_is_signed_with_the_devices_own_time(devices: Fleet, route: Route) -> None:
    spec = devices["wrong-clock"]

    report = probe_device(target(spec), credentials(spec), route=route, want_picture=False)

    assert report.clock_offset_seconds == pytest.approx(420, abs=3)
    assert "clock_off" in report.warnings
    assert report.refusals == 0


def test_the_wrong_password_is_tried_once(devices: Fleet, route: Route) -> None:
    steps: list[Step] = []

    with pytest.raises(Unauthorized) as refusal:
        probe_device(
            target(devices["other-password"]), credentials(devices["good"]), route=route, on_step=steps.append
        )

    assert refusal.value.refusals == 1
    assert (steps[-1].code, steps[-1].state, steps[-1].detail) == ("sign_in", "failed", "unauthorized")


def test_a_still_shows_what_is_held_before_that_channels_lens(devices: Fleet, route: Route) -> None:
    spec = devices["recorder"]
    profiles = [c.streams[0].profile_token for c in probe_device(
        target(spec), credentials(spec), route=route, want_picture=False
    ).channels]  # fmt: skip
    before, later = (
        take_still_now(target(spec), credentials(spec), route=route, profile_token=profiles[1]) for _ in range(2)
    )

    fleet.hold_up(spec, "4821", channel=2)
    try:
        held = take_still_now(target(spec), credentials(spec), route=route, profile_token=profiles[1])
    finally:
        fleet.take_away(spec, channel=2)

    assert difference(before.jpeg, held.jpeg) > 2 * difference(before.jpeg, later.jpeg) + 0.5


def difference(first: bytes, second: bytes) -> float:
    """Mean difference of two pictures, 0 to 255."""
    pixels = [Image.open(io.BytesIO(data)).convert("L").tobytes() for data in (first, second)]
    return sum(abs(a - b) for a, b in zip(*pixels, strict=True)) / len(pixels[0])


def test_another_device_at_the_address_gives_no_picture(devices: Fleet, route: Route) -> None:
    good, clock = devices["good"], devices["wrong-clock"]
    known = probe_device(target(good), credentials(good), route=route, want_picture=False).identity

    assert take_still_now(target(good), credentials(good), route=route, expected_identity=known).jpeg
    with pytest.raises(DifferentDevice):
        take_still_now(target(clock), credentials(clock), route=route, expected_identity=known)


def test_another_kind_of_device_is_sent_no_secret(devices: Fleet, route: Route) -> None:
    recorder, good = devices["recorder"], devices["good"]
    known = probe_device(target(recorder), credentials(recorder), route=route, want_picture=False).identity

    with pytest.raises(DifferentDevice) as refusal:
        asyncio.run(
            take_still(
                target(good),
                credentials(good),
                route=route,
                expected_identity=Identity(shape=known.shape),
                refusals_before=2,  # Signing in would raise Unauthorized("resting").
            )
        )

    assert refusal.value.detail == "shape"


def test_a_stream_is_brought_in_by_its_path_alone(devices: Fleet, route: Route) -> None:
    spec = devices["recorder"]

    report = probe_device(
        Target(spec.host, spec.rtsp_port, rtsp_path="/Streaming/Channels/101"), credentials(spec), route=route
    )

    assert not report.onvif
    assert report.picture_source == "keyframe"
    assert report.channels[0].streams[0].codec == "H264"
    with pytest.raises(Unauthorized):
        probe_device(
            Target(spec.host, spec.rtsp_port, rtsp_path="/Streaming/Channels/101"),
            Credentials(spec.user, "salah"),
            route=route,
        )


def test_a_batch_tells_the_living_from_the_dead(devices: Fleet, route: Route) -> None:
    good, clock, recorder = devices["good"], devices["wrong-clock"], devices["recorder"]
    rtsp = Target(recorder.host, recorder.rtsp_port, rtsp_path="/x")

    results = check_many_now(
        [
            CheckTarget("good", target(good), route),
            CheckTarget("clock", target(clock), route),
            CheckTarget("rtsp", rtsp, route),
            CheckTarget("dead", Target("127.0.0.1", good.onvif_port + 8), route),
            CheckTarget("denied", target(good), INTERNET),
        ]
    )

    assert [(r.key, r.reached, r.code) for r in results] == [
        ("good", True, ""),
        ("clock", True, ""),
        ("rtsp", True, ""),
        ("dead", False, "unreachable"),
        ("denied", False, "address_refused"),
    ]
    assert results[1].clock_offset_seconds == pytest.approx(420, abs=3)
    assert asyncio.run(is_alive(target(good), route=route)).seconds < 5


def test_the_command_prints_a_report_and_no_password(devices: Fleet, route: Route) -> None:
    spec = devices["recorder"]
    out, err = io.StringIO(), io.StringIO()
    network = route.networks[0]
    allow = f"{network.network}:{network.ports[0][0]}-{network.ports[0][1]}"

    code = main(
        ["--user", spec.user, "--password-stdin", "--json", "--", f"{spec.host}:{spec.onvif_port}"],
        io.StringIO(spec.password + "\n"),
        out,
        err,
        {"PROBE_ALLOW": allow},
    )

    told = json.loads(out.getvalue())
    assert code == 0
    assert told["serial"] == "MK-DEMO-0005"
    assert told["picture"]["width"] > 0
    assert spec.password not in out.getvalue() + err.getvalue()


def test_the_command_tells_a_wrong_password_by_its_exit_code(devices: Fleet, tmp_path: Path) -> None:
    spec = devices["other-password"]

    code = main(
        ["--user", spec.user, "--password-stdin", "--", f"{spec.host}:{spec.onvif_port}"],
        io.StringIO("salah\n"),
        io.StringIO(),
        io.StringIO(),
        {"PROBE_ALLOW": f"127.0.0.1/32:{spec.onvif_port}"},
    )

    assert code == 4


@asynccontextmanager
async def eavesdropped(port: int) -> AsyncIterator[tuple[int, bytearray]]:
    """A door to a port of this machine, and every byte that was sent through it to the device."""
    heard = bytearray()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: bool) -> None:
        while data := await reader.read(65536):
            heard.extend(data if note else b"")
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        ways = (pass_on(reader, back, True), pass_on(there, writer, False))
        with suppress(asyncio.CancelledError):  # Closing the loop ends the last connection.
            await asyncio.gather(*ways, return_exceptions=True)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


def test_two_cameras_of_one_model_that_changed_places_are_told_apart_before_anything_is_signed(
    devices: Fleet, route: Route
) -> None:
    """Same program, same password, same realm: only their endpoint references differ."""

    async def look(at: fleet.DeviceSpec, expected: Identity) -> tuple[str, bytes]:
        async with eavesdropped(at.onvif_port) as (onvif, heard), eavesdropped(at.rtsp_port) as (rtsp, also):
            wide = routes_from_allow("127.0.0.1/32:1024-65535")
            where = Target("127.0.0.1", onvif, rtsp_port=rtsp)
            try:
                await take_still(where, credentials(at), route=wide, expected_identity=expected)
            except DifferentDevice as problem:
                return problem.detail, bytes(heard + also)
            return "picture", bytes(heard + also)

    first, second = devices["good"], devices["wrong-clock"]
    known = {
        spec.name: probe_device(target(spec), credentials(spec), route=route, want_picture=False).identity
        for spec in (first, second)
    }

    for here, verified in ((first, second), (second, first)):
        detail, heard = asyncio.run(look(here, known[verified.name]))
        assert detail == "endpoint"
        assert b"GetEndpointReference" in heard
        assert b"UsernameToken" not in heard
        assert b"Authorization" not in heard
        assert here.user.encode() not in heard
    detail, heard = asyncio.run(look(first, known[first.name]))
    assert detail == "picture"
    assert b"UsernameToken" in heard


@pytest.mark.parametrize("name", ["good", "wrong-clock", "recorder"])
def test_onvif_zeep_on_our_terms_reads_the_same_as_our_own_envelopes(
    name: str, devices: Fleet, route: Route
) -> None:
    """Two ways to speak, one dialler: zeep's parser, which holds to the standard's schema, checks ours."""
    spec = devices[name]
    report = probe_device(target(spec), credentials(spec), route=route, want_picture=False)

    with visiting(target(spec), credentials(spec), route=route) as visit:
        information = visit.camera.devicemgmt.GetDeviceInformation()
        profiles = visit.camera.media.GetProfiles()

    assert (information.Manufacturer, information.Model) == (report.maker, report.model)
    assert (information.SerialNumber, information.FirmwareVersion) == (report.serial, report.firmware)
    told = {(p.token, p.VideoSourceConfiguration.SourceToken) for p in profiles}
    assert told == {(s.profile_token, c.video_source_token) for c in report.channels for s in c.streams}
