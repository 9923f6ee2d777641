"""The trail: an entry shares the fate of its change, follows from the one before, and is published after commit."""

from collections import defaultdict

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

import audit
from audit import trail
from audit.checking import check_chain
from audit.models import Entry, Text
from audit.trail import NoAuditBlock
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_other_listeners(monkeypatch):
    monkeypatch.setattr(trail, "_subscribers", defaultdict(list))


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

    assert check_chain().holds
    assert [entry.number for entry in Entry.objects.all()] == [1, 2, 3]
    assert not any(b"Dua" in bytes(entry.body) for entry in Entry.objects.all())
    assert Text.objects.filter(text="Dua").count() == 1


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


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_records_writes_entries_of_its_own():
    user = person()

    @audit.atomic
    def answer(news):
        audit.record("person.answered", actor=None, target=user)

    audit.subscribe("person.renamed", answer)
    rename(user, "Satu")

    assert [entry.action for entry in Entry.objects.all()] == ["person.renamed", "person.answered"]


def test_what_an_undone_part_recorded_is_undone_too():
    user = person()

    @audit.atomic
    def tries():
        with pytest.raises(IntegrityError):
            rename(user, "Gagal", fail=True)
        audit.record("person.kept", actor=user, target=user)

    tries()

    assert [entry.action for entry in Entry.objects.all()] == ["person.kept"]


def test_a_trail_that_holds_says_its_head(capsys):
    rename(person(), "Satu")

    call_command("verify_audit")

    assert Entry.objects.get().hash.hex() in capsys.readouterr().out


def test_an_erased_text_leaves_the_trail_whole():
    rename(person(), "Satu")
    Text.objects.all().delete()

    assert check_chain().holds
