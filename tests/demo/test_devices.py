"""The virtual devices, walked from outside: ONVIF with onvif-zeep, video with PyAV, passwords by hand."""

from __future__ import annotations

import base64
import hashlib
import secrets
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import onvif
import psutil
import pytest
from lxml import etree

from demo import faults, fleet, program
from demo.certificate import server_context
from devices.probe import probe_device
from devices.report import Target
from devices.routes import routes_from_allow
from devices.secrets import Credentials
from tests.ops.servers import free_block

pytestmark = [pytest.mark.devices, pytest.mark.slow]

WSDL = Path(onvif.__file__).parent.parent / "wsdl"
NAMESPACES = {
    "tt": "http://www.onvif.org/ver10/schema",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "ter": "http://www.onvif.org/ver10/error",
}
RTSP_UNICAST = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
INFORMATION = '<GetDeviceInformation xmlns="http://www.onvif.org/ver10/device/wsdl"/>'


@dataclass(frozen=True)
class Fleet:
    """The six running devices by name."""

    specs: dict[str, fleet.DeviceSpec]
    processes: dict[str, subprocess.Popen[bytes]]

    def __getitem__(self, name: str) -> fleet.DeviceSpec:
        return self.specs[name]


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A private fleet on ports of its own; `restless` goes down for two seconds every four."""
    state = tmp_path_factory.mktemp("demo")
    specs = fleet.specs(free_block(), state=state, up_seconds=4, down_seconds=2)
    processes = {spec.name: subprocess.Popen(spec.argv, cwd=fleet.ROOT) for spec in specs}
    try:
        for spec in specs:
            assert fleet.wait_until_answering(spec), f"{spec.name} did not start"
        yield Fleet({spec.name: spec for spec in specs}, processes)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def client(spec: fleet.DeviceSpec, password: str | None = None) -> onvif.ONVIFCamera:
    """onvif-zeep, signing with the device's own time."""
    return onvif.ONVIFCamera(
        spec.host, spec.onvif_port, spec.user, password or spec.password, str(WSDL), adjust_time=True
    )


def post(spec: fleet.DeviceSpec, request: str, header: str = "") -> tuple[int, etree._Element]:
    envelope = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
        f"<s:Header>{header}</s:Header><s:Body>{request}</s:Body></s:Envelope>"
    )
    url = f"http://{spec.host}:{spec.onvif_port}/onvif/device_service"
    try:
        with urllib.request.urlopen(url, envelope.encode(), timeout=5) as answer:
            return answer.status, etree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, etree.fromstring(error.read())


def signature(spec: fleet.DeviceSpec, moment: datetime) -> str:
    nonce, created = secrets.token_bytes(16), moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + spec.password.encode(), usedforsecurity=False).digest()
    base = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
    return (
        f'<Security xmlns="{base}wssecurity-secext-1.0.xsd"><UsernameToken>'
        f"<Username>{spec.user}</Username>"
        f'<Password Type="{base}username-token-profile-1.0#PasswordDigest">{base64.b64encode(digest).decode()}'
        f"</Password><Nonce>{base64.b64encode(nonce).decode()}</Nonce>"
        f'<Created xmlns="{base}wssecurity-utility-1.0.xsd">{created}</Created></UsernameToken></Security>'
    )


def picture(spec: fleet.DeviceSpec, uri: str, password: str | None = None) -> av.VideoFrame:
    """The first decoded frame of a stream."""
    address = uri.replace("rtsp://", f"rtsp://{spec.user}:{password or spec.password}@")
    options = {"rtsp_transport": "tcp", "timeout": "5000000", "analyzeduration": "300000"}
    with av.open(address, options=options) as container:
        return next(container.decode(video=0))


def stream_uri(spec: fleet.DeviceSpec, number: int = 0) -> str:
    media = client(spec).create_media_service()
    token = media.GetProfiles()[number].token
    return media.GetStreamUri({"StreamSetup": RTSP_UNICAST, "ProfileToken": token}).Uri


