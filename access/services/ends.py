"""What the clock ends, and whom it tells before: those who grant there, 30 and 7 days ahead.

Each tick claims its rows by UPDATE, so that two of them tell nobody twice. The end itself waits for none of this.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

import audit
from access.models import Grant, GrantQuerySet
from access.shown import grantors_over
from access.spans import last_day
from notices.services import in_language_of, tell

TOLD_AHEAD = (30, 7)  # Days.
AT_ONCE = 200


def note_grant_ends(*, now: datetime) -> int:
    """Note on the trail the grants that the clock has ended; how many."""
    return sum(_note(grant, now) for grant in _some(Grant.objects.run_out(now)))


@audit.atomic
def _note(grant: Grant, now: datetime) -> bool:
    if not Grant.objects.run_out(now).filter(pk=grant.pk).update(lapsed_at=now):
        return False
    audit.record("grant.lapsed", actor=None, target=grant, organization=str(grant.organization.public_id))
    return True


def tell_of_grant_ends(*, now: datetime) -> int:
    """Tell the grantors of grants that end within 30 days, and once more within 7; of how many."""
    return sum(_tell(grant, days, now) for days in sorted(TOLD_AHEAD) for grant in _some(_to_tell(days, now)))


def _to_tell(days: int, now: datetime) -> GrantQuerySet:
    """Those of whose end nobody was told so late. A grant shorter than that was given with its end in sight."""
    ahead = timedelta(days=days)
    untold = Q(told_days__isnull=True) | Q(told_days__gt=days)
    return Grant.objects.ending(now, ahead).filter(untold, granted_at__lt=F("valid_until") - ahead)


def _some(grants: GrantQuerySet) -> list[Grant]:
    return list(grants.select_related("organization")[:AT_ONCE])


@audit.atomic
def _tell(grant: Grant, days: int, now: datetime) -> bool:
    if not _to_tell(days, now).order_by().filter(pk=grant.pk).update(told_days=days):
        return False
    for person in grantors_over(grant.scope, now):
        with in_language_of(person):
            tell(
                person,
                code="grant.ending",
                subject=_("Akses akan berakhir"),
                body=_("%(right)s untuk %(body)s berlaku sampai %(day)s. Bila masih perlu, berikan akses baru.")
                % {
                    "right": grant.get_right_display(),
                    "body": grant.organization,
                    "day": date_format(last_day(grant.valid_until), "DATE_FORMAT"),
                },
                url=f"/polsek/akses/{grant.public_id}/",
                now=now,
            )
    return True
