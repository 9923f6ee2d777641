"""NTP: a clock that is set by hand is handed over to a time server, where its owner agrees.

A server that the device has already, by hand or from its network, is kept; ours is named only where there is none.
Two writes make one change: SetNTP names the server, and SetSystemDateAndTime hands the clock over, with the
device's own time zone and daylight saving. The order is the standard's (ONVIF Core, SetNTP: it does not affect the
mode of the clock), and the way back is the reverse. If the second does not take, the first is taken back; whatever
stays is in the outcome's change, so that it can be undone from there.

The standard has no way to ask whether the device reaches its server: the type reads NTP either way, and the words
say so. The drift of the clock shows it later.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices import soap
from devices.changes import Change, Finding, Outcome, Values, Wish, time_server_kind
from devices.configure import clock
from devices.configure.encoders import request
from devices.errors import Misbehaving
from devices.sign_in import DeviceClock

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from devices.configure.visit import Visit

SERVERS_MAX = 8
_PLACES = {"DNS": "DNSname", "IPv4": "IPv4Address", "IPv6": "IPv6Address"}
#: What makers write where there is no server: nothing, or the address that is nobody's.
_NOBODY = frozenset(("", str(ipaddress.IPv4Address(0)), str(ipaddress.IPv6Address(0))))


@dataclass(frozen=True, slots=True)
class Found:
    """How the clock is kept, its time zone exactly as the device wrote it, and how far it is off."""

    values: Values
    zone: str
    offset_seconds: float


def find(visit: Visit, wish: Wish) -> Finding:
    """Whether the clock is set by hand though the device knows NTP. `ValueError` for a server that is none."""
    server = str(wish.values.get("server", ""))
    if not time_server_kind(server):
        raise ValueError("A time server is a host name or an IPv4 address.")
    values, _ = clock.read(visit)
    if values["type"] != "Manual":
        return Finding("ntp", "right", None, "ntp_on")
    if visit.talk.session.local_time_as_utc:
        return Finding("ntp", "unsupported", None, "local_time_as_utc")
    old = _kept(values) | _servers(visit)
    if old["servers"]:
        return Finding("ntp", "differs", Change("ntp", "", old, {**old, "type": "NTP"}), "ntp_off_own_server")
    if old["from_dhcp"]:
        return Finding("ntp", "unsupported", None, "ntp_from_dhcp")
    return Finding("ntp", "differs", Change("ntp", "", old, {**old, "type": "NTP", "servers": [server]}), "ntp_off")


def write(visit: Visit, change: Change) -> Outcome:
    """Hand the clock over to NTP, or back to the hand where the change is the undoing of that."""
    now = _read(visit)
    if visit.talk.session.local_time_as_utc:
        return visit.outcome("failed", change, now.values, "local_time_as_utc")
    if not _sound(change):
        return visit.outcome("failed", change, now.values, "not_allowed")
    if now.values == change.new:
        return visit.outcome("done", change, now.values)
    return _switch_on(visit, change, now) if change.new["type"] == "NTP" else _switch_off(visit, change, now)


def _sound(change: Change) -> bool:
    """A server is named where there was none, or taken away again; any other stays as it is."""
    old, new = change.old, change.new
    if new.get("type") not in ("Manual", "NTP"):
        return False
    if all(old.get(name) == new.get(name) for name in ("servers", "from_dhcp")):
        return True
    if new.get("from_dhcp"):
        return False
    if new["type"] == "Manual":
        return new.get("servers") == []
    servers = new.get("servers")
    named = isinstance(servers, list) and len(servers) == 1 and time_server_kind(str(servers[0])) != ""
    return named and old.get("servers") == [] and not old.get("from_dhcp")


def _switch_on(visit: Visit, change: Change, now: Found) -> Outcome:
    if now.values["type"] != "Manual":
        return visit.outcome("failed", change, now.values, "ntp_on")
    if now.values != change.old:
        return visit.outcome("failed", change, now.values, "changed_meanwhile")
    refusal, named = "", True
    if change.new["servers"] != change.old["servers"]:
        refusal = visit.attempt(lambda: _name(visit, change.new["servers"]))
        servers = visit.read_back(change, lambda: _servers(visit))
        if isinstance(servers, Outcome):
            return servers
        named = servers["servers"] == change.new["servers"]  # Else the clock would follow nobody.
    if named:
        refusal = visit.attempt(lambda: _hand_over(visit, now))
    seen = visit.read_back(change, lambda: _read_again(visit, refusal))
    if not isinstance(seen, Outcome) and _half_done(seen.values, change):
        visit.attempt(lambda: _name(visit, []))
        seen = visit.read_back(change, lambda: _read_again(visit, refusal))
    return seen if isinstance(seen, Outcome) else visit.judged(change, seen.values, refusal, _same)


def _half_done(seen: Values, change: Change) -> bool:
    """Our server is named, and the clock is not handed over."""
    return seen["type"] == "Manual" and seen["servers"] != [] and change.old["servers"] == []


def _switch_off(visit: Visit, change: Change, now: Found) -> Outcome:
    """Back to the hand first, so that the clock never follows nobody. What was done by halves is undone too."""
    old, new = change.old, change.new
    if any(now.values[name] not in (old.get(name), new.get(name)) for name in now.values):
        return visit.outcome("failed", change, now.values, "changed_meanwhile")
    refusal, is_set = "", now.values["type"] != "Manual"
    if is_set:
        refusal = visit.attempt(lambda: _take_over(visit, change, now))
        after = visit.read_back(change, lambda: _read_again(visit, refusal))
        if isinstance(after, Outcome):
            return after
        if after.values["type"] != "Manual":
            return visit.judged(change, after.values, refusal, _same)
        now = after
    if now.values["servers"] != new["servers"]:
        refusal = visit.attempt(lambda: _name(visit, []))
    seen = visit.read_back(change, lambda: _read_again(visit, refusal))
    if isinstance(seen, Outcome):
        return seen
    if is_set and abs(seen.offset_seconds) > clock.TOLERANCE_SECONDS:
        return visit.outcome("failed", change, {**seen.values, "offset_seconds": seen.offset_seconds}, "clock_off")
    if {**seen.values, "servers": new["servers"]} == new != seen.values:
        return visit.outcome("failed", change, seen.values, "ntp_server_left")
    return visit.judged(change, seen.values, refusal, _same)


def _name(visit: Visit, servers: list[str]) -> None:
    kinds = [(time_server_kind(server), server) for server in servers]
    manual = [{"Type": kind, _PLACES[kind]: server} for kind, server in kinds]
    visit.camera.devicemgmt.SetNTP(FromDHCP=False, NTPManual=manual)


def _hand_over(visit: Visit, now: Found) -> None:
    visit.camera.devicemgmt.SetSystemDateAndTime(
        DateTimeType="NTP",
        DaylightSavings=now.values["dst"],
        **({"TimeZone": {"TZ": now.zone}} if now.zone else {}),
    )


def _take_over(visit: Visit, change: Change, now: Found) -> None:
    same_zone = now.values["time_zone"] == change.new["time_zone"]
    visit.own.zones.add(change.new["time_zone"])  # It is the device's own, as it was before.
    clock.set_by_hand(visit, change.new, now.zone if same_zone else change.new["time_zone"], 0.0)


def _read_again(visit: Visit, refusal: str) -> Found:
    """After a write. NTP may move the clock between two questions, and the signature with it: then once more."""
    likely = None if refusal else DeviceClock.read_now(dt.datetime.now(dt.UTC))
    try:
        return _read(visit, likely)
    except soap.Fault as fault:
        if not fault.not_authorized:
            raise
        return _read(visit, likely)


def _read(visit: Visit, likely: DeviceClock | None = None) -> Found:
    """The clock first, so that what follows is signed by the time that the device has now."""
    values, zone = clock.read(visit, likely)
    offset = float(values["offset_seconds"])
    session = visit.talk.session
    if not session.local_time_as_utc:
        session.clock = DeviceClock.read_now(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset))
    return Found(_kept(values) | _servers(visit), zone, offset)


def _kept(values: Values) -> Values:
    """Of the clock's values those that are kept and restored; how far it was off is not."""
    return {name: value for name, value in values.items() if name != "offset_seconds"}


def _servers(visit: Visit) -> Values:
    """Where the device takes the time from: the servers named by hand, or those that its network gave."""
    found = soap.child(visit.ask(request(soap.DEVICE, "GetNTP"), visit.paths[soap.DEVICE]), "NTPInformation")
    if found is None:
        raise Misbehaving("ntp")
    from_dhcp = soap.text(found, "FromDHCP").lower() in ("true", "1")
    listed = soap.children(found, "NTPFromDHCP" if from_dhcp else "NTPManual")[:SERVERS_MAX]
    names = [_server(host) for host in listed]
    return {"from_dhcp": from_dhcp, "servers": [name for name in names if name not in _NOBODY]}


def _server(host: Element) -> str:
    """The name or address where the type says it is, else wherever one stands, as some makers write it."""
    places = [_PLACES.get(soap.text(host, "Type"), ""), *_PLACES.values()]
    names = [soap.text(host, place, size=253) for place in places if place]
    return next((name for name in names if name), "").lower().rstrip(".")


def _same(first: Values, second: Values) -> bool:
    return first == second
