"""NTP: switched on where a clock is set by hand, with the device's own server where it has one, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import etree

from demo.auth import DeviceClock, UsernameTokens
from devices.changes import WHY_WORDS, Change, Wish, time_server_kind
from tests.devices.configurable import SECRET, Configurable, enveloped, running
from tests.devices.configuring import change_of, ended, find, write, wrote

pytestmark = pytest.mark.slow

SERVER = "pool.ntp.org"
WISH = Wish("ntp", "", {"server": SERVER})
CLOCK_SET, NTP_SET = "SetSystemDateAndTime", "SetNTP"


def test_a_clock_set_by_hand_is_handed_over_and_back_with_its_own_time_zone() -> None:
    device = Configurable(offset=420, zone="<+07>-7:00:00  ", dst=True)
    with running(device):
        change = change_of(device, WISH)
        done = write(device, change)
        on = (device.clock_type, device.ntp_servers, device.zone, device.dst)
        again = find(device, WISH)
        clock = find(device, Wish("clock"))
        undone = write(device, done.change.undone())

    assert {name for name in change.old if change.old[name] != change.new[name]} == {"type", "servers"}
    assert ended(done) == ("done", "")
    assert on == ("NTP", [("DNS", SERVER)], "<+07>-7:00:00  ", True)
    assert (again.state, again.why) == (clock.state, clock.why) == ("right", "ntp_on")
    assert ended(undone) == ("done", "")
    assert (device.clock_type, device.ntp_servers, device.zone, device.dst) == (
        *("Manual", [], "<+07>-7:00:00  "),
        True,
    )
    assert abs(device.offset) < 1.5  # Right now, and not as wrong as it was.
    assert wrote(device) == [NTP_SET, CLOCK_SET, CLOCK_SET, NTP_SET]


def test_a_server_can_be_an_address() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, Wish("ntp", "", {"server": "203.0.113.7"})))

    assert ended(done) == ("done", "")
    assert device.ntp_servers == [("IPv4", "203.0.113.7")]


@pytest.mark.parametrize("digest", [True, False])
@pytest.mark.parametrize("guards_clock", [True, False])
def test_signatures_follow_the_clock_that_ntp_has_moved(digest: bool, guards_clock: bool) -> None:
    device = Configurable(offset=420, digest=digest, guards_clock=guards_clock and digest)
    with running(device):
        done = write(device, change_of(device, WISH))
        undone = write(device, done.change.undone())

    assert [ended(done), ended(undone)] == [("done", "")] * 2
    assert (done.refusals, undone.refusals) == (0, 0)


def test_a_clock_that_ntp_moves_between_two_questions_is_read_all_the_same() -> None:
    def reach(device: Configurable) -> None:
        if device.clock_type == "NTP":
            device.offset = 0

    device = Configurable(offset=420, ntp_offset=420, hooks={"GetSystemDateAndTime": reach})
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert ended(outcome) == ("done", "")
    assert outcome.refusals == 0


@dataclass
class LocalTime(Configurable):
    """It says its local time where UTC belongs, and judges signatures by the true one."""

    def admits(self, envelope: etree._Element, authorization: str | None, path: str) -> bool:
        return UsernameTokens("pemilik", SECRET, DeviceClock()).accept(envelope)


def test_a_device_that_says_local_time_for_utc_is_left_alone() -> None:
    device = LocalTime(offset=7 * 3600)
    values = {"type": "Manual", "from_dhcp": False, "servers": [], "time_zone": "WIB-7", "dst": False}
    with running(device):
        finding = find(device, WISH)
        outcome = write(device, Change("ntp", "", values, {**values, "type": "NTP", "servers": [SERVER]}))

    assert (finding.state, finding.why) == ("unsupported", "local_time_as_utc")
    assert ended(outcome) == ("failed", "local_time_as_utc")
    assert wrote(device) == []


@pytest.mark.parametrize(
    ("manners", "state", "why"),
    [
        ({"clock_type": "NTP", "ntp_servers": [("DNS", "time.example.org")]}, "right", "ntp_on"),
        ({"clock_type": "NTP", "offset": 420.0}, "right", "ntp_on"),
        ({"offset": 420.0}, "differs", "ntp_off"),
        ({}, "differs", "ntp_off"),
        ({"ntp_servers": [("IPv4", "0.0.0.0")]}, "differs", "ntp_off"),
        ({"ntp_servers": [("DNS", "time.example.org")]}, "differs", "ntp_off_own_server"),
        ({"ntp_servers": [("IPv6", "2001:db8::7")]}, "differs", "ntp_off_own_server"),
        ({"ntp_from_dhcp": True, "ntp_servers": [("IPv4", "192.0.2.1")]}, "differs", "ntp_off_own_server"),
        ({"ntp_from_dhcp": True}, "unsupported", "ntp_from_dhcp"),
        ({"refuses": {"tds_GetNTP": "ActionNotSupported"}}, "unsupported", "not_supported"),
        ({"refuses": {"tds_GetNTP": "NotAuthorized"}}, "unread", "not_permitted"),
        ({"refuses": {"tds_GetNTP": "InvalidArgVal"}}, "unread", "ntp_unread"),
        ({"raw_answers": {"tds_GetNTP": enveloped("<tds:GetNTPResponse/>")}}, "unread", "ntp_unread"),
        ({"raw_answers": {"tds_GetNTP": b"nonsense"}}, "unread", "ntp_unread"),
    ],
)
def test_where_it_is_offered(manners: dict[str, Any], state: str, why: str) -> None:
    device = Configurable(**manners)

    with running(device):
        finding = find(device, WISH)

    assert (finding.state, finding.why) == (state, why)
    assert (finding.change is not None) == (state == "differs")
    assert wrote(device) == []


def test_a_clock_both_off_and_set_by_hand_is_offered_both() -> None:
    device = Configurable(offset=420)
    with running(device):
        found = [find(device, wish) for wish in (Wish("clock"), WISH)]
        changes = [finding.change for finding in found if finding.change]
        outcomes = [write(device, change) for change in changes]

    assert [finding.state for finding in found] == ["differs", "differs"]
    assert [ended(outcome) for outcome in outcomes] == [("done", "")] * 2


@pytest.mark.parametrize(
    ("from_dhcp", "servers"),
    [(False, [("DNS", "time.example.org"), ("IPv6", "2001:db8::7")]), (True, [("IPv4", "192.0.2.1")])],
)
def test_a_server_that_the_device_has_is_never_replaced(from_dhcp: bool, servers: list[tuple[str, str]]) -> None:
    device = Configurable(ntp_from_dhcp=from_dhcp, ntp_servers=list(servers))
    with running(device):
        done = write(device, change_of(device, WISH))
        on = device.clock_type
        undone = write(device, done.change.undone())

    assert [ended(done), ended(undone), on] == [("done", ""), ("done", ""), "NTP"]
    assert (device.clock_type, device.ntp_from_dhcp, device.ntp_servers) == ("Manual", from_dhcp, servers)
    assert NTP_SET not in wrote(device)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (lambda d: setattr(d, "clock_type", "NTP"), "ntp_on"),
        (lambda d: setattr(d, "ntp_servers", [("DNS", "time.example.org")]), "changed_meanwhile"),
        (lambda d: setattr(d, "ntp_from_dhcp", True), "changed_meanwhile"),
        (lambda d: setattr(d, "zone", "UTC0"), "changed_meanwhile"),
    ],
)
def test_what_somebody_set_after_the_reading_is_left(meanwhile: Callable[[Configurable], None], why: str) -> None:
    device = Configurable()
    with running(device):
        change = change_of(device, WISH)
        meanwhile(device)
        outcome = write(device, change)

    assert ended(outcome) == ("failed", why)
    assert wrote(device) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"servers": ["time.example.org"]}, {"type": "NTP", "servers": [SERVER]}),
        ({"servers": []}, {"type": "NTP", "servers": [SERVER, "time.example.org"]}),
        ({"servers": []}, {"type": "NTP", "servers": ["a b"]}),
        ({"servers": []}, {"type": "NTP", "servers": [], "from_dhcp": True}),
        ({"servers": [SERVER], "type": "NTP"}, {"type": "Manual", "servers": ["time.example.org"]}),
        ({"servers": [SERVER], "type": "NTP"}, {"type": "Manual", "servers": [], "from_dhcp": True}),
        ({"servers": []}, {"type": "PTP", "servers": []}),
    ],
)
def test_no_other_change_of_the_servers_is_written(old: dict[str, Any], new: dict[str, Any]) -> None:
    whole = {"type": "Manual", "from_dhcp": False, "time_zone": "WIB-7", "dst": False}
    device = Configurable(ntp_servers=[("DNS", name) for name in old["servers"]])
    with running(device):
        outcome = write(device, Change("ntp", "", whole | old, whole | new))

    assert ended(outcome) == ("failed", "not_allowed")
    assert wrote(device) == []


@pytest.mark.parametrize("server", ["", "ntp", "http://pool.ntp.org", "2001:db8::7", "Pool.ntp.org", "1.2.3"])
def test_what_is_no_time_server_is_wished_for_by_mistake(server: str) -> None:
    assert time_server_kind(server) == ""
    with running(device := Configurable()), pytest.raises(ValueError, match="time server"):
        find(device, Wish("ntp", "", {"server": server}))


# --- a device that does it by halves -------------------------------------------------------------------------


def test_a_device_that_says_yes_to_all_and_changes_nothing_is_reported_as_ignored() -> None:
    device = Configurable(ignores={NTP_SET, CLOCK_SET})
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert ended(outcome) == ("ignored", "ignored")
    assert wrote(device) == [NTP_SET]  # A clock is not handed over to nobody.


@pytest.mark.parametrize(
    ("refuses", "end"),
    [
        ({"tds_SetNTP": "NotAuthorized"}, ("failed", "not_permitted")),
        ({"tds_SetNTP": "InvalidDnsName"}, ("failed", "refused")),
        ({"tds_SetNTP": "ActionNotSupported"}, ("failed", "not_supported")),
        ({"tds_SetSystemDateAndTime": "NotAuthorized"}, ("failed", "not_permitted")),
        ({"tds_SetSystemDateAndTime": "NtpServerUndefined"}, ("failed", "refused")),
    ],
)
def test_what_was_refused_leaves_the_device_as_it_was(refuses: dict[str, str], end: tuple[str, str]) -> None:
    device = Configurable(offset=420, refuses=refuses)
    with running(device):
        change = change_of(device, WISH)
        outcome = write(device, change)

    assert ended(outcome) == end
    assert outcome.change == change
    assert outcome.refusals == 0
    assert (device.clock_type, device.ntp_servers, device.offset) == ("Manual", [], 420)


def test_a_clock_that_says_yes_and_stays_by_hand_loses_our_server_again() -> None:
    device = Configurable(ignores={CLOCK_SET})
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert ended(outcome) == ("ignored", "ignored")
    assert device.ntp_servers == []
    assert wrote(device) == [NTP_SET, CLOCK_SET, NTP_SET]


def test_a_server_that_the_device_does_not_give_up_stays_in_the_change_and_can_be_undone() -> None:
    device = Configurable(
        refuses={"tds_SetSystemDateAndTime": "NotAuthorized"},
        hooks={NTP_SET: lambda d: d.refuses.update({"tds_SetNTP": "InvalidArgVal"})},
    )
    with running(device):
        outcome = write(device, change_of(device, WISH))
        left = list(device.ntp_servers)
        device.refuses, device.hooks, device.offset = {}, {}, 420
        undone = write(device, outcome.change.undone())

    assert left == [("DNS", SERVER)]
    assert ended(outcome) == ("failed", "other_value")
    assert (outcome.change.new["type"], outcome.change.new["servers"]) == ("Manual", [SERVER])
    assert ended(undone) == ("done", "")
    assert (device.ntp_servers, device.offset) == ([], 420)  # The clock was never ours.


def test_a_device_that_cannot_be_read_after_the_first_write_can_be_undone() -> None:
    broken = {"tds_GetNTP": b"nonsense"}
    device = Configurable(hooks={NTP_SET: lambda d: d.raw_answers.update(broken)})
    with running(device):
        outcome = write(device, change_of(device, WISH))
        device.hooks, device.raw_answers = {}, {}
        undone = write(device, outcome.change.undone())

    assert ended(outcome) == ("failed", "not_read_back")
    assert ended(undone) == ("done", "")
    assert (device.clock_type, device.ntp_servers) == ("Manual", [])


def test_refused_credentials_after_the_first_write_lose_nothing_of_what_is_known() -> None:
    def lock(device: Configurable) -> None:
        device.users = {"pemilik": ("diganti", "Administrator")}

    device = Configurable(hooks={NTP_SET: lock})
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert ended(outcome) == ("failed", "not_read_back")
    assert outcome.refusals <= 2


@dataclass
class Open(Configurable):
    """It lets in anybody, until a server of ours was named and read."""

    locked: bool = False

    def admits(self, envelope: etree._Element, authorization: str | None, path: str) -> bool:
        return not self.locked


def test_a_device_that_suddenly_lets_in_nobody_keeps_what_was_written_on_record() -> None:
    device = Open(hooks={"GetNTP": lambda d: setattr(d, "locked", d.ntp_servers != [])})
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert wrote(device) == [NTP_SET, CLOCK_SET]
    assert ended(outcome) == ("failed", "not_read_back")
    assert 1 <= outcome.refusals <= 2


@pytest.mark.parametrize(
    ("hook", "seen"),
    [
        (lambda d: setattr(d, "zone", "UTC0"), {"type": "NTP", "time_zone": "UTC0"}),
        (
            lambda d: setattr(d, "ntp_servers", [("DNS", "time.example.org")]),
            {"type": "NTP", "servers": ["time.example.org"]},
        ),
    ],
)
def test_another_value_is_told_and_undone_from_there(
    hook: Callable[[Configurable], None], seen: dict[str, Any]
) -> None:
    device = Configurable(hooks={CLOCK_SET: hook})
    with running(device):
        outcome = write(device, change_of(device, WISH))
        device.hooks = {}
        undone = write(device, outcome.change.undone())

    assert ended(outcome) == ("failed", "other_value")
    assert outcome.seen.items() >= seen.items()
    assert outcome.change.new == outcome.seen
    assert ended(undone) == ("done", "")
    assert (device.clock_type, device.ntp_servers, device.zone) == ("Manual", [], "WIB-7")


def test_a_device_that_names_another_server_than_it_was_asked_is_not_handed_over() -> None:
    device = Configurable(
        hooks={NTP_SET: lambda d: setattr(d, "ntp_servers", d.ntp_servers and [("DNS", "x.org")])}
    )
    with running(device):
        outcome = write(device, change_of(device, WISH))

    assert outcome.state == "ignored"
    assert (device.clock_type, device.ntp_servers) == ("Manual", [])
    assert CLOCK_SET not in wrote(device)


# --- the way back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manners", "end", "left"),
    [
        ({"ignores": {CLOCK_SET}}, ("ignored", "ignored"), ("NTP", 1)),
        ({"refuses": {"tds_SetSystemDateAndTime": "NotAuthorized"}}, ("failed", "not_permitted"), ("NTP", 1)),
        ({"ignores": {NTP_SET}}, ("failed", "ntp_server_left"), ("Manual", 1)),
        ({"refuses": {"tds_SetNTP": "InvalidArgVal"}}, ("failed", "ntp_server_left"), ("Manual", 1)),
        ({"hooks": {CLOCK_SET: lambda d: setattr(d, "offset", 420)}}, ("failed", "clock_off"), ("Manual", 0)),
        ({"hooks": {CLOCK_SET: lambda d: setattr(d, "zone", "UTC0")}}, ("failed", "other_value"), ("Manual", 0)),
    ],
)
def test_how_the_way_back_ends(manners: dict[str, Any], end: tuple[str, str], left: tuple[str, int]) -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, WISH))
        for name, value in manners.items():
            setattr(device, name, value)
        outcome = write(device, done.change.undone())

    assert ended(outcome) == end
    assert (device.clock_type, len(device.ntp_servers)) == left


def test_a_server_that_the_owner_named_since_is_left() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, WISH))
        device.ntp_servers = [("DNS", "time.example.org")]
        outcome = write(device, done.change.undone())

    assert ended(outcome) == ("failed", "changed_meanwhile")
    assert device.clock_type == "NTP"


def test_a_device_that_does_not_reach_its_server_reads_as_ntp_and_its_clock_says_so() -> None:
    device = Configurable(offset=420, ntp_offset=420)
    with running(device):
        done = write(device, change_of(device, WISH))
        clock = find(device, Wish("clock"))

    assert ended(done) == ("done", "")
    assert (clock.state, clock.why) == ("unsupported", "ntp_on_but_off")
    assert all("tidak terlihat" in WHY_WORDS[why] for why in ("ntp_off", "ntp_off_own_server"))
