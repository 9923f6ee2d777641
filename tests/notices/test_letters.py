"""Notices, and the letters that follow them."""

import smtplib
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.models import User
from notices.models import GIVE_UP_AFTER, Notice
from notices.services import LEASE, send_due_letters, tell
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_a_notice_is_shown_at_once_and_mailed_once(now, settings):
    user = person()
    tell(user, code="look", subject="Kamera\r\nBcc: x@y.z", body="Isi.", url="/mitra/", now=now)

    assert Notice.objects.for_user(user).count() == 1
    assert send_due_letters(now=now) == 1
    assert send_due_letters(now=now + timedelta(hours=1)) == 0
    [letter] = mail.outbox
    assert letter.to == [user.email]
    assert letter.subject == "Mitra Kamera: Kamera Bcc: x@y.z"
    assert letter.body == f"Isi.\n\n{settings.BASE_URL}/mitra/\n"


def test_whoever_has_no_address_gets_a_notice_and_no_letter(now):
    user = User.objects.create_user(phone="+6281234567890")
    tell(user, code="look", subject="S", body="B", now=now)

    assert send_due_letters(now=now) == 0
    assert Notice.objects.for_user(user).count() == 1


def test_the_same_key_tells_once(now):
    user = person()
    first = tell(user, code="down", subject="S", body="B", once_key="outage:1", now=now)

    assert tell(user, code="down", subject="S", body="B", once_key="outage:1", now=now) == first
    assert Notice.objects.count() == 1


def test_a_refused_letter_is_tried_again_later_and_spoils_no_other(now, monkeypatch):
    bad, good = person(), person()
    for user in (bad, good):
        tell(user, code="look", subject="S", body="B", now=now)
    deliver = EmailBackend.send_messages

    def picky(self, messages):
        if messages[0].to == [bad.email]:
            raise smtplib.SMTPRecipientsRefused({})
        return deliver(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", picky)
    assert send_due_letters(now=now) == 1
    assert send_due_letters(now=now + LEASE / 2) == 0

    monkeypatch.undo()
    assert send_due_letters(now=now + LEASE) == 1
    assert [letter.to[0] for letter in mail.outbox] == [good.email, bad.email]


def test_a_letter_is_given_up_after_three_days(now):
    tell(person(), code="look", subject="S", body="B", now=now)

    assert send_due_letters(now=now + GIVE_UP_AFTER) == 0


def test_the_outbox_holds_whole_letters(now, settings, tmp_path):
    settings.OUTBOX, settings.EMAIL_BACKEND = str(tmp_path), "config.mail.OutboxBackend"
    user = person()
    tell(user, code="look", subject="Kamera “Gerbang”", body="Tiga × dua.", now=now)

    assert send_due_letters(now=now) == 1

    [path] = tmp_path.iterdir()
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (letter["To"], letter["Subject"]) == (user.email, "Mitra Kamera: Kamera “Gerbang”")
    assert letter.get_content().strip() == "Tiga × dua."
