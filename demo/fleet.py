"""Which virtual devices there are, where they listen, and how each is started.

    for spec in fleet.specs():
        process = subprocess.Popen(spec.argv, cwd=fleet.ROOT)
    fleet.wait_until_answering(spec)
    fleet.hold_up(spec, "4821")      # somebody holds a paper with the code before the lens
    fleet.spoil(spec, "turned")      # and somebody turns the camera

All six listen on 127.0.0.1 in one block of twenty ports: ONVIF on base+1 … base+6, RTSP on base+11 … base+16.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from demo import faults

ROOT = Path(__file__).resolve().parent.parent
BASE_PORT = 18080
HOST = "127.0.0.1"

OWNER_USER = "pemilik"
OWNER_PASSWORD = "kata-sandi-demo"
"""What the owner of the demo types for every device; on `other-password` it is wrong."""

OTHER_PASSWORD = "kata-sandi-lain"
USER_VARIABLE = "MITRA_DEMO_USER"
PASSWORD_VARIABLE = "MITRA_DEMO_PASSWORD"
CLOCK_OFFSET_SECONDS = 7 * 60
RECORDER_OFFSET_SECONDS = 38
"""Worth setting right, but not yet a disturbance (health begins at a minute)."""


@dataclass(frozen=True)
class DeviceSpec:
    """One virtual device. `password` is the one it really has; it is never on its command line if it came
    from the environment."""

    name: str
    title: str
    kind: str  # "camera" or "recorder"
    host: str
    onvif_port: int
    rtsp_port: int
    user: str
    password: str = field(repr=False)
    argv: tuple[str, ...] = field(repr=False)
    sign_path: Path
    rtsp_tls: bool = False


def specs(
    base_port: int = BASE_PORT,
    *,
    state: Path = ROOT / "var" / "demo",
    up_seconds: float = 180,
    down_seconds: float = 90,
) -> list[DeviceSpec]:
    """The six devices. `base_port` and `state` (where the signs lie) let a test run a fleet of its own.

    User and password of `good` can be set by the environment (`MITRA_DEMO_USER`,
    `MITRA_DEMO_PASSWORD`), which the device's process must then inherit.
    """
    restless = ("--up", str(up_seconds), "--down", str(down_seconds))
    fast_clock = ("--clock-offset", str(CLOCK_OFFSET_SECONDS))
    early_clock = ("--clock-offset", str(RECORDER_OFFSET_SECONDS))
    return [
        _spec("good", "Gerbang Utama", 1, base_port, state),
        _spec("other-password", "Pos Ronda", 2, base_port, state, password=OTHER_PASSWORD),
        _spec("wrong-clock", "Simpang Melati", 3, base_port, state, more=fast_clock),
        _spec("restless", "Gang Kenanga", 4, base_port, state, more=restless),
        _spec("recorder", "Ruko Anggrek", 5, base_port, state, kind="recorder", more=early_clock),
        _spec("encrypted", "Taman Bacaan", 6, base_port, state, rtsp_tls=True),
    ]


def _spec(
    name: str,
    title: str,
    number: int,
    base_port: int,
    state: Path,
    *,
    kind: str = "camera",
    password: str = OWNER_PASSWORD,
    more: tuple[str, ...] = (),
    rtsp_tls: bool = False,
) -> DeviceSpec:
    user, secret = OWNER_USER, ("--password", password)
    if name == "good":
        user = os.environ.get(USER_VARIABLE) or user
        if os.environ.get(PASSWORD_VARIABLE):
            password, secret = os.environ[PASSWORD_VARIABLE], ("--password-env", PASSWORD_VARIABLE)
    onvif_port, rtsp_port = base_port + number, base_port + 10 + number
    sign_path = state / name / "sign.txt"
    if rtsp_tls:
        more = (*more, "--rtsp-tls", str(state / name / "certificate.pem"))
    argv = (
        *(sys.executable, "-m", f"demo.{kind}", "--name", title, "--host", HOST),
        *("--onvif-port", str(onvif_port), "--rtsp-port", str(rtsp_port), "--user", user, *secret),
        *("--serial", f"MK-DEMO-{number:04d}", "--seed", str(number), "--sign", str(sign_path)),
        *("--leave-with-parent", *more),
    )
    return DeviceSpec(name, title, kind, HOST, onvif_port, rtsp_port, user, password, argv, sign_path, rtsp_tls)


def hold_up(spec: DeviceSpec, text: str, channel: int | None = None) -> None:
    """Hold a paper with this text before the lens: before every channel of a recorder, or only one."""
    path = _sign(spec, channel)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def take_away(spec: DeviceSpec, channel: int | None = None) -> None:
    """Take the paper away. No paper is no error."""
    _sign(spec, channel).unlink(missing_ok=True)


def _sign(spec: DeviceSpec, channel: int | None) -> Path:
    return spec.sign_path if channel is None else spec.sign_path.with_name(f"sign-{channel}.txt")


def spoil(spec: DeviceSpec, fault: str, channel: int | None = None) -> None:
    """Let something be wrong (`demo.faults`) until it is mended: with a recorder's every channel, or with one."""
    path = faults.beside(spec.sign_path, channel)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(fault, encoding="utf-8")


def mend(spec: DeviceSpec, channel: int | None = None) -> None:
    """All is well again."""
    faults.beside(spec.sign_path, channel).unlink(missing_ok=True)


_ASK_CLOCK = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    b'<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>'
)


def is_answering(spec: DeviceSpec) -> bool:
    """Whether the device tells its time over ONVIF and answers RTSP. Asks for nothing that needs a password."""
    request = urllib.request.Request(
        f"http://{spec.host}:{spec.onvif_port}/onvif/device_service",
        data=_ASK_CLOCK,
        headers={"Content-Type": "application/soap+xml"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, urllib.error.URLError):
        with direct.open(request, timeout=2) as answer:
            if b"UTCDateTime" not in answer.read(65536):
                return False
        with contextlib.ExitStack() as stack:
            line = stack.enter_context(socket.create_connection((spec.host, spec.rtsp_port), timeout=2))
            if spec.rtsp_tls:
                line = stack.enter_context(_any_certificate().wrap_socket(line))
            line.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            return line.recv(64).startswith(b"RTSP/1.0 200")
    return False


def _any_certificate() -> ssl.SSLContext:
    """Nothing but a life sign is asked for, so it does not matter who answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def wait_until_answering(spec: DeviceSpec, seconds: float = 15) -> bool:
    """Wait for the device to answer; False when it has not done so in time."""
    end = time.monotonic() + seconds
    while not is_answering(spec):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
