"""What shows to somebody outside that an entry stands in the trail, and under which anchor.

The body that was hashed goes out as it is. It names ids, codes and times: of people only the number of their row,
with which nobody outside of the database can find them; names and free text were never in it.
"""

import base64
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from audit import merkle
from audit.models import Anchor, Entry


def proofs_of(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """For each entry its body, its hashes, and the Merkle path to the root of the anchor over it.

    `anchor` is None where the next anchor is still to be made: then there is no path either.
    """
    told: list[dict[str, Any]] = []
    found = anchored(sorted(entries, key=attrgetter("number")))
    for anchor, group in groupby(found, key=itemgetter(1)):
        inside = [entry for entry, _anchor in group]
        told += _under(anchor, inside) if anchor else [_told(entry) for entry in inside]
    return told


def anchored(entries: Iterable[Entry]) -> list[tuple[Entry, Anchor | None]]:
    """Each entry and the anchor over it, if that was made already."""
    wanted = list(entries)
    numbers = [entry.number for entry in wanted] or [0]
    over = list(Anchor.objects.filter(last__gte=min(numbers), first__lte=max(numbers)))
    return [
        (entry, next((anchor for anchor in over if anchor.first <= entry.number <= anchor.last), None))
        for entry in wanted
    ]


def _under(anchor: Anchor, entries: list[Entry]) -> list[dict[str, Any]]:
    span = Entry.objects.filter(number__gte=anchor.first, number__lte=anchor.last).order_by("number")
    hashes = [bytes(one) for one in span.values_list("hash", flat=True)]
    places = [entry.number - anchor.first for entry in entries]
    found = merkle.paths(hashes, places)
    return [
        {
            **_told(entry),
            "place": place,
            "size": len(hashes),
            "path": [one.hex() for one in path],
            "anchor": anchor.document(),
        }
        for entry, place, path in zip(entries, places, found, strict=True)
    ]


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "body": base64.b64encode(bytes(entry.body)).decode(),
        "previous_hash": bytes(entry.previous_hash).hex(),
        "hash": bytes(entry.hash).hex(),
        "anchor": None,
    }
