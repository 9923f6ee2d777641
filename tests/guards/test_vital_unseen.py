"""A vital object comes into a city that has everything else: whoever is not named for it can tell no difference.

Every page that can be reached from a person's own pages, and every list of the API, is read before and after. What
reads the same twice must read the same a third time; and nothing may hold an id, word or address of the object.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from access.models import CaseKind, Look
from access.services import give_grant, open_case
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from feeds import services as pictures
from health import services as health
from health.models import CheckState, Fall, Outage, OutageKind, State, StatusInterval
from notices.models import Notice
from onboarding.models import Verification
from registry.models import Camera, Device, Ending, EndingCause, PartnerKind, Site
from registry.rights import AccessRight, Purpose, Right
from registry.services import attach_device, withdraw_consent
from registry.vital import Task
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, LAT, LNG, World, person, reason
from tests.feeds.conftest import street
from tests.guards import world as worlds
from tests.guards.world import Everything, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LABEL, ADDRESS, OWNER, HOST = "Lensa Rahasia", "Jalan Rahasia 9", "Pengelola Rahasia", "rahasia.contoh.id"
MOST_PAGES = 400
#: Streams that never end, what signs somebody out or in, and what is no page.
NOT_READ = re.compile(r"/kabar/|^/akun/|^/(static|media)/|/download/|^/demo/|\.pdf$|/gambar/|^/bahasa/")
#: The one place where an administrator of the Polres meets the object: he names its people there.
NAMING = re.compile(r"^/polsek/objek-vital/")
DESKS = ("petugas", "polsek", "pusat-komando")
TOKEN = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|"X-CSRFToken": "[^"]+"|%22:? ?%22[A-Za-z0-9]{64}'
)

Pages = dict[str, tuple[int, bytes]]


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Everything, World]]:
    """Everything but a vital object, at a moment that stands still."""
    cache.clear()
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
        time_machine.travel(timezone.now(), tick=False),
    ):
        patch.setattr(pictures, "take_picture", lambda camera, **_limits: street(camera))
        patch.setattr(worlds, "_vital", lambda _world, _all: None)
        world, everything = World(now=timezone.now()), build()
        for name, kind, body in (
            ("approver", DutyKind.APPROVER, world.polres),
            ("precinct grantor", DutyKind.GRANTOR, world.polsek),
            ("precinct viewer", DutyKind.VIEWER, world.polsek),
            ("precinct supervisor", DutyKind.SUPERVISOR, world.polsek),
            ("precinct administrator", DutyKind.ADMINISTRATOR, world.polsek),
            ("verifier of the Polres", DutyKind.VERIFIER, world.polres),
        ):
            everything.people[name] = world.on_duty(kind, body).user
            everything.clients[name] = signed_in(everything.people[name])
        _later_people(world, everything)
        yield everything, world
        transaction.set_rollback(True)


def start_paths() -> list[str]:
    """Every address without an object in it."""
    found: list[str] = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            path = before + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            elif path.startswith("<desk:desk>"):
                found.extend("/" + path.replace("<desk:desk>", desk) for desk in DESKS)
            else:
                found.append("/" + path)

    walk(get_resolver("config.urls").url_patterns, "")
    return sorted({path for path in found if not re.search(r"[<(\\?*]", path)})


def read_all(client: Client) -> Pages:
    """Every page that this person reaches: from the addresses without objects, by whatever they link to."""
    read: Pages = {}
    waiting = deque(start_paths())
    while waiting and len(read) < MOST_PAGES:
        path = waiting.popleft()
        if path in read or NOT_READ.search(path):
            continue
        answer = client.get(path)
        body = b"" if answer.streaming else TOKEN.sub(b"", answer.content)
        read[path] = (answer.status_code, body)
        if answer.status_code == 200 and re.match(r"text/html|application/json", answer.get("Content-Type", "")):
            text = body.decode(errors="replace").replace("&amp;", "&")
            waiting.extend(re.findall(r'(?:href|hx-get|data-url)="(/[^"#]*)', text))
            waiting.extend(re.findall(r'"next": ?"http://testserver(/[^"]*)"', text))
    assert not waiting, f"more than {MOST_PAGES} pages"
    return read


def arrive(world: World, everything: Everything) -> tuple[Site, dict[str, User]]:
    """The object with all that could be told of it: consents to everybody, a device that is down, a verification
    that waits, grants to a body of its own, looks of the police, a withdrawal that is overdue."""
    now, people = timezone.now(), everything.people
    named = {task: people[task.field] for task in Task}
    owner = person("Orang Rahasia")
    site = world.site(owner=owner, kind=PartnerKind.VITAL, labels=(LABEL, f"{LABEL} 2", f"{LABEL} 3"))
    Site.objects.filter(pk=site.pk).update(address=ADDRESS, **{task.field: who for task, who in named.items()})
    site.partner.name = OWNER
    site.partner.save()
    site.refresh_from_db()
    for body in (world.polres, world.polsek, _guard(world)):
        world.consent(site, Right.LIVE_IN_HOURS, Right.LIVE_IN_INCIDENT, recipient=body)
    device = attach_device(site=site, by=owner, now=now, host=HOST, cameras=site.cameras.all())
    Device.objects.filter(pk=device.pk).update(answered_at=now)
    camera = world.verified(site, by=named[Task.VERIFIER])
    for one in site.cameras.all():
        Camera.objects.filter(pk=one.pk).update(connected_at=now, connected_by=owner, channel=one.pk)
        StatusInterval.objects.create(camera=one, state=State.DOWN, since=now - timedelta(days=9))
    CheckState.objects.update_or_create(device=device, defaults={"next_check_at": now - timedelta(days=1)})
    out = Outage.objects.create(kind=OutageKind.SITE, key=str(site.public_id), since=now - timedelta(days=9))
    lost = {"since": now - timedelta(days=9), "escalate_at": now - timedelta(days=8)}
    Fall.objects.create(device=device, outage=out, **lost)
    fresh = site.cameras.exclude(pk=camera.pk).first()
    duty = named[Task.VERIFIER].duties.get()
    Verification.objects.create(camera=fresh, officer=named[Task.VERIFIER], duty=duty, started_at=now)
    _granted(site, named[Task.GRANTOR], _guard(world))
    for body in (world.polsek, world.polres):
        watch = Duty.objects.get(user=people["former viewer"], organization=body)
        Look.objects.create(
            viewer=watch.user, duty=watch, organization=body, camera=camera, right=AccessRight.VIEW_STILL,
            reason=reason(), session_key_hash="x", started_at=now - timedelta(hours=3), until=now,
            ended_at=now - timedelta(hours=2), ended_how="over",
        )  # fmt: skip
    withdraw_consent(consent=site.consents.filter(right=Right.LIVE_IN_INCIDENT).first(), by=owner, now=now)
    Ending.objects.create(
        site=site, cause=EndingCause.LAPSED, began_at=now - timedelta(days=9), due_at=now - timedelta(days=5)
    )
    for _step in ("to the officer", "to the precinct"):
        health.escalate(now)
        health.send_letters(now)
    return site, {**{task.value: who for task, who in named.items()}, "own": owner}


def _later_people(world: World, everything: Everything) -> None:
    """Those who will have to do with the object are on duty before it comes: that they are says nothing of it."""
    everything.people |= {
        "named_verifier": world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user,
        "named_grantor": world.on_duty(DutyKind.GRANTOR, world.polres).user,
        "named_approver": world.on_duty(DutyKind.APPROVER, world.polres).user,
        "former viewer": world.on_duty(DutyKind.VIEWER, world.polsek).user,
    }
    world.on_duty(DutyKind.VIEWER, world.polres, user=everything.people["former viewer"])
    _guard(world)


def _guard(world: World) -> Organization:
    """A body that was there before, and in which nobody is on duty: it is given access to the object."""
    return world._body("Satuan Penjaga Uji", OrganizationKind.POLSEK, world.polsek.area_code)


def _granted(site: Site, by: User, body: Organization) -> None:
    for right in (AccessRight.VIEW_STILL, AccessRight.SEE_POSITION, AccessRight.SEE_HEALTH):
        give_grant(
            by=by, organization=body, scope=site, right=right, purpose=Purpose.SECURITY, letter_number="Sprin/7",
            valid_from=timezone.now(), valid_until=timezone.now() + timedelta(days=9), now=timezone.now(),
        )  # fmt: skip


def test_whoever_is_not_named_can_tell_no_difference(city: tuple[Everything, World]) -> None:
    everything, world = city
    open_case(
        by=everything.people["viewer"], kind=CaseKind.CALL_110, number="110/77", place="Simpang Uji", lat=LAT,
        lng=LNG, radius_m=500, now=timezone.now(),
    )  # fmt: skip
    parts = ["out", *sorted(set(everything.clients) - {"pending", "halfway", "retyped"})]
    first = {part: read_all(everything.client(part)) for part in parts}
    before = {part: read_all(everything.client(part)) for part in parts}
    known = set(Notice.objects.values_list("pk", flat=True))

    site, named = arrive(world, everything)

    secrets = [LABEL, ADDRESS, OWNER, HOST, "Orang Rahasia"]
    secrets += [str(one.public_id) for one in (site, site.partner, *site.cameras.all(), *site.devices.all())]
    told, changed, compared = [], [], 0
    for part in parts:
        after = read_all(everything.client(part))
        for path in sorted(set(after) | set(before[part])):
            if part == "administrator" and NAMING.search(path):
                continue
            body = after.get(path, (0, b""))
            told += [(part, path, word) for word in secrets if word.encode() in body[1] or word in path]
            if first[part].get(path) == before[part].get(path) and path in before[part]:
                compared += 1
                if body != before[part][path]:
                    changed.append((part, path))
    assert told == []
    assert changed == []
    assert compared > 20 * len(parts), "hardly a page was compared"
    letters = Notice.objects.exclude(pk__in=known).exclude(user__in=named.values())
    assert [
        (letter.user, letter.subject) for letter in letters if any(word in letter.body for word in secrets)
    ] == []


def test_those_who_are_named_find_it(city: tuple[Everything, World]) -> None:
    """The same way of reading does find the object where it is to be found: the test above is not blind."""
    everything, world = city
    with transaction.atomic():
        site, named = arrive(world, everything)
        found = {
            part: {path for path, (_code, body) in read_all(signed_in(user)).items() if ADDRESS.encode() in body}
            for part, user in {**named, "administrator": everything.people["administrator"]}.items()
        }
        transaction.set_rollback(True)

    assert {"/mitra/", "/api/v1/sites/"} <= found["own"]
    assert "/petugas/" in found["verifier"]
    for part in ("grantor", "approver"):
        assert f"/polsek/objek-vital/{site.public_id}/" in found[part]
    assert found["administrator"]
    assert all(NAMING.search(path) for path in found["administrator"])
