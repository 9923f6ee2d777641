"""People who asked for a code and never came."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import UNUSED_FOR, drop_unused_accounts, invite, make_first_administrator
from notices.services import tell
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_only_people_whom_nothing_names_are_dropped():
    now = timezone.now()
    unused, signed_in, invited, told = person(), person(), person(), person()
    User.objects.filter(pk=signed_in.pk).update(last_login=now)
    invite(user=invited, now=now, lasts=timedelta(days=3))
    tell(told, code="look", subject="S", body="B", now=now)
    on_duty = make_first_administrator(email="a@contoh.id", organization_name="Polres", area_code="31.73", now=now)
    named = set(User.objects.values_list("pk", flat=True)) - {unused.pk}

    assert drop_unused_accounts(now=now) == 0, "not before a day"
    assert drop_unused_accounts(now=now + UNUSED_FOR + timedelta(minutes=1)) == 1

    assert set(User.objects.values_list("pk", flat=True)) == named
    assert on_duty.pk in named
