"""What the database's function appends has the very bytes that `canonical` and `link` give."""

import json
import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

import audit
from audit.chain import GENESIS, around_number, canonical, link
from audit.checking import check_chain
from audit.models import Entry, Text
from tests.factories import person

ODD = ["plain", 'a "quoted" \\ word', "100% %s %(x)s", "é 👮🏽 \u2028", "{1,2}", "NULL", "", "tab\tline\n", "'; --"]


@audit.atomic
def note_all(user, words):
    for number, word in enumerate(words):
        audit.record(
            f"word.{number}", actor=user if number % 2 else None, target=user, texts={"said": word}, odd=word
        )


@pytest.mark.django_db
def test_the_bytes_are_those_of_canonical_and_link():
    user = person()
    note_all(user, ODD[:5])
    note_all(user, ODD[5:])
    previous = GENESIS
    for number, (entry, word) in enumerate(zip(Entry.objects.order_by("number"), ODD, strict=True), 1):
        body = bytes(entry.body)
        assert body == canonical(json.loads(body))
        said = json.loads(body)
        assert (said["number"], said["facts"], said["actor"]) == (number, {"odd": word}, entry.actor_id)
        assert (entry.number, bytes(entry.previous_hash)) == (number, previous)
        assert bytes(entry.hash) == (previous := link(previous, body))
        assert Text.objects.get(entry=entry).text == word
    check = check_chain()
    assert (check.holds, check.entries) == (True, len(ODD))


def test_the_number_stands_where_canonical_puts_it():
    body = {
        "at": "x",
        "action": "a",
        "actor": None,
        "target": ["k", "1"],
        "facts": {"z": '","number":0'},
        "texts": {},
    }
    before, after = around_number(body)
    assert before + b"17" + after == canonical({**body, "number": 17})


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_older_than_the_head_fails_and_makes_no_fork(only_on_postgresql):
    user = person()

    def elsewhere() -> None:
        try:
            note_all(user, ["first"])
        finally:
            connections.close_all()

    @transaction.atomic
    def late() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM audit_entry")
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
        note_all(user, ["second"])

    with pytest.raises(IntegrityError):
        late()
    assert (check_chain().holds, Entry.objects.count()) == (True, 1)
