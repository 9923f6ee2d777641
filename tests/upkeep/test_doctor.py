"""What `manage.py doctor` finds: each thing once well and once not, and it breaks off at nothing."""

import json
import shutil
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings as given
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

import audit
from accounts.models import DutyKind
from audit.anchors import make_due_anchors
from audit.models import Anchor
from health.models import CheckState
from notices.gateway import LetterBox
from notices.services import send_due_letters, tell
from registry.models import Area, Device
from registry.targets import seal_credentials
from tests.factories import World, person
from upkeep import examinations
from upkeep.doctor import Examination, Finding, Level, examine, failed, ok

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Usage = namedtuple("Usage", "total used free")


def found(name: str) -> list[Finding]:
    """What one examination finds."""
    return [finding for _, finding in examine({name: examinations.EXAMINATIONS[name]})]


def wrong(name: str) -> list[tuple[Level, str]]:
    """Level and words of what is not well; each says what to do."""
    findings = [finding for finding in found(name) if finding.level != Level.OK]
    assert all(finding.remedy for finding in findings)
    return [(finding.level, finding.words) for finding in findings]


# --- the frame -----------------------------------------------------------------------------------------------


def test_one_that_breaks_off_is_a_finding_and_stops_no_other() -> None:
    def broken() -> Iterator[Finding]:
        yield ok("So far.")
        raise ValueError("the first line\nSELECT secret")

    def well() -> list[Finding]:
        return [ok("Well.")]

    needy = Examination(well, needs=frozenset({"broken", "later"}))
    told = list(examine({"broken": Examination(broken), "later": Examination(well), "needy": needy}))

    assert [(name, one.level, one.words) for name, one in told] == [
        ("broken", Level.OK, "So far."),
        ("broken", Level.FAILED, "ValueError: the first line"),
        ("later", Level.OK, "Well."),
        ("needy", Level.SKIPPED, "Not looked at: broken failed."),
    ]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("level", [Level.OK, Level.FAILED])
def test_the_exit_code_tells_whether_something_failed(
    monkeypatch: pytest.MonkeyPatch, level: Level, as_json: bool
) -> None:
    finding = ok("Well.") if level == Level.OK else failed("It burns.", "Pour water on it.")
    monkeypatch.setattr("upkeep.management.commands.doctor.EXAMINATIONS", {"house": Examination(lambda: [finding])})
    out, code = StringIO(), 0

    try:
        call_command("doctor", as_json=as_json, stdout=out)
    except SystemExit as left:
        code = left.code

    assert code == (level == Level.FAILED)
    if as_json:
        row = {"what": "house", "level": level.value, "words": finding.words, "remedy": finding.remedy}
        assert json.loads(out.getvalue()) == {"ok": level == Level.OK, "findings": [row]}
    else:
        assert finding.words in out.getvalue()
        assert finding.remedy in out.getvalue()


# --- what it looks at ----------------------------------------------------------------------------------------


def test_settings(settings: Any) -> None:
    assert wrong("settings") == []

    settings.PRODUCTION, settings.SECRET_KEY = True, "short"
    assert any(words.startswith("security.W009") for _, words in wrong("settings"))

    settings.SECRET_KEY = "kunci-" + "abcdefghij" * 6
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    assert wrong("settings") == [], "what settings.py sets in production is enough"


def test_a_migration_that_was_not_applied() -> None:
    assert wrong("database") == []

    MigrationRecorder(connection).migration_qs.filter(app="health", name__startswith="0010").delete()

    [(level, words)] = wrong("database")
    assert (level, words) == (Level.FAILED, "1 migrations are not applied, from health.0010_mended on.")


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused\nDETAIL: password=geheim")

    monkeypatch.setattr(connection, "cursor", away)

    assert wrong("database") == [(Level.FAILED, "OperationalError: connection refused")]


@pytest.mark.usefixtures("only_on_postgresql")
def test_two_clocks_that_are_apart_and_a_superuser(settings: Any) -> None:
    settings.PRODUCTION = True
    with time_machine.travel(timezone.now() + HOUR):
        told = wrong("database")

    assert "Its clock and ours are 3600 s apart." in [words for _, words in told]
    assert any("could rewrite the audit trail, by SUPERUSER" in words for _, words in told)


def test_a_broker_that_is_away_or_drops_tasks(settings: Any) -> None:
    assert wrong("broker") == []

    with redis.Redis.from_url(given.REDIS_URL) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert [level for level, _ in wrong("broker")] == [Level.FAILED]
        finally:
            client.config_set("maxmemory-policy", "noeviction")

    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert [level for level, _ in wrong("broker")] == [Level.FAILED]
    settings.REDIS_URL = "redis://:ge/heim@127.0.0.1:9/0"
    assert wrong("broker") == [(Level.FAILED, "REDIS_URL is no address.")]


