"""Cameras that are one's own, or on which one has a right now."""

from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.base import PublicIds
from access.sight import Sight
from accounts.models import ApiToken
from registry.models import Camera, Partner
from registry.rights import SHOWS_PICTURE, AccessRight


class PositionSerializer(serializers.Serializer):
    """Where a camera is, for those who may see it."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    address = serializers.CharField()
    direction = serializers.IntegerField(allow_null=True)


class StagesSerializer(serializers.Serializer):
    """The five stages of a camera, each a fact with its date; for its owner."""

    listed_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    verified_until = serializers.DateTimeField(allow_null=True)
    aimed_at = serializers.DateTimeField(allow_null=True)
    connected_at = serializers.DateTimeField(allow_null=True)
    stickered_at = serializers.DateTimeField(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True)


class CameraSerializer(serializers.ModelSerializer):
    """A camera. `position` and `stages` are null for those who have no right to them."""

    id = serializers.UUIDField(source="public_id")
    area = serializers.CharField(source="site.area.code")
    area_name = serializers.CharField(source="site.area.name")
    owned = serializers.SerializerMethodField()
    rights = serializers.SerializerMethodField()
    position = serializers.SerializerMethodField()
    stages = serializers.SerializerMethodField()

    class Meta:
        model = Camera
        fields = ["id", "label", "sees", "area", "area_name", "owned", "rights", "position", "stages"]

    def get_owned(self, camera: Camera) -> bool:
        return camera.pk in self.context["owned"]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=AccessRight.choices)))
    def get_rights(self, camera: Camera) -> list[str]:
        return sorted(self.context["rights"].get(camera.pk, ()))

    @extend_schema_field(PositionSerializer(allow_null=True))
    def get_position(self, camera: Camera) -> dict[str, Any] | None:
        may_see = AccessRight.SEE_POSITION in self.context["rights"].get(camera.pk, ())
        if not (may_see or self.get_owned(camera)):
            return None
        return {
            "latitude": camera.site.lat,
            "longitude": camera.site.lng,
            "address": camera.site.address,
            "direction": camera.direction,
        }

    @extend_schema_field(StagesSerializer(allow_null=True))
    def get_stages(self, camera: Camera) -> dict[str, Any] | None:
        return StagesSerializer(camera).data if self.get_owned(camera) else None


class CameraViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PublicIds):
    """Cameras that are one's own, or on which one has a right now."""

    serializer_class = CameraSerializer
    queryset = Camera.objects.none()
    read_scope = "cameras"

    @property
    def rights(self) -> frozenset[AccessRight]:
        """The rights that are told of: to a program's key none that show a picture."""
        every = frozenset(AccessRight)
        return every - SHOWS_PICTURE if isinstance(self.request.auth, ApiToken) else every

    @cached_property
    def sight(self) -> Sight:
        return Sight(self.viewer, self.now)

    @cached_property
    def owned(self) -> set[int]:
        """Keys of the cameras of one's own. Most who look at cameras have none, which is the cheaper question."""
        is_program = isinstance(self.request.auth, ApiToken)  # It reads for a duty, not for an owner.
        if is_program or not Partner.objects.of(self.request.user).exists():
            return set()
        return set(Camera.objects.owned_by(self.request.user).listed().order_by().values_list("pk", flat=True))

    def get_queryset(self) -> QuerySet[Camera]:
        cameras = self.sight.cameras(*self.rights)
        if self.owned:
            cameras = Camera.objects.filter(Q(pk__in=self.owned) | Q(pk__in=cameras.values("pk")))
        return cameras.select_related("site__area", "device")

    def shown(self, cameras: list[Camera]) -> Any:
        """The cameras as this person may know them."""
        rights = {key: held & self.rights for key, held in self.sight.rights_on(cameras).items()}
        context = {"owned": self.owned, "rights": rights}
        return CameraSerializer(cameras, many=True, context=context).data

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.shown(list(page or [])))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.shown([self.get_object()])[0])
