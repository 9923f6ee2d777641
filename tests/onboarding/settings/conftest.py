"""A device that answered once, and a scripted gateway in place of the conversation with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from accounts.models import User
from devices.changes import Change, Finding, Outcome, Reading, Wish
from devices.count import Count
from devices.errors import DeviceError
from devices.report import Identity
from devices.secrets import Credentials
from onboarding.models import DeviceChange, Probe, ProbeKind, ProbeState, SettingsWork
from onboarding.settings import tasks
from onboarding.settings.services import agree_change, request_reading, undo_change
from onboarding.settings.tasks import run_settings_work
from registry.models import Camera, Device, Site
from tests.onboarding.acts import device_at

SERIAL = "MK-0001"
CLOCK = Change("clock", "", {"type": "Manual", "offset_seconds": 420}, {"type": "Manual", "offset_seconds": 0})
BY_HAND = {"type": "Manual", "servers": [], "from_dhcp": False, "time_zone": "WIB-7", "dst": False}
NTP = Change("ntp", "", BY_HAND, {**BY_HAND, "type": "NTP", "servers": ["pool.ntp.org"]})
SMALL = Change("substream", "enc-2", {"codec": "H265", "fps": 25}, {"codec": "H264", "fps": 15})
MASKS = Change("masks", "source-1", {"polygons": []}, {"polygons": [[[-1, 1], [0, 1], [0, 0], [-1, 0]]]})


@dataclass
class Script:
    """What the device says, and what it was asked, by whom. A wish without a finding of its kind is fulfilled.

    `again` is what was asked once more after a change: what was written is right then, unless it was restored.
    """

    findings: tuple[Finding, ...] = (
        Finding("clock", "differs", CLOCK, "clock_off"),
        Finding("substream", "right", None, "encoder_right", "source-1"),
    )
    answer: Callable[[Change], Outcome] = lambda change: Outcome("done", change, change.new, 0)
    failure: DeviceError | None = None
    refusals: int = 0
    worked: str = ""
    wishes: list[Wish] = field(default_factory=list)
    fails_again: DeviceError | None = None
    again: list[Wish] = field(default_factory=list)
    written: list[Change] = field(default_factory=list)
    accounts: list[Credentials] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    expected: list[Identity] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def read(
        self,
        device: Device,
        account: Credentials,
        wishes: Sequence[Wish],
        *,
        expected: Identity,
        before: Count,
        deadline_seconds: float = 0,
    ) -> Reading:
        by_kind = {finding.kind: finding for finding in self.findings}
        if deadline_seconds:
            self.again = list(wishes)
            if self.fails_again:
                raise self.fails_again
            by_kind = {kind: finding for kind, finding in by_kind.items() if not self._stands(kind)}
        else:
            self.wishes = list(wishes)
            self._asked(account, expected, before)
        found = (by_kind.get(wish.kind, Finding(wish.kind, "right", None, "", wish.subject)) for wish in wishes)
        return Reading(tuple(found), max(before.refusals, self.refusals), self.worked, before.doubts)

    def write(
        self,
        device: Device,
        account: Credentials,
        change: Change,
        *,
        expected: Identity,
        before: Count,
        new_password: str = "",
    ) -> Outcome:
        self.passwords.append(new_password)
        self._asked(account, expected, before)
        self.written.append(change)
        return self.answer(change)

    def _stands(self, kind: str) -> bool:
        """Whether what was wished of this kind was written and not restored since; a clock may follow NTP."""
        kinds = {"clock", "ntp"} if kind in {"clock", "ntp"} else {kind}
        last = next((change for change in reversed(self.written) if change.kind in kinds), None)
        return last is not None and not last.restores

    def _asked(self, account: Credentials, expected: Identity, before: Count) -> None:
        self.accounts.append(account)
        self.expected.append(expected)
        self.before.append(before.refusals)
        self.meanwhile()
        if self.failure:
            raise self.failure


@pytest.fixture
def device(site: Site, owner: User) -> Device:
    """It answered a probe at its address, and its one camera is tied to a source."""
    device = device_at(site, owner, "203.0.113.10", 80)
    now = timezone.now()
    Camera.objects.filter(device=device).update(channel=1, video_source_token="source-1", profile_token="main")
    Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address="203.0.113.10:80",
        state=ProbeState.DONE,
        report={
            "identity": {"serial": SERIAL},
            "warnings": ["clock_off"],
            "channels": [{"number": 1, "name": "", "video_source_token": "source-1", "streams": [{}, {"fps": 25}]}],
        },
        created_at=now,
        lease_until=now,
        finished_at=now,
    )
    Device.objects.filter(pk=device.pk).update(answered_at=now)
    device.refresh_from_db()
    return device


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """The device as scripted; each test changes what it says."""
    script = Script()
    monkeypatch.setattr(tasks, "read_settings", script.read)
    monkeypatch.setattr(tasks, "write_setting", script.write)
    monkeypatch.setattr(run_settings_work, "delay", lambda _id: None)
    return script


def read(device: Device, by: User, **asked: object) -> SettingsWork:
    """The settings, read to the end."""
    return run(request_reading(device=device, by=by, now=timezone.now(), **asked))  # type: ignore[arg-type]


def run(work: SettingsWork) -> SettingsWork:
    run_settings_work(work.pk)
    work.refresh_from_db()
    return work


def offered(device: Device, by: User, script: Script, change: Change, why: str = "clock_off") -> DeviceChange:
    """This change, read from the device and offered."""
    script.findings = (Finding(change.kind, "differs", change, why, change.subject),)
    masks = {change.subject: change.new["polygons"]} if change.kind == "masks" else {}
    read(device, by, masks=masks)
    return DeviceChange.objects.get(device=device, state="offered")


def agreed(change: DeviceChange, by: User, **with_: object) -> DeviceChange:
    """Agreed to, and written to the end."""
    run(agree_change(change=change, by=by, now=timezone.now(), **with_))  # type: ignore[arg-type]
    change.refresh_from_db()
    return change


def undone(change: DeviceChange, by: User, **with_: object) -> DeviceChange:
    """Asked to be restored, and done to the end."""
    run(undo_change(change=change, by=by, now=timezone.now(), **with_))  # type: ignore[arg-type]
    change.refresh_from_db()
    return change
