"""The scheduler of the periodic tasks: Celery's own, made to go on when the clock of the machine goes back."""

from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Celery keeps when each entry ran last and is due next by the wall clock. Where that goes back an hour,
    it would send nothing for an hour: what ran later than now has, from now on, just run.

    A clock that goes forward makes every entry due once, which does no harm.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """One iteration; see `celery.beat.Scheduler.tick`."""
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > entry.default_now()]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            self._heap = None  # Orders the entries by moments that are far ahead, too: made anew.
        return float(super().tick(*args, **kwargs))
