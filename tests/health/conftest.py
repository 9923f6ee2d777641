"""What the tests of health stand on."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache

from accounts.models import User
from tests.health.listeners import Listener, Reply
from tests.registry.world import City, make_city, make_person


@pytest.fixture(autouse=True)
def loopback_devices(settings: object) -> None:
    """The route of the demo: devices on loopback may be dialled. Deadlines short enough for a test."""
    settings.DEMO = True
    settings.PROBE_ALLOW = "127.0.0.0/8:1-65535"
    settings.SWEEP_DEADLINE_SECONDS = 0.5
    settings.SWEEP_PERIOD = timedelta(seconds=60)
    settings.SIGNED_IN_PERIOD = timedelta(hours=1)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    """The person who listed the cameras."""
    return make_person("pemilik")


@pytest.fixture
def stranger(db: None) -> User:
    """An owner of nothing here."""
    return make_person("orang-lain")


@pytest.fixture
def listen() -> Iterator[Callable[[Reply], Listener]]:
    """Starts listeners; all of them are stopped at the end."""
    started: list[Listener] = []

    def start(reply: Reply) -> Listener:
        started.append(Listener(reply))
        return started[-1]

    yield start
    for listener in started:
        listener.stop()