def white_share(frame: av.VideoFrame) -> float:
    """How much of the lower middle, where a paper is held, is white."""
    grey = frame.to_ndarray(format="gray")
    height, width = grey.shape
    middle = grey[height * 4 // 10 : height * 7 // 10, width * 3 // 10 : width * 7 // 10]
    return float((middle > 235).mean())


def test_a_camera_is_read_by_onvif_zeep_and_sends_video_in_both_sizes(devices):
    spec = devices["good"]

    device = client(spec).devicemgmt
    media = client(spec).create_media_service()
    frames = [picture(spec, stream_uri(spec, number)) for number in (0, 1)]

    assert device.GetDeviceInformation().SerialNumber == "MK-DEMO-0001"
    assert len(media.GetProfiles()) == 2
    assert [(frame.width, frame.height) for frame in frames] == [(640, 360), (320, 180)]


def test_the_recorder_is_read_by_onvif_zeep_with_four_channels(devices):
    spec = devices["recorder"]
    camera = client(spec)
    device, media = camera.devicemgmt, camera.create_media_service()

    profiles = media.GetProfiles()
    services = {service.Namespace for service in device.GetServices({"IncludeCapability": False})}

    assert device.GetDeviceInformation().Model == "VirtualRecorder-4"
    assert device.GetCapabilities({"Category": "All"}).Media.XAddr.endswith("/onvif/media_service")
    assert device.GetNetworkInterfaces()[0].Info.HwAddress.startswith("02:")
    assert device.GetHostname().Name == "mk-demo-0005"
    assert any("Ruko" in scope.ScopeItem for scope in device.GetScopes())
    assert NAMESPACES["tr2"] in services
    assert len(media.GetVideoSources()) == 4
    assert len(media.GetVideoEncoderConfigurations()) == 8
    assert len({profile.VideoSourceConfiguration.SourceToken for profile in profiles}) == 4
    assert [profile.VideoEncoderConfiguration.Resolution.Width for profile in profiles] == [640, 320] * 4
    assert media.GetProfile({"ProfileToken": profiles[3].token}).token == profiles[3].token


def test_each_channel_of_the_recorder_shows_another_street(devices):
    spec = devices["recorder"]

    frames = [picture(spec, stream_uri(spec, number)).to_ndarray(format="gray") for number in (0, 2, 4, 6)]

    for number, frame in enumerate(frames):
        assert all(abs(frame.astype(int) - other).mean() > 5 for other in frames[number + 1 :])


def test_the_recorder_answers_media2_with_what_was_asked_for(devices):
    spec = devices["recorder"]
    space = f'xmlns="{NAMESPACES["tr2"]}"'
    full = f"<GetProfiles {space}><Type>VideoSource</Type><Type>VideoEncoder</Type></GetProfiles>"
    uri = f"<GetStreamUri {space}><Protocol>RTSP</Protocol><ProfileToken>Profile_301</ProfileToken></GetStreamUri>"

    def ask(request: str) -> etree._Element:
        status, answer = post(spec, request, signature(spec, datetime.now(UTC)))
        assert status == 200
        return answer

    bare = ask(f"<GetProfiles {space}/>")
    assert len(bare.findall(".//tr2:Profiles", NAMESPACES)) == 8
    assert bare.find(".//tr2:Configurations", NAMESPACES) is None
    sources = ask(full).findall(".//tr2:VideoSource/tt:SourceToken", NAMESPACES)
    assert len({source.text for source in sources}) == 4
    assert ask(uri).findtext(".//tr2:Uri", None, NAMESPACES).endswith("/Streaming/Channels/301")


@pytest.mark.parametrize(("name", "status"), [("good", 401), ("recorder", 400)])
def test_only_the_clock_and_who_it_is_are_told_without_a_password(devices, name, status):
    who = '<GetEndpointReference xmlns="http://www.onvif.org/ver10/device/wsdl"/>'
    clock = '<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>'

    assert post(devices[name], clock)[0] == 200
    assert post(devices[name], who)[1].findtext(".//{*}GUID").startswith("urn:uuid:")
    told = client(devices[name]).devicemgmt.GetEndpointReference().GUID
    assert told == program.endpoint_of("MK-DEMO-0001" if name == "good" else "MK-DEMO-0005")
    assert post(devices[name], INFORMATION)[0] == status
    # The name of the open question somewhere else in the message opens nothing.
    assert post(devices[name], INFORMATION, clock)[0] == status


@pytest.mark.parametrize(("name", "status"), [("good", 401), ("recorder", 400)])
def test_a_signature_works_once_and_for_a_minute(devices, name, status):
    spec = devices[name]
    now = datetime.now(UTC)
    fresh, old = signature(spec, now), signature(spec, now - timedelta(seconds=90))

    assert post(spec, INFORMATION, fresh)[0] == 200
    assert post(spec, INFORMATION, fresh)[0] == status
    assert post(spec, INFORMATION, old)[0] == status


def test_the_password_that_the_owner_types_is_wrong_on_one_camera(devices):
    spec = devices["other-password"]

    with pytest.raises(onvif.ONVIFError):
        client(spec, fleet.OWNER_PASSWORD).devicemgmt.GetDeviceInformation()

    assert client(spec).devicemgmt.GetDeviceInformation()


def test_a_camera_whose_clock_is_wrong_trusts_only_its_own_time(devices):
    spec = devices["wrong-clock"]
    now = datetime.now(UTC)
    ahead = timedelta(seconds=fleet.CLOCK_OFFSET_SECONDS)

    told = client(spec).devicemgmt.GetSystemDateAndTime().UTCDateTime
    moment = datetime(
        *(told.Date.Year, told.Date.Month, told.Date.Day),
        *(told.Time.Hour, told.Time.Minute, told.Time.Second),
        tzinfo=UTC,
    )

    assert abs(moment - now - ahead) < timedelta(seconds=5)
    assert post(spec, INFORMATION, signature(spec, now))[0] == 401
    assert post(spec, INFORMATION, signature(spec, now + ahead))[0] == 200


@pytest.mark.parametrize("name", ["good", "recorder"])
@pytest.mark.parametrize("user", ["{user}:wrong@", "stranger:{password}@", ""])
def test_video_wants_the_password(devices, name, user):
    spec = devices[name]
    path = stream_uri(spec).partition(str(spec.rtsp_port))[2]
    login = user.format(user=spec.user, password=spec.password)

    with pytest.raises(av.error.HTTPUnauthorizedError):
        av.open(f"rtsp://{login}{spec.host}:{spec.rtsp_port}{path}", options={"timeout": "5000000"})


def test_video_asks_for_digest_and_never_for_basic(devices):
    spec = devices["good"]
    login = base64.b64encode(f"{spec.user}:{spec.password}".encode()).decode()
    url = f"rtsp://{spec.host}:{spec.rtsp_port}/video_main"

    with socket.create_connection((spec.host, spec.rtsp_port), timeout=5) as connection:
        connection.sendall(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic {login}\r\n\r\n".encode())
        answer = connection.recv(4096).decode()

    assert answer.startswith("RTSP/1.0 401")
    assert "WWW-Authenticate: Digest" in answer
    assert "Basic" not in answer


def test_the_snapshot_of_the_recorder_wants_digest_and_is_a_picture(devices):
    spec = devices["recorder"]
    url = f"http://{spec.host}:{spec.onvif_port}/onvif/snapshot/2"
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, spec.user, spec.password)
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))

    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(url, timeout=5)
    refused.value.close()
    with opener.open(url, timeout=5) as answer:
        assert answer.read().startswith(b"\xff\xd8\xff")


