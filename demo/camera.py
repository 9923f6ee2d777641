"""A virtual camera: `python -m demo.camera --name … --onvif-port … --rtsp-port … --user … --password …`.

ONVIF comes from `ipycam`, a program that nobody here wrote. This launcher opens its handler on loopback,
leaves out its discovery, its web pages and its own RTSP server (which knows no password and starts an
ffmpeg for each viewer), and serves the video by `demo.rtsp`. Six things of ipycam are changed:

* the clock can be read without a password, as the standard asks (ipycam wants one for everything);
* anybody is told its endpoint reference, as the standard asks too (ipycam has none), so that two cameras of this
  one model can be told apart before any password is used;
* what is asked is read from the body alone, since a SOAPAction header could name something else;
* a signature must be fresh by the device's own clock, within a minute, and works once;
* the device's clock can be wrong;
* its streams can be over TLS alone (`--rtsp-tls`), and are then announced so.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import ipycam.onvif
import numpy as np
from ipycam.config import CameraConfig
from ipycam.http import IPCameraHTTPHandler
from ipycam.onvif import ONVIFService
from lxml import etree
from PIL import Image

from demo import faults, program, soap
from demo.auth import DeviceClock, DigestChallenge, SeenNonces
from demo.certificate import server_context
from demo.rtsp import RtspServer
from demo.scene import Scene
from demo.server import DeviceServer
from demo.video import Video

MAX_BODY_BYTES = 64 * 1024
OPEN_TO_ALL = frozenset(("GetSystemDateAndTime", "GetEndpointReference"))


class Onvif(ONVIFService):
    """ipycam's ONVIF service, with the changes named above."""

    def __init__(self, config: CameraConfig, clock: DeviceClock, *, rtsp_tls: bool) -> None:
        super().__init__(config)
        self._clock = clock
        self._rtsp_tls = rtsp_tls
        self._nonces = SeenNonces()
        # ipycam compares with the true time and forgives five minutes; the device knows only its own clock.
        ipycam.onvif._created_within_skew = lambda created, max_skew=0: clock.is_fresh(created)

    def verify_usernametoken(self, soap_body: str) -> bool:
        envelope = soap.parse(soap_body.encode())
        if envelope is None:
            return False
        if soap.operation_of(envelope) in OPEN_TO_ALL:
            return True
        nonce = ipycam.onvif._ws_extract(soap_body, "Nonce") or ""
        return super().verify_usernametoken(soap_body) and self._nonces.is_new(nonce)

    def handle_action(self, action: str, body: str) -> str | None:
        envelope = soap.parse(body.encode())
        request = None if envelope is None else soap.request_of(envelope)
        if request is None:
            return self.fault("Malformed message")
        if soap.operation_of(envelope) == "GetEndpointReference":
            return self._wrap_envelope(self._endpoint_reference())
        # ipycam searches the whole message for "Sub" to tell the streams apart; a nonce may contain it.
        answer = super().handle_action(etree.QName(request).localname, etree.tostring(request, encoding="unicode"))
        return answer.replace("rtsp://", "rtsps://") if answer and self._rtsp_tls else answer

    def _endpoint_reference(self) -> str:
        guid = program.endpoint_of(self.config.serial_number)
        name = "GetEndpointReferenceResponse"
        return f'<{name} xmlns="{soap.DEVICE}"><GUID>{guid}</GUID></{name}>'

    def get_system_date_time(self) -> str:
        now = self._clock.now()
        parts = {name: getattr(now, name) for name in ("year", "month", "day", "hour", "minute", "second")}
        return self._wrap_envelope(self._render("get_system_date_time", **parts))


class Camera:
    """What ipycam's HTTP handler needs to know of a camera."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.clock = program.clock_of(options)
        self.config = CameraConfig(
            name=options.name,
            manufacturer="PythonCam",
            serial_number=options.serial,
            local_ip=options.host,
            onvif_port=options.onvif_port,
            rtsp_port=options.rtsp_port,
            username=options.user,
            password=program.password_of(options),
            main_width=640,
            main_height=360,
            main_fps=8,
            main_bitrate="900K",
            sub_width=320,
            sub_height=180,
            sub_fps=8,
            sub_bitrate="300K",
        )
        self.onvif = Onvif(self.config, self.clock, rtsp_tls=options.rtsp_tls is not None)
        self._scene = Scene(options.name, options.seed)
        self._sign = options.sign
        self._lens = faults.Lens()

    def draw(self, size: tuple[int, int]) -> Image.Image:
        def scene(turned: float) -> Image.Image:
            return self._scene.draw(size, self.clock.local(), program.read_sign(self._sign), turned=turned)

        return self._lens.see(faults.read_fault(self._sign), size, scene)

    def get_snapshot_frame(self) -> np.ndarray:
        """For ipycam's snapshot page: the picture in OpenCV's order of colours."""
        picture = self.draw((self.config.main_width, self.config.main_height))
        return np.asarray(picture)[:, :, ::-1].copy()

    def videos(self) -> dict[str, Video]:
        """Both streams, under the paths that ipycam announces."""
        config = self.config
        return {
            f"/{config.main_stream_name}": Video(
                config.main_width, config.main_height, config.main_fps, 900, self.draw
            ),
            f"/{config.sub_stream_name}": Video(
                config.sub_width, config.sub_height, config.sub_fps, 300, self.draw
            ),
        }


class Handler(IPCameraHTTPHandler):
    """ipycam's handler, without its web pages and its means to change the camera."""

    timeout = 10

    def do_GET(self) -> None:
        if self.path.partition("?")[0] == f"/{self.camera.config.snapshot_url}":
            super().do_GET()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not self.path.startswith("/onvif/"):
            self.send_error(404)
        elif not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.send_error(413)
        else:
            super().do_POST()


def main(arguments: list[str] | None = None) -> None:
    parser = program.parser("A virtual ONVIF camera on loopback.")
    parser.add_argument("--rtsp-tls", type=Path, metavar="PEM", help="RTSP over TLS, key and certificate in here")
    options = parser.parse_args(arguments)
    camera = Camera(options)
    Handler.camera = camera
    challenge = DigestChallenge(camera.config.username, camera.config.password, realm="IPyCam")
    tls = server_context(options.rtsp_tls, options.serial) if options.rtsp_tls else None
    program.run(
        options,
        [
            partial(DeviceServer, (options.host, options.onvif_port), Handler),
            partial(RtspServer, (options.host, options.rtsp_port), camera.videos(), challenge, tls),
        ],
    )


if __name__ == "__main__":
    main()
