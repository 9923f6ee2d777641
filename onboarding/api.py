"""The API of enrolments, probes and site verifications: read one's own, and ask for a probe."""

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.errors import AccountsError
from config.idempotency import IdempotentPosts
from config.rest import refused
from config.serializers import StrictSerializer
from onboarding.errors import OnboardingError
from onboarding.models import Enrolment, Probe, ProbeKind, Verification
from onboarding.probing import request_probe
from onboarding.queries import devices_kept_by
from registry.errors import RegistryError


class Own(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """One's own rows by public id; others do not exist."""

    lookup_field = "public_id"
    lookup_value_converter = "uuid"


class EnrolmentSerializer(serializers.ModelSerializer):
    """An enrolment: a draft until it was submitted. `answers` never holds a device's user or password."""

    id = serializers.UUIDField(source="public_id")
    site = serializers.UUIDField(source="site.public_id", allow_null=True, default=None)
    receipt = serializers.CharField(source="receipt.code", allow_null=True, default=None)

    class Meta:
        model = Enrolment
        fields = ["id", "number", "site", "receipt", "created_at", "updated_at", "submitted_at", "dropped_at"]


class EnrolmentViewSet(Own):
    """One's own enrolments. Enrolling itself is a conversation of pages, where the consent texts are shown."""

    serializer_class = EnrolmentSerializer
    queryset = Enrolment.objects.none()

    def get_queryset(self) -> QuerySet[Enrolment]:
        return Enrolment.objects.of(self.request.user).select_related("site", "receipt")


class ProbeStepSerializer(serializers.Serializer):
    """One step as it happened."""

    code = serializers.CharField()
    state = serializers.CharField()
    words = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class ProbeSerializer(serializers.ModelSerializer):
    """One visit over the network to a device. The picture is not in it."""

    id = serializers.UUIDField(source="public_id")
    device = serializers.UUIDField(source="device.public_id")
    steps = ProbeStepSerializer(many=True)
    report = serializers.DictField(allow_null=True)

    class Meta:
        model = Probe
        fields = [
            "id", "kind", "device", "address", "state", "steps", "code", "message", "remedy", "report",
            "created_at", "finished_at",
        ]  # fmt: skip


class ProbeRequestSerializer(StrictSerializer):
    """Which of one's own devices to visit."""

    device = serializers.UUIDField()


class ProbeViewSet(IdempotentPosts, Own):
    """The probes one asked for."""

    serializer_class = ProbeSerializer
    queryset = Probe.objects.none()

    def get_queryset(self) -> QuerySet[Probe]:
        own = Probe.objects.filter(requested_by=self.request.user, kind=ProbeKind.CONNECT)
        return own.select_related("device").defer("picture")

    @extend_schema(request=ProbeRequestSerializer, responses={202: ProbeSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a probe. It is a row of work owed; read it again to see its steps."""
        form = ProbeRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        device = devices_kept_by(request.user).filter(public_id=form.validated_data["device"]).first()
        if device is None:
            raise Http404
        try:
            probe = request_probe(device=device, by=request.user, now=timezone.now())
        except (AccountsError, OnboardingError, RegistryError) as error:
            raise refused(error) from error
        return Response(ProbeSerializer(probe).data, status=status.HTTP_202_ACCEPTED)


class VerificationSerializer(serializers.ModelSerializer):
    """A visit on site and what was decided there. The possession code is for the officer's page alone."""

    id = serializers.UUIDField(source="public_id")
    camera = serializers.UUIDField(source="camera.public_id")

    class Meta:
        model = Verification
        fields = [
            "id", "camera", "started_at", "decided_at", "outcome", "identity_seen", "distance_m",
            "direction_matches", "street_facing", "private_areas_handled", "sticker_on_wall",
            "possession_seen_at", "note",
        ]  # fmt: skip


class VerificationViewSet(Own):
    """One's own visits, for the officer who made them."""

    serializer_class = VerificationSerializer
    queryset = Verification.objects.none()

    def get_queryset(self) -> QuerySet[Verification]:
        return Verification.objects.filter(officer=self.request.user).select_related("camera")


routes = [
    ("enrolments", EnrolmentViewSet, "enrolment"),
    ("probes", ProbeViewSet, "probe"),
    ("verifications", VerificationViewSet, "verification"),
]
