"""The trail: an entry shares the fate of its change, follows from the one before, and is published after commit."""

import pytest
from django.db import IntegrityError, transaction

import audit
from audit.models import Entry, Text
from audit.trail import NoAuditBlock, broken_links
from tests.factories import person

pytestmark = pytest.mark.django_db


@audit.atomic
def rename(user, name, *, fail=False):
    user.name = name
    user.save()
    audit.record("person.renamed", actor=user, target=user, texts={"name": name}, length=len(name))
    if fail:
        raise IntegrityError("the change fails")


def test_an_entry_outside_a_block_is_refused():
    with pytest.raises(NoAuditBlock):
        audit.record("nothing", actor=None, target=person())


def test_a_change_that_fails_leaves_no_entry():
    user = person("Lama")

    with pytest.raises(IntegrityError):
        rename(user, "Baru", fail=True)

    assert not Entry.objects.exists()


def test_entries_follow_from_one_another_and_keep_no_text():
    user = person()

    for name in ("Satu", "Dua", "Tiga"):
        rename(user, name)

    assert broken_links() == []
    assert [entry.number for entry in Entry.objects.all()] == [1, 2, 3]
    assert not any(b"Dua" in bytes(entry.body) for entry in Entry.objects.all())
    assert Text.objects.filter(text="Dua").count() == 1


@pytest.mark.parametrize("attack", ["edit", "delete", "swap"])
def test_a_changed_chain_shows(attack):
    user = person()
    for name in ("Satu", "Dua", "Tiga"):
        rename(user, name)
    second = Entry.objects.get(number=2)

    if attack == "edit":
        Entry.objects.filter(number=2).update(body=bytes(second.body).replace(b"renamed", b"deleted"))
    elif attack == "delete":
        Text.objects.filter(entry=second).delete()
        Entry.objects.filter(number=2).delete()
    else:
        Entry.objects.filter(number=2).update(previous_hash=bytes(32))

    assert broken_links()


def test_nested_blocks_write_once_at_the_end():
    user = person()

    @audit.atomic
    def both():
        rename(user, "Satu")
        assert not Entry.objects.exists()
        rename(user, "Dua")

    both()

    assert Entry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_news_come_after_the_commit_and_not_from_a_change_undone():
    heard = []
    audit.subscribe("person.renamed", heard.append)
    user = person()

    with pytest.raises(IntegrityError):
        rename(user, "Baru", fail=True)
    assert heard == []

    with transaction.atomic():
        rename(user, "Satu")
        assert heard == []

    assert [news.facts for news in heard] == [{"length": 4}]
