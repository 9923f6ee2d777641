"""The small world of `tests.factories`, now."""

import pytest
from django.utils import timezone

from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now())
