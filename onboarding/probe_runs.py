"""The running of a probe, or of other work at a device: who holds it, what it has done so far, and what becomes of
one whose worker died.

The row is the record of work owed. A worker holds it by a lease that it won by UPDATE; whoever does not hold the
lease can write nothing, so two workers never do one work and a worker thought dead cannot come back.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import audit
from devices.count import DIED
from onboarding.models import OPEN, DeviceWork, Probe, ProbeKind, ProbeState
from registry.models import Device
from registry.services import add_doubt

LEASE = timedelta(seconds=60)
"""Longer than the task's own time limit, so that work taken over has surely ended before."""

TO_START = timedelta(seconds=20)
"""How long queued work may wait before its message is sent again."""

INTERRUPTED = "interrupted"
SWEPT_AT_ONCE = 100

Work = TypeVar("Work", bound=DeviceWork)
TakenBack = Callable[[Work, datetime], None]


def claim(works: type[Work], *, pk: int, now: datetime, related: tuple[str, ...]) -> Work | None:
    """The work, held by this caller alone; None when it is over, running, or gone."""
    lease = uuid.uuid4()
    won = works._default_manager.filter(pk=pk, state=ProbeState.QUEUED).update(
        state=ProbeState.RUNNING, lease=lease, lease_until=now + LEASE
    )
    return works._default_manager.select_related(*related).get(pk=pk) if won else None


def claim_probe(*, probe_id: int, now: datetime) -> Probe | None:
    """The probe, held by this caller alone; None when it is over, running, or gone."""
    return claim(Probe, pk=probe_id, now=now, related=("device__site__partner", "camera", "requested_by"))


def note_step(*, probe: DeviceWork, code: str, state: str, words: str, detail: str = "", now: datetime) -> None:
    """Write one step as it happens. A short UPDATE that only the lease holder can make."""
    step = {"code": code, "state": state, "words": words, "detail": detail, "at": now.isoformat()}
    if probe.steps and probe.steps[-1]["code"] == code:
        probe.steps[-1] = step
    else:
        probe.steps.append(step)
    type(probe)._default_manager.filter(pk=probe.pk, lease=probe.lease).update(steps=probe.steps)


def requeue_owed(*, now: datetime) -> list[int]:
    """Take back the probes that nobody holds, once each; the ids whose message has to be sent again.

    A probe whose worker died has possibly spent a refusal that nobody wrote down, so a doubt is counted against the
    secret, on the trail, until a probe succeeds. A probe that was interrupted twice has failed.
    """
    return take_back_owed(Probe, now=now, taken_back=_doubted)


def _doubted(probe: Probe, now: datetime) -> None:
    add_doubt(device=probe.device, way=DIED, now=now)


def take_back_owed(works: type[Work], *, now: datetime, taken_back: TakenBack[Work]) -> list[int]:
    """Take back the work that nobody holds; the ids whose message has to be sent again.

    `taken_back` is called, inside the audit block, for each work over which a worker died; its `state` says whether
    it begins again or has failed.
    """
    again = []
    owed = works._default_manager.filter(state__in=OPEN, lease_until__lt=now).order_by("lease_until")
    for work in owed[:SWEPT_AT_ONCE]:
        if _taken_back(work, now, taken_back):
            again.append(work.pk)
    return again


def interruptions(work: DeviceWork) -> int:
    """How often a worker died while it ran this work."""
    return sum(step["code"] == INTERRUPTED for step in work.steps)


@audit.atomic
def _taken_back(work: Work, now: datetime, taken_back: TakenBack[Work]) -> bool:
    rows = type(work)._default_manager
    mine = rows.filter(pk=work.pk, state=work.state, lease=work.lease, lease_until=work.lease_until)
    if work.state == ProbeState.QUEUED:
        return bool(mine.update(lease_until=now + TO_START))
    restarts = interruptions(work) < work.restarts
    changes: dict[str, Any] = {
        "lease": None,
        "lease_until": now + TO_START,
        "steps": [*work.steps, _interrupted_step(work, now)],
        "state": ProbeState.QUEUED if restarts else ProbeState.FAILED,
    }
    if not restarts:
        changes |= work.ended_fields | {
            "code": INTERRUPTED,
            "message": work.INTERRUPTED_WORDS[1],
            "remedy": work.INTERRUPTED_WORDS[2],
            "finished_at": now,
        }
    won = bool(mine.update(**changes))
    if won:
        work.state = changes["state"]
        taken_back(work, now)
    return won and restarts


def _interrupted_step(work: DeviceWork, now: datetime) -> dict[str, str]:
    return {
        "code": INTERRUPTED,
        "state": "failed",
        "words": work.INTERRUPTED_WORDS[0],
        "detail": "",
        "at": now.isoformat(),
    }


def forget_pictures(*, device: Device, kind: ProbeKind) -> None:
    """Empty the pictures that earlier probes of this kind left."""
    Probe.objects.filter(device=device, kind=kind, picture__isnull=False).update(picture=None)
