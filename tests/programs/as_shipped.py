"""ipycam as it is published: `python -m tests.programs.as_shipped OPTIONS` (those of `demo.program`).

Its HTTP handler, its ONVIF service and its own checks of passwords are untouched, unlike in `demo.camera`: it wants
a password even for the clock, answers what it does not know with a fault that has no subcode, and offers its
snapshots over Basic alone. Left out are its discovery and its listening on every address; the video comes from the
demo's RTSP server, since its own needs an ffmpeg and knows no password.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from ipycam import CameraConfig, IPCamera
from ipycam.http import IPCameraHTTPHandler
from PIL import Image

from demo import program
from demo.auth import DigestChallenge
from demo.rtsp import RtspServer
from demo.scene import Scene
from demo.server import DeviceServer
from demo.video import Video


def main(arguments: list[str] | None = None) -> None:
    options = program.parser("ipycam as it is published, on loopback.").parse_args(arguments)
    config = CameraConfig(
        name=options.name,
        serial_number=options.serial,
        local_ip=options.host,
        onvif_port=options.onvif_port,
        rtsp_port=options.rtsp_port,
        username=options.user,
        password=program.password_of(options),
    )
    camera = IPCamera(config)
    camera._last_frame = np.zeros((config.main_height, config.main_width, 3), np.uint8)
    IPCameraHTTPHandler.camera = camera
    scene, clock = Scene(options.name, options.seed), program.clock_of(options)

    def draw(size: tuple[int, int]) -> Image.Image:
        return scene.draw(size, clock.local(), "")

    streams = (config.main_stream_name, config.sub_stream_name)
    videos = {f"/{stream}": Video(640, 360, 8, 900, draw) for stream in streams}
    challenge = DigestChallenge(config.username, config.password, realm="IPyCam")
    program.run(
        options,
        [
            partial(DeviceServer, (options.host, options.onvif_port), IPCameraHTTPHandler),
            partial(RtspServer, (options.host, options.rtsp_port), videos, challenge),
        ],
    )


if __name__ == "__main__":
    main()
