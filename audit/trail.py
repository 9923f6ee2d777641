"""How entries are collected, chained and published.

A service that decides something wears `@audit.atomic` and calls `audit.record`. The entries are written as the
last statements of the outermost block, so the lock that keeps the chain in one line is held for a moment only,
and either both the change and its entry exist, or neither. On PostgreSQL one function of the database does this in
a single call (migration 0003): it takes the lock, numbers and chains the entries, and inserts them.

After the commit each entry is published: `audit.subscribe("consent.withdrawn", function)`. Upper apps
subscribe in their AppConfig.ready; lower apps never know who listens.
"""

import functools
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from audit import broadcast
from audit.chain import GENESIS, around_number, link
from audit.models import Entry, Text

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)


class NoAuditBlock(RuntimeError):
    """`record` was called outside `@audit.atomic`; the entry would not share the change's fate."""


@dataclass(frozen=True)
class News:
    """What is published after commit: names and ids, never text."""

    action: str
    target_kind: str
    target_id: str
    actor_id: int | None
    facts: dict[str, Any]
    at: datetime


@dataclass
class _Pending:
    news: News
    texts: dict[str, str] = field(default_factory=dict)


_block: ContextVar[list[_Pending] | None] = ContextVar("audit_block", default=None)
_subscribers: dict[str, list[Callable[[News], None]]] = defaultdict(list)


def subscribe(action: str, function: Callable[[News], None]) -> None:
    """Call `function(news)` after each commit that recorded `action`."""
    if function not in _subscribers[action]:
        _subscribers[action].append(function)


def record(
    action: str,
    *,
    actor: models.Model | None,
    target: models.Model,
    texts: dict[str, str] | None = None,
    **facts: Any,
) -> None:
    """Collect one entry for the end of the current `@audit.atomic` block.

    `facts` are ids, codes, times and numbers. Personal or free text goes into `texts`: the entry keeps a salted
    hash of it, the text itself stands in a side table that erasure may empty. Raises NoAuditBlock outside a block.
    """
    pending = _block.get()
    if pending is None:
        raise NoAuditBlock(f"{action} was recorded outside @audit.atomic.")
    news = News(
        action=action,
        target_kind=target._meta.label_lower,
        target_id=str(getattr(target, "public_id", target.pk)),
        actor_id=actor.pk if actor else None,
        facts=facts,
        at=timezone.now(),
    )
    pending.append(_Pending(news, texts or {}))


def atomic(service: Callable[P, R]) -> Callable[P, R]:
    """A transaction whose recorded entries are its last statements."""

    @functools.wraps(service)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _block.get()
        if outer is not None:
            return _nested(outer, functools.partial(service, *args, **kwargs))
        token = _block.set([])
        outermost = not connection.in_atomic_block
        try:
            with transaction.atomic():
                result = service(*args, **kwargs)
                pending = _block.get() or []
                transaction.on_commit(functools.partial(_publish, [item.news for item in pending]))
                _write(pending, commit=outermost)
            return result
        finally:
            _block.reset(token)

    return wrapped


def _nested(outer: "list[_Pending]", work: Callable[[], R]) -> R:
    """Run a service inside another's block; if it fails, what it recorded goes with its savepoint."""
    recorded_before = len(outer)
    try:
        with transaction.atomic():
            return work()
    except BaseException:
        del outer[recorded_before:]
        raise


def erase_texts(target: models.Model) -> int:
    """Empty the texts that the trail keeps about this object, and only those; how many.

    The entries and their salted hashes stand, so the chain holds as before."""
    public_id = getattr(target, "public_id", target.pk)
    about = Entry.objects.filter(target_kind=target._meta.label_lower, target_id=str(public_id))
    return Text.objects.filter(entry__in=about.values("pk")).delete()[0]


