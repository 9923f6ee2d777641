"""Looks: written before any picture, by the same decision as the pages."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from access import services
from access.api.base import ViewersOnly, found_or_400
from access.arrangement import time_boxes
from access.decision import emergency_cameras, usable_case, visible_cameras
from access.errors import AccessError, LookRefused
from access.models import Case, Look, Reason
from access.rule import emergency_refused
from access.viewers import Viewer, person_of
from config.rest import refused
from config.serializers import PublicIdField, StrictSerializer
from registry.models.cameras import CameraQuerySet
from registry.rights import AccessRight


class LookRequestSerializer(StrictSerializer):
    """What somebody wants to see, and why."""

    camera = PublicIdField()
    right = serializers.ChoiceField(choices=AccessRight.choices, default=AccessRight.VIEW_STILL.value)
    reason = serializers.SlugField(help_text="A code of the closed list.")
    case = PublicIdField(required=False, allow_null=True, default=None)
    minutes = serializers.ChoiceField(
        choices=time_boxes(), default=time_boxes()[-1], help_text="How long the look lasts at most."
    )
    emergency = serializers.BooleanField(
        default=False,
        help_text="An emergency look: for a duty marked for it, in a case, the second factor typed just now.",
    )

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
            "id", "camera", "organization", "right", "reason", "case", "emergency",
            "started_at", "until", "ended_at", "ended_how", "stills_shown", "stills_saved",
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
        case = self._case(viewer, asked["case"], now)
        if asked["emergency"]:
            cameras = self._in_emergency(viewer, right, case, now)
        else:
            cameras = visible_cameras(viewer, right, now)
        camera = cameras.select_related("site__area", "device").filter(public_id=asked["camera"]).first()
        if camera is None:
            raise Http404
        reason = found_or_400(Reason.objects.filter(active=True), asked["reason"], "reason", key="code")
        try:
            look = services.start_look(
                viewer=viewer,
                camera=camera,
                right=right,
                reason=reason,
                case=case,
                now=now,
                emergency=asked["emergency"],
                lasts=timedelta(minutes=asked["minutes"]),
            )
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

    def _case(self, viewer: Viewer, public_id: UUID | None, now: datetime) -> Case | None:
        """The open case that was named, if one was."""
        found = usable_case(viewer, public_id, now)
        if found is None and public_id is not None:
            raise serializers.ValidationError({"case": [_("Perkara ini tidak dikenal atau sudah ditutup.")]})
        return found

    def _in_emergency(self, viewer: Viewer, right: AccessRight, case: Case | None, now: datetime) -> CameraQuerySet:
        """What an emergency look could open; what it asks of the viewer and his case is refused in words."""
        code = emergency_refused(viewer, now) or ("emergency_needs_case" if case is None else None)
        if code or case is None:
            raise refused(LookRefused(code or "emergency_needs_case"))
        return emergency_cameras(viewer, right, case, now)

    @extend_schema(request=None, responses=LookSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, public_id: str) -> Response:
        """Done looking."""
        look = self.get_object()
        services.end_look(look=look, how="viewer_done", now=self.now)
        look.refresh_from_db()
        return Response(LookSerializer(look).data)
