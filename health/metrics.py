"""Figures of the sweep for Prometheus, the same whichever process is asked.

Workers count in the cache; states and lag are read from the tables when the figures are asked for.
Vital objects are in none of them: whoever reads the figures must not learn that there are any.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from typing import Any

import structlog
from django.core.cache import cache
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from devices.count import REFUSALS_MAX
from health import queries
from health.causes import Tally
from health.models import CheckGroup, CheckState, Outage, OutageKind, State, Tier, TierCheck
from health.models.checks import CheckStateQuerySet
from health.models.groups import owed_at
from health.services import furthest, period_of
from registry.models import Camera

log = structlog.get_logger(__name__)

OUTCOMES = ("answered", "silent", "late", "changed")
#: Seconds that a batch takes, from reading its lease to the commit; the last one has no upper bound.
BUCKETS = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0)


def _key(outcome: str) -> str:
    return f"health:checks:{outcome}"


def _bucket(number: int) -> str:
    return f"health:batches:{number}"


_MILLISECONDS = "health:batches:milliseconds"


def count(tally: Tally, *, seconds: float) -> None:
    """Add a batch, and how long it took, to the counters. A cache that is away costs figures, never a sweep."""
    sums = {_key(outcome): getattr(tally, outcome) for outcome in OUTCOMES}
    if tally.answered or tally.silent:  # A batch of nothing but vital objects leaves no trace.
        sums |= {_bucket(bisect_left(BUCKETS, seconds)): 1, _MILLISECONDS: round(seconds * 1000)}
    try:
        for key, more in sums.items():
            cache.add(key, 0, timeout=None)
            cache.incr(key, more)
    except Exception as problem:  # Whatever the cache's client raises.
        log.warning("health.figures_lost", problem=type(problem).__name__)


def _count(rows: QuerySet[Any], moment: str) -> tuple[int, datetime | None]:
    """How many rows, and the earliest of these moments."""
    found = rows.order_by().aggregate(number=Count("pk"), oldest=Min(moment))
    return found["number"], found["oldest"]


class SweepCollector(Collector):
    """Reads the figures at the moment they are asked for."""

    def describe(self) -> list[Metric]:
        return []  # Asked at registration, when there may be no database yet.

    def collect(self) -> Iterator[Metric]:
        yield self._cameras()
        yield from self._owed()
        yield self._outages()
        yield from self._counted()

    def _cameras(self) -> Metric:
        cameras = GaugeMetricFamily("mitra_cameras", "Connected cameras by state.", labels=["state"])
        connected = Camera.objects.listed().filter(site__vital=False, connected_at__isnull=False)
        counts = queries.counts(connected)
        for state in State:
            cameras.add_metric([state.value], getattr(counts, state.name.lower()))
        return cameras

    def _owed(self) -> Iterator[Metric]:
        now = timezone.now()
        owed = CheckState.objects.filter(device__site__vital=False)
        watched = owed.aggregate(number=Count("pk"), slow=Count("pk", filter=Q(slow=True)))
        yield GaugeMetricFamily("mitra_devices_watched", "Devices owed a check.", value=watched["number"])
        yield GaugeMetricFamily(
            "mitra_devices_slow",
            "Devices that used up their last deadline: asked apart from the others.",
            value=watched["slow"],
        )
        yield GaugeMetricFamily(
            "mitra_checks_overdue",
            "Devices whose check is a whole period late.",
            value=owed.overdue(now).count(),
        )
        yield from self._due(owed, now)

    def _due(self, owed: CheckStateQuerySet, now: datetime) -> Iterator[Metric]:
        """What is due now, alone and in groups; and of the tiers above, which ask less often and say more."""
        due = GaugeMetricFamily("mitra_checks_due", "Devices due now that no batch holds.", labels=["tier"])
        lag = GaugeMetricFamily(
            "mitra_checks_lag_seconds", "How long the one due for longest has been waiting.", labels=["tier"]
        )
        alone = owed.due(now, furthest())
        groups = CheckGroup.objects.filter(owed_at(now, furthest()))
        together = owed.filter(group__in=groups, asleep_since__isnull=True)
        waiting = {"reachable": [_count(alone, "next_check_at"), _count(together, "group__next_check_at")]}
        for tier in Tier:
            checks = TierCheck.objects.due(now, 2 * period_of(tier)).filter(
                tier=tier,
                device__site__vital=False,
                device__check_state__failures=0,
                device__secret_refusals__lt=REFUSALS_MAX,
            )  # Those that are silent, or whose secret is used up, wait for something else than a worker.
            waiting[tier.value] = [_count(checks, "next_at")]
        for name, counts in waiting.items():
            due.add_metric([name], sum(number for number, _ in counts))
            since = min((oldest for _, oldest in counts if oldest), default=now)
            lag.add_metric([name], max(0.0, (now - since).total_seconds()))
        yield from (due, lag)

    def _outages(self) -> Metric:
        outages = GaugeMetricFamily("mitra_outages_running", "Outages that go on, by place.", labels=["kind"])
        told = Outage.objects.running().exclude(members__device__site__vital=True).order_by()
        counts = dict(told.values_list("kind").annotate(Count("pk")))
        for kind in OutageKind:
            outages.add_metric([kind.value], counts.get(kind.value, 0))
        return outages

    def _counted(self) -> Iterator[Metric]:
        buckets = [_bucket(number) for number in range(len(BUCKETS) + 1)]
        keys = [*map(_key, OUTCOMES), *buckets, _MILLISECONDS]
        try:
            found = dict.fromkeys(keys, 0) | cache.get_many(keys)
        except Exception as problem:  # Whatever the cache's client raises.
            log.warning("health.figures_lost", problem=type(problem).__name__)
            return
        checks = CounterMetricFamily("mitra_health_checks", "Results by outcome.", labels=["outcome"])
        for outcome in OUTCOMES:
            checks.add_metric([outcome], found[_key(outcome)])
        yield checks
        up_to = accumulate(found[bucket] for bucket in buckets)
        yield HistogramMetricFamily(
            "mitra_health_batch_seconds",
            "How long batches took, from reading the lease to the commit.",
            buckets=list(zip([*map(str, BUCKETS), "+Inf"], up_to, strict=True)),
            sum_value=found[_MILLISECONDS] / 1000,
        )


_collector = SweepCollector()


def register() -> None:
    """Offer the figures at /metrics; a second call changes nothing."""
    if _collector not in REGISTRY._collector_to_names:
        REGISTRY.register(_collector)
