"""What may be asked of a clock and of the servers that it follows; everything else never leaves."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import pytest

from devices import soap
from devices.configure import OperationForbidden, visiting
from devices.configure.allowed import Own, require_allowed
from devices.report import Target
from tests.devices.configurable import LOOPBACK, OWNER, Configurable, running
from tests.devices.configuring import wrote

BY_NTP = "<DateTimeType>NTP</DateTimeType><DaylightSavings>false</DaylightSavings>"
CLOCK_SET, NTP_SET = "SetSystemDateAndTime", "SetNTP"
SERVER = "pool.ntp.org"
HOST = '<t:{0} xmlns:t="http://www.onvif.org/ver10/schema">{1}</t:{0}>'


def server(kind: str, **parts: str) -> str:
    inner = "".join(HOST.format(name, value) for name, value in {"Type": kind, **parts}.items())
    return f"<NTPManual>{inner}</NTPManual>"


DNS, BY_HAND = server("DNS", DNSname=SERVER), "<FromDHCP>false</FromDHCP>"


def asked(name: str, inner: str) -> Any:
    return soap.parse_xml(f'<{name} xmlns="{soap.DEVICE}">{inner}</{name}>'.encode())


@pytest.mark.parametrize(
    "inner",
    [BY_HAND + DNS, BY_HAND, BY_HAND + server("IPv4", IPv4Address="192.0.2.1")],
    ids=["DNS", "none", "IPv4"],
)
def test_one_server_or_none_may_be_named(inner: str) -> None:
    require_allowed(asked(NTP_SET, inner), Own())


@pytest.mark.parametrize(
    "inner",
    [
        "",
        DNS,
        f"<FromDHCP>true</FromDHCP>{DNS}",
        "<FromDHCP>true</FromDHCP>",
        f"{BY_HAND}<FromDHCP>true</FromDHCP>",
        BY_HAND + DNS + DNS,
        BY_HAND + server("DNS", DNSname="x"),
        BY_HAND + server("DNS", DNSname="192.0.2.1"),
        BY_HAND + server("IPv4", IPv4Address=SERVER),
        BY_HAND + server("IPv4", DNSname=SERVER),
        BY_HAND + server("IPv6", IPv6Address="2001:db8::1"),
        BY_HAND + server("DNS", DNSname=SERVER, IPv4Address="192.0.2.1"),
        BY_HAND + server("DNS", DNSname="a;reboot.org"),
        BY_HAND + DNS + "<Extension/>",
    ],
)
def test_no_other_time_servers_are_sent(inner: str) -> None:
    with pytest.raises(OperationForbidden):
        require_allowed(asked(NTP_SET, inner), Own())


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<DateTimeType>PTP</DateTimeType>",
        "<DateTimeType>NTP</DateTimeType><DateTimeType>Manual</DateTimeType>",
        "<DateTimeType>NTP</DateTimeType><UTCDateTime/>",
    ],
)
def test_a_clock_is_set_by_hand_or_handed_over_and_nothing_else(inner: str) -> None:
    require_allowed(asked(CLOCK_SET, BY_NTP), Own())
    with pytest.raises(OperationForbidden):
        require_allowed(asked(CLOCK_SET, inner), Own())


@pytest.mark.parametrize("zone", ["<+07>-7:00:00  ", "WIB-7"])
def test_a_clock_keeps_the_devices_own_time_zone_to_the_letter(zone: str) -> None:
    own, theirs = Own(zones={zone}), "UTC0"

    def with_zone(zone: str) -> Any:
        return asked(CLOCK_SET, f"{BY_NTP}<TimeZone>{HOST.format('TZ', escape(zone))}</TimeZone>")

    require_allowed(with_zone(zone), own)
    for other in (theirs, zone.strip() + " x", ""):
        with pytest.raises(OperationForbidden):
            require_allowed(with_zone(other), own)


@pytest.mark.slow
def test_what_zeep_would_send_otherwise_never_leaves() -> None:
    device = Configurable()
    two = [{"Type": "DNS", "DNSname": name} for name in (SERVER, "time.example.org")]
    with running(device), visiting(Target("127.0.0.1", device.port), OWNER, route=LOOPBACK) as visit:
        for manual in (two, [{"Type": "IPv6", "IPv6Address": "2001:db8::1"}]):
            with pytest.raises(OperationForbidden):
                visit.camera.devicemgmt.SetNTP(FromDHCP=False, NTPManual=manual)

    assert wrote(device) == []
