"""Of which cameras a caller of the API may know the health, and from when on."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from rest_framework.viewsets import GenericViewSet

from access.decision import visible_cameras
from access.history import right_began
from access.viewers import viewer_of
from accounts.models import ApiToken
from registry.models import Camera
from registry.models.cameras import CameraQuerySet
from registry.rights import AccessRight


class HealthReader(GenericViewSet):
    """What the views of health share: the cameras that a person owns, or may see the health of."""

    filter_backends = []
    read_scope = "health"

    def owned(self) -> CameraQuerySet:
        """His own. A program reads for a duty, not for an owner."""
        if isinstance(self.request.auth, ApiToken):
            return Camera.objects.none()
        return Camera.objects.owned_by(self.request.user).listed()

    def known(self) -> CameraQuerySet:
        """His own, and those of which his body may see the health now."""
        owned = self.owned()
        seen = visible_cameras(viewer_of(self.request), AccessRight.SEE_HEALTH, timezone.now())
        return Camera.objects.filter(
            Q(pk__in=owned.order_by().values("pk")) | Q(pk__in=seen.order_by().values("pk"))
        )

    def bounds(self, cameras: Iterable[Camera]) -> dict[int, datetime]:
        """From when on the caller may know the state of each camera; his own he knows from the start. The cameras
        come with their site and its area."""
        cameras = list(cameras)
        owned = set(self.owned().filter(pk__in=[camera.pk for camera in cameras]).values_list("pk", flat=True))
        others = [camera for camera in cameras if camera.pk not in owned]
        duty, now = viewer_of(self.request).duty, timezone.now()
        bounds = dict.fromkeys((camera.pk for camera in others), now)  # For a right that ends this very moment.
        if duty is not None and others:
            bounds |= right_began(duty.organization, others, AccessRight.SEE_HEALTH, now)
        return bounds
