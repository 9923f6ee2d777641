"""The running of a probe: who holds it, what it has done so far, and what becomes of one whose worker died.

The row is the record of work owed. A worker holds a probe by a lease that it won by UPDATE; whoever does not hold
the lease can write nothing, so two workers never run one probe and a worker thought dead cannot come back.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

import audit
from onboarding.models import Probe, ProbeKind, ProbeState
from registry.models import Device
from registry.services import note_refusals

LEASE = timedelta(seconds=60)
"""Longer than the task's own time limit, so that a probe taken over has surely ended before."""

TO_START = timedelta(seconds=20)
"""How long a queued probe may wait before its message is sent again."""

INTERRUPTED = "interrupted"
RESTARTS = 1
SWEPT_AT_ONCE = 100


def claim_probe(*, probe_id: int, now: datetime) -> Probe | None:
    """The probe, held by this caller alone; None when it is over, running, or gone."""
    lease = uuid.uuid4()
    won = Probe.objects.filter(pk=probe_id, state=ProbeState.QUEUED).update(
        state=ProbeState.RUNNING, lease=lease, lease_until=now + LEASE
    )
    if not won:
        return None
    return Probe.objects.select_related("device__site__partner", "camera", "requested_by").get(pk=probe_id)


def note_step(*, probe: Probe, code: str, state: str, words: str, detail: str = "", now: datetime) -> None:
    """Write one step as it happens. A short UPDATE that only the lease holder can make."""
    step = {"code": code, "state": state, "words": words, "detail": detail, "at": now.isoformat()}
    if probe.steps and probe.steps[-1]["code"] == code:
        probe.steps[-1] = step
    else:
        probe.steps.append(step)
    Probe.objects.filter(pk=probe.pk, lease=probe.lease).update(steps=probe.steps)


def requeue_owed(*, now: datetime) -> list[int]:
    """Take back the probes that nobody holds, once each; the ids whose message has to be sent again.

    A probe whose worker died has possibly spent a refusal that nobody wrote down, so one is counted against the
    secret, on the trail, until the probe succeeds. A probe that was interrupted twice has failed.
    """
    again = []
    for probe in Probe.objects.owed(now).order_by("lease_until")[:SWEPT_AT_ONCE]:
        if _taken_back(probe, now):
            again.append(probe.pk)
    return again


def interruptions(probe: Probe) -> int:
    """How often a worker died while it ran this probe."""
    return sum(step["code"] == INTERRUPTED for step in probe.steps)


@audit.atomic
def _taken_back(probe: Probe, now: datetime) -> bool:
    mine = Probe.objects.filter(pk=probe.pk, state=probe.state, lease=probe.lease, lease_until=probe.lease_until)
    if probe.state == ProbeState.QUEUED:
        return bool(mine.update(lease_until=now + TO_START))
    restarts = interruptions(probe) < RESTARTS
    changes: dict[str, Any] = {
        "lease": None,
        "lease_until": now + TO_START,
        "steps": [*probe.steps, _interrupted_step(now)],
        "state": ProbeState.QUEUED if restarts else ProbeState.FAILED,
    }
    if not restarts:
        changes |= {
            "code": INTERRUPTED,
            "message": gettext_noop("Pengujian terputus di tengah jalan."),
            "remedy": gettext_noop("Coba lagi beberapa saat lagi."),
            "finished_at": now,
        }
    won = bool(mine.update(**changes))
    if won:
        _count_a_refusal(probe)
    return won and restarts


def _count_a_refusal(probe: Probe) -> None:
    device = Device.objects.select_for_update().get(pk=probe.device_id)
    if device.has_secret:
        note_refusals(device=device, refusals=device.secret_refusals + 1, by=None)


def _interrupted_step(now: datetime) -> dict[str, str]:
    return {
        "code": INTERRUPTED,
        "state": "failed",
        "words": gettext_noop("Pengujian terputus"),
        "detail": "",
        "at": now.isoformat(),
    }


def forget_pictures(*, device: Device, kind: ProbeKind) -> None:
    """Empty the pictures that earlier probes of this kind left."""
    Probe.objects.filter(device=device, kind=kind, picture__isnull=False).update(picture=None)
