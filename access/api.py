"""The API of cameras, grants, cases and looks: the same decision and the same services as the pages."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from access import services
from access.decision import usable_cases, visible_cameras
from access.errors import AccessError
from access.models import Case, CaseKind, Grant, Look, Reason
from access.shown import (
    WITH_SCOPE,
    areas_of,
    cameras_of,
    cases_of,
    granting_duties,
    grants_of,
    rights_on,
    scope_of,
    sites_of,
)
from access.viewers import Viewer, person_of, viewer_of
from accounts.errors import AccountsError
from accounts.models import Organization
from config.idempotency import IdempotentPosts
from config.rest import refused
from config.serializers import PublicIdField, StrictSerializer
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


class PublicIds(GenericViewSet):
    """Rows are named by their public id; whatever may not be seen does not exist."""

    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "head", "options"]

    @property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def viewer(self) -> Viewer:
        return viewer_of(self.request)


# --- Cameras -------------------------------------------------------------------------------------------------


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

    def get_queryset(self) -> QuerySet[Camera]:
        viewer, now = self.viewer, self.now
        mine = Camera.objects.owned_by(self.request.user).listed()
        condition = Q(pk__in=mine.values("pk"))
        for right in AccessRight:
            condition |= Q(pk__in=visible_cameras(viewer, right, now).values("pk"))
        return Camera.objects.filter(condition).select_related("site__area")

    def _shown(self, cameras: list[Camera]) -> Any:
        keys = [camera.pk for camera in cameras]
        owned = Camera.objects.owned_by(self.request.user).filter(pk__in=keys).values_list("pk", flat=True)
        context = {"owned": set(owned), "rights": rights_on(self.viewer, cameras, self.now)}
        return CameraSerializer(cameras, many=True, context=context).data

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._shown(list(page or [])))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self._shown([self.get_object()])[0])


# --- Grants --------------------------------------------------------------------------------------------------


class ScopeSerializer(StrictSerializer):
    """What a grant is over."""

    kind = serializers.ChoiceField(choices=["area", "site", "camera"])
    id = PublicIdField()

    def to_representation(self, grant: Grant) -> dict[str, Any]:
        scope = scope_of(grant)
        return {"kind": scope._meta.model_name, "id": str(scope.public_id)}


class GrantSerializer(StrictSerializer):
    """One right, one purpose, for one organization, over one area, site or camera."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    organization = serializers.UUIDField(source="organization.public_id")
    scope = ScopeSerializer(source="*")
    right = serializers.ChoiceField(choices=AccessRight.choices)
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    letter_number = serializers.CharField(max_length=80)
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    granted_at = serializers.DateTimeField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)


class GrantViewSet(IdempotentPosts, mixins.ListModelMixin, mixins.RetrieveModelMixin, PublicIds):
    """Grants inside the area of one's granting duty; without one they do not exist."""

    serializer_class = GrantSerializer
    queryset = Grant.objects.none()

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        self.duties = granting_duties(person_of(request), self.now)
        if not self.duties:
            raise Http404

    def acts_as(self) -> str:
        return ",".join(sorted(str(duty.public_id) for duty in self.duties))

    def get_queryset(self) -> QuerySet[Grant]:
        return grants_of(self.duties).prefetch_related(*WITH_SCOPE)

    @extend_schema(responses={201: GrantSerializer})
    def create(self, request: Request) -> Response:
        """Give a grant. Refused with 422 where the owner's consent is smaller or shorter."""
        form = GrantSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        scopes: dict[str, QuerySet[Any]] = {
            "area": areas_of(self.duties),
            "site": sites_of(self.duties, self.now),
            "camera": cameras_of(self.duties, self.now),
        }
        scope: Area | Site | Camera = _found(scopes[asked["kind"]], asked["id"], "scope")
        try:
            grant = services.give_grant(
                by=person_of(request),
                organization=_found(Organization.objects.all(), asked["organization"]["public_id"], "organization"),
                scope=scope,
                right=AccessRight(asked["right"]),
                purpose=Purpose(asked["purpose"]),
                letter_number=asked["letter_number"],
                valid_from=asked["valid_from"],
                valid_until=asked["valid_until"],
                now=self.now,
            )
        except (AccessError, AccountsError) as error:
            raise refused(error) from error
        return Response(GrantSerializer(grant).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: str) -> Response:
        """End a grant now."""
        try:
            grant = services.revoke_grant(grant=self.get_object(), by=person_of(request), now=self.now)
        except (AccessError, AccountsError) as error:
            raise refused(error) from error
        return Response(GrantSerializer(grant).data)


# --- Cases ---------------------------------------------------------------------------------------------------


