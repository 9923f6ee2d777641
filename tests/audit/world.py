"""A small trail, and what somebody might do to it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

import audit
from accounts.models import User
from audit import anchors
from audit.chain import GENESIS, canonical, link
from audit.models import Anchor, Entry
from tests.factories import person

Execute = Callable[..., Any]


@audit.atomic
def rename(user: User, name: str, *, fail: Exception | None = None) -> None:
    """One entry with a text."""
    user.name = name
    user.save()
    audit.record("person.renamed", actor=user, target=user, texts={"name": name}, length=len(name))
    if fail:
        raise fail


def trail(length: int, user: User | None = None) -> User:
    """So many entries about one person."""
    user = user or person()
    for number in range(length):
        rename(user, f"Nama {number}")
    return user


def anchored(length: int, now: datetime) -> Anchor:
    """So many entries, and the anchor over them."""
    trail(length)
    assert anchors.make_due_anchors(now=now) == 1
    return Anchor.objects.get()


def execute(statement: str, *values: Any) -> None:
    """As the owner of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- Seven attacks on a trail of six entries; each takes a function that runs SQL as the attacker ---------------


def edit(run: Execute) -> None:
    body = bytes(Entry.objects.get(number=3).body)
    run("UPDATE audit_entry SET body = %s WHERE number = 3", body.replace(b'"length":6', b'"length":7'))


def delete(run: Execute) -> None:
    run("DELETE FROM audit_text WHERE entry_id = 3")
    run("DELETE FROM audit_entry WHERE number = 3")


def cut(run: Execute) -> None:
    run("DELETE FROM audit_text WHERE entry_id > 3")
    run("DELETE FROM audit_entry WHERE number > 3")


def insert(run: Execute) -> None:
    """Between the third and the fourth."""
    run("DELETE FROM audit_text WHERE entry_id > 3")
    for number in (6, 5, 4):
        run("UPDATE audit_entry SET number = %s WHERE number = %s", number + 1, number)
    put(run, 4)


def put(run: Execute, number: int) -> None:
    """An entry that looks like the third, tied to the third."""
    third = Entry.objects.get(number=3)
    body = bytes(third.body).replace(b'"number":3', b'"number":%d' % number)
    columns = "number, at, action, actor_id, target_kind, target_id, body, previous_hash, hash"
    run(
        f"INSERT INTO audit_entry ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        number, third.at, third.action, third.actor_id, third.target_kind, third.target_id,
        body, bytes(third.hash), link(bytes(third.hash), body),
    )  # fmt: skip


def reorder(run: Execute) -> None:
    run("DELETE FROM audit_text WHERE entry_id IN (3, 4)")
    for old, new in ((3, 99), (4, 3), (99, 4)):
        run("UPDATE audit_entry SET number = %s WHERE number = %s", new, old)


def truncate(run: Execute) -> None:
    if connection.vendor == "postgresql":
        run("TRUNCATE audit_entry, audit_text")
    else:
        run("DELETE FROM audit_text")
        run("DELETE FROM audit_entry")


def rechain(run: Execute) -> None:
    """Everything anew with another length in the third, so that every hash and every column holds."""
    previous = GENESIS
    for row in Entry.objects.order_by("number"):
        said = json.loads(bytes(row.body))
        if row.number == 3:
            said["facts"]["length"] = 7
        body = canonical(said)
        own = link(previous, body)
        run(
            "UPDATE audit_entry SET body = %s, previous_hash = %s, hash = %s WHERE number = %s",
            body, previous, own, row.number,
        )  # fmt: skip
        previous = own


ATTACKS: dict[str, Callable[[Execute], None]] = {
    made.__name__: made for made in (edit, delete, cut, insert, reorder, truncate, rechain)
}
