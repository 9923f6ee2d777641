"""What `manage.py doctor` looks at, one function a thing, in the order in which one thing stands on another."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q, Value
from django.db.models.functions import StrIndex, Substr
from django.utils import timezone

from accounts.models import Duty, DutyKind, OrganizationKind
from audit.models import Anchor, Entry
from audit.role import ways_around
from devices.secrets import UnknownKey
from health.models import CheckState
from notices.models import Notice
from registry.models import Area, Device
from registry.targets import NoCredentials, credentials_of
from upkeep.doctor import Examination, Finding, failed, ok, said, warning

ANSWER_SECONDS = 3.0
CLOCKS_APART = timedelta(seconds=5)
LETTERS_LATE = timedelta(hours=1)
A_NIGHT = timedelta(hours=12)  # So long a letter may wait for the morning.
LATE_PERCENT, MANY_LATE_PERCENT = 1, 20  # Of the devices that are checked.
LITTLE_SPACE, NO_SPACE = 0.10, 0.02  # Of a disk, free.
STATEMENT_SECONDS = 10
LONG_QUEUE = 1000  # Tasks that nobody has taken yet.
KEYS_TRIED = 5  # Secrets that are opened, of each key.


def settings_hold() -> Iterator[Finding]:
    """Django's own checks; those of the transport too, where this is production."""
    checked = checks.run_checks()
    if settings.PRODUCTION:
        checked += checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    for one in checked:
        if one.level >= checks.WARNING and not one.is_silenced():
            tell = failed if one.level >= checks.ERROR else warning
            yield tell(f"{one.id}: {one.msg}", one.hint or "See the documentation of this check.")
    mode = "production" if settings.PRODUCTION else "demo" if settings.DEMO else "development"
    yield ok(f"Mode: {mode}.")


