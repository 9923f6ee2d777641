"""Where a setting comes from: the environment first, then how the product was last started here."""

import pytest

from config import env

NAME = "MITRA_BASE_URL"


@pytest.fixture
def started(monkeypatch, tmp_path):
    """The product was started on port 8171."""
    monkeypatch.setattr(env, "_REMEMBERED", tmp_path / "up.json")
    monkeypatch.delenv(NAME, raising=False)
    env.remember({NAME: "http://127.0.0.1:8171"})
    return tmp_path / "up.json"


def test_a_command_speaks_of_the_product_that_was_started_here(started):
    assert env.text(NAME, "http://127.0.0.1:8000") == "http://127.0.0.1:8171"
    assert started.stat().st_mode & 0o077 == 0


def test_the_environment_comes_first(started, monkeypatch):
    monkeypatch.setenv(NAME, "http://127.0.0.1:9000")

    assert env.text(NAME) == "http://127.0.0.1:9000"


def test_production_remembers_nothing(started, monkeypatch):
    monkeypatch.setenv("MITRA_MODE", "production")

    assert env.text(NAME, "none") == "none"


def test_a_broken_memory_is_none(started):
    started.write_text("{")

    assert env.text(NAME, "none") == "none"
