"""The API of enrolments, probes and site verifications: enrol, ask for a probe, read one's own."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.errors import AccountsError
from config.idempotency import IdempotentPosts
from config.rest import refused
from config.serializers import PublicIdField, StrictSerializer
from onboarding.enrolment.at_once import Agreed, enrol_at_once, texts_offered
from onboarding.enrolment.errors import AnswersRefused
from onboarding.errors import OnboardingError
from onboarding.models import Enrolment, Probe, ProbeKind, Verification
from onboarding.probing import request_probe
from onboarding.queries import devices_kept_by
from onboarding.settings.api import PREFIX, WORKS_PREFIX, DeviceChangeViewSet, SettingsWorkViewSet
from registry.errors import RegistryError
from registry.models import Area
from registry.rights import LEVELS, Right
from registry.services import ConsentChoice
from registry.texts import ShownText


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


class AgreedSerializer(StrictSerializer):
    """One consent: a right, its recipient, and the `sha256` of the text that the owner read."""

    right = serializers.ChoiceField(choices=Right.choices)
    recipient = PublicIdField()
    shown = serializers.RegexField(r"^[0-9a-f]{64}$")


class EnrolmentRequestSerializer(StrictSerializer):
    """Every answer under the key of its page, as the forms of `/daftar/` ask it, and the consents one by one."""

    answers = serializers.DictField(
        child=serializers.DictField(child=serializers.JSONField()),
        help_text="partner (if you act for one), kind, name, address, pin, level, hours (if the level has them), "
        "count, camera-1 …, connect and device (if a consent needs a device). A device without ONVIF has "
        "without_onvif, and the path of its brand or an rtsp_path of its own.",
    )
    consents = AgreedSerializer(many=True)

    def validate_answers(self, pages: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for page in pages.values():
            if any(isinstance(value, list | dict) for value in page.values()):
                raise serializers.ValidationError(_("Setiap jawaban adalah teks, angka, atau ya/tidak."))
        return pages


class TextsQuery(StrictSerializer):
    """What decides which consents are offered; `begin` and `end` for a level with hours."""

    area = serializers.CharField(max_length=13)
    level = serializers.ChoiceField(choices=[item.code for item in LEVELS])
    begin = serializers.RegexField(r"^([01]\d|2[0-3])[.:][0-5]\d$", required=False)
    end = serializers.RegexField(r"^([01]\d|2[0-3])[.:][0-5]\d$", required=False)

    def validate_area(self, code: str) -> str:
        if not Area.objects.kelurahan().filter(code=code).exists():
            raise serializers.ValidationError(_("Pilih kelurahan tempat kamera berada."))
        return code


class TextSerializer(serializers.Serializer):
    """A consent as it is offered: the owner reads `body`, and agrees to it by its `sha256`."""

    right = serializers.CharField()
    recipient = PublicIdField()
    recipient_name = serializers.CharField()
    valid_until = serializers.DateTimeField()
    language = serializers.CharField()
    body = serializers.CharField()
    sha256 = serializers.CharField()


class EnrolmentViewSet(IdempotentPosts, Own):
    """One's own enrolments: begun page by page at `/daftar/`, or sent here at once."""

    serializer_class = EnrolmentSerializer
    queryset = Enrolment.objects.none()

    def get_queryset(self) -> QuerySet[Enrolment]:
        return Enrolment.objects.of(self.request.user).select_related("site", "receipt")

    @extend_schema(request=EnrolmentRequestSerializer, responses={201: EnrolmentSerializer})
    def create(self, request: Request) -> Response:
        """Enrol at once. 400 says which page is wrong; the device's password is sealed and never answered."""
        form = EnrolmentRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        agreed = [Agreed(**{**row, "right": Right(row["right"])}) for row in form.validated_data["consents"]]
        try:
            enrolment = enrol_at_once(
                by=request.user,
                answers=form.validated_data["answers"],
                agreed=agreed,
                language=get_language() or "id",
                now=timezone.now(),
            )
        except AnswersRefused as error:
            raise serializers.ValidationError(error.errors) from error
        except (AccountsError, OnboardingError, RegistryError) as error:
            raise refused(error) from error
        return Response(EnrolmentSerializer(enrolment).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[TextsQuery], responses=TextSerializer(many=True))
    @action(detail=False, pagination_class=None, filter_backends=[])
    def texts(self, request: Request) -> Response:
        """The consent texts for a kelurahan and a level, in the language of this request."""
        form = TextsQuery(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        offered = texts_offered(
            user=request.user,
            answers={
                "address": {"area": asked["area"]},
                "level": {"level": asked["level"]},
                "hours": {name: asked[name].replace(".", ":") for name in ("begin", "end") if name in asked},
            },
            language=get_language() or "id",
            now=timezone.now(),
        )
        return Response(TextSerializer([_told(*pair) for pair in offered], many=True).data)


def _told(choice: ConsentChoice, text: ShownText) -> dict[str, Any]:
    return {
        "right": choice.right,
        "recipient": choice.recipient.public_id,
        "recipient_name": choice.recipient.name,
        "valid_until": choice.valid_until,
        "language": text.language,
        "body": text.body,
        "sha256": text.sha256,
    }


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

    device = PublicIdField()
    again = serializers.BooleanField(
        default=False, help_text="Try a password once more that rests because the device did not answer clearly."
    )


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
            again = form.validated_data["again"]
            probe = request_probe(device=device, by=request.user, now=timezone.now(), again=again)
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
    (WORKS_PREFIX, SettingsWorkViewSet, "settings-work"),
    (PREFIX, DeviceChangeViewSet, "device-change"),
]
