"""What is owed to devices, and what is known of cameras."""

from health.models.acknowledgements import Acknowledgement
from health.models.alerts import Alert, Audience, Event
from health.models.area_days import AreaDay
from health.models.camera_view import CameraView, DaySource
from health.models.checks import CheckState
from health.models.days import CameraDay
from health.models.disturbances import Disturbance
from health.models.falls import Fall, Stage
from health.models.groups import CheckGroup
from health.models.intervals import State, StatusInterval
from health.models.outages import Outage, OutageKind
from health.models.tiers import Tier, TierCheck

__all__ = [
    "Acknowledgement",
    "Alert",
    "AreaDay",
    "Audience",
    "CameraDay",
    "CameraView",
    "CheckGroup",
    "CheckState",
    "DaySource",
    "Disturbance",
    "Event",
    "Fall",
    "Outage",
    "OutageKind",
    "Stage",
    "State",
    "StatusInterval",
    "Tier",
    "TierCheck",
]
