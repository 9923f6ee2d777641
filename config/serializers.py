"""How the API reads what a program sends."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class PublicIdField(serializers.UUIDField):
    """The id of something; Django REST framework has no Indonesian words for one that is none."""

    default_error_messages = {"invalid": _("Ini bukan id yang sah; yang diminta adalah UUID.")}


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a misspelt name is told, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(set(data) - writable)
            if unknown:
                raise serializers.ValidationError({name: [_("Isian ini tidak dikenal.")] for name in unknown})
        return super().to_internal_value(data)
