"""Why a camera is not simply normal: the causes that the sweep can tell apart, and what they mean for its state."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from health.models import State
from health.onrecord import Behind, Checked

FAILURES_UNTIL_DOWN = 2
OLDEST_FIRST_FAILURE = timedelta(hours=12)
#: A device flaps when more than FLAP_HIGH of its last checks' possible changes happened, until fewer than FLAP_LOW
#: did: the thresholds of Nagios' and Naemon's sample configuration (high_host_flap_threshold=20.0, low 5.0).
FLAP_CHECKS, FLAP_HIGH, FLAP_LOW = 21, 0.20, 0.05
CLOCK_DRIFT_SECONDS = 60.0
JITTER = 0.2  # Of a period: how much earlier than its end a check may come; never later.
TICK = 0.1  # Of a period: how long a check that is due may wait for the next tick of beat (config/schedule.py).


class Cause(models.TextChoices):
    """The evidence behind a state; the sentences for people are in `health.words`."""

    NO_ANSWER = "no_answer", _("tidak menjawab")
    REFUSED = "refused", _("layanan kamera tertutup")
    NO_NAME = "no_name", _("nama alamat tidak ditemukan")
    MISBEHAVING = "misbehaving", _("jawaban tidak dikenali")
    ADDRESS_REFUSED = "address_refused", _("alamat tidak dapat dihubungi")
    DIFFERENT_DEVICE = "different_device", _("perangkat lain menjawab")
    CLOCK_DRIFT = "clock_drift", _("jam kamera meleset")
    NO_ROUTE = "no_route", _("tidak ada jalan ke alamat kamera")
    TLS_CHANGED = "tls_changed", _("sertifikat TLS berubah")
    PASSWORD_REFUSED = "password_refused", _("kata sandi ditolak")
    NO_STREAM = "no_stream", _("aliran video tidak ada")
    FLAPPING = "flapping", _("putus-nyambung")
    BLACK = "black", _("gambar gelap")
    COVERED = "covered", _("lensa tertutup")
    FROZEN = "frozen", _("gambar macet")
    TURNED = "turned", _("arah kamera bergeser")


#: What disturbs a camera that answers, the worst first: of several findings the first of these is told.
DISTURBANCES = (
    Cause.TLS_CHANGED,
    Cause.DIFFERENT_DEVICE,
    Cause.PASSWORD_REFUSED,
    Cause.NO_STREAM,
    Cause.FLAPPING,
    Cause.BLACK,
    Cause.COVERED,
    Cause.FROZEN,
    Cause.TURNED,
    Cause.CLOCK_DRIFT,
)


class Answer(NamedTuple):
    """What one check of one device found. `cause` is empty for a good answer.

    A failed check carries one of the causes of silence; `DIFFERENT_DEVICE` comes with an answer. `slow`: it used
    up its deadline.
    """

    device_id: int
    answered: bool
    cause: str = ""
    clock_offset_seconds: float | None = None
    slow: bool = False


class Verdict(NamedTuple):
    """The state that a check leads to, why, and from when."""

    state: State
    cause: str
    since: datetime


class Change(NamedTuple):
    """A camera left one state, and its cause, for another; both are empty where nothing was known of it."""

    camera_id: int
    device_id: int
    before: str
    was_cause: str
    was_since: datetime | None
    verdict: Verdict

    @property
    def since(self) -> datetime:
        """From when on: not before what was known of it until then."""
        return max(self.verdict.since, self.was_since or self.verdict.since)


@dataclass(slots=True)
class Tally:
    """What one batch of results came to, vital objects left out: it ends in figures that others read."""

    answered: int = 0
    silent: int = 0
    late: int = 0
    changed: int = 0


def judge(row: Checked, device: Behind, now: datetime) -> Verdict | None:
    """The state of a device whose last check is already written into `row`; None: no reason to change it yet.

    One failed check changes nothing; the second makes it down, dated from the first. One answer makes it up again,
    but two while it flaps.
    """
    if row.failures:
        if row.failures < FAILURES_UNTIL_DOWN or row.first_failure_at is None:
            return None
        return Verdict(State.DOWN, row.cause or Cause.NO_ANSWER, row.first_failure_at)
    if is_back_for_once(row):
        return None
    if row.cause == Cause.DIFFERENT_DEVICE or device.different_since is not None:
        return Verdict(State.DEGRADED, Cause.DIFFERENT_DEVICE, now)
    if row.flapping_since is not None:
        return Verdict(State.DEGRADED, Cause.FLAPPING, now)
    offset = offset_of(row.clock_offset_seconds, device.clock_offset_seconds)
    if abs(offset or 0.0) > CLOCK_DRIFT_SECONDS:
        return Verdict(State.DEGRADED, Cause.CLOCK_DRIFT, now)
    return Verdict(State.NORMAL, "", now)


def offset_of(swept: float | None, probed: float | None) -> float | None:
    """By how many seconds a clock is off: as the last check found it, or else the last probe."""
    return probed if swept is None else swept


def with_findings(verdict: Verdict, causes: Collection[str], now: datetime) -> Verdict:
    """The verdict on a device as it is for one of its cameras, of which other tiers found these causes: the worst
    of them and its own. What is down is down.
    """
    if not causes or verdict.state not in (State.NORMAL, State.DEGRADED):
        return verdict
    found = {*causes, *([verdict.cause] if verdict.state == State.DEGRADED else [])}
    worst = next((cause for cause in DISTURBANCES if cause in found), "")
    if not worst or worst == verdict.cause:
        return verdict
    return Verdict(State.DEGRADED, worst, now)


def failing_since(row: Checked, now: datetime) -> datetime:
    """From when on a device fails whose failure was counted into `row` just now: from its first one.

    One that was noted while the clock stood years back is not believed once the clock is right, or the camera would
    have been down ever since it was last seen to change: when the second failure confirms it, it is half a day old
    at most.
    """
    first = min(row.first_failure_at or now, now)
    return first if row.failures > FAILURES_UNTIL_DOWN else max(first, now - OLDEST_FIRST_FAILURE)


def is_back_for_once(row: Checked) -> bool:
    """Whether a flapping device answered the last time, but not the time before."""
    return row.flapping_since is not None and row.outcomes & 0b11 == 0b10


def take_outcome(row: Checked, *, failed: bool, now: datetime) -> None:
    """Note how a check ended, and from that whether the device flaps."""
    if not (row.outcomes or failed):
        return  # The many, of which nothing has to be counted.
    row.outcomes = ((row.outcomes << 1) | failed) & (2**FLAP_CHECKS - 1)
    changing = share_of_changes(row.outcomes)
    if row.flapping_since is None and changing > FLAP_HIGH:
        row.flapping_since = now
    elif row.flapping_since is not None and changing < FLAP_LOW:
        row.flapping_since = None


def share_of_changes(outcomes: int) -> float:
    """How much the last checks change between answered and failed, 0 to 1; newer changes weigh more (0.8 to 1.2).

    As Nagios and Naemon do: https://naemon.io/documentation/usersguide/flapping
    """
    changes = outcomes ^ (outcomes >> 1)  # Bit 0: the newest change.
    pairs = FLAP_CHECKS - 1
    weighed = sum(1.2 - 0.4 * age / (pairs - 1) for age in range(pairs) if changes >> age & 1)
    return weighed / pairs


def early() -> float:
    """The share of a period by which a check is early, another one each time, so that the load is spread; at least
    TICK, so that it is claimed within the period."""
    return random.uniform(TICK, JITTER)  # noqa: S311 - spreads load, guards nothing


def next_check(row: Checked, asked_at: datetime, now: datetime, period: timedelta, jitter: float) -> datetime:
    """When the device that was asked then is asked again; `jitter` is the share of the period by which it is early.

    Soon after a first failure, so that two failures fit into two periods, and after a first answer of two; but not
    sooner after it is written, or one hiccup of the line would be two failures of a large batch.
    """
    if 0 < row.failures < FAILURES_UNTIL_DOWN or (not row.failures and is_back_for_once(row)):
        return now + period / 4 * (1 - jitter)
    return asked_at + period * (1 - jitter)
