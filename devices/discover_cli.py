"""The body of `manage.py discover`, free of Django."""

from __future__ import annotations

import argparse
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from devices.cli import READ, REFUSED, UNREACHABLE
from devices.discover import Discovery, Found, discover

LONGEST_SECONDS = 60.0
_COLUMNS = ("ALAMAT", "NAMA", "TIPE", "LOKASI", "ENDPOINT")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise ValueError(message)


def _parser() -> _Parser:
    parser = _Parser(
        prog="manage.py discover",
        description="Ask the local network which ONVIF devices are there. Nothing that they name is dialled.",
        epilog="Exit: 0 somebody answered, 2 bad input or no such network, 3 nobody answered.",
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to listen (4)")
    parser.add_argument("--interface", default="", metavar="ADDR", help="our own IPv4 address on that network")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Run the command; returns its exit code."""
    try:
        options = _parser().parse_args(list(argv))
        if not 0.1 <= options.seconds <= LONGEST_SECONDS:
            raise ValueError(f"--seconds must be between 0.1 and {LONGEST_SECONDS:g}")
        if options.interface:
            ipaddress.IPv4Address(options.interface)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except ValueError as problem:
        stderr.write(f"bad input: {problem}\n")
        return REFUSED
    try:
        result = discover(options.seconds, interface=options.interface)
    except OSError as problem:
        stderr.write(
            f"no such network: {problem.strerror or problem}. --interface takes one of this machine's own IPv4 "
            "addresses (see `ip -4 addr`).\n"
        )
        return REFUSED
    if options.json:
        told = {
            "devices": [asdict(one) for one in result.found],
            "refused": result.refused,
            "cut": result.cut,
        }
        stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(as_text(result))
    return READ if result.found else UNREACHABLE


def as_text(result: Discovery) -> str:
    """A table for a person, and how to go on from it."""
    lines: list[str] = []
    if result.found:
        rows = [_COLUMNS, *(_row(one) for one in result.found)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        first = result.found[0]
        lines += [
            "",
            f"{len(result.found)} perangkat. Baca salah satunya, misalnya yang pertama:",
            f"  PROBE_ALLOW={first.address}/32:{_ports(first)} "
            f"./run manage probe --user NAMA --password-stdin -- {first.address}:{first.port}",
        ]
    else:
        lines += [
            "Tidak ada perangkat ONVIF yang menjawab.",
            "Periksa: komputer ini satu jaringan dengan kamera (--interface ALAMAT memilih jaringannya), ONVIF dan",
            "“WS-Discovery” menyala pada kamera, dan firewall tidak menahan UDP 3702.",
        ]
    if result.refused:
        lines.append(f"{result.refused} jawaban tidak dapat dipakai dan dibuang.")
    if result.cut:
        lines.append("Jawaban terlalu banyak; sebagian tidak dibaca.")
    return "\n".join(lines) + "\n"


def _row(one: Found) -> tuple[str, ...]:
    return (
        f"{one.address}:{one.port}",
        one.name or "-",
        one.hardware or "-",
        one.location or "-",
        one.endpoint or "-",
    )


def _ports(one: Found) -> str:
    return ",".join(dict.fromkeys((str(one.port), "554")))
