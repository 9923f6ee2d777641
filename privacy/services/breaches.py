"""Correcting and cancelling an entry of the breach register, and whom the message about it has reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

import audit
from accounts.areas import covers
from accounts.models import User
from notices.models import GIVE_UP_AFTER, Notice
from privacy.duties import require_protection
from privacy.errors import BreachCancelled, NothingChanged, NotYourDesk, ReasonNeeded
from privacy.law import BREACH_TOLD_WITHIN
from privacy.models import Breach
from privacy.services.protection import key_of
from registry.models import PartnerPerson, Site

#: What may be corrected.
FACTS = ("title", "happened_at", "known_at", "data", "how", "measures", "how_many", "area_code")


@audit.atomic
def amend_breach(*, breach: Breach, facts: Mapping[str, Any], why: str, by: User, now: datetime) -> None:
    """Correct an entry; what it said before goes into the trail, and the clock runs from the corrected `known_at`.

    Raises ReasonNeeded, NothingChanged, and BreachCancelled.
    """
    held = _held(breach, facts["area_code"], why, by, now)
    before = {name: getattr(held, name) for name in FACTS if getattr(held, name) != facts[name]}
    if not before:
        raise NothingChanged
    for name in before:
        setattr(held, name, facts[name])
    held.due_at, held.amended_at, held.why = held.known_at + BREACH_TOLD_WITHIN, now, why.strip()
    held.save(update_fields=[*before, "due_at", "amended_at", "why"])
    audit.record(
        "breach.amended",
        actor=by,
        target=held,
        changed=sorted(before),
        due=held.due_at,
        texts={"why": held.why} | {name: str(value) for name, value in before.items()},
    )


@audit.atomic
def cancel_breach(*, breach: Breach, why: str, by: User, now: datetime) -> None:
    """It was none. The entry stays with the reason; nobody is told of it any more.

    Raises ReasonNeeded, and BreachCancelled where it is already.
    """
    held = _held(breach, breach.area_code, why, by, now)
    held.cancelled_at, held.cancelled_by, held.why = now, by, why.strip()
    held.save(update_fields=["cancelled_at", "cancelled_by", "why"])
    audit.record("breach.cancelled", actor=by, target=held, texts={"why": held.why})


def _held(breach: Breach, area_code: str, why: str, by: User, now: datetime) -> Breach:
    """The entry as it stands, locked, for whom it is his to change."""
    duty = require_protection(by, now)
    if not (covers(duty.reach, area_code) and covers(duty.reach, breach.area_code)):
        raise NotYourDesk
    if not why.strip():
        raise ReasonNeeded(_("Tulis alasannya; ia tetap ada di jejak audit."))
    held = Breach.objects.select_for_update(of=("self",)).get(pk=breach.pk)
    if held.cancelled_at is not None:
        raise BreachCancelled
    return held


@dataclass(frozen=True)
class Reach:
    """Of the people who were left a message: how many letters the mail server took, how many are on their way, and
    the people whom no letter reaches."""

    left: int
    mailed: int
    on_the_way: int
    unreached: list[User]


def reach_of(breach: Breach, now: datetime) -> Reach | None:
    """Whom the message reached; None before anybody was told. Whoever acts for a vital object is neither counted
    nor named: those exist for nobody at this desk."""
    if breach.telling_since is None:
        return None
    vital = PartnerPerson.objects.filter(partner__in=Site.objects.filter(vital=True).values("partner"))
    left = Notice.objects.filter(once_key__startswith=key_of(breach)).exclude(user__in=vital.values("user"))
    lost = Q(mail_due_at__isnull=True) | Q(created_at__lte=now - GIVE_UP_AFTER) | Q(user__email__isnull=True)
    unsent = left.filter(mailed_at__isnull=True)
    unreached = User.objects.filter(pk__in=unsent.filter(lost).values("user")).order_by("name", "pk")
    return Reach(
        left=left.count(),
        mailed=left.filter(mailed_at__isnull=False).count(),
        on_the_way=unsent.exclude(lost).count(),
        unreached=list(unreached),
    )
