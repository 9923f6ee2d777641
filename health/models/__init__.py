"""What is owed to devices, and what is known of cameras."""

from health.models.acknowledgements import Acknowledgement
from health.models.alerts import Alert, Audience, Event
from health.models.checks import CheckState
from health.models.falls import Fall, Stage
from health.models.intervals import State, StatusInterval
from health.models.outages import Outage, OutageKind

__all__ = [
    "Acknowledgement",
    "Alert",
    "Audience",
    "CheckState",
    "Event",
    "Fall",
    "Outage",
    "OutageKind",
    "Stage",
    "State",
    "StatusInterval",
]
