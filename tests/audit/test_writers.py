"""Many write at once: one line of entries, without a gap, a fork or a lost one."""

import threading
import time

import pytest
from django.db import connections
from django.utils import timezone

import audit
from audit import anchors, broadcast
from audit.checking import check_chain
from audit.models import Anchor, Entry
from tests.factories import person

WRITERS, ENTRIES = 8, 5_000
MOST_SECONDS = 120


@audit.atomic
def note(user, number):
    audit.record("person.counted", actor=user, target=user, number=number)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_writers_make_no_fork(only_on_postgresql, monkeypatch):
    monkeypatch.setattr(broadcast, "tell", lambda news: None)
    user = person()
    failures = []

    def write(first: int) -> None:
        try:
            for number in range(first, ENTRIES, WRITERS):
                note(user, number)
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[first]) for first in range(WRITERS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        anchors.make_due_anchors(now=timezone.now())  # Whoever anchors meanwhile sees no gap either.
        time.sleep(0.2)
    took = time.monotonic() - began
    for thread in threads:
        thread.join()

    assert failures == []
    assert took < MOST_SECONDS
    check = check_chain()
    assert (check.holds, check.entries) == (True, ENTRIES)
    numbers = [int(bytes(body).split(b'"number":')[1].split(b"}")[0]) for body in _bodies()]
    assert sorted(numbers) == list(range(ENTRIES))
    assert Anchor.objects.exists()


def _bodies():
    return Entry.objects.values_list("body", flat=True)
