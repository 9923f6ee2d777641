"""What every view of this API shares: rows by public id, the viewer, and the duty in use."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from access.viewers import Viewer, viewer_of
from config.idempotency import IdempotentPosts


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


class ViewersOnly(IdempotentPosts, PublicIds):
    """Without a viewing duty these rows do not exist."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if self.viewer.duty is None:
            raise Http404

    def acts_as(self) -> str:
        duty = self.viewer.duty
        return str(duty.public_id) if duty else ""


def found_or_400(rows: QuerySet[Any], value: object, field: str, *, key: str = "public_id") -> Any:
    """The row with this id among those on offer, or a refusal of the field that named it."""
    row = rows.filter(**{key: value}).first()
    if row is None:
        raise serializers.ValidationError({field: [_("Tidak ditemukan.")]})
    return row
