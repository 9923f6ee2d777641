"""From an empty server to an administrator with a second factor."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Duty, DutyKind, Invitation, Organization, User

pytestmark = pytest.mark.django_db
TOTP_PAGE = "/akun/faktor-kedua/totp/activate/"


def invited(capsys, email: str = "kepala@contoh.id") -> str:
    call_command("first_administrator", email)
    return capsys.readouterr().out.strip()


def test_the_link_leads_to_a_second_factor_and_then_in(client, capsys, settings):
    url = invited(capsys)
    path = url.removeprefix(settings.BASE_URL)
    assert re.fullmatch(r"/akun/undangan/[\w-]{40,}/", path)

    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    assert client.get("/mulai/")["Location"] == TOTP_PAGE, "no page before the second factor"

    client.get(TOTP_PAGE)
    secret = client.session["mfa.totp.secret"]
    counter = int(timezone.now().timestamp()) // 30
    done = client.post(TOTP_PAGE, {"code": format_hotp_value(hotp_value(secret, counter))})

    assert done.status_code == 302
    assert client.get("/mulai/").get("Location") != TOTP_PAGE
    duty = Duty.objects.get()
    assert duty.kind == DutyKind.ADMINISTRATOR
    assert (duty.organization.name, duty.organization.area_code) == ("Polres Metro Jakarta Barat", "31.73")


def test_the_link_works_once(client, capsys, settings):
    path = invited(capsys).removeprefix(settings.BASE_URL)
    client.post(path)
    client.logout()

    assert client.post(path).status_code == 410
    assert "_auth_user_id" not in client.session


def test_asking_again_gives_a_fresh_link_and_changes_nothing_else(capsys):
    first, second = invited(capsys), invited(capsys, "KEPALA@contoh.id")

    assert first != second
    counts = [model.objects.count() for model in (User, Duty, Organization, Invitation)]
    assert counts == [1, 1, 1, 2]


def test_no_address_no_administrator(capsys):
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("first_administrator", "kepala")

    assert not User.objects.exists()
