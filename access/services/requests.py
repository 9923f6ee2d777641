"""Requests for access, asked of those who grant in an area without learning what stands there; answered once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit
from access.errors import (
    AnsweredAlready,
    AskedAlready,
    AskedTooOften,
    AskedTooVaguely,
    CaseOver,
    NotWhoAsked,
    WrongPurpose,
)
from access.models import AccessRequest, Case, Grant, RequestOutcome
from access.rule import is_usable
from access.services.answers import answer_request
from access.services.grants import give_grant
from access.services.reasons import says_nothing
from access.shown import grantors_over
from accounts.duties import duties_in_force, require_duty
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User
from notices.services import in_language_of, tell
from registry.models import Area
from registry.rights import AccessRight, Purpose, purposes_for

MOST_IN_A_DAY = 10
QUEUE = "/polsek/akses/permintaan/"


@audit.atomic
def ask_for_access(
    *,
    duty: Duty,
    area: Area,
    right: AccessRight,
    purpose: Purpose,
    case: Case | None,
    words: str,
    now: datetime,
    owner: str = "",
) -> AccessRequest:
    """Ask for one right over an area, for the body of this viewing duty; those who grant there are told. `owner`
    names whose places there are meant, in the asker's own words: a list of names would tell who is there.

    The answer is the same whatever stands there. Raises NoDuty, WrongPurpose, AskedTooVaguely, AskedTooOften for a
    person's eleventh within a day, and AskedAlready while the same request waits.
    """
    if duty.kind != DutyKind.VIEWER or not duties_in_force(duty.user, now).filter(pk=duty.pk).exists():
        raise NoDuty
    if case is not None and not is_usable(case, duty.organization, now):
        raise CaseOver
    if purpose not in purposes_for(right):
        raise WrongPurpose
    words, owner = " ".join(words.split()), " ".join(owner.split())
    if says_nothing(words):
        raise AskedTooVaguely
    User.objects.select_for_update(no_key=True).get(pk=duty.user_id)  # Two windows ask one by one.
    of_today = AccessRequest.objects.filter(asked_by=duty.user, asked_at__gt=now - timedelta(days=1))
    if of_today.count() >= MOST_IN_A_DAY:
        raise AskedTooOften
    request = AccessRequest(
        asked_by=duty.user,
        duty=duty,
        organization=duty.organization,
        area=area,
        owner=owner,
        right=right,
        purpose=purpose,
        case=case,
        words=words,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        raise AskedAlready from None
    audit.record(
        "request.asked",
        actor=duty.user,
        target=request,
        organization=str(duty.organization.public_id),
        area=area.code,
        right=right,
        purpose=purpose,
        case=str(case.public_id) if case else None,
        texts={"words": words, "owner": owner} if owner else {"words": words},
    )
    _tell_grantors(request, now)
    return request


@audit.atomic
def grant_request(*, request: AccessRequest, by: User, now: datetime, **terms: Any) -> Grant:
    """Answer by a grant to the body that asked, on whatever other terms the grantor finds right.

    Raises AnsweredAlready, NotWhoAsked, and as `give_grant`.
    """
    _hold(request, by, now)
    if terms["organization"] != request.organization:
        raise NotWhoAsked
    grant = give_grant(by=by, now=now, **terms)
    answer_request(request, RequestOutcome.GRANTED, by, now, grant=grant)
    return grant


@audit.atomic
def decline_request(*, request: AccessRequest, by: User, words: str, now: datetime) -> AccessRequest:
    """Answer with a no and its words. Raises NoDuty and AnsweredAlready."""
    _hold(request, by, now)
    return answer_request(request, RequestOutcome.DECLINED, by, now, words=words)


def _hold(request: AccessRequest, by: User, now: datetime) -> None:
    """Two may answer at once: the second finds it answered."""
    require_duty(by, DutyKind.GRANTOR, now, area_code=request.area.code)
    held = AccessRequest.objects.select_for_update().get(pk=request.pk)
    if held.answered_at is not None:
        raise AnsweredAlready


def _tell_grantors(request: AccessRequest, now: datetime) -> None:
    for person in grantors_over(request.area, now):
        with in_language_of(person):
            tell(
                person,
                code="request.asked",
                subject=_("Permintaan akses"),
                body=_("%(body)s meminta: %(right)s, %(area)s. %(words)s")
                % {
                    "body": request.organization,
                    "right": request.get_right_display(),
                    "area": request.place_words,
                    "words": request.words,
                },
                url=f"{QUEUE}{request.public_id}/",
                now=now,
            )
