"""`manage.py probe`: its exit codes and its manners."""

from __future__ import annotations

import io

import pytest

from devices.cli import main


def run(*argv: str, stdin: str = "", allow: str = "") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(argv, io.StringIO(stdin), out, err, {"PROBE_ALLOW": allow})
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("--", "10.0.0.1"),
        ("--", "127.0.0.1:8000"),
        ("--", "1.1.1.1:22"),
        ("--", "[::1]:80"),
        ("--", "nvr"),
        ("--user", "u", "--", "1.1.1.1"),
        ("--password-stdin", "--", "1.1.1.1"),
        ("--deadline", "0", "--", "1.1.1.1"),
        ("--rtsp-port", "x", "--", "1.1.1.1"),
        ("--unknown", "--", "1.1.1.1"),
    ],
)
def test_bad_input_and_refused_addresses_exit_2(argv: tuple[str, ...], dialled: list[tuple[str, int]]) -> None:
    code, out, err = run(*argv)

    assert (code, out) == (2, "")
    assert err
    assert dialled == []


def test_a_broken_allowance_is_bad_input() -> None:
    assert run("--", "10.0.0.1", allow="10.0.0.0/8")[0] == 2


def test_a_password_that_is_too_long_is_bad_input_and_not_repeated() -> None:
    code, _, err = run("--user", "u", "--password-stdin", "--", "1.1.1.1", stdin="k" * 300)

    assert code == 2
    assert "kkkk" not in err


def test_a_closed_port_exits_3() -> None:
    assert run("--", "127.0.0.1:1", allow="127.0.0.1/32:1")[0] == 3


def test_help_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help")[0] == 0
    assert "HOST[:PORT]" in capsys.readouterr().out
