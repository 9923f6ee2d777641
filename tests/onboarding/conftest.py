"""An owner with a site, his kelurahan, and a private fleet of virtual devices with the route that leads to it."""

import subprocess
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounts.models import User
from demo import fleet
from registry.models import Site
from tests.ops.servers import free_block
from tests.registry.world import City, make_city, make_person, make_site


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    """Who enrolled the site."""
    return make_person("pemilik")


@pytest.fixture
def stranger(db: None) -> User:
    return make_person("tetangga")


@pytest.fixture
def site(city: City, owner: User) -> Site:
    return make_site(city, owner)


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, fleet.DeviceSpec]]:
    """A good camera, one with another password, one whose clock is off, and a recorder, by name."""
    specs = fleet.specs(free_block(), state=tmp_path_factory.mktemp("demo"))
    specs = [spec for spec in specs if spec.name != "restless"]
    processes = [subprocess.Popen(spec.argv, cwd=fleet.ROOT) for spec in specs]
    try:
        for spec in specs:
            assert fleet.wait_until_answering(spec), f"{spec.name} did not start"
        yield {spec.name: spec for spec in specs}
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def _no_waiting(settings: Settings) -> None:
    """Failures are told at once; the test of the wait itself sets its own time."""
    settings.PROBE_FAILURE_SECONDS = (0, 0)


@pytest.fixture
def demo_mode(settings: Settings) -> None:
    """Loopback may be dialled, as in demo mode."""
    settings.DEMO = True
    settings.PROBE_ALLOW = "127.0.0.1:1024-65535"
