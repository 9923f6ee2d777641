"""Drafts of enrolments, probes and settings of devices, and visits on site. Split by noun; import from here."""

from onboarding.models.enrolments import Enrolment, EnrolmentQuerySet
from onboarding.models.probes import Probe, ProbeKind
from onboarding.models.settings import ChangeKind, ChangeState, DeviceChange, SettingsWork, WorkKind
from onboarding.models.visits import Outcome, PositionSource, Verification, possession_code
from onboarding.models.work import OPEN, DeviceWork, ProbeState

__all__ = [
    "OPEN",
    "ChangeKind",
    "ChangeState",
    "DeviceChange",
    "DeviceWork",
    "Enrolment",
    "EnrolmentQuerySet",
    "Outcome",
    "PositionSource",
    "Probe",
    "ProbeKind",
    "ProbeState",
    "SettingsWork",
    "Verification",
    "WorkKind",
    "possession_code",
]
