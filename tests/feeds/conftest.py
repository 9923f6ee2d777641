"""The same people and cameras as in the tests of access, and a camera that answers in this process."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from devices.pictures import Picture, draw
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
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Camera], Picture]], None]:
    """Say what the device does when it is asked for a picture: only what leaves the process is replaced."""

    def use(device: Callable[[Camera], Picture]) -> None:
        monkeypatch.setattr(services, "take_picture", device)

    return use


def street(_camera: Camera | None = None) -> Picture:
    """A plain picture."""
    return draw(Image.new("RGB", (640, 360), "#557766"))


def opened(jpeg: bytes) -> Image.Image:
    """The JPEG as an image."""
    return Image.open(io.BytesIO(jpeg))
