"""The second person: approves what another granted, or ends it and says why."""

from datetime import datetime

from django.utils.translation import gettext as _

import audit
from access.errors import NotForThisBody, NotInForce, NotYourOwn, SamePerson
from access.models import Grant, GrantQuerySet
from access.queries import area_of, has_verified_in, site_of
from access.services.answers import follow_second_answer
from access.shown import approvers_over
from accounts.duties import require_duty
from accounts.models import DutyKind, User
from notices.services import in_language_of, tell
from registry.models import Area, Camera, Site
from registry.vital import may_approve

QUEUE = "/polsek/akses/persetujuan/"


@audit.atomic
def approve_grant(*, grant: Grant, by: User, now: datetime) -> Grant:
    """The second yes: from here on the grant opens what its consents allow.

    Raises NoDuty, NotForThisBody, NotYourOwn, SamePerson for who verified there, and NotInForce for a grant that is
    over or has been answered already; of two answers at once exactly one counts.
    """
    _require_second_person(grant, by, now)
    won = _waiting(now).filter(pk=grant.pk).update(approved_at=now, approved_by=by)
    if not won:
        raise NotInForce
    audit.record("grant.approved", actor=by, target=grant, organization=str(grant.organization.public_id))
    grant.refresh_from_db()
    _tell_giver(grant, now)
    follow_second_answer(grant, by, now)
    return grant


@audit.atomic
def decline_grant(*, grant: Grant, by: User, words: str, now: datetime) -> Grant:
    """The second no, with words for the giver: the grant is over and never opened anything. Raises as
    `approve_grant` does."""
    _require_second_person(grant, by, now)
    won = _waiting(now).filter(pk=grant.pk).update(revoked_at=now, revoked_by=by, declined_words=words)
    if not won:
        raise NotInForce
    audit.record(
        "grant.revoked",
        actor=by,
        target=grant,
        organization=str(grant.organization.public_id),
        declined=True,
        texts={"words": words},
    )
    grant.refresh_from_db()
    _tell_giver(grant, now)
    follow_second_answer(grant, by, now)
    return grant


def tell_approvers(grant: Grant, scope: Area | Site | Camera, now: datetime) -> None:
    """Tell those who may approve this grant that it waits for them; nobody if it needs no second person."""
    if not grant.takes_two:
        return
    for person in approvers_over(scope, now):
        if person != grant.granted_by:
            with in_language_of(person):
                tell(
                    person,
                    code="grant.waiting",
                    subject=_("Akses menunggu persetujuan Anda"),
                    body=_(
                        "%(giver)s memberi %(body)s akses: %(right)s. Akses itu belum membuka apa pun sampai orang "
                        "kedua menyetujuinya."
                    )
                    % {"giver": grant.granted_by, "body": grant.organization, "right": grant.get_right_display()},
                    url=QUEUE,
                    now=now,
                )


def _waiting(now: datetime) -> GrantQuerySet:
    return Grant.objects.standing(now).filter(approved_at__isnull=True)


def _require_second_person(grant: Grant, by: User, now: datetime) -> None:
    scope = grant.scope
    require_duty(by, DutyKind.APPROVER, now, area_code=area_of(scope).code)
    site = site_of(scope)
    if site is not None and not may_approve(by, site, now):
        raise NotForThisBody
    if grant.granted_by_id == by.pk:
        raise NotYourOwn
    if has_verified_in(by, scope):
        raise SamePerson


def _tell_giver(grant: Grant, now: datetime) -> None:
    with in_language_of(grant.granted_by):
        facts = {"body": grant.organization, "right": grant.get_right_display(), "words": grant.declined_words}
        if grant.approved_at is not None:
            subject = _("Akses disetujui orang kedua")
            body = _("%(right)s untuk %(body)s kini berlaku.")
        else:
            subject = _("Akses tidak disetujui orang kedua")
            body = _("%(right)s untuk %(body)s tidak berlaku: %(words)s")
        tell(
            grant.granted_by,
            code="grant.answered",
            subject=subject,
            body=body % facts,
            url=f"/polsek/akses/{grant.public_id}/",
            now=now,
        )
