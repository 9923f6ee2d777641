"""Anchors: made when it is time and once, written outside of the database, mailed, and owed until that was done."""

import json
import smtplib
import stat
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from audit import anchors
from audit.checking import check_chain
from audit.models import Anchor, Entry
from audit.statements import read_file
from audit.tasks import anchor_trail
from tests.audit import world
from tests.triggers import without_triggers

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.ANCHOR_FOLDER = tmp_path / "anchors"
    settings.ANCHOR_EVERY = timedelta(days=1)
    return settings.ANCHOR_FOLDER


def test_an_anchor_states_the_span_the_heads_and_the_root():
    world.trail(5)

    anchors.make_due_anchors(now=NOW)

    said = json.loads(bytes(Anchor.objects.get().statement))
    assert (said["first"], said["last"]) == (1, 5)
    assert (said["before"], said["head"]) == ("00" * 32, bytes(Entry.objects.get(number=5).hash).hex())
    assert Anchor.objects.get().stated().is_ours


def test_each_anchor_goes_on_where_the_one_before_ended():
    user = world.trail(3)
    anchors.make_due_anchors(now=NOW)
    world.trail(2, user)

    assert anchors.make_due_anchors(now=NOW + timedelta(hours=23)) == 0
    assert anchors.make_due_anchors(now=NOW + timedelta(hours=24)) == 1

    first, second = (anchor.stated() for anchor in Anchor.objects.all())
    assert (second.first, second.last, second.before) == (4, 5, first.head)
    check = check_chain()
    assert (check.holds, check.anchors, check.anchored) == (True, 2, 5)


def test_nothing_new_is_not_anchored_again():
    assert anchors.make_due_anchors(now=NOW) == 0
    world.anchored(2, NOW)

    assert anchors.make_due_anchors(now=NOW + timedelta(days=9)) == 0


def test_a_long_trail_is_anchored_in_spans_that_keep_proofs_cheap(monkeypatch):
    monkeypatch.setattr(anchors, "LONGEST_SPAN", 4)
    user = world.trail(10)

    assert anchors.make_due_anchors(now=NOW) == 3
    world.trail(6, user)
    assert anchors.make_due_anchors(now=NOW) == 1, "a full span waits for no day"

    assert list(Anchor.objects.values_list("first", "last")) == [(1, 4), (5, 8), (9, 10), (11, 14)]
    assert check_chain().holds


def test_what_does_not_hold_is_not_signed():
    world.trail(5)
    with without_triggers():
        world.edit(world.execute)

    with pytest.raises(anchors.ChainBroken, match="Entry 3"):
        anchors.make_due_anchors(now=NOW)

    assert not Anchor.objects.exists()


def test_who_comes_second_makes_no_second_anchor(monkeypatch):
    """Both have seen no anchor; the other commits first."""
    world.trail(3)
    plain = anchors.sign

    def slowly(**said):
        monkeypatch.setattr(anchors, "sign", plain)
        assert anchors.make_due_anchors(now=NOW) == 1
        return plain(**said)

    monkeypatch.setattr(anchors, "sign", slowly)

    assert anchors.make_due_anchors(now=NOW) == 0
    assert Anchor.objects.count() == 1


def test_the_task_writes_and_mails_each_anchor_once(folder, settings):
    settings.ANCHOR_MAIL = ["penjaga@luar.example"]
    world.trail(3)

    anchor_trail()
    anchor_trail()

    anchor = Anchor.objects.get()
    (path,) = folder.iterdir()
    assert path.name.startswith("jangkar-000000000003-")
    assert read_file(path.read_text()) == [anchor.stated()]
    assert stat.S_IMODE(folder.stat().st_mode) & 0o007 == 0
    (letter,) = mail.outbox
    assert letter.to == ["penjaga@luar.example"]
    assert read_file(letter.attachments[0][1]) == [anchor.stated()]
    assert anchor.filed_at
    assert anchor.mailed_at
    assert not Anchor.objects.owed(NOW + timedelta(days=1)).exists()


def test_a_letter_that_failed_stays_owed(settings, monkeypatch):
    settings.ANCHOR_MAIL = ["penjaga@luar.example"]
    world.trail(3)
    anchors.make_due_anchors(now=NOW)

    def refused(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refused)
        anchors.deliver_anchors(now=NOW)
    anchors.deliver_anchors(now=NOW + timedelta(minutes=9))
    assert mail.outbox == [], "its lease is not over"

    anchors.deliver_anchors(now=NOW + timedelta(minutes=10))

    assert len(mail.outbox) == 1
    assert Anchor.objects.get().mailed_at == NOW + timedelta(minutes=10)


def test_two_who_mail_at_once_send_one_letter(settings):
    settings.ANCHOR_MAIL = ["penjaga@luar.example"]
    world.trail(3)
    anchors.make_due_anchors(now=NOW)
    seen_by_both = Anchor.objects.get()

    anchors._mail(seen_by_both, NOW)
    anchors._mail(seen_by_both, NOW)

    assert len(mail.outbox) == 1


def test_a_folder_that_cannot_be_written_is_tried_again(folder, settings, tmp_path):
    settings.ANCHOR_FOLDER = tmp_path / "file" / "in the way"
    (tmp_path / "file").write_text("")
    world.trail(3)
    anchors.make_due_anchors(now=NOW)
    anchors.deliver_anchors(now=NOW)
    assert Anchor.objects.get().filed_at is None

    settings.ANCHOR_FOLDER = folder
    anchors.deliver_anchors(now=NOW)

    assert len(list(folder.iterdir())) == 1
    assert mail.outbox == [], "nobody is named to be mailed"
