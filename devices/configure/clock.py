"""The device's clock: set right where it is set by hand and more than five seconds out, and nothing else about it.

The device's own time zone and daylight saving go back exactly as they came (Home Assistant once reset them to UTC:
home-assistant/core#95446). A clock that follows NTP is never touched; switching NTP on is `ntp`'s.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import Change, Finding, Outcome, Values, Wish
from devices.errors import Misbehaving
from devices.sign_in import DeviceClock, OnvifSession, Refused, clock_time

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from devices.configure.visit import Visit

TOLERANCE_SECONDS = 5.0
#: How much a clock may have drifted between the reading and the owner's yes.
DRIFT_SECONDS = 60.0


def find(visit: Visit, wish: Wish) -> Finding:
    """Whether the clock is set by hand and wrong."""
    values = read(visit)[0]
    offset = abs(values["offset_seconds"])
    if visit.talk.session.local_time_as_utc:
        return Finding("clock", "unsupported", None, "local_time_as_utc")
    if values["type"] != "Manual":
        if offset <= TOLERANCE_SECONDS:
            return Finding("clock", "right", None, "ntp_on")
        return Finding("clock", "unsupported", None, "ntp_on_but_off")
    if offset <= TOLERANCE_SECONDS:
        return Finding("clock", "right", None, "within_5_seconds")
    return Finding("clock", "differs", Change("clock", "", values, {**values, "offset_seconds": 0.0}), "clock_off")


def write(visit: Visit, change: Change) -> Outcome:
    """Set the clock to the true time plus the new offset, which is nought unless an old value is restored."""
    values, zone = read(visit)
    if values["type"] != "Manual":
        return visit.outcome("failed", change, values, "ntp_on")
    if visit.talk.session.local_time_as_utc:
        return visit.outcome("failed", change, values, "local_time_as_utc")
    if same(values, change.new):
        return visit.outcome("done", change, values)
    if not same({**values, "offset_seconds": 0.0}, {**change.old, "offset_seconds": 0.0}):
        return visit.outcome("failed", change, values, "changed_meanwhile")
    if abs(values["offset_seconds"] - float(change.old["offset_seconds"])) > DRIFT_SECONDS:
        return visit.outcome("failed", change, values, "changed_meanwhile")
    offset = float(change.new["offset_seconds"])
    refusal = visit.attempt(lambda: set_by_hand(visit, values, zone, offset))
    likely = None if refusal else DeviceClock.read_now(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset))
    seen = visit.read_back(change, lambda: read(visit, likely)[0])
    return seen if isinstance(seen, Outcome) else visit.judged(change, seen, refusal, same)


def same(first: Values, second: Values) -> bool:
    """Equal but for the tolerance; a clock that runs on between two readings is the same clock."""
    if any(first.get(name) != second.get(name) for name in ("type", "time_zone", "dst")):
        return False
    return abs(float(first["offset_seconds"]) - float(second["offset_seconds"])) <= TOLERANCE_SECONDS


def read(visit: Visit, likely: DeviceClock | None = None) -> tuple[Values, str]:
    """The values, and the time zone exactly as the device wrote it.

    `likely` is what the clock should be by now, for a device that wants a signature even for its clock.
    """
    reply = visit.run(_ask(visit.talk.session, likely))
    found = soap.child(reply, "SystemDateAndTime")
    when = clock_time(reply)
    if when is None:
        raise Misbehaving("clock")
    zone = soap.child(found, "TimeZone", "TZ")
    values = {
        "type": soap.text(found, "DateTimeType", size=20),
        "time_zone": soap.text(zone),
        "dst": soap.text(found, "DaylightSavings").lower() in ("true", "1"),
        "offset_seconds": round(DeviceClock.read_now(when).offset_seconds, 1) + 0.0,  # never -0.0
    }
    written = (zone.text or "") if zone is not None else ""
    visit.own.zones.add(written)
    return values, written


async def _ask(session: OnvifSession, likely: DeviceClock | None) -> Element:
    """Without credentials first, so that a clock that has just been set cannot make our own signature stale."""
    try:
        return await session.plain(soap.GET_CLOCK)
    except Refused:
        pass  # Some cameras want a signature even here (agsh/onvif#178).
    before = session.clock
    if likely is not None:
        session.clock = likely
        try:
            return await session.signed(soap.GET_CLOCK)
        except soap.Fault:
            session.clock = before  # It said yes and kept its own time.
    return await session.signed(soap.GET_CLOCK)


def set_by_hand(visit: Visit, values: Values, zone: str, offset_seconds: float) -> None:
    """One SetSystemDateAndTime. The standard's smallest unit is a second, so we round to the nearest."""
    when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset_seconds + 0.5)
    visit.camera.devicemgmt.SetSystemDateAndTime(
        DateTimeType="Manual",
        DaylightSavings=values["dst"],
        **({"TimeZone": {"TZ": zone}} if zone else {}),
        UTCDateTime={
            "Time": {"Hour": when.hour, "Minute": when.minute, "Second": when.second},
            "Date": {"Year": when.year, "Month": when.month, "Day": when.day},
        },
    )
