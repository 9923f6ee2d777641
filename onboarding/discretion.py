"""A probe must not be a port scanner: at an address that never answered, every silence looks and lasts the same.

Denied after the name was resolved, closed at once, filtered for seconds: the owner reads "does not answer" after
about the same time, and the steps up to that moment are the same. What the typed text alone shows is said at once.
"""

import random
import time
from collections.abc import Callable

from django.conf import settings

from devices.errors import AddressRefused, DeviceError
from devices.probe import Step
from devices.words import STEP_WORDS
from onboarding.identity import last_report
from onboarding.models import Probe, ProbeKind

CONNECT = "connect"


def is_unknown(probe: Probe) -> bool:
    """Whether this is a first try at an address where the device never answered a whole probe."""
    return probe.kind == ProbeKind.CONNECT and last_report(probe.device) is None


class DiscreetSteps:
    """Passes the steps of a probe on, and keeps to itself how far it came before anything answered.

    Until a connection stands only "address, started" is shown; which step failed before is told by `fail` alone.
    """

    def __init__(self, note: Callable[[Step], None]) -> None:
        self._note = note
        self._began = time.monotonic()
        self._connected = False
        self._failed: Step | None = None

    def __call__(self, step: Step) -> None:
        if self._connected or (step.code, step.state) == ("address", "started"):
            self._note(step)
        elif step.state == "failed":
            self._failed = step
        elif (step.code, step.state) == (CONNECT, "done"):
            self._connected = True
            self._note(Step("address", "done", STEP_WORDS["address"]))
            self._note(step)

    def fail(self, failure: DeviceError) -> None:
        """Wait until the time is up, then show the step that failed; what the text showed is shown at once."""
        if isinstance(failure, AddressRefused) and failure.from_text:
            if self._failed:
                self._note(self._failed)
            return
        time.sleep(max(0.0, self._began + random.uniform(*settings.PROBE_FAILURE_SECONDS) - time.monotonic()))  # noqa: S311
        if self._connected:
            return
        told = failure.for_owner()
        self._note(Step("address", "done", STEP_WORDS["address"]))
        self._note(Step(CONNECT, "failed", f"{told.message} {told.remedy}", told.code))
