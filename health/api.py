"""GET /api/v1/health/: the state of the cameras that a person owns, or may see the health of."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from health import queries
from health.api_base import HealthReader
from health.models import State
from health.outages_api import OutageViewSet
from registry.models import Camera

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


class HealthViewSet(HealthReader):
    """Lists states; a camera that the caller may not see is not in it."""

    serializer_class = HealthSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Camera]:
        if getattr(self, "swagger_fake_view", False):
            return Camera.objects.none()
        return self.known().select_related("site__area")

    @extend_schema(parameters=[OpenApiParameter("state", enum=State.values)], responses=HealthSerializer(many=True))
    def list(self, request: Request) -> Response:
        asked = HealthQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        cameras = self.get_queryset()
        if state := asked.validated_data.get("state"):
            cameras = queries.in_state(queries.with_open(cameras), State(state))
        page = self.paginate_queryset(cameras) or []
        context = {
            **self.get_serializer_context(),
            "states": queries.states_of(page),
            "bounds": self.bounds(page),
        }
        return self.get_paginated_response(HealthSerializer(page, many=True, context=context).data)


routes = [("health", HealthViewSet, "health"), ("outages", OutageViewSet, "outages")]
