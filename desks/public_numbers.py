"""Numbers for everybody. Each counts one stage; none mixes two. Small counts of owners stay hidden."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from access.models import Look
from registry.models import Area, AreaLevel, Camera, Consent

TARGET_PER_KECAMATAN = 15  # The programme's first round: 15 camera points in each of 8 kecamatan (December 2020).
FEWEST_SHOWN = 5  # A smaller count of owners' cameras could point at a household.


@dataclass(frozen=True)
class KecamatanRow:
    """The stages of one kecamatan; None where the count is too small to show."""

    name: str
    listed: int | None
    verified: int | None
    connected: int | None
    target: int = TARGET_PER_KECAMATAN


def kecamatan_rows(now: datetime) -> list[KecamatanRow]:
    """One row per kecamatan, by name. Vital objects are not counted: to the public they do not exist."""
    counts = {
        row["site__area__parent__code"]: row
        for row in Camera.objects.listed()
        .filter(site__vital=False)
        .values("site__area__parent__code")
        .annotate(
            listed=Count("pk"),
            verified=Count("pk", filter=Q(verified_until__gt=now)),
            connected=Count("pk", filter=Q(verified_until__gt=now, connected_at__isnull=False)),
        )
    }
    return [
        KecamatanRow(
            area.name,
            *(_shown(counts.get(area.code, {}).get(key, 0)) for key in ("listed", "verified", "connected")),
        )
        for area in Area.objects.filter(level=AreaLevel.KECAMATAN)
    ]


def totals(now: datetime) -> dict[str, int | None]:
    """The last 30 days: what the police did, however little; and how many places withdrew, None where too few.

    Of vital objects nothing is told.
    """
    month = now - timedelta(days=30)
    looks = Look.objects.filter(started_at__gte=month, camera__site__vital=False)
    withdrawn = Consent.objects.withdrawn().filter(withdrawn_at__gte=month, site__vital=False)
    return {
        "looks": looks.count(),
        "looks_with_case": looks.filter(case__isnull=False).count(),
        "withdrawals": _shown(withdrawn.values("site").distinct().count()),
    }


def _shown(count: int) -> int | None:
    return count if count == 0 or count >= FEWEST_SHOWN else None
