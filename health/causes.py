"""Why a camera is not simply normal: the causes that the sweep can tell apart, and what they mean for its state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from health.models import CheckState, State

FAILURES_UNTIL_DOWN = 2
CLOCK_DRIFT_SECONDS = 60.0
JITTER = 0.2  # Of a period: how much earlier than its end a check may come; never later.


class Cause(models.TextChoices):
    """The evidence behind a state; the sentences for people are in `health.words`."""

    NO_ANSWER = "no_answer", _("tidak menjawab")
    REFUSED = "refused", _("layanan kamera tertutup")
    NO_NAME = "no_name", _("nama alamat tidak ditemukan")
    MISBEHAVING = "misbehaving", _("jawaban tidak dikenali")
    ADDRESS_REFUSED = "address_refused", _("alamat tidak dapat dihubungi")
    DIFFERENT_DEVICE = "different_device", _("perangkat lain menjawab")
    CLOCK_DRIFT = "clock_drift", _("jam kamera meleset")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check of one device found. `cause` is empty for a good answer.

    A failed check carries one of the causes of silence; `DIFFERENT_DEVICE` comes with an answer. `slow`: it used
    up its deadline.
    """

    device_id: int
    answered: bool
    cause: str = ""
    clock_offset_seconds: float | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that a check leads to, why, and from when."""

    state: State
    cause: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A camera left one state for another."""

    camera_id: int
    device_id: int
    before: str
    was_since: datetime | None
    verdict: Verdict


@dataclass(slots=True)
class Tally:
    """What one batch of results came to, vital objects left out: it ends in figures that others read."""

    answered: int = 0
    silent: int = 0
    late: int = 0
    changed: int = 0


def judge(row: CheckState, now: datetime) -> Verdict | None:
    """The state of a device whose last check is already written into `row`; None: no reason to change it yet.

    One failed check changes nothing; the second makes it down, dated from the first. Expects `row.device` to be
    loaded.
    """
    if row.failures:
        if row.failures < FAILURES_UNTIL_DOWN or row.first_failure_at is None:
            return None
        return Verdict(State.DOWN, row.cause or Cause.NO_ANSWER, row.first_failure_at)
    if row.cause == Cause.DIFFERENT_DEVICE or row.device.different_since is not None:
        return Verdict(State.DEGRADED, Cause.DIFFERENT_DEVICE, now)
    offset = row.clock_offset_seconds if row.clock_offset_seconds is not None else row.device.clock_offset_seconds
    if abs(offset or 0.0) > CLOCK_DRIFT_SECONDS:
        return Verdict(State.DEGRADED, Cause.CLOCK_DRIFT, now)
    return Verdict(State.NORMAL, "", now)


def next_check(row: CheckState, now: datetime, period: timedelta, jitter: float) -> datetime:
    """When the device is asked again; `jitter` is the share of the period by which it is early.

    Soon after a first failure, so that two failures fit into two periods.
    """
    wait = period / 4 if 0 < row.failures < FAILURES_UNTIL_DOWN else period
    return now + wait * (1 - jitter)
