"""Grants, by the same services as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from access import services
from access.api.base import PublicIds, found_or_400
from access.errors import AccessError
from access.letters import validate_letter_number
from access.models import Grant
from access.shown import (
    WITH_SCOPE,
    areas_of,
    cameras_of,
    granting_duties,
    grants_of,
    scope_of,
    sites_of,
)
from access.viewers import person_of
from accounts.errors import AccountsError
from accounts.models import Organization
from config.idempotency import IdempotentPosts
from config.rest import refused
from config.serializers import PublicIdField, StrictSerializer
from registry.models import Area, Camera, Site
from registry.rights import AccessRight, Purpose


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
    letter_number = serializers.CharField(
        max_length=80,
        validators=[validate_letter_number],
        help_text="The whole number of the warrant: 5 characters at least, with a digit and one of / - . in it.",
    )
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    granted_at = serializers.DateTimeField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    later_too = serializers.BooleanField(
        write_only=True,
        default=False,
        help_text="An extra yes: give the grant although no owner in the area has agreed to it yet. It then opens "
        "the cameras whose owners agree later. Asked for over an area only.",
    )


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
        """Give a grant.

        Refused with 422 where the owner's consent is smaller or shorter (`consent_too_small`, `consent_too_short`),
        and with `nobody_agreed` over an area in which no owner has agreed, unless `later_too` is true.
        """
        form = GrantSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        scopes: dict[str, QuerySet[Any]] = {
            "area": areas_of(self.duties),
            "site": sites_of(self.duties, self.now),
            "camera": cameras_of(self.duties, self.now),
        }
        scope: Area | Site | Camera = found_or_400(scopes[asked["kind"]], asked["id"], "scope")
        body = asked["organization"]["public_id"]
        organization = found_or_400(Organization.objects.all(), body, "organization")
        try:
            grant = services.give_grant(
                by=person_of(request),
                organization=organization,
                scope=scope,
                right=AccessRight(asked["right"]),
                purpose=Purpose(asked["purpose"]),
                letter_number=asked["letter_number"],
                valid_from=asked["valid_from"],
                valid_until=asked["valid_until"],
                later_too=asked["later_too"],
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
