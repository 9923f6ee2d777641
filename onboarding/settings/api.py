"""The API of a device's settings: have them read, agree to one change, restore one."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
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
from onboarding.settings.present import present_of
from onboarding.settings.services import agree_change, request_reading, undo_change
from registry.errors import RegistryError
from registry.models import Device

PREFIX = "devices/<uuid:device_id>/changes"
WORKS_PREFIX = f"{PREFIX}/works"
VALUES = (
    "The values, by the kind of the change. Of areas that are covered (kind masks), `polygons` has each as a list "
    "of corners [x, y], both from -1 to 1 across the picture: x to the right, y upwards, so [-1, 1] is the top "
    "left corner."
)


class SettingsWorkSerializer(serializers.ModelSerializer):
    """A conversation with the device: owed, running, or over. Where it failed, `code` says why, and `message` and
    `remedy` say it in words; a change that could not be restored stands as it did."""

    id = serializers.UUIDField(source="public_id")
    change = serializers.UUIDField(source="change.public_id", allow_null=True, default=None)
    message = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()

    class Meta:
        model = SettingsWork
        fields = ["id", "kind", "change", "state", "code", "message", "remedy", "created_at", "finished_at"]

    def get_message(self, work: SettingsWork) -> str:
        return _(work.message) if work.message else ""

    def get_remedy(self, work: SettingsWork) -> str:
        return _(work.remedy) if work.remedy else ""


class DeviceChangeSerializer(serializers.ModelSerializer):
    """One setting, as it stood and as it would be. Only what an owner agreed to is ever written."""

    id = serializers.UUIDField(source="public_id")
    camera = serializers.UUIDField(source="camera.public_id", allow_null=True, default=None)
    old = serializers.DictField(help_text=VALUES)
    new = serializers.DictField(help_text=VALUES)
    seen = serializers.DictField(allow_null=True)
    may_be_agreed = serializers.SerializerMethodField()
    may_be_undone = serializers.SerializerMethodField()
    last_work = serializers.SerializerMethodField()

    class Meta:
        model = DeviceChange
        fields = [
            "id", "kind", "camera", "old", "new", "seen", "state", "why", "may_be_agreed", "may_be_undone",
            "last_work",
            "offered_at", "agreed_at", "ended_at", "undone_at",
        ]  # fmt: skip

    def get_may_be_agreed(self, change: DeviceChange) -> bool:
        """What another device was asked for is not asked of this one."""
        return change.may_be_agreed and self.context["present"].is_of(change)

    def get_may_be_undone(self, change: DeviceChange) -> bool:
        return change.may_be_undone and self.context["present"].is_of(change)

    @extend_schema_field(SettingsWorkSerializer(allow_null=True))
    def get_last_work(self, change: DeviceChange) -> dict[str, Any] | None:
        """The last conversation about this change."""
        works = change.works.all()
        return SettingsWorkSerializer(works[0]).data if works else None


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


def device_of(view: GenericViewSet) -> Device:
    """The device in the address, if this person keeps it; for everybody else it does not exist."""
    device = devices_kept_by(view.request.user).filter(public_id=view.kwargs["device_id"]).first()
    if device is None:
        raise Http404
    return device


@extend_schema(parameters=[DEVICE])
class SettingsWorkViewSet(mixins.RetrieveModelMixin, GenericViewSet):
    """The conversations about a device's settings: the answer to a POST names one, here it is read how it went."""

    serializer_class = SettingsWorkSerializer
    queryset = SettingsWork.objects.none()
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[SettingsWork]:
        works = SettingsWork.objects.filter(device=device_of(self)).select_related("change")
        return works.defer("picture", "sealed_user", "sealed_password")


@extend_schema(parameters=[DEVICE])
class DeviceChangeViewSet(IdempotentPosts, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The changes of the settings of a device that one keeps, offered and past."""

    serializer_class = DeviceChangeSerializer
    queryset = DeviceChange.objects.none()
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[DeviceChange]:
        works = SettingsWork.objects.select_related("change").defer("picture", "sealed_user", "sealed_password")
        return (
            DeviceChange.objects.filter(device=self._device())
            .select_related("camera", "device")
            .prefetch_related(Prefetch("works", queryset=works))
        )

    def get_serializer_context(self) -> dict[str, Any]:
        """Which device is there now. There is none while the schema is made."""
        context = super().get_serializer_context()
        return (
            context
            if getattr(self, "swagger_fake_view", False)
            else {**context, "present": present_of(self._device())}
        )

    def _device(self) -> Device:
        return device_of(self)

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
