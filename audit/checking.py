"""Whether the trail holds: one walk over all entries, page by page, in the same memory for ten as for ten million.

Each entry is held against the one before (number, previous hash, hash), its searched columns against the body that
was hashed, and its texts that were not erased against their salted hashes. Anchors are held against the entries on
the way, so that a tail that was cut and a trail that was written anew show.
"""

import hashlib
import heapq
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any

import psycopg
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit import merkle
from audit.chain import GENESIS, canonical
from audit.models import Anchor, Entry, Text
from audit.statements import Statement, Unreadable

PAGE = 4_000
#: How many faults of a kind are named; the others are counted.
NAMED = 20

#: number, body, previous_hash, hash, at, action, actor, target_kind, target_id
Row = tuple[int, bytes, bytes, bytes, datetime, str, int | None, str, str]


@dataclass
class Faults:
    """What does not hold: the first ones by name, all by count."""

    count: int = 0
    named: list[Any] = field(default_factory=list)

    def add(self, what: Any) -> None:
        self.count += 1
        if len(self.named) < NAMED:
            self.named.append(what)

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass
class Check:
    """What a walk over the chain found.

    `broken`, `columns` and `altered_texts` hold numbers of entries, `anchor_faults` sentences, and so does
    `foreign`: anchors that fit the entries, but no key that is here signed them. `anchors` counts the anchors that
    hold, and `anchored` is the last entry under one of them.
    """

    entries: int = 0
    head: bytes = GENESIS
    anchors: int = 0
    anchored: int = 0
    broken: Faults = field(default_factory=Faults)
    columns: Faults = field(default_factory=Faults)
    altered_texts: Faults = field(default_factory=Faults)
    anchor_faults: Faults = field(default_factory=Faults)
    foreign: Faults = field(default_factory=Faults)

    @property
    def follows(self) -> bool:
        """Whether the entries follow from one another and say what they said, whatever the anchors say."""
        return not (self.broken or self.columns or self.altered_texts)

    @property
    def holds(self) -> bool:
        return self.follows and not self.anchor_faults and not self.foreign


@dataclass
class Held:
    """An anchor that is being held against the entries of its span."""

    statement: Statement
    where: str
    root: merkle.Root = field(default_factory=merkle.Root)
    fault: str = ""

    @property
    def first(self) -> int:
        return self.statement.first

    def take(self, page: list[Row]) -> None:
        """Look at the part of this page that lies in the span."""
        said = self.statement
        start = bisect_left(page, said.first, key=_number)
        end = bisect_right(page, said.last, key=_number)
        if start == end:
            return
        self.root.add([bytes(row[3]) for row in page[start:end]])
        if page[start][0] == said.first and bytes(page[start][2]) != said.before:
            self.fault = self.fault or _("entri sebelum entri {number} bukan yang dijangkarkan").format(
                number=said.first
            )
        if page[end - 1][0] == said.last and bytes(page[end - 1][3]) != said.head:
            self.fault = self.fault or _("entri {number} bukan entri yang dijangkarkan").format(number=said.last)

    def judge(self, reached: int) -> str:
        """After the last entry of its span: in what it differs from the entries, or nothing. `reached` is the last
        entry there is."""
        said = self.statement
        if reached < said.last:
            return _("menyebut entri {number}, padahal jejak berakhir di entri {end}: ekornya terpotong").format(
                number=said.last, end=reached
            )
        if self.fault:
            return self.fault
        if self.root.size != said.last - said.first + 1 or self.root.digest() != said.root:
            return _("akar Merkle entri {first} sampai {last} tidak sama").format(first=said.first, last=said.last)
        return ""


def check_chain(given: Iterable[Statement] = ()) -> Check:
    """Walk the whole chain, held against the anchors of the table and against those that were `given`."""
    check = Check()
    coming = heapq.merge(
        (Held(one, _("jangkar dari berkas")) for one in sorted(given, key=attrgetter("first"))),
        _kept(check),
        key=attrgetter("first"),
    )
    upcoming = next(coming, None)
    open_: list[Held] = []
    reached = 0
    for page in pages():
        _follow(page, reached, check)
        _hold_texts(page, reached, check)
        reached = page[-1][0]
        while upcoming and upcoming.first <= reached:
            open_.append(upcoming)
            upcoming = next(coming, None)
        for one in open_:
            one.take(page)
            if one.statement.last <= reached:
                _close(one, reached, check)
        open_ = [one for one in open_ if one.statement.last > reached]
    for number in Text.objects.filter(entry_id__gt=reached).values_list("entry_id", flat=True)[:NAMED]:
        check.altered_texts.add(number)
    for one in (*open_, *([upcoming] if upcoming else []), *coming):
        _close(one, reached, check)
    return check


def pages(after: int | None = None, until: int | None = None) -> Iterator[list[Row]]:
    """The entries after this number in order, a page at a time, with all columns that are checked. Without a number
    all of them: one that somebody put before the first is among them too."""
    rows = Entry.objects.order_by("number").values_list(
        "number", "body", "previous_hash", "hash", "at", "action", "actor_id", "target_kind", "target_id"
    )
    if until is not None:
        rows = rows.filter(number__lte=until)
    while page := _fetched((rows if after is None else rows.filter(number__gt=after))[:PAGE]):
        yield page
        after = page[-1][0]


