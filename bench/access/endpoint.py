"""`GET /api/v1/cameras/` as the product has it, and the same view with nobody asked whether he may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from rest_framework.test import APIRequestFactory, force_authenticate

from access.api.cameras import CameraSerializer, CameraViewSet
from bench.access.world import Asker
from registry.models import Camera
from registry.rights import AccessRight


class Unguarded(CameraViewSet):
    """Every camera, with the rights that the first viewer has, asked of nobody."""

    def get_queryset(self) -> Any:
        return Camera.objects.listed().select_related("site__area")

    def shown(self, cameras: list[Camera]) -> Any:
        rights = {camera.pk: {AccessRight.SEE_POSITION, AccessRight.VIEW_STILL} for camera in cameras}
        return CameraSerializer(cameras, many=True, context={"owned": set(), "rights": rights}).data


def views() -> tuple[Callable[[Asker], Any], Callable[[Asker], Any]]:
    """The endpoint as it is, and without permission: each gives the ids of the first page."""
    factory = APIRequestFactory()

    def asked(view: type[CameraViewSet]) -> Callable[[Asker], Any]:
        as_view = view.as_view({"get": "list"})

        def ask(asker: Asker) -> list[str]:
            request = factory.get("/api/v1/cameras/", {"page_size": 50})
            request.session = SessionStore(session_key="")
            request.session["account_authentication_methods"] = [
                {"method": "mfa", "type": "totp", "at": timezone.now().timestamp()}
            ]
            request.session["account_authentication_methods_user"] = str(asker.viewer.user.pk)
            request.user = asker.viewer.user
            force_authenticate(request, user=asker.viewer.user)
            response = as_view(request)
            response.render()
            return [one["id"] for one in response.data["results"]]

        return ask

    return asked(CameraViewSet), asked(Unguarded)
