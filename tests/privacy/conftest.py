"""The small world of `tests.factories`, now, and a browser whose owner has just typed his code."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.factories import World


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now())


@pytest.fixture
def fresh() -> Callable[..., Client]:
    """A browser in which this person signed in at `at` (now, unless told): by a code, on duty by both factors."""

    def browser(user: User, at: datetime | None = None) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        moment = (at or timezone.now()).timestamp()
        method = {"method": "mfa", "type": "totp"} if user.duties.exists() else {"method": "code"}
        session["account_authentication_methods"] = [{**method, "at": moment}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        return client

    return browser
