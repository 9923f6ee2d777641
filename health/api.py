"""GET /api/v1/health/: the state of the cameras that a person owns, or may see the health of."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from access.decision import visible_cameras
from access.history import right_began
from access.viewers import viewer_of
from accounts.models import ApiToken
from health import queries
from health.models import State
from registry.models import Camera
from registry.rights import AccessRight

_MOMENT = serializers.DateTimeField(allow_null=True)


class HealthSerializer(serializers.Serializer):
    """The state of one camera; `camera` is its public id."""

    camera = serializers.UUIDField(source="public_id")
    label = serializers.CharField()
    state = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()
    cause = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()
    since = serializers.SerializerMethodField()
    checked_at = serializers.SerializerMethodField()

    def _now(self, camera: Camera) -> queries.StateNow:
        return self.context["states"][camera.pk]

    def get_state(self, camera: Camera) -> str:
        return self._now(camera).state.value

    def get_state_label(self, camera: Camera) -> str:
        return self._now(camera).label

    def get_cause(self, camera: Camera) -> str:
        return self._now(camera).cause

    def get_sentence(self, camera: Camera) -> str:
        return self._now(camera).sentence

    @extend_schema_field(_MOMENT)
    def get_since(self, camera: Camera) -> Any:
        """When the state began; to a body never from before its right to know it."""
        since, bound = self._now(camera).since, self.context["bounds"].get(camera.pk)
        return self._moment(max(since, bound) if since and bound else since)

    @extend_schema_field(_MOMENT)
    def get_checked_at(self, camera: Camera) -> Any:
        return self._moment(self._now(camera).checked_at)

    def _moment(self, value: Any) -> Any:
        return serializers.DateTimeField().to_representation(value) if value else None


class HealthQuery(serializers.Serializer):
    """What may be asked for."""

    state = serializers.ChoiceField(choices=State.choices, required=False)


class HealthViewSet(GenericViewSet):
    """Lists states; a camera that the caller may not see is not in it."""

    serializer_class = HealthSerializer
    filter_backends = []
    lookup_field = "public_id"
    read_scope = "health"

    def _owned(self) -> QuerySet[Camera]:
        if isinstance(self.request.auth, ApiToken):
            return Camera.objects.none()  # A program reads for a duty, not for an owner.
        return Camera.objects.owned_by(self.request.user).listed()

    def get_queryset(self) -> QuerySet[Camera]:
        if getattr(self, "swagger_fake_view", False):
            return Camera.objects.none()
        owned = self._owned()
        seen = visible_cameras(viewer_of(self.request), AccessRight.SEE_HEALTH, timezone.now())
        return Camera.objects.filter(
            Q(pk__in=owned.order_by().values("pk")) | Q(pk__in=seen.order_by().values("pk"))
        ).select_related("site__area")

    def _bounds(self, cameras: list[Camera]) -> dict[int, datetime]:
        """From when on the caller may know the state of each camera; his own he knows from the start."""
        owned = set(self._owned().filter(pk__in=[camera.pk for camera in cameras]).values_list("pk", flat=True))
        others = [camera for camera in cameras if camera.pk not in owned]
        duty, now = viewer_of(self.request).duty, timezone.now()
        bounds = dict.fromkeys((camera.pk for camera in others), now)  # For a right that ends this very moment.
        if duty is not None and others:
            bounds |= right_began(duty.organization, others, AccessRight.SEE_HEALTH, now)
        return bounds

    @extend_schema(parameters=[OpenApiParameter("state", enum=State.values)], responses=HealthSerializer(many=True))
    def list(self, request: Request) -> Response:
        asked = HealthQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        cameras = self.get_queryset()
        if state := asked.validated_data.get("state"):
            cameras = queries.in_state(cameras, State(state))
        page = self.paginate_queryset(cameras) or []
        context = {
            **self.get_serializer_context(),
            "states": queries.states_of(page),
            "bounds": self._bounds(page),
        }
        return self.get_paginated_response(HealthSerializer(page, many=True, context=context).data)


routes = [("health", HealthViewSet, "health")]
