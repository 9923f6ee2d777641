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
from devices.terminal import BadInput, Parser, Told, bad_input, number_between, say, wants_json

SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 60.0
OWN_ADDRESSES = "Lihat `ip -4 addr`"
_COLUMNS = ("ALAMAT", "NAMA", "TIPE", "LOKASI", "ENDPOINT")


def _parser() -> Parser:
    parser = Parser(
        prog="manage.py discover",
        description="Tanya jaringan setempat perangkat ONVIF mana yang ada di sana. Apa pun yang mereka sebut "
        "tidak dihubungi.",
        epilog="Kode keluar: 0 ada yang menjawab, 2 masukan salah atau jaringannya tidak ada, 3 tidak ada yang "
        "menjawab.",
    )
    add = parser.choices.add_argument
    add(
        "--seconds",
        type=number_between(SHORTEST_SECONDS, LONGEST_SECONDS),
        default=4.0,
        metavar="DETIK",
        help="berapa lama mendengarkan (4)",
    )
    add(
        "--interface",
        type=_own_address,
        metavar="ALAMAT",
        help="alamat IPv4 komputer ini sendiri di jaringan itu",
    )
    add("--json", action="store_true", help="cetak satu objek JSON, juga bila gagal")
    return parser


def _own_address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"tulis alamat IPv4 komputer ini di jaringan itu, bukan nama antarmukanya. {OWN_ADDRESSES}"
        ) from None


def main(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Run the command; returns its exit code."""
    as_json = wants_json(list(argv))
    try:
        options = _parser().parse_args(list(argv))
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except BadInput as problem:
        say(bad_input(problem), stdout, stderr, as_json=as_json)
        return REFUSED
    seconds = f"{options.seconds:g}".replace(".", ",")
    stderr.write(f"… Mendengarkan selama {seconds} detik\n")
    stderr.flush()
    try:
        result = discover(options.seconds, interface=options.interface or "")
    except OSError as problem:
        reason = f"Jaringannya tidak dapat dipakai ({problem.strerror or problem})."
        remedy = f"--interface memakai salah satu alamat IPv4 komputer ini sendiri. {OWN_ADDRESSES}."
        say(Told("no_network", "", reason, remedy), stdout, stderr, as_json=as_json)
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
            "Periksa: komputer ini satu jaringan dengan kamera (--interface ALAMAT memilih",
            "jaringannya), ONVIF dan “WS-Discovery” menyala pada kamera, dan firewall tidak",
            "menahan UDP 3702.",
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
