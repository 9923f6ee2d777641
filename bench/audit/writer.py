"""`python -m bench.audit writer WAY NUMBER COUNT`: one of the writers, in a process of its own.

`chain`: entries through `audit.atomic`. `plain`: the same rows by the ORM, without lock and chain. `change`: a
person renamed, and the entry of it, as the history library does the same change. Each fifth entry has a text.
"""

from __future__ import annotations

import hashlib
import os
import secrets

from django.db import transaction
from django.utils import timezone

import audit
from accounts.models import User
from audit.chain import GENESIS, canonical
from audit.models import Entry, Text
from bench.audit.gate import together

WORDS = "Lapor kehilangan sepeda motor di depan toko"
FACTS = {
    "camera": "9e3779b9-7f4a-7c15-f39c-c0605cedc835",
    "organization": "605cedc8-35f3-4c15-9e37-79b97f4a7c15",
    "right": "view_still",
    "reason": "incident",
    "case": None,
    "emergency": False,
}


@audit.atomic
def chain(user: User, number: int) -> None:
    audit.record("look.started", actor=user, target=user, texts=_texts(number), **FACTS)


@audit.atomic
def change(user: User, number: int) -> None:
    user.name = f"Nama {number}"
    user.save()
    audit.record("person.renamed", actor=user, target=user, length=len(user.name))


@transaction.atomic
def plain(user: User, number: int) -> None:
    now, salt, texts = timezone.now(), secrets.token_bytes(16), _texts(number)
    body = canonical(
        {
            "number": number,
            "at": now,
            "action": "look.started",
            "actor": user.pk,
            "target": [user._meta.label_lower, str(user.public_id)],
            "facts": FACTS,
            "texts": {name: hashlib.sha256(salt + text.encode()).hexdigest() for name, text in texts.items()},
        }
    )
    entry = Entry(
        number=number,
        at=now,
        action="look.started",
        actor=user,
        target_kind=user._meta.label_lower,
        target_id=str(user.public_id),
        body=body,
        previous_hash=GENESIS,
        hash=secrets.token_bytes(32),
    )
    Entry.objects.bulk_create([entry])
    if texts:
        Text.objects.bulk_create(
            [Text(entry=entry, field=name, text=text, salt=salt) for name, text in texts.items()]
        )


def _texts(number: int) -> dict[str, str]:
    return {"number": WORDS} if number % 5 == 0 else {}


def main(way: str, number: str, count: str) -> None:
    write = {"chain": chain, "plain": plain, "change": change}[way]
    user = User.objects.create_user(email=f"penulis{number}-{os.getpid()}@contoh.id", name="Penulis")
    first = int(number) * int(count) + 1
    together(lambda: [write(user, one) for one in range(first, first + int(count))])
