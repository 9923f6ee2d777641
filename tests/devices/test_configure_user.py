"""Our user: least level, proven by signing in, removed alone; whatever else the device makes of it is told."""

from __future__ import annotations

import logging

import pytest

from devices.changes import Change, Wish
from devices.errors import Unauthorized
from devices.secrets import Credentials
from tests.devices.configurable import SECRET, Configurable, running
from tests.devices.configuring import NEW_PASSWORD, change_of, ended, find, write, wrote

pytestmark = pytest.mark.slow

NAME = "mitra-ab12"
USER = Wish("user", "", {"name": NAME})


def test_our_user_is_made_signs_in_and_is_removed_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    device = Configurable()
    with running(device):
        finding = find(device, USER)
        assert finding.change is not None
        done = write(device, finding.change)
        made = dict(device.users)
        ours = Credentials(NAME, NEW_PASSWORD)
        itself = write(device, done.change.undone(), ours)
        undone = write(device, done.change.undone())

    assert finding.why == "user_missing_open_line"
    assert ended(done) == ("done", "")
    assert done.seen == {"name": NAME, "level": "User", "signed_in": True}
    assert made[NAME] == (NEW_PASSWORD, "User")
    assert ended(itself) == ("failed", "own_user")
    assert ended(undone) == ("done", "")
    assert set(device.users) == {"pemilik"}
    assert NEW_PASSWORD not in caplog.text
    assert SECRET not in caplog.text


def test_a_name_that_exists_or_is_not_ours_is_refused() -> None:
    device = Configurable()
    device.users[NAME] = ("theirs", "Operator")
    change = Change("user", NAME, {}, {"name": NAME, "level": "User"})
    with running(device):
        exists = find(device, USER)
        stranger = find(device, Wish("user", "", {"name": "admin"}))
        outcome = write(device, change)
        forged = [
            write(device, Change("user", "pemilik", {"name": "pemilik", "level": "User"}, {})),
            write(device, Change("user", NAME, {}, {"name": NAME, "level": "Administrator"})),
            write(device, Change("user", NAME, {"name": "pemilik", "level": "User"}, {})),
        ]

    assert (exists.state, exists.why) == ("unsupported", "user_exists")
    assert (stranger.state, stranger.why) == ("unsupported", "not_our_user")
    assert ended(outcome) == ("failed", "user_exists")
    assert [ended(o) for o in forged] == [("failed", "not_our_user")] * 3
    assert device.users[NAME] == ("theirs", "Operator")
    assert wrote(device) == []


@pytest.mark.parametrize("given", ["Administrator", "Operator", "Extended"])
def test_a_device_that_maps_the_level_to_another_gets_its_user_back(given: str) -> None:
    device = Configurable(level_given=given)
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "level_differs")
    assert outcome.seen["level"] == given
    assert NAME not in device.users


def test_a_user_that_cannot_sign_in_is_not_left_behind() -> None:
    device = Configurable(new_users_sign_in=False)
    with running(device):
        before = device.credentialed
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "cannot_sign_in")
    assert outcome.refusals == 0  # Refused was the new secret, once, not the owner's.
    assert NAME not in device.users
    assert sum(NAME.encode() in raw and b"UsernameToken><wsse:Username>mitra" in raw for raw in device.raw) == 1
    assert device.credentialed > before


def test_a_user_that_will_not_go_is_told() -> None:
    device = Configurable(level_given="Administrator", ignores={"DeleteUsers"})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", "user_left_behind")
    assert outcome.seen == {"name": NAME, "level": "Administrator"}


@pytest.mark.parametrize(
    ("subcode", "why"),
    [("TooManyUsers", "users_full"), ("NotAuthorized", "not_permitted"), ("PasswordTooWeak", "refused")],
)
def test_why_a_user_was_not_made(subcode: str, why: str) -> None:
    device = Configurable(refuses={"tds_CreateUsers": subcode})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("failed", why)


def test_a_device_that_says_yes_and_makes_nobody_is_reported_as_ignored() -> None:
    device = Configurable(ignores={"CreateUsers"})
    with running(device):
        outcome = write(device, change_of(device, USER))

    assert ended(outcome) == ("ignored", "ignored")


def test_a_device_that_touches_another_user_is_found_out() -> None:
    def demote(device: Configurable) -> None:
        device.users["pemilik"] = (SECRET, "User")

    device = Configurable(hooks={"CreateUsers": demote})
    with running(device):
        outcome = write(device, change_of(device, USER))

        undone = write(device, outcome.change.undone())

    assert (ended(outcome), outcome.touched) == (("failed", "others_changed"), True)
    assert ended(undone) == ("done", "")
    assert set(device.users) == {"pemilik"}  # Nobody has the password of a user of ours that stayed.


def test_removing_our_user_wants_the_owners_password_and_takes_nobody_else() -> None:
    device = Configurable()
    with running(device):
        done = write(device, change_of(device, USER))
        with pytest.raises(Unauthorized):
            write(device, done.change.undone(), Credentials("pemilik", "salah"))
        device.users["mitra-zz99"] = ("x", "User")
        undone = write(device, done.change.undone())
        again = write(device, done.change.undone())

    assert ended(undone) == ended(again) == ("done", "")
    assert set(device.users) == {"pemilik", "mitra-zz99"}
