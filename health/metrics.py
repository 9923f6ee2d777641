"""Figures of the sweep for Prometheus, the same whichever process is asked.

Workers count in the cache; states and lag are read from the tables when the figures are asked for.
Vital objects are in none of them: whoever reads the figures must not learn that there are any.
"""

from collections.abc import Iterator

import structlog
from django.core.cache import cache
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from health import queries
from health.causes import Tally
from health.models import CheckState, State
from registry.models import Camera

log = structlog.get_logger(__name__)

OUTCOMES = ("answered", "silent", "late", "changed")


def _key(outcome: str) -> str:
    return f"health:checks:{outcome}"


def count(tally: Tally) -> None:
    """Add a batch to the counters. A cache that is away costs figures, never a sweep."""
    try:
        for outcome in OUTCOMES:
            cache.add(_key(outcome), 0, timeout=None)
            cache.incr(_key(outcome), getattr(tally, outcome))
    except Exception as problem:  # Whatever the cache's client raises.
        log.warning("health.figures_lost", problem=type(problem).__name__)


class SweepCollector(Collector):
    """Reads the figures at the moment they are asked for."""

    def describe(self) -> list[Metric]:
        return []  # Asked at registration, when there may be no database yet.

    def collect(self) -> Iterator[Metric]:
        yield self._cameras()
        yield from self._checks()

    def _cameras(self) -> Metric:
        cameras = GaugeMetricFamily("mitra_cameras", "Listed cameras by state.", labels=["state"])
        counts = queries.counts(Camera.objects.listed().filter(site__vital=False))
        for state in State:
            cameras.add_metric([state.value], getattr(counts, state.name.lower()))
        return cameras

    def _checks(self) -> Iterator[Metric]:
        now = timezone.now()
        owed = CheckState.objects.filter(device__site__vital=False)
        yield GaugeMetricFamily("mitra_devices_watched", "Devices owed a check.", value=owed.count())
        yield GaugeMetricFamily(
            "mitra_checks_overdue",
            "Devices whose check is a whole period late.",
            value=owed.overdue(now).count(),
        )
        checks = CounterMetricFamily("mitra_health_checks", "Results by outcome.", labels=["outcome"])
        for outcome, value in self._counted().items():
            checks.add_metric([outcome], value)
        yield checks

    def _counted(self) -> dict[str, int]:
        try:
            found = cache.get_many([_key(outcome) for outcome in OUTCOMES])
        except Exception as problem:  # Whatever the cache's client raises.
            log.warning("health.figures_lost", problem=type(problem).__name__)
            return {}
        return {outcome: found.get(_key(outcome), 0) for outcome in OUTCOMES}


_collector = SweepCollector()


def register() -> None:
    """Offer the figures at /metrics; a second call changes nothing."""
    if _collector not in REGISTRY._collector_to_names:
        REGISTRY.register(_collector)
