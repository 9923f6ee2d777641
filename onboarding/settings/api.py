"""The API of a device's settings: have them read, agree to one change, restore one."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.errors import AccountsError
from config.idempotency import IdempotentPosts
from config.rest import refused
from config.serializers import StrictSerializer
from onboarding.errors import OnboardingError
from onboarding.models import DeviceChange, SettingsWork
from onboarding.queries import devices_kept_by
from onboarding.settings.forms import AccountForm
from onboarding.settings.services import agree_change, request_reading, undo_change
from registry.errors import RegistryError
from registry.models import Device

PREFIX = "devices/<uuid:device_id>/changes"


class DeviceChangeSerializer(serializers.ModelSerializer):
    """One setting, as it stood and as it would be. Only what an owner agreed to is ever written."""

    id = serializers.UUIDField(source="public_id")
    camera = serializers.UUIDField(source="camera.public_id", allow_null=True, default=None)
    old = serializers.DictField()
    new = serializers.DictField()
    seen = serializers.DictField(allow_null=True)
    may_be_agreed = serializers.BooleanField()
    may_be_undone = serializers.BooleanField()

    class Meta:
        model = DeviceChange
        fields = [
            "id", "kind", "camera", "old", "new", "seen", "state", "why", "may_be_agreed", "may_be_undone",
            "offered_at", "agreed_at", "ended_at", "undone_at",
        ]  # fmt: skip


class SettingsWorkSerializer(serializers.ModelSerializer):
    """A conversation with the device that is owed; read the changes again to see what came of it."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = SettingsWork
        fields = ["id", "kind", "state", "created_at"]


class AccountSerializer(StrictSerializer):
    """An account of the device, for this one conversation, where the one on record does not suffice."""

    user = serializers.CharField(required=False, allow_blank=True)
    password = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, write_only=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        form = AccountForm({name: data.get(name, "") for name in ("user", "password")}, needed=False)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return {**data, "account": form.account}


class UndoSerializer(AccountSerializer):
    """`keeps_account`: once the user that we made is removed, this account is the one on record; else none is."""

    keeps_account = serializers.BooleanField(default=False)


DEVICE = OpenApiParameter("device_id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)


@extend_schema(parameters=[DEVICE])
class DeviceChangeViewSet(IdempotentPosts, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The changes of the settings of a device that one keeps, offered and past."""

    serializer_class = DeviceChangeSerializer
    queryset = DeviceChange.objects.none()
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[DeviceChange]:
        return DeviceChange.objects.filter(device=self._device()).select_related("camera", "device")

    def _device(self) -> Device:
        device = devices_kept_by(self.request.user).filter(public_id=self.kwargs["device_id"]).first()
        if device is None:
            raise Http404
        return device

    @extend_schema(request=AccountSerializer, responses={202: SettingsWorkSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Have the settings read; what differs from what we advise is offered. Nothing is changed by it."""
        device, form = self._device(), self._typed(AccountSerializer)
        return self._owed(
            lambda: request_reading(device=device, by=request.user, now=timezone.now(), account=form["account"])
        )

    @extend_schema(request=AccountSerializer, responses={202: SettingsWorkSerializer})
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, **_kwargs: Any) -> Response:
        """Agree to this one change: it is written, and read back."""
        change, form = self.get_object(), self._typed(AccountSerializer)
        return self._owed(
            lambda: agree_change(change=change, by=request.user, now=timezone.now(), account=form["account"])
        )

    @extend_schema(request=UndoSerializer, responses={202: SettingsWorkSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **_kwargs: Any) -> Response:
        """Restore what was there before this change."""
        change, form = self.get_object(), self._typed(UndoSerializer)
        return self._owed(
            lambda: undo_change(
                change=change,
                by=request.user,
                now=timezone.now(),
                account=form["account"],
                keeps_account=form["keeps_account"],
            )
        )

    def _typed(self, kind: type[AccountSerializer]) -> dict[str, Any]:
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        return form.validated_data

    def _owed(self, ask: Callable[[], SettingsWork]) -> Response:
        try:
            work = ask()
        except (AccountsError, OnboardingError, RegistryError) as error:
            raise refused(error) from error
        return Response(SettingsWorkSerializer(work).data, status=status.HTTP_202_ACCEPTED)
