"""Everybody else at every address, and every state of a camera: what is not there for somebody does not exist.

`policy` says by hand who gets what. Here further people stand before each address that names an object, once with
the object and once with an id that nobody has: unless `policy` names them as rightful, both answers are the same to
the letter, so that nobody learns from a refusal what stands behind it.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Duty, DutyKind, Organization, User
from registry.models import Camera
from tests.access.conftest import signed_in
from tests.factories import person
from tests.guards.policy import KNOWN_TO_SOME, Row, rows
from tests.guards.test_urls import CONVERTER, ask, path_of
from tests.guards.world import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Sends = tuple[str, str]
NAMING = [row for row in rows() if CONVERTER.search(row.pattern)]


def on_duty(
    body: str, kind: DutyKind, *, since_days: int = 9, until_days: int | None = None, user: User | None = None
):  # type: ignore[no-untyped-def]
    now = timezone.now()
    return Duty.objects.create(
        user=user or person(),
        organization=Organization.objects.get(name=body),
        kind=kind,
        since=now - timedelta(days=since_days),
        until=now + timedelta(days=until_days) if until_days is not None else None,
    ).user


def superuser() -> User:
    """All that Django knows of power, and no duty."""
    return User.objects.create_superuser("akar@contoh.id")


def viewing_superuser() -> User:
    """The same, of a body without a grant."""
    user = on_duty("Kodim Uji", DutyKind.VIEWER)
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return user


def deactivated() -> User:
    """Signed in when he was still active, with the duty that sees everything."""
    user = on_duty("Polres Uji", DutyKind.VIEWER)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def lapsed() -> User:
    """His duty at the Polres ended yesterday."""
    return on_duty("Polres Uji", DutyKind.VIEWER, until_days=-1)


def not_yet() -> User:
    """His duty at the Polres begins tomorrow."""
    return on_duty("Polres Uji", DutyKind.VIEWER, since_days=-1)


def suspended() -> User:
    """His duty at the Polres was ended by somebody."""
    user = on_duty("Polres Uji", DutyKind.VIEWER)
    Duty.objects.filter(user=user).update(ended_at=timezone.now())
    return user


def precinct_without_grant() -> User:
    """He may look for the Polsek of the very place, which has no grant."""
    return on_duty("Polsek Uji", DutyKind.VIEWER)


def two_duties() -> User:
    """He may look for the Kodim, where he began, and approves for the Polres."""
    user = on_duty("Kodim Uji", DutyKind.VIEWER, since_days=20)
    return on_duty("Polres Uji", DutyKind.APPROVER, user=user)


PEOPLE: dict[str, Callable[[], User]] = {
    make.__name__: make
    for make in (
        superuser,
        viewing_superuser,
        deactivated,
        lapsed,
        not_yet,
        suspended,
        precinct_without_grant,
        two_duties,
    )
}
#: People of the world of `policy`, where they are not the rightful ones.
OF_THE_WORLD = (
    "out",
    "neighbour",
    "owner",
    "officer",
    "outsider",
    "viewer",
    "grantor",
    "supervisor",
    "administrator",
)
#: Cases of a Polres are read by its units (design, section 6): the Polsek reads, and changes nothing.
READS_CASES = frozenset(
    {
        "polsek/perkara/<uuid:public_id>/",
        "polsek/perkara/<uuid:public_id>/peta.json",
        "api/v1/cases/<uuid:public_id>/",
    }
)


@pytest.mark.parametrize("who", [*PEOPLE, *OF_THE_WORLD])
def test_what_is_anothers_answers_like_what_is_missing(everything: Everything, who: str) -> None:
    if who in PEOPLE:
        everything.clients[who] = signed_in(PEOPLE[who]())
    told_apart = []
    without: dict[str, Sends] = {}
    for row in {(row.method, row.pattern, row.fills): row for row in NAMING}.values():
        if is_rightful(who, row):
            continue
        there = answers(everything, who, row, row.fills)
        missing = without.get(f"{row.method} {path_shape(row)}") or answers(everything, who, row, unknown(row))
        without[f"{row.method} {path_shape(row)}"] = missing
        if there != missing:
            told_apart.append(f"{row.method} {row.pattern} {','.join(row.fills)}: {there[0]} and {missing[0]}")

    assert told_apart == []


def is_rightful(who: str, row: Row) -> bool:
    """Whether `policy` lets this person have the object, or everybody know of it."""
    if row.pattern in KNOWN_TO_SOME or row.pattern.startswith(("akun/", "tanda-terima/")):
        return True
    if who in {"precinct_without_grant", "officer"} and row.pattern in READS_CASES | CASE_ACTS:
        return True
    if who == "administrator" and row.pattern in ALSO_FOR_ADMINISTRATORS:
        return True
    granted = {(r.person, r.pattern, r.fills) for r in NAMING if not r.rightful.startswith("4")}
    if (who, row.pattern, row.fills) in granted:
        return True
    # An address of the desk where nobody of this kind looks is 404 before anything is named.
    return who == "owner" and row.pattern.startswith("mitra/") and row.person == "owner"


#: He notes a new owner as the officer of the place does.
ALSO_FOR_ADMINISTRATORS = frozenset({"petugas/tempat/<uuid:public_id>/pemilik-berganti/"})
#: What a reader of a case is told when he tries to change it: that it is not his.
CASE_ACTS = frozenset({"api/v1/cases/<uuid:public_id>/close/"})


def path_shape(row: Row) -> str:
    """The pattern with the words that are no ids."""
    return f"{row.pattern} {[word for word in row.fills if word in DESKS]}"


def unknown(row: Row) -> tuple[str, ...]:
    """The same fills, with ids that nobody has in place of the things."""
    return tuple(word if word.isdigit() or word in DESKS or "." in word else str(uuid4()) for word in row.fills)


DESKS = frozenset({"pusat-komando", "polsek", "petugas"})


def answers(everything: Everything, who: str, row: Row, fills: tuple[str, ...]) -> Sends:
    """The status and the body, as far as it says anything."""
    asked = Row(**{**row.__dict__, "fills": fills})
    point = transaction.savepoint()
    try:
        return told(ask(everything.client(who), asked, everything), path_of(asked, everything))
    finally:
        transaction.savepoint_rollback(point)


def told(answer: HttpResponse, path: str) -> Sends:
    content = b"" if answer.streaming else answer.content
    body = content.decode(errors="replace") + answer.get("Location", "")
    body = body.replace(path, "PATH").replace(path.replace("/", "%2F"), "PATH")
    return str(answer.status_code), MOMENTARY.sub("", body)


#: What differs between any two answers: tokens, nonces, request ids, and the address somebody typed himself.
MOMENTARY = re.compile(
    r'nonce="[^"]*"|"X-CSRFToken": "[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}'
)


# --- the states of a camera ------------------------------------------------------------------------------------


def paused(camera: Camera, now: datetime) -> None:
    Camera.objects.filter(pk=camera.pk).update(paused_until=now + timedelta(hours=1))


def withdrawn(camera: Camera, now: datetime) -> None:
    Camera.objects.filter(pk=camera.pk).update(withdrawn_at=now, withdrawn_by=camera.listed_by)


def unverified(camera: Camera, now: datetime) -> None:
    Camera.objects.filter(pk=camera.pk).update(verified_at=None, verified_by=None, verified_until=None)


def verification_over(camera: Camera, now: datetime) -> None:
    Camera.objects.filter(pk=camera.pk).update(verified_until=now)


def another_device(camera: Camera, now: datetime) -> None:
    type(camera.device).objects.filter(pk=camera.device_id).update(different_since=now)


def consent_withdrawn(camera: Camera, now: datetime) -> None:
    camera.site.consents.update(withdrawn_at=now, withdrawn_by=camera.listed_by)


def consent_over(camera: Camera, now: datetime) -> None:
    camera.site.consents.update(valid_until=now)


def vital(camera: Camera, now: datetime) -> None:
    type(camera.site).objects.filter(pk=camera.site_id).update(vital=True)


def elsewhere(camera: Camera, now: datetime) -> None:
    """Anothers's: the grant and the duty reach the kelurahan, and the camera is in the next city."""
    area = type(camera.site.area).objects.create(
        code="31.74.01.1001", name="Lain", level=camera.site.area.level, lat=0, lng=0
    )
    type(camera.site).objects.filter(pk=camera.site_id).update(area=area)


