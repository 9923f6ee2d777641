"""A change as the trail keeps it: what came from the device or was drawn stands in the texts, and may be erased."""

import json
from typing import Any

from onboarding.models import DeviceChange


def told_of(change: DeviceChange, **further: dict[str, Any] | None) -> dict[str, Any]:
    """Facts and texts for `audit.record`: the old and the new value, and further ones by name."""
    values = {"old": change.old, "new": change.new, **further}
    texts = {name: json.dumps(value, sort_keys=True, ensure_ascii=False) for name, value in values.items()}
    return {
        "change": str(change.public_id),
        "kind": change.kind,
        "texts": {"subject": change.subject, **texts},
    }
