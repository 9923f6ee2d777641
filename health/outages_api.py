"""GET /api/v1/outages/: outages of the cameras that a person owns, or may see the health of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from health.api_base import HealthReader
from health.models import Fall, Outage, OutageKind
from health.outages_shown import ShownOutage, shown


class OutageSerializer(serializers.Serializer):
    """One outage; `cameras` are the public ids of those in it that the caller may see. There may be others."""

    id = serializers.UUIDField(source="outage.public_id")
    kind = serializers.ChoiceField(choices=OutageKind.choices, source="outage.kind")
    title = serializers.CharField()
    place = serializers.CharField()
    sentence = serializers.CharField()
    cause = serializers.CharField(source="outage.cause")
    since = serializers.SerializerMethodField()
    until = serializers.DateTimeField(source="outage.until", allow_null=True)
    cameras = serializers.SerializerMethodField()
    back = serializers.SerializerMethodField()

    def get_since(self, item: ShownOutage) -> datetime:
        """When it began; to a body never from before its right to know it."""
        bounds = self.context["bounds"]
        known = [bounds.get(camera.pk) for camera in item.cameras]
        first = min((bound for bound in known if bound), default=None) if all(known) else None
        return serializers.DateTimeField().to_representation(max(item.outage.since, first or item.outage.since))

    def get_cameras(self, item: ShownOutage) -> list[str]:
        return [str(camera.public_id) for camera in item.cameras]

    def get_back(self, item: ShownOutage) -> list[str]:
        """Those of them that answer again."""
        return [str(camera.public_id) for camera in item.back]


class OutageQuery(serializers.Serializer):
    """What may be asked for."""

    running = serializers.BooleanField(required=False)


class OutageViewSet(HealthReader):
    """Outages; one without a camera that the caller may know of does not exist for him."""

    serializer_class = OutageSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Outage]:
        if getattr(self, "swagger_fake_view", False):
            return Outage.objects.none()
        known = self.known().order_by().values("device")
        return Outage.objects.filter(pk__in=Fall.objects.filter(device__in=known).order_by().values("outage"))

    @extend_schema(parameters=[OpenApiParameter("running", bool)], responses=OutageSerializer(many=True))
    def list(self, request: Request) -> Response:
        asked = OutageQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        outages = self.get_queryset()
        if request.query_params.get("running"):  # A boolean that is left out reads as False in a query.
            outages = outages.filter(until__isnull=asked.validated_data["running"])
        page = self.paginate_queryset(outages) or []
        return self.get_paginated_response(self._told(page))

    @extend_schema(responses=OutageSerializer)
    def retrieve(self, request: Request, public_id: UUID) -> Response:
        told = self._told([self.get_object()])
        if not told:
            raise Http404
        return Response(told[0])

    def _told(self, outages: Sequence[Outage]) -> Any:
        """What the caller may know of them, the newest first. Of what was over before his body's right began he
        learns nothing."""
        items = shown(outages, self.known())
        bounds = self.bounds({camera.pk: camera for item in items for camera in item.cameras}.values())
        known = [bounded for item in items if (bounded := _within(item, bounds))]
        context = {**self.get_serializer_context(), "bounds": bounds}
        known.sort(key=lambda item: -item.outage.pk)
        return OutageSerializer(known, many=True, context=context).data


def _within(item: ShownOutage, bounds: dict[int, datetime]) -> ShownOutage | None:
    until = item.outage.until
    kept = {camera.pk for camera in item.cameras if until is None or bounds.get(camera.pk, until) <= until}
    if not kept:
        return None
    own = not any(camera.pk in bounds for camera in item.cameras)
    site = item.cameras[0].site
    return replace(
        item,
        # Where it stands is told by the right to see positions, with the cameras: not by that to see health.
        place=item.place if own or item.outage.kind != OutageKind.SITE else site.area.name,
        cameras=tuple(camera for camera in item.cameras if camera.pk in kept),
        back=tuple(camera for camera in item.back if camera.pk in kept),
    )
