"""One change of a little device, by the public calls, with what must hold for every one of them."""

from __future__ import annotations

import json

from devices.changes import WHY_WORDS, Change, Finding, Outcome, Wish
from devices.configure import read_findings, write_change
from devices.report import Target
from devices.secrets import Credentials
from tests.devices.configurable import LOOPBACK, OWNER, SECRET, Configurable

NEW_PASSWORD = "kata-baru-9938"


def find(device: Configurable, wish: Wish) -> Finding:
    (finding,) = read_findings(Target("127.0.0.1", device.port), OWNER, route=LOOPBACK, wishes=[wish]).findings
    assert finding.why in WHY_WORDS
    assert json.loads(json.dumps(finding.to_dict()))["why"] == finding.why
    return finding


def change_of(device: Configurable, wish: Wish) -> Change:
    finding = find(device, wish)
    assert finding.state == "differs"
    assert finding.change is not None
    return finding.change


def write(device: Configurable, change: Change, credentials: Credentials = OWNER) -> Outcome:
    """Written after a way through JSON, as a task does it."""
    kept = Change.from_dict(json.loads(json.dumps(change.to_dict())))
    outcome = write_change(
        Target("127.0.0.1", device.port), credentials, kept, route=LOOPBACK, new_password=NEW_PASSWORD
    )
    told = json.dumps([outcome.change.to_dict(), outcome.seen]) + repr(outcome)
    assert NEW_PASSWORD not in told
    assert SECRET not in told
    assert outcome.why == "" or outcome.why in WHY_WORDS
    return outcome


def ended(outcome: Outcome) -> tuple[str, str]:
    return outcome.state, outcome.why


def wrote(device: Configurable) -> list[str]:
    return [name for name in device.asked if not name.startswith("Get")]