def _fetched(rows: QuerySet[Any, Any]) -> list[Any]:
    """The rows at once. From PostgreSQL they come in binary, which costs half of what text costs: that has each
    hash and body in hexadecimal, and each moment taken apart by Django in Python."""
    if connection.vendor != "postgresql":
        return list(rows)
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(*rows.query.sql_with_params(), binary=True).fetchall()


def _follow(page: list[Row], reached: int, check: Check) -> None:
    """Whether each entry follows from the one before, and its columns repeat what its body says."""
    sha256, expected, previous = hashlib.sha256, reached + 1, check.head
    for row in page:
        number, body, before, own = row[:4]
        if number != expected or before != previous or sha256(previous + body).digest() != own:
            check.broken.add(number)
        if not repeats(row):
            check.columns.add(number)
        expected, previous = number + 1, own
    check.entries += len(page)
    check.head = bytes(previous)


def repeats(row: Row) -> bool:
    """Whether the searched columns say what the body says, to whoever reads it.

    Canonical JSON sorts its keys, so the columns give the first bytes of the body, up to the facts, and those
    behind the facts, up to the texts. What comes before `"texts"` cannot be feigned in a text's name or hash: the
    last `},"number":` in the body is the one behind the facts. No brace closes within the facts nor before the very
    end, so no key stands a second time: readers of JSON take the last. Only where it is not so is the body read.
    """
    number, body, _before, _own, at, action, actor, kind, target = row
    start, middle = _around(action, actor, kind)
    start = f'{start}{at.isoformat()}","facts":{{'
    end = f'}},"number":{number}{middle}{encode_basestring(target)}],"texts":{{'
    front, back, behind = start.encode(), end.encode(), body.rfind(b'},"number":')
    if (
        body.startswith(front)
        and body.startswith(back, behind)
        and body.find(b"}", len(front), behind) < 0
        and body.find(b"}", behind + len(back)) == len(body) - 2
    ):
        return True
    return _repeats_slowly(row)


@lru_cache(maxsize=4096)
def _around(action: str, actor: int | None, kind: str) -> tuple[str, str]:
    """What stands in a body before the moment, and between the number and the target's id."""
    quoted = encode_basestring
    who = "null" if actor is None else actor
    return f'{{"action":{quoted(action)},"actor":{who},"at":"', f',"target":[{quoted(kind)},'


def _repeats_slowly(row: Row) -> bool:
    number, body, _before, _own, at, action, actor, kind, target = row
    try:
        said = json.loads(body)
        same = said["action"], said["actor"], said["number"], said["target"], datetime.fromisoformat(said["at"])
    except (ValueError, KeyError, TypeError):
        return False
    return same == (action, actor, number, [kind, target], at) and canonical(said) == body


def _hold_texts(page: list[Row], reached: int, check: Check) -> None:
    """Hold the texts of this page's entries, which come in the same order, against their salted hashes."""
    texts = Text.objects.filter(entry_id__gt=reached, entry_id__lte=page[-1][0]).order_by("entry_id")
    rows = iter(page)
    row = next(rows)
    for number, name, text, salt in _fetched(texts.values_list("entry_id", "field", "text", "salt")):
        while row[0] < number:  # The page's last entry has no smaller number than any of its texts.
            row = next(rows)
        kept = hashlib.sha256(bytes(salt) + text.encode()).hexdigest()
        if row[0] != number or not _names(row[1], name, kept):
            check.altered_texts.add(number)


def _names(body: bytes, name: str, kept: str) -> bool:
    """Whether the body names this hash for this text. Behind the last `"texts":{` stand texts alone."""
    return f'{encode_basestring(name)}:"{kept}"'.encode() in body[body.rfind(b'"texts":{') :]


def _kept(check: Check) -> Iterator[Held]:
    """The anchors of the table; one whose columns say other things than its statement is a fault by itself."""
    before: Statement | None = None
    for row in Anchor.objects.order_by("first").iterator(chunk_size=500):
        where = _("jangkar di basis data")
        try:
            said = row.stated()
        except Unreadable as problem:
            check.anchor_faults.add(f"{where} ({row}): {problem}")
            continue
        if before and (said.first, said.before) != (before.last + 1, before.head):
            check.anchor_faults.add(
                _("{where} ({anchor}): tidak menyambung jangkar sebelumnya").format(where=where, anchor=row)
            )
        before = said
        yield Held(said, where)


def _close(one: Held, reached: int, check: Check) -> None:
    said = one.statement
    named, fault = f"{one.where} ({said.first}–{said.last})", one.judge(reached)
    not_ours = "" if said.is_ours else _("tanda tangannya bukan dari kunci instalasi ini")
    if fault:
        check.anchor_faults.add(f"{named}: {'; '.join(filter(None, (fault, not_ours)))}")
    elif not_ours:
        check.foreign.add(f"{named}: {not_ours}")
    else:
        check.anchors += 1
        check.anchored = max(check.anchored, said.last)


def _number(row: Row) -> int:
    return row[0]