def test_a_paper_held_before_the_lens_is_in_the_next_picture(devices):
    spec = devices["good"]
    uri = stream_uri(spec)
    before = white_share(picture(spec, uri))

    fleet.hold_up(spec, "4821")
    held = white_share(picture(spec, uri))
    fleet.take_away(spec)
    after = white_share(picture(spec, uri))

    assert held > 0.5
    assert max(before, after) < 0.2


def test_a_paper_can_be_held_before_one_channel_alone(devices):
    spec = devices["recorder"]

    fleet.hold_up(spec, "1234", channel=2)
    first, second = (white_share(picture(spec, stream_uri(spec, number))) for number in (0, 2))
    fleet.take_away(spec, channel=2)

    assert first < 0.2
    assert second > 0.5


def test_the_restless_camera_goes_down_and_comes_back(devices):
    spec = devices["restless"]

    assert until(lambda: refuses(spec.host, spec.onvif_port) and refuses(spec.host, spec.rtsp_port), seconds=8)
    assert until(lambda: fleet.is_answering(spec), seconds=8)


def test_a_device_without_power_is_silent_until_it_has_power_again(devices):
    spec = devices["wrong-clock"]
    assert fleet.wait_until_answering(spec)

    fleet.spoil(spec, faults.OFF)
    try:
        assert until(lambda: is_silent(spec.host, spec.onvif_port) and is_silent(spec.host, spec.rtsp_port), 8)
    finally:
        fleet.mend(spec)

    assert until(lambda: fleet.is_answering(spec), seconds=8)


