"""`GET /api/v1/cameras/` as the product has it, through all of its middleware, and the same view with nobody asked
whether he may see what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.test import Client

from access.api.cameras import CameraSerializer, CameraViewSet
from bench.access.world import Asker
from registry.models import Camera
from registry.rights import AccessRight

WITH, WITHOUT = "/api/v1/cameras/", "/api/v1/cameras-without-permission/"


class Unguarded(CameraViewSet):
    """Every camera with its position, whoever asks."""

    def get_queryset(self) -> QuerySet[Camera]:
        return Camera.objects.listed().select_related("site__area", "device")

    def shown(self, cameras: list[Camera]) -> Any:
        rights = {camera.pk: {AccessRight.SEE_POSITION, AccessRight.VIEW_STILL} for camera in cameras}
        return CameraSerializer(cameras, many=True, context={"owned": set(), "rights": rights}).data


def asked(address: str) -> Callable[[Asker], list[str]]:
    """The ids of the first page at this address."""

    def ask(asker: Asker) -> list[str]:
        response = _browser(asker).get(address, {"page_size": 50})
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}: {response.content[:300]!r}")
        return [one["id"] for one in response.json()["results"]]

    return ask


@cache
def _browser(asker: Asker) -> Client:
    """Signed in, second factor passed."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(asker.viewer.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(asker.viewer.user.pk)
    session.save()
    return client
