"""Signing in by a code: one page for known and unknown people, limits, and the second factor of those on duty."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from accounts.phones import parse_phone
from accounts.services import accept_invitation, invite
from audit.models import Entry
from tests.factories import World, person

pytestmark = pytest.mark.django_db

SIGN_IN, CONFIRM = "/akun/masuk/", "/akun/masuk/kode/"


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path):
    """Texts to phones land in this folder."""
    settings.OUTBOX = str(tmp_path)
    return tmp_path


def text_code(outbox) -> str:
    newest = max(outbox.glob("*.text"))
    return re.search(r"\b(\d{6})\b", newest.read_text().split("\n\n", 1)[1]).group(1)


def mail_code() -> str:
    return re.search(r"\b(\d{6})\b", mail.outbox[-1].body).group(1)


@pytest.mark.parametrize("typed", ["0812-3456-7890", "+62 812 3456 7890", "6281234567890", " 0812 3456 7890 "])
def test_a_new_person_signs_in_by_phone_as_people_type_it(client, outbox, typed):
    assert client.post(SIGN_IN, {"contact": typed}).status_code == 302

    answer = client.post(CONFIRM, {"code": text_code(outbox)})

    assert answer.status_code == 302
    user = User.objects.get(phone="+6281234567890")
    assert user.phone_verified_at is not None
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_known_person_signs_in_by_mail_whatever_the_case(client):
    user = person()

    client.post(SIGN_IN, {"contact": user.email.upper()})
    client.post(CONFIRM, {"code": mail_code()})

    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1


def test_known_and_unknown_people_get_the_same_answer(client):
    known = client.post(SIGN_IN, {"contact": person().email})
    unknown = client.post(SIGN_IN, {"contact": "baru@contoh.id"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "08",
        "٠٨١٢٣٤٥٦٧٨٩٠",
        "0" * 30,
        "bukan",
        "a@[127.0.0.1]",
        "a@b\r\nBcc: c@d.id",
        "x" * 320 + "@contoh.id",
        "\x00",
    ],
)
def test_what_is_no_contact_is_refused_with_words(client, typed):
    answer = client.post(SIGN_IN, {"contact": typed})

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not User.objects.exists()


def test_a_wrong_code_is_refused_and_the_third_ends_the_attempt(client, outbox):
    client.post(SIGN_IN, {"contact": "0812 3456 7890"})

    for _ in range(3):
        client.post(CONFIRM, {"code": "000000"})
    client.post(CONFIRM, {"code": text_code(outbox)})

    assert "_auth_user_id" not in client.session


def test_codes_to_one_number_are_limited(outbox):
    for _ in range(6):
        Client().post(SIGN_IN, {"contact": "0812 3456 7890"})

    assert len(list(outbox.glob("*.text"))) == 3


def test_a_person_on_duty_must_set_up_a_second_factor_first(client):
    duty = World(timezone.now()).on_duty(DutyKind.VIEWER, World(timezone.now()).polres)
    client.force_login(duty.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get("/mitra/")["Location"] == "/akun/faktor-kedua/totp/activate/"
    assert client.get("/api/v1/cameras/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_an_invitation_ends_with_a_second_factor(client):
    world = World(timezone.now())
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    link = f"/akun/undangan/{invite(user=duty.user, now=timezone.now())}/"

    assert client.get(link).status_code == 200, "looking at the link does not use it up"
    assert client.post(link).status_code == 302
    page = client.get("/akun/faktor-kedua/totp/activate/")
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/akun/faktor-kedua/totp/activate/", {"code": code})

    assert Entry.objects.filter(action="person.second_factor_added", actor=duty.user).exists()
    assert client.get("/mulai/").status_code == 302
    assert client.get("/akun/faktor-kedua/recovery-codes/").status_code == 200, "the codes are shown at once"
    assert client.post(link).status_code == 410


def test_somebody_with_a_second_factor_is_asked_for_it_at_sign_in(client):
    world = World(timezone.now())
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    TOTP.activate(duty.user, generate_totp_secret())

    client.post(SIGN_IN, {"contact": duty.user.email})
    answer = client.post(CONFIRM, {"code": mail_code()})

    assert answer["Location"].startswith("/akun/faktor-kedua/authenticate/")
    assert "_auth_user_id" not in client.session


def test_an_invitation_lapses(client):
    token = invite(user=person(), now=timezone.now() - timedelta(days=3))

    assert client.post(f"/akun/undangan/{token}/").status_code == 410


def test_an_invitation_is_accepted_once():
    token = invite(user=person(), now=timezone.now())
    accept_invitation(token=token, now=timezone.now())

    with pytest.raises(Exception, match="sudah dipakai"):
        accept_invitation(token=token, now=timezone.now())


@pytest.mark.parametrize("text", ["08", "0812x", "８１２３４５６７８９", "", "0812 3456 78901234567"])
def test_what_is_no_phone_number_raises(text):
    with pytest.raises(ValueError, match="phone"):
        parse_phone(text)
