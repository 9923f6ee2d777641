"""The same people and cameras as in the tests of access, and a camera that answers in this process."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from devices.pictures import Still, draw
from feeds import services
from registry.models import Camera
from tests.access.conftest import _own_cache, camera, officer, world

__all__ = ["_own_cache", "camera", "officer", "world"]


@pytest.fixture
def connected(camera: Camera, world) -> Camera:
    """The visible camera, on a device with an address."""
    world.device(camera.site, sealed_user="x", sealed_password="x", secret_changed_at=world.now)
    camera.refresh_from_db()
    return camera


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Camera], Still]], None]:
    """Say what the device does when it is asked for a picture: only what leaves the process is replaced."""

    def use(device: Callable[[Camera], Still]) -> None:
        monkeypatch.setattr(services, "take_picture", lambda camera, *, seconds: device(camera))

    return use


def street(_camera: Camera | None = None, *, seconds: float = 0, refusals: int = 0) -> Still:
    """A plain picture."""
    picture = draw(Image.new("RGB", (640, 360), "#557766"))
    return Still(picture.jpeg, picture.width, picture.height, refusals)


def opened(jpeg: bytes) -> Image.Image:
    """The JPEG as an image."""
    return Image.open(io.BytesIO(jpeg))
