"""What the API's schema says of every view, beside what the views say themselves."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from config.idempotency import LONGEST_KEY, IdempotentPosts

_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[\\x20-\\x7e]+$"},
    OpenApiParameter.HEADER,
    description=(
        "Printable ASCII of your choice. For 24 hours the same key with the same body at the same address gives "
        "the same answer again, with the header Idempotency-Replayed, and does nothing twice. Another body under "
        "the key is refused with 422, a key whose first request still runs with 409."
    ),
)


class Schema(AutoSchema):
    """Tells of Idempotency-Key wherever it is heard."""

    def get_override_parameters(self) -> list[Any]:
        mine = [_KEY] if self.method == "POST" and isinstance(self.view, IdempotentPosts) else []
        return [*super().get_override_parameters(), *mine]
