"""The body of `manage.py probe`, free of Django."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from devices.addresses import parse_endpoint, parse_port
from devices.brands import BRANDS, brand_of
from devices.errors import AddressRefused, DeviceError, Unauthorized, Unreachable
from devices.operator_words import COMMAND, Asked, told_of
from devices.probe import Step, probe_device
from devices.report import Target
from devices.report_text import as_text
from devices.routes import Route, routes_from_allow
from devices.rtsp_path import PROBLEM_WORDS, default_port, problem_with
from devices.secrets import Credentials
from devices.terminal import BadInput, Parser, bad_input, number_between, say, wants_json

READ, REFUSED, UNREACHABLE, UNAUTHORIZED, MISBEHAVING = 0, 2, 3, 4, 5
PASSWORD_MAX = 256
SECONDS = 1, 300
_BRANDS = tuple(brand.code for brand in BRANDS if brand.rtsp_path)


def _parser() -> Parser:
    parser = Parser(
        prog="manage.py probe",
        description="Baca satu perangkat melalui penghubung yang dijaga, lalu cetak apa yang dikatakannya.",
        epilog="Kode keluar: 0 terbaca, 2 alamat ditolak atau masukan salah, 3 tidak terjangkau, 4 kata sandi "
        "ditolak, 5 jawaban tidak dapat dipakai. Jaringan setempat dihubungi hanya bila diizinkan: "
        f"PROBE_ALLOW=10.20.30.0/24:80,554 {COMMAND} … -- 10.20.30.5",
    )
    parser.places.add_argument(
        "address",
        metavar="HOST[:PORT]",
        help="IPv6 di dalam kurung siku; tanpa port dipakai 80 (tanpa ONVIF 554, atau 322 lewat TLS)",
    )
    add = parser.choices.add_argument
    add("--user", metavar="NAMA", help="pengguna ONVIF pada perangkat")
    add("--password-stdin", action="store_true", help="baca kata sandi dari masukan standar")
    add("--tls", action="store_true", help="ONVIF lewat TLS (di port 443 dan 8443 selalu)")
    add("--rtsp-port", type=_port, metavar="PORT", help="port tayangan, bila perangkat menyebut yang salah")
    add(
        "--rtsp-path",
        metavar="JALUR",
        help="perangkat tanpa ONVIF: jalur tayangannya; {channel} dan {stream} boleh dibiarkan terbuka",
    )
    add(
        "--rtsp-brand",
        type=_brand,
        metavar="MEREK",
        help=f"perangkat tanpa ONVIF: jalur menurut mereknya ({', '.join(_BRANDS)})",
    )
    add("--rtsp-tls", action="store_true", help="perangkat tanpa ONVIF: RTSP lewat TLS")
    add(
        "--deadline",
        type=number_between(*SECONDS),
        default=20.0,
        metavar="DETIK",
        help="batas waktu seluruhnya (20)",
    )
    add("--no-picture", action="store_true", help="jangan ambil gambar")
    add("--json", action="store_true", help="cetak satu objek JSON, juga bila gagal")
    return parser


def _port(text: str) -> int:
    try:
        return parse_port(text)
    except AddressRefused:
        raise argparse.ArgumentTypeError("tulis nomor port dari 1 sampai 65535") from None


def _brand(text: str) -> str:
    if text not in _BRANDS:
        raise argparse.ArgumentTypeError(f"pilih salah satu: {', '.join(_BRANDS)}")
    return text


def main(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO, env: Mapping[str, str]) -> int:
    """Run the command; returns its exit code. The password is read from `stdin` and printed nowhere."""
    argv, as_json = list(argv), wants_json(list(argv))
    try:
        options = _parser().parse_args(argv)
        asked = Asked(argv, options.address, 0, options.rtsp_port, options.user is not None)
        target = _target(options)
        credentials = _credentials(options.user, options.password_stdin, stdin)
        route = _route(env.get("PROBE_ALLOW", ""))
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except BadInput as problem:
        say(bad_input(problem), stdout, stderr, as_json=as_json)
        return REFUSED
    except AddressRefused as error:
        say(told_of(error, asked), stdout, stderr, as_json=as_json)
        return REFUSED
    try:
        report = probe_device(
            target,
            credentials,
            route=route,
            deadline_seconds=options.deadline,
            on_step=lambda step: _show_step(step, stderr),
            want_picture=not options.no_picture,
            seek_port=True,
        )
    except DeviceError as error:
        asked = replace(asked, address=target.host, port=target.port)
        say(told_of(error, asked), stdout, stderr, as_json=as_json)
        return _code_of(error)
    if as_json:
        stdout.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(as_text(report))
    return READ


def _target(options: argparse.Namespace) -> Target:
    """Where to go, and whether RTSP is all that is spoken there."""
    if options.rtsp_path is not None and options.rtsp_brand is not None:
        raise BadInput("Pilih --rtsp-path atau --rtsp-brand, jangan keduanya")
    if options.rtsp_path is None and options.rtsp_brand is None:
        if options.rtsp_tls:
            raise BadInput("--rtsp-tls untuk perangkat tanpa ONVIF: tambahkan --rtsp-path atau --rtsp-brand")
        host, port = parse_endpoint(options.address)
        return Target(host, port, rtsp_port=options.rtsp_port, tls=True if options.tls else None)
    if options.tls:
        raise BadInput("--tls untuk ONVIF; perangkat tanpa ONVIF memakai --rtsp-tls")
    brand = brand_of(options.rtsp_brand or "")
    path = brand.rtsp_path if options.rtsp_path is None else options.rtsp_path
    if problem := problem_with(path):
        raise BadInput(f"--rtsp-path: {PROBLEM_WORDS[problem].removesuffix('.')}")
    host, port = parse_endpoint(options.address, options.rtsp_port or default_port(tls=options.rtsp_tls))
    return Target(
        host,
        port,
        rtsp_port=options.rtsp_port,
        rtsp_path=path,
        rtsp_streams=brand.streams,
        rtsp_tls=options.rtsp_tls,
    )


def _credentials(user: str | None, from_stdin: bool, stdin: TextIO) -> Credentials | None:
    if user is None:
        if from_stdin:
            raise BadInput("--password-stdin memerlukan --user")
        return None
    if not user:
        raise BadInput("Nama pengguna kosong")
    if not from_stdin:
        raise BadInput("--user memerlukan --password-stdin")
    try:
        password = stdin.readline(PASSWORD_MAX + 2).removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise BadInput("Kata sandi pada masukan standar bukan teks UTF-8") from None
    if not password:
        raise BadInput("Kata sandi pada masukan standar kosong")
    if len(password) > PASSWORD_MAX:
        raise BadInput(f"Kata sandi lebih panjang dari {PASSWORD_MAX} karakter")
    return Credentials(user, password)


def _route(allow: str) -> Route:
    try:
        return routes_from_allow(allow)
    except ValueError:
        raise BadInput(
            "PROBE_ALLOW tidak terbaca; bentuknya RENTANG:PORT,PORT (IPv6 dalam kurung siku), misalnya "
            "10.20.30.0/24:80,554"
        ) from None


def _show_step(step: Step, stderr: TextIO) -> None:
    if step.state == "started":
        stderr.write(f"… {step.words}\n")


def _code_of(error: DeviceError) -> int:
    if isinstance(error, AddressRefused):
        return REFUSED
    if isinstance(error, Unreachable):
        return UNREACHABLE
    return UNAUTHORIZED if isinstance(error, Unauthorized) else MISBEHAVING
