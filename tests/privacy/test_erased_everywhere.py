"""The guard that no later table slips by: after an erasure nothing of the owner is left, wherever it may stand."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.files.storage import default_storage
from django.db import models
from django.test import Client

from accounts.models import User
from audit.checking import check_chain
from privacy.models import SubjectRequest
from privacy.services.erasures import ask_to_erase_partner, erase_what_is_owed
from registry.services import do_what_is_owed
from tests.factories import World
from tests.privacy.seeded import MARK, NOT_PERSONAL, free_fields, seed


def holding(word: str) -> list[str]:
    """Every place in the database and in the store that holds this word, whatever the spelling."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            for value in model._default_manager.values_list(field.attname, flat=True):
                if word.lower() in _text(value).lower():
                    found.append(f"{model._meta.label}.{field.name}")
    found += [
        "sessions" for session in Session.objects.all() if word.lower() in _text(session.get_decoded()).lower()
    ]
    for path in Path(default_storage.path("")).rglob("*"):
        if path.is_file() and word.lower() in (path.name + path.read_bytes().decode("latin-1")).lower():
            found.append(f"store: {path.name}")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return json.dumps(value, default=str, ensure_ascii=False)


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> None:
    settings.LOOK_DEFERRAL = True
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.mark.slow
def test_after_an_erasure_nothing_of_the_owner_is_left_anywhere(world: World, store: None) -> None:
    seeded = seed(world)
    browser = Client()
    browser.force_login(seeded.owner)
    marked = set(holding(MARK))
    unmarked = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in free_fields(model)
        if f"{model._meta.label}.{field.name}" not in marked
    ]
    assert not unmarked, (
        "not seeded: mark them in tests/privacy/seeded.py, or say there why they hold nothing of him"
    )
    assert any(place.startswith("store") for place in marked)

    asked = ask_to_erase_partner(partner=seeded.partner, by=seeded.owner, now=world.now)
    finish(world)

    assert holding(MARK) == []
    asked.refresh_from_db()
    assert asked.outcome == "done"
    assert not SubjectRequest.objects.open().exists(), "a correction is still asked of an officer"
    check = check_chain()
    assert check.holds
    assert check.entries > 10
    assert browser.get("/mitra/").status_code == 302
    assert not User.objects.get(pk=seeded.owner.pk).is_active
    seeded.evidence.refresh_from_db()
    assert seeded.evidence.is_there, "what rests on a case is evidence until its own date"
    seeded.gone.refresh_from_db()
    assert seeded.gone.deleted_at
    assert [letter.to for letter in mail.outbox if letter.subject.endswith("dihapus")] == [
        [f"{MARK.lower()}@contoh.id"]
    ]
    assert User.objects.get(pk=seeded.helper.pk).is_active, "he has not asked"


def finish(world: World) -> None:
    """What the ticks do, as often as it takes."""
    for minute in range(6):
        now = world.now + timedelta(minutes=3 * minute)
        do_what_is_owed(now=now)
        erase_what_is_owed(now=now)
    assert not SubjectRequest.objects.erasures_due(world.now + timedelta(hours=1)).exists()


def test_the_list_of_what_is_not_personal_names_only_what_is_there() -> None:
    known = {"*.public_id"}
    for model in apps.get_models():
        known |= {
            model._meta.label,
            *(f"{model._meta.label}.{field.name}" for field in model._meta.concrete_fields),
        }

    assert set(NOT_PERSONAL) <= known
    assert settings.AUTH_USER_MODEL not in NOT_PERSONAL
    assert all(isinstance(field, models.Field) for field in free_fields(User))
