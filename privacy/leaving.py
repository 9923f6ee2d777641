"""A person who leaves the owners for whom he acts: they stay, and so does somebody who manages them."""

from datetime import datetime

from django.db.models import Q

import audit
from accounts.models import User
from onboarding.models import Enrolment
from privacy import erasing_traces
from privacy.errors import HandOverFirst
from privacy.law import Kind
from privacy.models import SubjectRequest
from registry.models import Partner, PartnerPerson
from registry.people import MANAGING


def require_other_managers(user: User) -> None:
    """Raises HandOverFirst where nobody else manages what this person manages. Whoever waits for the erasure of
    his own account does not count: he is about to go. The owners stay locked until the transaction ends, as in
    `registry.services.roles.end_role`, so that of two who leave at once one stays."""
    managed = list(PartnerPerson.objects.of(user).in_roles(MANAGING).select_related("site").order_by("partner_id"))
    for partner_id in sorted({row.partner_id for row in managed}):
        Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    leaving = SubjectRequest.objects.open().filter(kind=Kind.ERASE, partner__isnull=True).values("asked_by")
    others = PartnerPerson.objects.in_roles(MANAGING).filter(user__is_active=True)
    others = others.exclude(user=user).exclude(user__in=leaving)
    for row in managed:
        if not others.over(row.partner_id, row.site).exists():
            raise HandOverFirst


def end_roles(request: SubjectRequest, now: datetime) -> bool:
    """His partners stay, and what they read of his roles was his name: it goes from the trail too. Asked once more,
    for the other manager may have gone since: raises HandOverFirst."""
    user = request.asked_by
    require_other_managers(user)
    for row in PartnerPerson.objects.of(user).select_related("site", "partner"):
        target = row.site or row.partner
        audit.record(
            "site.role_ended",
            actor=user,
            target=target,
            person=str(user.public_id),
            role=row.role,
            everywhere=row.site is None,
        )
        erasing_traces.erase_called(target, user)
        row.delete()
    Enrolment.objects.of(user).filter(Q(site__isnull=True) | Q(submitted_at__isnull=False)).update(
        answers={}, sealed_user="", sealed_password=""
    )
    return True
