"""Granting and revoking a kelurahan of 5,000 cameras: one row a right with ours, a row a camera with guardian."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from guardian.shortcuts import assign_perm, remove_perm

from access.models import AreaPermission
from access.services import give_grant, revoke_grant
from accounts.models import DutyKind
from accounts.services import give_duty
from bench.access.meter import _server_seconds
from bench.access.questions import tables
from bench.access.world import NOW, Everything
from registry.models import Camera
from registry.rights import AccessRight, Purpose

STILL = "registry.view_still_camera"


def ways(world: Any, rounds: int) -> dict[str, dict[str, list[float]]]:
    """CPU ms of each grant and revocation, by way; ours leaves one row for a right, which is looked at."""
    assert isinstance(world, Everything)
    place, body = world.kelurahan[7], world.private[3]
    duty = give_duty(
        user=world.grantor,  # Not he who verified the cameras.
        organization=world.polres,
        kind=DutyKind.GRANTOR,
        since=NOW - timedelta(days=9),
        by=None,
    )
    cameras = Camera.objects.in_area(place.code)
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        before = AreaPermission.objects.count()
        grant, spent = measured(
            lambda: give_grant(
                by=duty.user,
                organization=body,
                scope=place,
                right=AccessRight.VIEW_STILL,
                purpose=Purpose.SECURITY,
                letter_number="Sprin/2/XI/2026",
                valid_from=NOW,
                valid_until=NOW + timedelta(days=9),
                now=NOW,
            )
        )
        if AreaPermission.objects.count() != before + 1:
            raise SystemExit("A grant of one right wrote another number of rows than one.")
        _note(found, "ours", "grant", spent)
        _note(found, "ours", "revoke", measured(lambda g=grant: revoke_grant(grant=g, by=duty.user, now=NOW))[1])  # type: ignore[misc]
        for name, direct in (("guardian", False), ("guardian direct keys", True)):
            with tables(direct=direct):
                _note(found, name, "grant", measured(lambda: assign_perm(STILL, body.group, cameras))[1])
                _note(found, name, "revoke", measured(lambda: remove_perm(STILL, body.group, cameras))[1])
    return found


def measured(act: Callable[[], Any]) -> tuple[Any, float]:
    """What it gave, and its CPU ms of client and server."""
    client, server = time.process_time(), _server_seconds()
    given = act()
    return given, (time.process_time() - client + _server_seconds() - server) * 1000


def _note(found: dict[str, dict[str, list[float]]], way: str, what: str, spent: float) -> None:
    found.setdefault(way, {}).setdefault(what, []).append(spent)
