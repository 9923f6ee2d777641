"""Change of shift at one screen: the next officer takes over with his second factor alone.

The screen was opened with a full sign-in, and stays that of one body. What the last officer was allowed ends with
his session; the next one is asked about anew.
"""

from datetime import datetime
from typing import cast

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.contrib.auth import login, logout
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts.models import Duty, DutyKind, DutyQuerySet, User
from accounts.second_factor import BACKEND
from accounts.services import note_shift_change


def who_may_take_over(duty: Duty, now: datetime) -> DutyQuerySet:
    """The duties of looking in the same body whose holders have an app for codes; not his who sits there."""
    app = Authenticator.objects.filter(user=OuterRef("user_id"), type=Authenticator.Type.TOTP)
    return (
        Duty.objects.in_force(now)
        .filter(Exists(app), organization=duty.organization, kind=DutyKind.VIEWER, user__is_active=True)
        .exclude(user=duty.user_id)
        .select_related("user", "organization")
        .order_by("user__name", "pk")
    )


def take_over(request: HttpRequest, passed: AuthenticateForm, duty: Duty) -> User:
    """Sign the last officer out and the holder of `duty` in, whose code `passed` has checked."""
    last = cast(User, request.user)
    logout(request)
    login(request, duty.user, backend=BACKEND)
    passed.save()
    note_shift_change(user=duty.user, last=last, duty=duty)
    return duty.user
