"""Figures of the sweep for Prometheus, the same whichever process is asked.

Workers count in the cache; states and lag are read from the tables when the figures are asked for.
Vital objects are in none of them: whoever reads the figures must not learn that there are any.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import structlog
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from health import queries
from health.causes import Tally
from health.models import CheckState, Outage, OutageKind, State
from health.services import furthest
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
        cameras = GaugeMetricFamily("mitra_cameras", "Listed cameras by state.", labels=["state"])
        counts = queries.counts(Camera.objects.listed().filter(site__vital=False))
        for state in State:
            cameras.add_metric([state.value], getattr(counts, state.name.lower()))
        return cameras

    def _owed(self) -> Iterator[Metric]:
        now = timezone.now()
        owed = CheckState.objects.filter(device__site__vital=False)
        due = owed.due(now, furthest()).aggregate(number=Count("pk"), oldest=Min("next_check_at"))
        watched = owed.aggregate(number=Count("pk"), slow=Count("pk", filter=Q(slow=True)))
        lag = max(0.0, (now - due["oldest"]).total_seconds()) if due["oldest"] else 0.0
        yield GaugeMetricFamily("mitra_devices_watched", "Devices owed a check.", value=watched["number"])
        yield GaugeMetricFamily(
            "mitra_devices_slow",
            "Devices that used up their last deadline: asked apart from the others.",
            value=watched["slow"],
        )
        yield GaugeMetricFamily("mitra_checks_due", "Devices due now that no batch holds.", value=due["number"])
        yield GaugeMetricFamily(
            "mitra_checks_overdue",
            "Devices whose check is a whole period late.",
            value=owed.overdue(now).count(),
        )
        yield GaugeMetricFamily(
            "mitra_checks_lag_seconds", "How long the one that is due for longest has been waiting.", value=lag
        )

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
