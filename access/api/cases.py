"""Cases, by the same services as the pages."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from access import services
from access.api.base import ViewersOnly
from access.errors import AccessError
from access.models import Case, CaseKind
from access.shown import (
    cases_of,
)
from access.viewers import person_of
from accounts.errors import AccountsError
from config.rest import refused
from config.serializers import StrictSerializer


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
