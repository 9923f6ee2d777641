"""What the log keeps to itself."""

import os
import subprocess
import sys

import pytest

from config.logs import without_secrets


@pytest.mark.parametrize(
    "name", ["password", "sandi", "Authorization", "csrf_token", "set_cookie", "sealed_secret"]
)
def test_a_value_named_as_a_secret_is_hidden(name):
    assert without_secrets(None, "info", {name: "kenari"}) == {name: "[hidden]"}


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("GET /akun/undangan/abc-DEF_1/", "GET /akun/undangan/[hidden]/"),
        ("GET /peragaan/masuk/abc/", "GET /peragaan/masuk/[hidden]/"),
        ("GET /tanda-terima/VPJ9-55AV/", "GET /tanda-terima/[hidden]/"),
        ("POST /akun/masuk/kode/", "POST /akun/masuk/kode/"),
    ],
)
def test_one_time_tokens_in_a_path_are_hidden(path, kept):
    assert without_secrets(None, "info", {"request": path})["request"] == kept


PROGRAM = """
import logging
import django
django.setup()

def fails():
    password = "-".join(["kenari", "rahasia"])
    raise ValueError(len(password))

try:
    fails()
except ValueError:
    logging.getLogger("tests").exception("it failed")
"""


@pytest.mark.slow
def test_a_traceback_shows_no_local_variables(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "MITRA_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "ValueError" in said.stderr
    assert "kenari-rahasia" not in said.stderr
