"""Looks, and the people who read and judge them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone

from access.models import Case, Look
from access.rule import metres_between
from accounts.models import Duty, DutyKind
from registry.models import Camera
from registry.rights import AccessRight
from tests.factories import World, reason

MakeLook = Callable[..., Look]


@pytest.fixture(autouse=True)
def _own_cache(settings: LazySettings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """One kelurahan with its Polsek and Polres, now."""
    return World(now=timezone.now())


@pytest.fixture
def camera(world: World) -> Camera:
    """A verified camera of an owner."""
    return world.verified(world.site())


@pytest.fixture
def looked(world: World, camera: Camera) -> MakeLook:
    """Writes a look that is over, of a viewer of the Polsek unless told otherwise."""

    def make(
        *,
        duty: Duty | None = None,
        camera: Camera = camera,
        at: datetime | None = None,
        case: Case | None = None,
        **facts: object,
    ) -> Look:
        duty = duty or world.on_duty(DutyKind.VIEWER, world.polsek)
        at = at or world.now - timedelta(hours=2)
        return Look.objects.create(
            viewer=duty.user,
            duty=duty,
            organization=duty.organization,
            camera=camera,
            right=AccessRight.VIEW_STILL,
            reason=reason(needs_case=case is not None),
            case=case,
            for_case=case is not None,
            case_distance_m=round(metres_between(case, camera.site)) if case else None,
            session_key_hash="s" * 64,
            started_at=at,
            until=at + timedelta(minutes=5),
            ended_at=at + timedelta(minutes=3),
            ended_how="viewer_done",
            **facts,
        )

    return make
