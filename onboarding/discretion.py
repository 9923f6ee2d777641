"""A probe must not be a port scanner: at an address that never answered, every silence looks and lasts the same.

Denied after the name was resolved, closed at once, filtered or silent for seconds: the owner reads "does not
answer" after about the same time, and the steps up to that moment are the same. What the typed text alone shows is
said at once, and so is what a device says that did answer. Once it has answered ONVIF or RTSP there, he is told
more.
"""

import random
import time
from collections.abc import Callable

from django.conf import settings

from devices.errors import DeviceError, Unreachable
from devices.probe import Step
from devices.words import STEP_WORDS
from onboarding.identity import last_report
from onboarding.models import Probe, ProbeKind

ADDRESS, CONNECT = "address", "connect"


def is_unknown(probe: Probe) -> bool:
    """Whether this is a first try at an address where the device never answered a whole probe."""
    return probe.kind == ProbeKind.CONNECT and last_report(probe.device) is None


def as_told(probe: Probe, failure: DeviceError) -> DeviceError:
    """The failure as the owner of this device may know it."""
    return failure.for_owner(known=not is_unknown(probe))


class DiscreetSteps:
    """Passes the steps of a probe on, and keeps to itself how far it came before anything answered.

    A connection that stands is no answer. Until the first step that needs one is done, only "address, started" is
    shown; how it failed before is told by `fail` alone.
    """

    def __init__(self, note: Callable[[Step], None]) -> None:
        self._note = note
        self._began = time.monotonic()
        self._held: list[Step] = []
        self._answered = False

    def __call__(self, step: Step) -> None:
        if self._answered or (step.code, step.state) == (ADDRESS, "started"):
            self._note(step)
            return
        self._held.append(step)
        if step.state == "done" and step.code not in {ADDRESS, CONNECT}:
            self._tell_held()

    def fail(self, failure: DeviceError) -> None:
        """Show the step that failed: at once where something answered, else when the time is up, and as one."""
        told = failure.for_owner()
        if self._answered:
            return
        if told.code != Unreachable.code:
            self._tell_held()
            return
        wait = self._began + random.uniform(*settings.PROBE_FAILURE_SECONDS) - time.monotonic()  # noqa: S311
        time.sleep(max(0.0, wait))
        self._note(Step(ADDRESS, "done", STEP_WORDS[ADDRESS]))
        self._note(Step(CONNECT, "failed", f"{told.message} {told.remedy}", told.code))

    def _tell_held(self) -> None:
        self._answered = True
        for step in self._held:
            self._note(step)
