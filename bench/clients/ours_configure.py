"""Our way to configure: onvif-zeep subclassed, its WSDL read once, over the product's session and dialler."""

from __future__ import annotations

from bench.clients.meter import Orders, measure
from bench.clients.ours import LOOPBACK, OWNER
from bench.replies import ENCODER, Camera
from devices.configure.camera import warm
from devices.configure.encoders import Media1
from devices.configure.visit import visiting
from devices.report import Target


def configure(camera: Camera) -> None:
    """Connect, read one encoder, write its rate, read it back."""
    with visiting(Target("127.0.0.1", camera.port), OWNER, route=LOOPBACK) as visit:
        visit.own.encoders.add(ENCODER)  # What `substream` finds out by reading all profiles.
        media = Media1(visit)
        values, raw = media.read(ENCODER)
        fps = 15 if values["fps"] != 15 else 25
        media.write(raw, {**values, "fps": fps})
        seen, _ = media.read(ENCODER)
    if seen["fps"] != fps:
        raise ValueError("The camera did not take the rate.")


if __name__ == "__main__":
    orders = Orders.given()
    warm()
    measure(orders, configure)
