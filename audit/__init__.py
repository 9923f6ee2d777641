"""The append-only log: what was decided, by whom, when; and the news of it after commit.

Use it as `import audit`: `audit.atomic`, `audit.record`, `audit.subscribe`, `audit.erase_texts`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.trail import News, atomic, erase_texts, record, subscribe

__all__ = ["News", "atomic", "erase_texts", "record", "subscribe"]


def __getattr__(name: str) -> Any:
    # Lazy, because Django imports this package before its models may be loaded.
    if name in __all__:
        from audit import trail

        return getattr(trail, name)
    raise AttributeError(name)
