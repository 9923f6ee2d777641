"""People signed in at their pages, over the small world of `tests.factories`."""

import time

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from registry.models import Camera
from registry.rights import Right
from tests.factories import World


@pytest.fixture(autouse=True)
def _own_cache(settings: LazySettings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """One kelurahan with its Polsek and Polres, now."""
    return World(now=timezone.now())


def signed_in(user: User, *, second_factor: bool = True) -> Client:
    """A browser of this person, second factor passed just now."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if second_factor:
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client


@pytest.fixture
def officer(world: World) -> Client:
    """Somebody of the Polres who may look."""
    return signed_in(world.viewer().user)


@pytest.fixture
def grantor(world: World) -> Client:
    """Somebody of the Polsek who gives access, and looks through nothing."""
    return signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek).user)


@pytest.fixture
def stranger(world: World) -> Client:
    """An owner of another house."""
    return signed_in(world.site().partner.people.get())


@pytest.fixture
def camera(world: World) -> Camera:
    """Verified, its owner allows the Polres stills at all hours, and the kelurahan is granted."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    found = world.verified(site)
    world.grant(world.kelurahan)
    return found