def database() -> Iterator[Finding]:
    """It answers, has the tables of this version, tells the same time, and keeps the trail from our own role."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        yield failed(said(problem), "Start the database; DATABASE_URL says where it is looked for.")
        return
    executor = MigrationExecutor(connection)
    owed = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if owed:
        first = f"{owed[0][0].app_label}.{owed[0][0].name}"
        yield failed(f"{len(owed)} migrations are not applied, from {first} on.", "Run `manage.py migrate`.")
        return
    yield ok(f"{connection.display_name} answers.")
    if connection.vendor == "postgresql":
        yield from _postgresql()


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")  # For all that is asked from here on.
        cursor.execute("SELECT clock_timestamp(), current_user")
        told, role = cursor.fetchone()
        around = ways_around(cursor, role) if settings.PRODUCTION else []
    apart = abs(timezone.now() - told)
    if apart > CLOCKS_APART:
        yield warning(
            f"Its clock and ours are {apart.total_seconds():.0f} s apart.", "Let both follow a time server."
        )
    if around:
        yield warning(
            f"The role {role} could rewrite the audit trail, by {around[0]}.",
            "Sign in as the role that `manage.py app_role` makes.",
        )


def broker() -> Iterator[Finding]:
    """It answers, and throws away no task when its memory is full."""
    try:
        with _redis() as client:
            memory: dict[str, Any] = client.info("memory")
    except redis.RedisError as problem:
        yield failed(said(problem), "Start the broker; REDIS_URL says where it is looked for.")
        return
    except ValueError:  # Whose words would repeat a part of it, and there a password may stand.
        yield failed("REDIS_URL is no address.", "Write redis://:PASSWORD@HOST:PORT/0, the password URL-encoded.")
        return
    used, most = memory["used_memory"], memory.get("maxmemory", 0)
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield failed(
            f"It drops keys when it is full ({policy}): tasks get lost.", "Set `maxmemory-policy noeviction`."
        )
    if most and used > 0.9 * most:
        yield warning(f"{used / most:.0%} of its memory is used.", "Give it more, or see which queue grows.")
    yield ok(f"It answers, with {used / 1e6:.0f} MB in use.")


def workers() -> Iterator[Finding]:
    """Somebody takes from each queue, and none of them grows."""
    wanted = {settings.CELERY_TASK_DEFAULT_QUEUE, *(r["queue"] for r in settings.CELERY_TASK_ROUTES.values())}
    heard: dict[str, list[dict[str, Any]]] = (
        current_app.control.inspect(timeout=ANSWER_SECONDS).active_queues() or {}
    )
    taken = {queue["name"] for queues in heard.values() for queue in queues}
    for queue in sorted(wanted - taken):
        yield failed(
            f"No worker takes from the queue {queue}.",
            "Start one (`docker compose up -d`; `./run up` on one machine).",
        )
    if heard:
        yield ok(f"{len(heard)} workers answer.")
    with _redis() as client:
        waiting = {queue: int(client.llen(queue)) for queue in sorted(wanted)}
    for queue, length in waiting.items():
        if length > LONG_QUEUE:
            yield warning(
                f"{length:,} tasks wait in the queue {queue}.", "Start more workers for it (docs/operations.md)."
            )


def sweep() -> Iterator[Finding]:
    """Devices are checked when they are due."""
    watched = CheckState.objects.filter(asleep_since__isnull=True)
    number, late = watched.count(), watched.overdue(timezone.now()).count()
    if number and late * 100 > number * LATE_PERCENT:
        tell = failed if late * 100 > number * MANY_LATE_PERCENT else warning
        yield tell(
            f"{late:,} of {number:,} devices wait for their check for more than a period.",
            "See whether beat runs, once, and start more workers for `sweeps`.",
        )
    else:
        yield ok(f"{number:,} devices are checked in time." if number else "No device is owed a check yet.")


def device_keys() -> Iterator[Finding]:
    """The keys at hand open the secrets of devices; a few of each key are tried."""
    sealed = Device.objects.exclude(sealed_password="")
    version = Substr("sealed_password", 1, StrIndex("sealed_password", Value(":")) - 1)
    found = sorted(sealed.annotate(version=version).order_by().values_list("version", flat=True).distinct())
    stuck = []
    for one in found:
        for device in sealed.annotate(version=version).filter(version=one).order_by("pk")[:KEYS_TRIED]:
            try:
                credentials_of(device)
            except (NoCredentials, UnknownKey):
                stuck.append(one)
                break
    if stuck:
        yield failed(
            f"Secrets under key {', '.join(stuck)} do not open.",
            "Put the key that MITRA_DEVICE_KEYS had under this number back into it.",
        )
    else:
        yield ok(f"Secrets under {len(found)} keys open." if found else "No secret is stored yet.")


def anchors() -> Iterator[Finding]:
    """The trail is anchored in time, and its anchors leave this database."""
    now, last = timezone.now(), Anchor.objects.last()
    since = Entry.objects.filter(number__gt=last.last if last else 0).order_by("number").first()
    if since and now - max(since.at, last.made_at if last else since.at) > 2 * settings.ANCHOR_EVERY:
        yield failed(
            f"Nothing was anchored since entry {since.number}.",
            "See whether beat runs, then `manage.py verify_audit`.",
        )
    unfiled_or_unmailed = Q(filed_at=None) | Q(mail_due_at__isnull=False)
    owed = Anchor.objects.filter(unfiled_or_unmailed, made_at__lt=now - timedelta(days=1)).count()
    if owed:
        yield failed(
            f"{owed} anchors did not get out for a day.", "See MITRA_ANCHOR_FOLDER, and whether mail leaves."
        )
    if settings.PRODUCTION and not settings.ANCHOR_MAIL:
        yield warning(
            "Nobody outside is sent the anchors.", "Name people outside this office in MITRA_ANCHOR_MAIL."
        )
    yield ok(f"The newest anchor ends at entry {last.last}." if last else "No anchor was due yet.")


def letters() -> Iterator[Finding]:
    """Letters leave: somebody sends those that are due, and the mail server takes them."""
    now = timezone.now()
    owed = Notice.objects.owed(now)
    late = owed.filter(mail_due_at__lt=now - LETTERS_LATE).count()
    refused = owed.filter(created_at__lt=now - A_NIGHT).count()
    if late:
        yield failed(f"Nobody sends {late:,} letters that are due.", "Start a worker that takes `letters`.")
    elif refused:
        yield failed(
            f"{refused:,} letters did not leave for half a day.",
            "See the EMAIL_ settings and the log of `letters`: the mail server may refuse them.",
        )
    else:
        yield ok("Letters leave when they are due.")


def disks() -> Iterator[Finding]:
    """There is room where files are kept."""
    kept: dict[int, Path] = {}  # One folder of each disk.
    for folder in (settings.VAR_DIR, settings.MEDIA_ROOT, settings.ANCHOR_FOLDER):
        place = next(one for one in (Path(folder), *Path(folder).parents) if one.exists())
        kept.setdefault(place.stat().st_dev, place)
    for place in kept.values():
        usage = shutil.disk_usage(place)
        free = usage.free / usage.total
        if free < LITTLE_SPACE:
            tell = failed if free < NO_SPACE else warning
            yield tell(f"{free:.0%} of the disk of {place} is free.", "Make room.")
        else:
            yield ok(f"{usage.free / 1e9:.0f} GB are free where {place} is.")


def city() -> Iterator[Finding]:
    """There are areas, and people who can give duties."""
    if not Area.objects.exists():
        yield failed("No areas are loaded.", "Run `manage.py load_areas`.")
    administrators = (
        Duty.objects.in_force(timezone.now())
        .filter(kind=DutyKind.ADMINISTRATOR, organization__kind=OrganizationKind.POLRES, user__is_active=True)
        .values("user")
        .distinct()
        .count()
    )
    if administrators == 0:
        yield failed("Nobody administers the Polres.", "Run `manage.py first_administrator EMAIL`.")
    elif administrators == 1:
        yield warning("One person alone administers the Polres.", "Give a second one that duty.")
    else:
        yield ok(f"{administrators} people administer the Polres.")


def backups() -> Iterator[Finding]:
    """Somebody can open a backup. Whether there is one, only who keeps it can say."""
    if settings.BACKUP_RECIPIENTS:
        yield ok("Backups are sealed for MITRA_BACKUP_RECIPIENT.")
    elif settings.PRODUCTION:
        yield warning(
            "No backup can be made without naming a key.", "Make one: `manage.py backup --new-identity FILE`."
        )


def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
    )


_DATABASE = frozenset({"database"})
EXAMINATIONS = {
    "settings": Examination(settings_hold),
    "database": Examination(database),
    "broker": Examination(broker),
    "workers": Examination(workers, needs=frozenset({"broker"})),
    "sweep": Examination(sweep, needs=_DATABASE),
    "device keys": Examination(device_keys, needs=_DATABASE),
    "audit trail": Examination(anchors, needs=_DATABASE),
    "letters": Examination(letters, needs=_DATABASE),
    "disk": Examination(disks),
    "people": Examination(city, needs=_DATABASE),
    "backups": Examination(backups),
}
