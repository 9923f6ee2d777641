"""How addresses are read, and what each route admits. The hosts of the corpus are in `test_hosts.py`."""

from __future__ import annotations

import ipaddress

import pytest

from devices.addresses import home_only, parse_endpoint, parse_host
from devices.errors import AddressRefused, Unreachable
from devices.routes import Route, routes_from_allow


@pytest.mark.parametrize("name", ["cam.example.co.id", "CAM.toko.id.", "xn--bcher-kva.de", "a1.b2.net"])
def test_plain_names_are_taken(name: str) -> None:
    assert parse_host(name) == name.lower().removesuffix(".")


@pytest.mark.parametrize(
    "name", ["nvr", "cam.local", "a..id", "cam_1.id", "1.2.3.0x4", "café.id", "a" * 64 + ".id"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(AddressRefused):
        parse_host(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1.1.1", ("1.1.1.1", 80)),
        ("1.1.1.1:8000", ("1.1.1.1", 8000)),
        ("[2404:c0::1]:554", ("2404:c0::1", 554)),
        ("[2404:c0::1]", ("2404:c0::1", 80)),
        ("Cam.Toko.id:2020", ("cam.toko.id", 2020)),
    ],
)
def test_endpoints_are_read(text: str, expected: tuple[str, int]) -> None:
    assert parse_endpoint(text) == expected


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1:", "1.1.1.1:080", "1.1.1.1:+80", "1.1.1.1:8_0", "1.1.1.1:８０", "1.1.1.1:0", "1.1.1.1:65536",
     "2404:c0::1:80", "[1.1.1.1]:80", "[2404:c0::1", "[2404:c0::1]80", "http://1.1.1.1", "u@1.1.1.1", ""],
)  # fmt: skip
def test_broken_endpoints_are_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        parse_endpoint(text)


@pytest.mark.parametrize(
    "text",
    ["192.168.1.10", "10.0.0.5:8000", "172.16.9.1", "100.64.3.2", "169.254.1.1", "fe80::1", "[fd00::5]:80",
     "fe80::1%eth0", "kamera.local", "nvr", "NVR.lan", "cam.home", "cam.home.arpa", "http://192.168.1.9/view",
     "::ffff:192.168.0.1", "127.0.0.1", " 192.168.0.7 "],
)  # fmt: skip
def test_home_addresses_are_known_from_their_text(text: str) -> None:
    assert home_only(text)


@pytest.mark.parametrize(
    "text", ["36.66.0.1", "cam.toko.id", "2404:c0::1", "", "172.32.0.1:80", "0x7f000001", "a b"]
)
def test_other_texts_are_not_called_home(text: str) -> None:
    assert not home_only(text)


def test_an_attached_network_admits_its_own_range_and_ports_and_nothing_else() -> None:
    route = Route("network", routes_from_allow("10.20.30.0/24:80,554").networks)

    route.judge(ipaddress.ip_address("10.20.30.5"), 554, typed=True)

    for address, port in [("10.20.30.5", 22), ("10.20.31.5", 80), ("1.1.1.1", 80)]:
        with pytest.raises(AddressRefused):
            route.judge(ipaddress.ip_address(address), port, typed=True)


@pytest.mark.parametrize("text", ["127.0.0.0/8:80", "169.254.0.0/16:80", "0.0.0.0/0:80", "[::/0]:80"])
def test_our_own_machine_is_never_attached_to_a_site(text: str) -> None:
    networks = routes_from_allow(text).networks

    with pytest.raises(ValueError, match="attached"):
        Route("network", networks)


@pytest.mark.parametrize(
    "text", ["10.20.30.0/24", "10.20.30.1/24:80", "10.0.0.0/8:0", "10.0.0.0/8:9-2", "x:80", "10.0.0.0/8:"]
)
def test_a_broken_allowance_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="PROBE_ALLOW"):
        routes_from_allow(text)


def test_a_refusal_that_only_the_name_server_revealed_is_told_as_unreachable() -> None:
    with pytest.raises(AddressRefused) as refusal:
        Route().judge(ipaddress.ip_address("10.0.0.1"), 80, typed=False)

    told = refusal.value.for_owner()
    assert (told.code, told.message) == (Unreachable.code, Unreachable.message)
