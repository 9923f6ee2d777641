"""The proofs' own promises: fixed names, and no proof that holds by saying nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from proof import __main__ as command
from proof import restore
from proof.health import faults
from proof.rows import Result, most, same

ROOT = Path(__file__).resolve().parent.parent


def test_a_row_has_exactly_the_fixed_names():
    said = json.loads(Result("restore", [same("rows", 3, 3)]).json())

    assert said == {"proof": "restore", "rows": [{"what": "rows", "measured": 3, "target": 3, "ok": True}]}


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([], False),
        ([same("rows", 3, 3)], True),
        ([same("rows", 3, 3), same("head", "ab", "cd")], False),
        ([most("memory", 256, 256, "MiB")], True),
        ([most("memory", 256.1, 256, "MiB")], False),
    ],
)
def test_a_proof_holds_when_every_row_does(rows, holds):
    result = Result("restore", rows)

    assert result.holds is holds
    assert ("does not hold" in result.table()) is not holds


@pytest.mark.parametrize("holds", [True, False])
def test_it_exits_0_only_when_it_holds(monkeypatch, capsys, holds):
    monkeypatch.setattr(sys, "argv", ["proof", "restore", "--json"])
    monkeypatch.setattr(restore, "run", lambda: Result("restore", [same("rows", 3, 3 if holds else 4)]))

    if holds:
        command.main()
    else:
        with pytest.raises(SystemExit, match="1"):
            command.main()

    assert json.loads(capsys.readouterr().out)["rows"][0]["ok"] is holds


def test_the_faults_of_health_are_among_the_proofs():
    assert set(faults.FAULTS) <= set(command.PROOFS)
    assert (faults.WORKER_KILLS, faults.BROKER_KILLS, faults.FLUSHES, faults.DATABASE_RESTARTS) == (30, 10, 3, 5)
    assert faults.SECONDS <= 90


@pytest.mark.slow
def test_without_a_name_it_lists_them():
    done = subprocess.run([sys.executable, "-m", "proof"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("restore ")
