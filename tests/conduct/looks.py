"""Looks for tests of conduct, written as rows: when and where they were is what these tests are about."""

from datetime import datetime, timedelta
from typing import Any

from access.models import Case, Look
from access.rule import metres_between
from accounts.models import Duty
from registry.models import Camera
from registry.rights import AccessRight
from tests.factories import reason


def a_look(duty: Duty, camera: Camera, started_at: datetime, *, case: Case | None = None, **facts: Any) -> Look:
    """A look of five minutes that is over, unless `facts` say otherwise."""
    ended = {"ended_at": started_at + timedelta(minutes=5), "ended_how": "viewer_done"}
    return Look.objects.create(
        **{
            "viewer": duty.user,
            "duty": duty,
            "organization": duty.organization,
            "camera": camera,
            "right": AccessRight.VIEW_STILL,
            "reason": reason(),
            "case": case,
            "for_case": case is not None,
            "case_distance_m": round(metres_between(case, camera.site)) if case else None,
            "session_key_hash": "0" * 64,
            "started_at": started_at,
            "until": started_at + timedelta(minutes=15),
            **ended,
            **facts,
        }
    )
