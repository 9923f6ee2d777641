"""The visits in an owner's guest book, in both languages."""

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from onboarding.models import Outcome, Verification
from tests.factories import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["Gambar diambil", "Hasil", "Sesuai", "Perlu perbaikan", "Tolak", "Belum diputuskan"]),
        ("en", ["Pictures taken", "Outcome", "As it should be", "Needs a fix", "Reject", "Not decided yet"]),
    ],
)
def test_the_visits_are_told_in_the_readers_language(language: str, words: list[str]) -> None:
    now = timezone.now()
    world = World(now=now)
    camera = world.verified(world.site())
    visits = [Verification(camera=camera, started_at=now, outcome=outcome) for outcome in [*Outcome.values, ""]]

    with override(language):
        table = render_to_string("desks/_visits.html", {"visits": visits})

    assert [word for word in words if word not in table] == []