def test_every_socket_of_every_device_is_on_loopback_and_its_own_port(devices):
    for name, process in devices.processes.items():
        spec = devices[name]
        running = psutil.Process(process.pid)
        until(lambda spec=spec: fleet.is_answering(spec), seconds=8)
        addresses = {
            connection.laddr
            for connection in running.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN or not connection.raddr
        }
        assert addresses == {(spec.host, spec.onvif_port), (spec.host, spec.rtsp_port)}, name
        assert running.children() == []


def test_a_device_stops_quietly_within_a_second_even_while_watched(devices, tmp_path):
    spec = fleet.specs(free_block(), state=tmp_path)[0]
    process = subprocess.Popen(spec.argv, cwd=fleet.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert fleet.wait_until_answering(spec)
        uri = f"rtsp://{spec.user}:{spec.password}@{spec.host}:{spec.rtsp_port}/video_sub"
        with av.open(uri, options={"analyzeduration": "300000"}) as container:
            next(container.decode(video=0))
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=5)
    finally:
        process.kill()
        process.wait()

    assert time.monotonic() - begun < 1
    assert (process.returncode, output) == (0, b"")


def test_an_address_that_is_not_loopback_is_refused():
    argv = list(fleet.specs(free_block())[0].argv)
    argv[argv.index("--host") + 1] = "0.0.0.0"

    ended = subprocess.run(argv, cwd=fleet.ROOT, capture_output=True, text=True, timeout=20, check=False)

    assert ended.returncode == 2
    assert "not a loopback address" in ended.stderr


def test_a_password_from_the_environment_is_not_on_the_command_line(monkeypatch):
    monkeypatch.setenv(fleet.USER_VARIABLE, "tamu")
    monkeypatch.setenv(fleet.PASSWORD_VARIABLE, "kenari-4711")

    spec = fleet.specs()[0]

    assert (spec.user, spec.password) == ("tamu", "kenari-4711")
    assert "kenari-4711" not in " ".join(spec.argv)
    assert "kenari-4711" not in repr(spec)


def refuses(host: str, port: int) -> bool:
    """Whether nobody listens there; a reset means that the listener is just closing, so not yet."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False
    return False


def is_silent(host: str, port: int) -> bool:
    """Whether somebody takes the call there and says nothing."""
    try:
        with socket.create_connection((host, port), timeout=1) as line:
            line.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            line.recv(1)
    except TimeoutError:
        return True
    except OSError:
        pass
    return False


def until(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_the_encrypted_camera_streams_over_tls_alone_and_is_known_by_its_certificate(devices: Fleet) -> None:
    spec = devices["encrypted"]
    route = routes_from_allow(f"{spec.host}/32:{spec.onvif_port},{spec.rtsp_port}")
    credentials = Credentials(spec.user, spec.password)

    report = probe_device(Target(spec.host, spec.onvif_port), credentials, route=route)

    streams = report.channels[0].streams
    assert [(stream.tls, stream.rtsp_port) for stream in streams] == [(True, spec.rtsp_port)] * 2
    assert report.picture_source == "keyframe"
    pem = (spec.sign_path.parent / "certificate.pem").read_text()
    shown = ssl.get_server_certificate((spec.host, spec.rtsp_port))
    assert shown.strip() in pem
    der = ssl.PEM_cert_to_DER_cert(shown)
    assert report.identity.stream_tls_fingerprint == hashlib.sha256(der).hexdigest()
    with socket.create_connection((spec.host, spec.rtsp_port), timeout=5) as plain:
        plain.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        assert b"RTSP" not in plain.recv(64)


def test_a_certificate_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "certificate.pem"

    server_context(path, "MK-1")
    first = path.read_bytes()
    server_context(path, "MK-1")

    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