class CaseSerializer(StrictSerializer):
    """Something that happened at a place; an empty number is to follow."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    organization = serializers.UUIDField(source="organization.public_id", read_only=True)
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    number = serializers.CharField(max_length=80, allow_blank=True, default="")
    place = serializers.CharField(max_length=160)
    latitude = serializers.FloatField(source="lat", min_value=-90, max_value=90)
    longitude = serializers.FloatField(source="lng", min_value=-180, max_value=180)
    radius_m = serializers.IntegerField(min_value=50, max_value=2000, default=300)
    opened_at = serializers.DateTimeField(read_only=True)
    until = serializers.DateTimeField(read_only=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ViewersOnly(IdempotentPosts, PublicIds):
    """Without a viewing duty these rows do not exist."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if self.viewer.duty is None:
            raise Http404

    def acts_as(self) -> str:
        duty = self.viewer.duty
        return str(duty.public_id) if duty else ""


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ViewersOnly):
    """The cases of one's own organization, its parent and its units."""

    serializer_class = CaseSerializer
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        return cases_of(self.viewer.user, self.now)

    @extend_schema(responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Open a case."""
        form = CaseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        facts = {**form.validated_data, "kind": CaseKind(form.validated_data["kind"])}
        try:
            case = services.open_case(by=person_of(request), duty=self.viewer.duty, now=self.now, **facts)
        except (AccessError, AccountsError) as error:
            raise refused(error) from error
        return Response(CaseSerializer(case).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, public_id: str) -> Response:
        """Close a case of one's own organization; its looks end with it."""
        try:
            case = services.close_case(case=self.get_object(), by=person_of(request), now=self.now)
        except (AccessError, AccountsError) as error:
            raise refused(error) from error
        return Response(CaseSerializer(case).data)


# --- Looks ---------------------------------------------------------------------------------------------------


class LookRequestSerializer(StrictSerializer):
    """What somebody wants to see, and why."""

    camera = PublicIdField()
    right = serializers.ChoiceField(choices=AccessRight.choices, default=AccessRight.VIEW_STILL.value)
    reason = serializers.SlugField(help_text="A code of the closed list.")
    case = PublicIdField(required=False, allow_null=True, default=None)

    def validate_right(self, value: str) -> str:
        if value != AccessRight.VIEW_STILL:
            raise serializers.ValidationError(_("Yang dapat dilihat di sini baru gambar diam: view_still."))
        return value


class LookStartedSerializer(serializers.Serializer):
    """A look that was written; the still may be fetched until it is over."""

    look = PublicIdField()
    until = serializers.DateTimeField()
    still_url = serializers.CharField()


class LookSerializer(serializers.ModelSerializer):
    """One of one's own looks."""

    id = serializers.UUIDField(source="public_id")
    camera = serializers.UUIDField(source="camera.public_id")
    organization = serializers.UUIDField(source="organization.public_id")
    reason = serializers.CharField(source="reason.code")
    case = serializers.UUIDField(source="case.public_id", allow_null=True, default=None)

    class Meta:
        model = Look
        fields = [
            "id", "camera", "organization", "right", "reason", "case",
            "started_at", "until", "ended_at", "ended_how", "stills_shown",
        ]  # fmt: skip


class LookViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ViewersOnly):
    """One's own looks."""

    serializer_class = LookSerializer
    queryset = Look.objects.none()

    def get_queryset(self) -> QuerySet[Look]:
        return Look.objects.filter(viewer=person_of(self.request)).select_related(
            "camera", "organization", "reason", "case"
        )

    @extend_schema(request=LookRequestSerializer, responses={201: LookStartedSerializer})
    def create(self, request: Request) -> Response:
        """Start a look: it is written before any picture. Unknown and forbidden cameras both answer 404."""
        form = LookRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked, viewer, now = form.validated_data, self.viewer, self.now
        right = AccessRight(asked["right"])
        camera = (
            visible_cameras(viewer, right, now)
            .select_related("site__area", "device")
            .filter(public_id=asked["camera"])
            .first()
        )
        if camera is None or viewer.duty is None:
            raise Http404
        case = None
        if asked["case"] is not None:
            usable = {case.public_id: case for case in usable_cases(viewer.duty.organization, now)}
            case = usable.get(asked["case"])
            if case is None:
                raise serializers.ValidationError({"case": [_("Perkara ini tidak dikenal atau sudah ditutup.")]})
        reason = _found(Reason.objects.filter(active=True), asked["reason"], "reason", key="code")
        try:
            look = services.start_look(viewer=viewer, camera=camera, right=right, reason=reason, case=case, now=now)
        except AccessError as error:
            raise refused(error) from error
        return Response(
            {
                "look": look.public_id,
                "until": look.until,
                "still_url": reverse("feeds:still", args=[look.public_id], request=request),
            },
            status=status.HTTP_201_CREATED,
        )

    @extend_schema(request=None, responses=LookSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: str) -> Response:
        """Done looking."""
        look = self.get_object()
        services.end_look(look=look, how="viewer_done", now=self.now)
        look.refresh_from_db()
        return Response(LookSerializer(look).data)


def _found(rows: QuerySet[Any], value: object, field: str, *, key: str = "public_id") -> Any:
    """The row with this id among those on offer, or a refusal of the field that named it."""
    row = rows.filter(**{key: value}).first()
    if row is None:
        raise serializers.ValidationError({field: [_("Tidak ditemukan.")]})
    return row


routes = [
    ("cameras", CameraViewSet, "camera"),
    ("grants", GrantViewSet, "grant"),
    ("cases", CaseViewSet, "case"),
    ("looks", LookViewSet, "look"),
]
