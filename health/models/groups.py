"""Devices that are asked together."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


def owed_at(now: datetime, furthest: timedelta, due_at: str = "next_check_at") -> Q:
    """Rows owed a check at `now` by their field `due_at`, that nobody holds.

    A moment further ahead than any check is ever set (`furthest`) was written before the clock went back: it counts
    as due, and such a lease as over, or the sweep would stand still until the old time came again.
    """
    over = now + furthest
    due = Q(**{f"{due_at}__lte": now}) | Q(**{f"{due_at}__gt": over})
    return due & (Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=over))


class CheckGroup(models.Model):
    """Devices that answer as they did before, with one due time and one lease for all of them.

    What a check found is then one row to write for the whole group, and none for each device. A device leaves it as
    soon as it says something new, and has its own due time and lease until it is calm again (`services.groups`). Of
    its members `CheckState.checked_at` says when they were last checked by themselves. No index but the key's: of a
    million devices there are 2,000 groups, and each is written twice a period, which an index would make thrice as
    much.
    """

    next_check_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="health_checkgroup_lease_whole",
                condition=Q(lease__isnull=True, lease_until__isnull=True)
                | Q(lease__isnull=False, lease_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.next_check_at}"
