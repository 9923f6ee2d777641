"""How good answers are bent, and how often, for the tests that fuzz."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.corpus.hostile import PROFILES, clock, fault, information, services

fuzz = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(fuzz, max_examples=40)

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"


@cache
def seeds() -> list[bytes]:
    """Good answers: our own, and those of several makers."""
    kept = [file.read_bytes()[:20_000] for file in sorted(RECORDINGS.rglob("*.xml"))]
    return [PROFILES, clock(), fault(), information(), services("http://1.1.1.1/"), *kept]


@st.composite
def bent(draw: st.DrawFn, good: Callable[[], list[bytes]] = seeds) -> bytes:
    """A good answer with a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(good()))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 60)))
    middle = draw(st.one_of(st.binary(max_size=20), st.just(data[start:end] * 2), st.just(b"")))
    return data[:start] + middle + data[end:]
