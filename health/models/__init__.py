"""What is owed to devices, and what is known of cameras."""

from health.models.checks import CheckState
from health.models.intervals import State, StatusInterval

__all__ = ["CheckState", "State", "StatusInterval"]
