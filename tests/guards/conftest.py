"""The shared world, built once per module inside a transaction that is rolled back at its end."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from feeds import services
from tests.factories import World
from tests.feeds.conftest import street
from tests.guards.world import Everything, build


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Everything]:
    """The world; the camera answers in this process with a plain picture. Each test undoes what it did to it."""
    cache.clear()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(services, "take_picture", lambda camera, **_limits: street(camera))
        patch.setattr(settings, "LOOK_DEFERRAL", True)  # So that its pages are there to be refused.
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def world(everything: Everything) -> World:
    """The places and bodies of the shared world, to add to them."""
    return World(now=timezone.now())
