"""How entries are collected, chained and published.

A service that decides something wears `@audit.atomic` and calls `audit.record`. The entries are written as the
last statements of the outermost block, so the lock that keeps the chain in one line is held for a moment only,
and either both the change and its entry exist, or neither.

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
from audit.chain import GENESIS, canonical, link
from audit.models import Entry, Text

P = ParamSpec("P")
R = TypeVar("R")

_LOCK = 0x6D69747261  # "mitra": the advisory lock that puts writers in one line.

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
        try:
            with transaction.atomic():
                result = service(*args, **kwargs)
                pending = _block.get() or []
                _write(pending)
                transaction.on_commit(functools.partial(_publish, [item.news for item in pending]))
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


def _write(pending: list[_Pending]) -> None:
    if not pending:
        return
    number, previous = _locked_head()
    entries, texts = [], []
    for item in pending:
        number += 1
        salts = {name: secrets.token_bytes(16) for name in item.texts}
        body = canonical(
            {
                "number": number,
                "at": item.news.at,
                "action": item.news.action,
                "actor": item.news.actor_id,
                "target": [item.news.target_kind, item.news.target_id],
                "facts": item.news.facts,
                "texts": {
                    name: hashlib.sha256(salts[name] + text.encode()).hexdigest()
                    for name, text in item.texts.items()
                },
            }
        )
        entry = Entry(
            number=number,
            at=item.news.at,
            action=item.news.action,
            actor_id=item.news.actor_id,
            target_kind=item.news.target_kind,
            target_id=item.news.target_id,
            body=body,
            previous_hash=previous,
            hash=link(previous, body),
        )
        previous = bytes(entry.hash)
        entries.append(entry)
        texts += [Text(entry=entry, field=name, text=text, salt=salts[name]) for name, text in item.texts.items()]
    _insert(entries, texts)


def _locked_head() -> tuple[int, bytes]:
    """The last entry's number and hash; from here to the commit nobody else appends.

    Two statements: a snapshot taken before the lock would not see what its last holder wrote. One message: all
    others wait for each turn between server and client.
    """
    last = "SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK}); {last}")
            cursor.nextset()
        else:  # SQLite: the transaction has held the only write lock since BEGIN IMMEDIATE.
            cursor.execute(last)
        head = cursor.fetchone()
    return (head[0], bytes(head[1])) if head else (0, GENESIS)


def _insert(entries: list[Entry], texts: list[Text]) -> None:
    """Both tables; to PostgreSQL in one message (its values are written into it by psycopg, on this side)."""
    if connection.vendor != "postgresql":
        Entry.objects.bulk_create(entries)
        Text.objects.bulk_create(texts)
        return
    statements, values = [], []
    for rows in (entries, texts):
        if rows:
            fields = [field for field in rows[0]._meta.concrete_fields if not field.auto_created]
            names = ", ".join(f'"{field.column}"' for field in fields)
            places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
            statements.append(f"INSERT INTO {rows[0]._meta.db_table} ({names}) VALUES {places}")  # noqa: S608  # nosec B608  (names of ours)
            values += [getattr(row, field.attname) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements), values)


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
