"""Public ids, as they come from addresses and forms."""

from uuid import UUID


def typed_id(text: object) -> UUID | None:
    """The id that was typed, or None for what is none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