STATES = (
    *(paused, withdrawn, unverified, verification_over, another_device),
    *(consent_withdrawn, consent_over, vital, elsewhere),
)
TO_LOOK = [
    row
    for row in NAMING
    if row.person in {"viewer", "verifier"}
    and "camera" in row.fills
    and row.pattern in {"<desk:desk>/kamera/<uuid:public_id>/", "api/v1/cameras/<uuid:public_id>/"}
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_camera_that_may_not_be_seen_is_missing_to_those_who_look(everything: Everything, state) -> None:  # type: ignore[no-untyped-def]
    assert {row.method for row in TO_LOOK} == {"GET", "POST"}
    seen = {str(row): answers(everything, row.person, row, row.fills)[0] for row in TO_LOOK}
    assert set(seen.values()) <= {"200", "302"}, "in order, it is seen"

    state(everything.things["camera"], timezone.now())

    for row in TO_LOOK:
        there = answers(everything, row.person, row, row.fills)
        missing = answers(everything, row.person, row, unknown(row))
        assert there == missing, (str(row), there[0], missing[0])
        assert there[0] == "404"


def test_the_api_of_looks_knows_no_camera_that_may_not_be_seen(everything: Everything) -> None:
    def look(camera: object) -> Sends:
        asked = {"camera": str(camera), "right": "view_still", "reason": "technical_check"}
        point = transaction.savepoint()
        answer = everything.client("viewer").post("/api/v1/looks/", asked, content_type="application/json")
        transaction.savepoint_rollback(point)
        return str(answer.status_code), MOMENTARY.sub("", answer.content.decode())

    camera = everything.things["camera"]
    assert look(camera.public_id)[0] == "201"
    missing = look(uuid4())
    assert missing[0] == "404"
    for name in ("fresh", "vital_camera"):
        assert look(everything.things[name].public_id) == missing
    for state in STATES:
        point = transaction.savepoint()
        state(camera, timezone.now())
        assert look(camera.public_id) == missing, state.__name__
        transaction.savepoint_rollback(point)
