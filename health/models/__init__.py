"""What is owed to devices, and what is known of cameras."""

from health.models.camera_view import CameraView, DaySource
from health.models.checks import CheckState
from health.models.days import CameraDay
from health.models.groups import CheckGroup
from health.models.intervals import State, StatusInterval
from health.models.tiers import Tier, TierCheck

__all__ = [
    "CameraDay",
    "CameraView",
    "CheckGroup",
    "CheckState",
    "DaySource",
    "State",
    "StatusInterval",
    "Tier",
    "TierCheck",
]
