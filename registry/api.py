"""The API of the facts of record: areas and organizations for all who signed in, the rest for owners."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import Organization
from config.idempotency import IdempotentPosts
from config.rest import refused
from registry.errors import RegistryError
from registry.models import Area, Consent, Device, Partner, Site
from registry.services import withdraw_consent


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """A list and its rows by public id; what is not one's own does not exist."""

    lookup_field = "public_id"
    lookup_value_converter = "uuid"


class AreaSerializer(serializers.ModelSerializer):
    """An area with its Kemendagri code."""

    id = serializers.UUIDField(source="public_id")
    parent = serializers.CharField(source="parent.code", allow_null=True, default=None)

    class Meta:
        model = Area
        fields = ["id", "code", "name", "level", "parent", "lat", "lng", "schematic"]


class AreaViewSet(ReadOnly):
    """Kota, kecamatan and kelurahan. Outlines are map data, not here."""

    read_scope = "places"
    serializer_class = AreaSerializer
    queryset = Area.objects.select_related("parent").defer("outline")
    filterset_fields = ["level", "code"]


class OrganizationSerializer(serializers.ModelSerializer):
    """A body that can be named in a consent and be given a grant."""

    id = serializers.UUIDField(source="public_id")
    parent = serializers.UUIDField(source="parent.public_id", allow_null=True, default=None)

    class Meta:
        model = Organization
        fields = ["id", "name", "kind", "area_code", "parent"]


class OrganizationViewSet(ReadOnly):
    """The bodies on record."""

    read_scope = "places"
    serializer_class = OrganizationSerializer
    queryset = Organization.objects.select_related("parent")
    filterset_fields = ["kind", "area_code"]


class PartnerSerializer(serializers.ModelSerializer):
    """An owner of cameras."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Partner
        fields = ["id", "kind", "name", "responsible_name", "responsible_office", "authority_letter", "created_at"]


class PartnerViewSet(ReadOnly):
    """The partners for whom one acts."""

    serializer_class = PartnerSerializer
    queryset = Partner.objects.none()

    def get_queryset(self) -> QuerySet[Partner]:
        return Partner.objects.of(self.request.user).distinct()


class SiteSerializer(serializers.ModelSerializer):
    """A place with cameras."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.UUIDField(source="partner.public_id")
    area = serializers.CharField(source="area.code")

    class Meta:
        model = Site
        fields = [
            "id", "partner", "area", "address", "lat", "lng", "position_source", "position_accuracy_m",
            "maintainer_name", "maintainer_phone", "created_at",
        ]  # fmt: skip


class SiteViewSet(ReadOnly):
    """One's own sites."""

    serializer_class = SiteSerializer
    queryset = Site.objects.none()

    def get_queryset(self) -> QuerySet[Site]:
        return Site.objects.owned_by(self.request.user).select_related("partner", "area")


class DeviceSerializer(serializers.ModelSerializer):
    """A device. Its user and password are never in it, only whether there are any."""

    id = serializers.UUIDField(source="public_id")
    site = serializers.UUIDField(source="site.public_id")
    has_secret = serializers.BooleanField()
    rtsp_only = serializers.BooleanField()

    class Meta:
        model = Device
        fields = [
            "id", "site", "brand", "host", "onvif_port", "rtsp_only", "rtsp_port", "rtsp_path", "rtsp_tls",
            "has_secret", "secret_changed_at",
            "waits_for_agent", "wants_help", "maker", "model", "firmware", "serial", "clock_offset_seconds",
            "auth_not_enforced", "different_since", "answered_at",
        ]  # fmt: skip


class DeviceViewSet(ReadOnly):
    """One's own devices."""

    serializer_class = DeviceSerializer
    queryset = Device.objects.none()

    def get_queryset(self) -> QuerySet[Device]:
        return Device.objects.filter(site__in=Site.objects.owned_by(self.request.user)).select_related("site")


class ConsentSerializer(serializers.ModelSerializer):
    """One right, for one purpose, to one recipient."""

    id = serializers.UUIDField(source="public_id")
    site = serializers.UUIDField(source="site.public_id")
    recipient = serializers.UUIDField(source="recipient.public_id")
    receipt = serializers.CharField(source="receipt.code")
    text_version = serializers.CharField(source="text.version")
    text_sha256 = serializers.CharField(source="text.sha256")

    class Meta:
        model = Consent
        fields = [
            "id", "site", "right", "purpose", "recipient", "valid_from", "valid_until", "hours_from",
            "hours_until", "text_version", "text_sha256", "receipt", "signed_at", "signed_how", "withdrawn_at",
        ]  # fmt: skip


class ConsentViewSet(IdempotentPosts, ReadOnly):
    """One's own consents, past ones included."""

    serializer_class = ConsentSerializer
    queryset = Consent.objects.none()

    def get_queryset(self) -> QuerySet[Consent]:
        return Consent.objects.owned_by(self.request.user).select_related(
            "site__partner", "recipient", "receipt", "text"
        )

    @extend_schema(request=None, responses=ConsentSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None, filter_backends=[])
    def withdraw(self, request: Request, public_id: str, **_kwargs: Any) -> Response:
        """Withdraw at once; the answer lists all that was withdrawn by it."""
        try:
            withdrawn = withdraw_consent(consent=self.get_object(), by=request.user, now=timezone.now())
        except RegistryError as error:
            raise refused(error) from error
        return Response(ConsentSerializer(withdrawn, many=True).data)


routes = [
    ("areas", AreaViewSet, "area"),
    ("organizations", OrganizationViewSet, "organization"),
    ("partners", PartnerViewSet, "partner"),
    ("sites", SiteViewSet, "site"),
    ("devices", DeviceViewSet, "device"),
    ("consents", ConsentViewSet, "consent"),
]
