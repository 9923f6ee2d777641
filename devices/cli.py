"""The body of `manage.py probe`, free of Django."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import TextIO

from devices.addresses import parse_endpoint
from devices.brands import BRANDS, brand_of
from devices.errors import AddressRefused, DeviceError, Unauthorized, Unreachable
from devices.probe import Step, probe_device
from devices.report import Target
from devices.report_text import as_text
from devices.routes import routes_from_allow
from devices.rtsp_path import PROBLEM_WORDS, default_port, problem_with
from devices.secrets import Credentials

READ, REFUSED, UNREACHABLE, UNAUTHORIZED, MISBEHAVING = 0, 2, 3, 4, 5
PASSWORD_MAX = 256


class _BadInput(Exception):
    """The command line itself is wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise _BadInput(message)


def _parser() -> _Parser:
    parser = _Parser(
        prog="manage.py probe",
        description="Read one device through the guarded dialler and print what it says.",
        epilog="Exit: 0 read, 2 refused address or bad input, 3 unreachable, 4 unauthorized, 5 misbehaving. "
        "PROBE_ALLOW=10.20.30.0/24:80,554 lets this command dial a private range.",
    )
    parser.add_argument(
        "address",
        metavar="HOST[:PORT]",
        help="IPv6 in brackets; the port is 80 where none is given (554 or 322 without ONVIF)",
    )
    parser.add_argument("--user", help="the device's ONVIF user")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument("--rtsp-port", type=int, help="port of the streams, where the device names a wrong one")
    parser.add_argument(
        "--rtsp-path",
        default="",
        help="bring in a device without ONVIF by this path, in which {channel} and {stream} may be left open",
    )
    parser.add_argument(
        "--rtsp-brand",
        choices=[brand.code for brand in BRANDS if brand.rtsp_path],
        help="bring in a device without ONVIF by its maker's path, and by what its streams are called",
    )
    parser.add_argument("--rtsp-tls", action="store_true", help="speak RTSP over TLS to a device without ONVIF")
    parser.add_argument("--deadline", type=float, default=20.0, help="seconds for the whole probe (20)")
    parser.add_argument("--no-picture", action="store_true", help="do not take a picture")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO, env: Mapping[str, str]) -> int:
    """Run the command; returns its exit code. The password is read from `stdin` and printed nowhere."""
    try:
        options = _parser().parse_args(list(argv))
        target = _target(options)
        credentials = _credentials(options.user, options.password_stdin, stdin)
        route = routes_from_allow(env.get("PROBE_ALLOW", ""))
        if not 0 < options.deadline <= 300:
            raise _BadInput("--deadline must be between 0 and 300 seconds")
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except (_BadInput, ValueError) as problem:
        stderr.write(f"bad input: {problem}\n")
        return REFUSED
    except AddressRefused as error:
        return _refused(error, stdout, stderr, as_json=options.json)
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
        return _refused(error, stdout, stderr, as_json=options.json)
    if options.json:
        stdout.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(as_text(report))
    return READ


def _target(options: argparse.Namespace) -> Target:
    """Where to go, and whether RTSP is all that is spoken there."""
    brand = brand_of(options.rtsp_brand or "")
    path = options.rtsp_path or brand.rtsp_path
    if not path:
        if options.rtsp_tls:
            raise _BadInput("--rtsp-tls is for a device without ONVIF: name --rtsp-path or --rtsp-brand too")
        host, port = parse_endpoint(options.address)
        return Target(host, port, rtsp_port=options.rtsp_port)
    if problem := problem_with(path):
        raise _BadInput(f"--rtsp-path: {PROBLEM_WORDS[problem]}")
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
            raise _BadInput("--password-stdin needs --user")
        return None
    if not from_stdin:
        raise _BadInput("--user needs --password-stdin")
    password = stdin.readline(PASSWORD_MAX + 2).removesuffix("\n").removesuffix("\r")
    if len(password) > PASSWORD_MAX:
        raise _BadInput(f"the password is longer than {PASSWORD_MAX} characters")
    return Credentials(user, password)


def _show_step(step: Step, stderr: TextIO) -> None:
    if step.state == "started":
        stderr.write(f"… {step.words}\n")


def _refused(error: DeviceError, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> int:
    detail = f" ({error.detail})" if error.detail else ""
    stderr.write(f"{error.code}{detail}: {error.message} {error.remedy}\n")
    if as_json:
        told = {"error": error.code, "detail": error.detail, "message": error.message, "remedy": error.remedy}
        stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    if isinstance(error, AddressRefused):
        return REFUSED
    if isinstance(error, Unreachable):
        return UNREACHABLE
    return UNAUTHORIZED if isinstance(error, Unauthorized) else MISBEHAVING