def _write(pending: list[_Pending], *, commit: bool) -> None:
    """Number, chain and insert the entries. `commit`: the transaction may be committed with them at once."""
    if not pending:
        return
    drafts = [_drafted(item) for item in pending]
    if connection.vendor == "sqlite":
        _insert(drafts)
    elif commit:
        # One message for both: everybody else waits for the lock, which ends with the commit, so no writer holds
        # it while its own process waits for its turn on the machine. Django's commit then finds nothing to do.
        with connection.wrap_database_errors, connection.connection.pipeline():
            _append(drafts)
            connection.connection.commit()
    else:
        _append(drafts)


@dataclass(frozen=True)
class _Draft:
    """An entry that waits for its number: its body but for that, and its texts with their salts."""

    news: News
    before: bytes
    after: bytes
    texts: list[tuple[str, str, bytes]]


def _drafted(item: _Pending) -> _Draft:
    news, texts = item.news, [(name, text, secrets.token_bytes(16)) for name, text in item.texts.items()]
    hashes = {name: hashlib.sha256(salt + text.encode()).hexdigest() for name, text, salt in texts}
    before, after = around_number(
        {
            "at": news.at,
            "action": news.action,
            "actor": news.actor_id,
            "target": [news.target_kind, news.target_id],
            "facts": news.facts,
            "texts": hashes,
        }
    )
    return _Draft(news, before, after, texts)


def _append(drafts: list[_Draft]) -> None:
    """PostgreSQL: lock, head and rows in one call (migration 0003), which everybody else waits for."""
    news = [draft.news for draft in drafts]
    texts = [(place, *text) for place, draft in enumerate(drafts, 1) for text in draft.texts]
    columns: list[tuple[str, list[Any]]] = [
        ("bytea", [draft.before for draft in drafts]),
        ("bytea", [draft.after for draft in drafts]),
        ("timestamptz", [one.at for one in news]),
        ("text", [one.action for one in news]),
        ("bigint", [one.actor_id for one in news]),
        ("text", [one.target_kind for one in news]),
        ("text", [one.target_id for one in news]),
        *(
            (kind, [text[place] for text in texts])
            for place, kind in enumerate(("integer", "text", "text", "bytea"))
        ),
    ]
    # Value by value: for lists the driver looks for a type that fits all their values.
    arrays = ", ".join(f"ARRAY[{', '.join(['%s'] * len(values))}]::{kind}[]" for kind, values in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT audit_append({arrays})", [value for _, values in columns for value in values])  # nosec B608 - places and names of types alone


def _insert(drafts: list[_Draft]) -> None:
    """SQLite: the transaction has held the only write lock since BEGIN IMMEDIATE."""
    head = Entry.objects.order_by("-number").values_list("number", "hash").first()
    last, previous = (head[0], bytes(head[1])) if head else (0, GENESIS)
    entries, texts = [], []
    for number, draft in enumerate(drafts, last + 1):
        body = draft.before + str(number).encode() + draft.after
        entry = Entry(
            number=number,
            at=draft.news.at,
            action=draft.news.action,
            actor_id=draft.news.actor_id,
            target_kind=draft.news.target_kind,
            target_id=draft.news.target_id,
            body=body,
            previous_hash=previous,
            hash=link(previous, body),
        )
        previous = bytes(entry.hash)
        entries.append(entry)
        texts += [Text(entry=entry, field=name, text=text, salt=salt) for name, text, salt in draft.texts]
    Entry.objects.bulk_create(entries)
    Text.objects.bulk_create(texts)


def _publish(news: list[News]) -> None:
    if not news:
        return
    # The committed block is still open while its on_commit calls run: a listener that records opens its own.
    token = _block.set(None)
    try:
        for item in news:
            for function in _subscribers[item.action]:
                try:
                    function(item)
                except Exception:
                    # One listener's fault must not keep the news from the others; the change is committed.
                    log.exception("audit.listener_failed", action=item.action, listener=repr(function))
    finally:
        _block.reset(token)
    broadcast.tell(news)  # After the listeners here: what they ended has ended when others hear of it.