def test_queues_that_nobody_takes_from_and_one_that_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examinations, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(examinations, "LONG_QUEUE", 2)
    with redis.Redis.from_url(given.REDIS_URL) as client:
        client.rpush("letters", b"1", b"2", b"3")
        try:
            told = wrong("workers")
        finally:
            client.delete("letters")

    queues = ("letters", "probes", "slow", "sweeps", "work")  # Of the running product: tests/ops/test_up.py.
    assert told == [
        *((Level.FAILED, f"No worker takes from the queue {queue}.") for queue in queues),
        (Level.WARNING, "3 tasks wait in the queue letters."),
    ]


def test_devices_that_wait_for_their_check() -> None:
    assert wrong("sweep") == []
    now, world = timezone.now(), World(now=timezone.now())
    for number in range(10):
        device = world.device(world.site())
        CheckState.objects.update_or_create(device=device, defaults={"next_check_at": now - number * HOUR / 9})

    assert wrong("sweep") == [
        (Level.FAILED, "9 of 10 devices wait for their check for more than a period."),
    ]
    CheckState.objects.update(next_check_at=now)
    assert [one.words for one in found("sweep")] == ["10 devices are checked in time."]


def test_keys_that_open_no_secret(settings: Any) -> None:
    settings.DEVICE_KEYS = {3: bytes(range(32))}
    world = World(now=timezone.now())
    device = world.device(world.site())
    sealed = seal_credentials(
        device_id=device.public_id, host=device.host, port=device.onvif_port, user="a", password="b"
    )
    Device.objects.update(sealed_user=sealed.user, sealed_password=sealed.password)
    assert [one.words for one in found("device keys")] == ["Secrets under 1 keys open."]

    for keys in ({3: bytes(reversed(range(32)))}, {4: bytes(range(32))}):
        settings.DEVICE_KEYS = keys
        assert wrong("device keys") == [(Level.FAILED, "Secrets under key 3 do not open.")]


def test_a_trail_that_is_not_anchored() -> None:
    world = World(now=timezone.now())
    world.consent(world.site())
    assert audit.models.Entry.objects.exists()
    assert wrong("audit trail") == []

    with time_machine.travel(timezone.now() + 3 * DAY):
        assert [level for level, _ in wrong("audit trail")] == [Level.FAILED]
        make_due_anchors(now=timezone.now())
        assert wrong("audit trail") == []
    Anchor.objects.update(filed_at=timezone.now(), mail_due_at=timezone.now() + 10 * DAY)  # Refused, and again.
    with time_machine.travel(timezone.now() + 5 * DAY):
        assert any("did not get out" in words for _, words in wrong("audit trail"))
        Anchor.objects.update(mail_due_at=None)
        assert not any("did not get out" in words for _, words in wrong("audit trail"))


def test_letters_that_nobody_sends_or_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    start = timezone.now()
    tell(person("Pembaca"), code="uji", subject="Kabar", body="Isi.", now=start)
    gone = person("Pergi")
    gone.is_active = False
    gone.save()
    tell(gone, code="uji", subject="Kabar", body="Isi.", now=start)
    assert wrong("letters") == []

    with time_machine.travel(start + 2 * HOUR):
        assert wrong("letters") == [(Level.FAILED, "Nobody sends 1 letters that are due.")]
    with monkeypatch.context() as refusing:
        refusing.setattr(LetterBox, "send", lambda _box, _notice: False)
        for hours in range(13):
            send_due_letters(now=start + hours * HOUR)
    with time_machine.travel(start + 12 * HOUR + timedelta(minutes=1)):
        assert wrong("letters") == [(Level.FAILED, "1 letters did not leave for half a day.")]
        send_due_letters(now=start + 2 * DAY)
        assert wrong("letters") == []


@pytest.mark.parametrize(("free", "levels"), [(50, []), (5, [Level.WARNING]), (1, [Level.FAILED])])
def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, free: int, levels: list[Level]) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: Usage(100, 100 - free, free))

    assert [level for level, _ in wrong("disk")] == levels


def test_areas_and_administrators() -> None:
    Area.objects.all().delete()
    assert [level for level, _ in wrong("people")] == [Level.FAILED, Level.FAILED]

    world = World(now=timezone.now())
    world.on_duty(DutyKind.ADMINISTRATOR, world.polres)
    assert [level for level, _ in wrong("people")] == [Level.WARNING]
    world.on_duty(DutyKind.ADMINISTRATOR, world.polres)
    assert wrong("people") == []


def test_nobody_who_could_open_a_backup(settings: Any) -> None:
    settings.PRODUCTION, settings.BACKUP_RECIPIENTS = True, []
    assert [level for level, _ in wrong("backups")] == [Level.WARNING]

    settings.BACKUP_RECIPIENTS = ["age1xyz"]
    assert wrong("backups") == []
