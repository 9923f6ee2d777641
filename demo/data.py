"""The demo's data: bodies, people with duties, and invented owners at every stage of the programme.

    seed(now)            # what is missing is added; what is there, changed or not, is left alone

Everything goes through the product's services, dated in the past. What no service can date in the past (a visit of
the officer) is written as rows, with its entry in the audit log. No invented camera is ever connected.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

import audit
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.services import add_organization, give_duty, person_reached_by
from demo import people, places
from onboarding.models import Outcome, Verification
from registry import geo
from registry.models import Area, Camera, PartnerKind, Sees, Site
from registry.queries import recipients_for, rights_offered
from registry.rights import IN_HOURS, Right, level
from registry.services import (
    CameraFacts,
    ConsentChoice,
    PartnerFacts,
    SiteFacts,
    give_consents,
    list_site,
    pause_camera,
    withdraw_all,
)

DUTIES_SINCE = timedelta(days=400)
VISIT_AFTER = timedelta(days=3)
FIRST_OWNER_PHONE = 101
STAGES_WITH_VISIT = {"verified", "aimed", "fix", "paused"}
_SEES = {
    "Gerbang": Sees.GATE,
    "Parkiran": Sees.PARKING,
    "Kasir": Sees.TILL,
    "Lorong": Sees.OTHER,
    "Taman": Sees.YARD,
}


@dataclass(frozen=True)
class Seeded:
    """How much was new."""

    areas_drawn: int
    bodies: int
    people: int
    owners: int


@audit.atomic
def seed(now: datetime) -> Seeded:
    """Add what is missing of the demo's data. Running it again adds nothing and changes nothing."""
    drawn = places.draw_areas()
    bodies = add_bodies()
    staff = add_staff(now)
    owners = add_owners(now)
    return Seeded(drawn, bodies, staff, owners)


# --- bodies and people -------------------------------------------------------------------------------------


def add_bodies() -> int:
    """The Polres, a Polsek for each kecamatan under it, and the other bodies of the programme."""
    known = set(Organization.objects.values_list("name", flat=True))
    new = [body for body in people.BODIES if body.name not in known]
    for body in new:
        add_organization(name=body.name, kind=body.kind, area_code=places.CITY, contact=body.contact)
    added = len(new)
    polres = Organization.objects.get(name=people.POLRES)
    for code, name in Area.objects.filter(code__in=places.CENTRES).order_by("code").values_list("code", "name"):
        if polsek_name(name) not in known:
            add_organization(name=polsek_name(name), kind=OrganizationKind.POLSEK, area_code=code, parent=polres)
            added += 1
    return added


def polsek_name(kecamatan: str) -> str:
    return f"Polsek {kecamatan}"


def add_staff(now: datetime) -> int:
    """People with duties, and the owner persona, who has done nothing yet.

    Duties are given to a person who is new; a duty that somebody ended stays ended.
    """
    known = set(User.objects.exclude(email=None).values_list("email", flat=True))
    polsek = {body.area_code: body for body in Organization.objects.filter(kind=OrganizationKind.POLSEK)}
    bodies = {body.name: body for body in Organization.objects.all()}
    added = 0
    for persona in people.STAFF:
        if persona.email not in known:
            _add_person(persona.name, persona.email, persona.posts, bodies, now)
            added += 1
    for code, name, email in bhabinkamtibmas():
        if email not in known:
            precinct = polsek[code.rpartition(".")[0]].name
            posts = (
                people.Post(DutyKind.VERIFIER, precinct, "Bhabinkamtibmas", code),
                people.Post(DutyKind.VIEWER, precinct, "Bhabinkamtibmas"),
            )
            _add_person(name, email, posts, bodies, now)
            added += 1
    return added + _add_owner_persona()


def bhabinkamtibmas() -> list[tuple[str, str, str]]:
    """(kelurahan, name, address) of each Bhabinkamtibmas of the demo, in the order of the codes."""
    codes = (
        Area.objects.kelurahan()
        .filter(parent__code__in=[places.KEBON_JERUK, places.KALIDERES])
        .order_by("code")
        .values_list("code", flat=True)
    )
    return [
        (code, name, people.OFFICER.email if code == people.OFFICER_KELURAHAN else people.mail(f"bhabin-{code}"))
        for code, name in zip(codes, people.BHABINKAMTIBMAS, strict=False)
    ]


def _add_owner_persona() -> int:
    if User.objects.filter(phone=people.OWNER.phone).exists():
        return 0
    User.objects.create_user(phone=people.OWNER.phone, name=people.OWNER.name)
    return 1


def _add_person(
    name: str, email: str, posts: Sequence[people.Post], bodies: dict[str, Organization], now: datetime
) -> None:
    user = User.objects.create_user(email=email, name=name)
    for post in posts:
        give_duty(
            user=user,
            organization=bodies[post.organization],
            kind=post.kind,
            title=post.title,
            area_code=post.area_code,
            since=now - DUTIES_SINCE,
            by=None,
        )


# --- owners ------------------------------------------------------------------------------------------------


def add_owners(now: datetime) -> int:
    """The invented owners who are not there yet, each known by his number."""
    numbered = {people.phone(FIRST_OWNER_PHONE + at): owner for at, owner in enumerate(people.OWNERS)}
    known = set(User.objects.filter(phone__in=numbered).values_list("phone", flat=True))
    new = {phone: owner for phone, owner in numbered.items() if phone not in known}
    if not new:
        return 0
    areas = {area.code: area for area in Area.objects.kelurahan()}
    visitors = officers_by_kelurahan()
    for phone, owner in new.items():
        area = areas.get(f"{places.CITY}.{owner.kelurahan}")
        if area is not None:
            add_owner(owner, phone, area, visitors.get(area.code), now)
    return len(new)


def add_owner(owner: people.Owner, phone: str, area: Area, officer: User | None, now: datetime) -> Site:
    """One owner with his site, consents and cameras, brought to his fate."""
    enrolled = now - timedelta(days=owner.ago)
    user = person_reached_by(phone=phone)
    user.name = owner.person or owner.name
    user.save(update_fields=["name"])
    site = list_site(
        partner=_partner(owner),
        site=_site(owner, phone, area),
        cameras=_cameras(owner, phone),
        by=user,
        now=enrolled,
    )
    give_consents(site=site, choices=_choices(owner, area, enrolled), by=user, now=enrolled)
    cameras = list(site.cameras.all())
    if owner.fate in STAGES_WITH_VISIT and officer is not None:
        visit(cameras, officer, enrolled + VISIT_AFTER, owner.fate)
    if owner.kind == PartnerKind.VITAL:
        Site.objects.filter(pk=site.pk).update(named_verifier=officer)
    if owner.fate == "paused":
        pause_camera(camera=cameras[0], until=now + timedelta(days=5), by=user, now=now)
    if owner.fate == "withdrawn":
        withdraw_all(site=site, by=user, now=enrolled + timedelta(days=owner.ago // 2))
    return site


def officers_by_kelurahan() -> dict[str, User]:
    """Who verifies where now."""
    duties = Duty.objects.filter(kind=DutyKind.VERIFIER, ended_at__isnull=True).exclude(area_code="")
    return {duty.area_code: duty.user for duty in duties.select_related("user")}


@audit.atomic
def visit(cameras: Iterable[Camera], officer: User, at: datetime, fate: str) -> None:
    """The officer's visit in the past: passed, or a fix was asked. He gives the sticker with the pass."""
    outcome = Outcome.FIX if fate == "fix" else Outcome.PASS
    for camera in cameras:
        passed = outcome == Outcome.PASS
        seen = Verification.objects.create(
            camera=camera,
            officer=officer,
            started_at=at,
            decided_at=at + timedelta(minutes=12),
            outcome=outcome,
            identity_seen=True,
            lat=camera.site.lat,
            lng=camera.site.lng,
            accuracy_m=8,
            distance_m=0,
            direction_matches=passed,
            street_facing=camera.street_facing,
            private_areas_handled=True,
            sticker_on_wall=passed,
            note="" if passed else "Kamera menghadap pagar tetangga; mohon digeser ke jalan.",
        )
        if passed:
            _mark_verified(camera, officer, at, aimed=fate == "aimed")
        audit.record("verification.decided", actor=officer, target=seen, outcome=outcome, demo=True)


def _mark_verified(camera: Camera, officer: User, at: datetime, *, aimed: bool) -> None:
    camera.verified_at, camera.verified_by = at, officer
    camera.verified_until = at + settings.VERIFICATION_LASTS
    camera.stickered_at, camera.stickered_by = at, officer
    if aimed:
        camera.aimed_at, camera.aimed_by = at + timedelta(days=7), officer
    camera.save()


# --- what an owner wrote ------------------------------------------------------------------------------------


def _partner(owner: people.Owner) -> PartnerFacts:
    if owner.kind == PartnerKind.RESIDENT:
        return PartnerFacts(kind=owner.kind, name=owner.name)
    return PartnerFacts(
        kind=owner.kind,
        name=owner.name,
        responsible_name=owner.person,
        responsible_office=owner.office,
        authority_letter=f"ST/{owner.ago:03d}/REKAAN/2026",
    )


def _site(owner: people.Owner, phone: str, area: Area) -> SiteFacts:
    lat, lng = position(area, phone)
    return SiteFacts(
        area=area,
        address=owner.address,
        lat=lat,
        lng=lng,
        position_source="gps",
        position_accuracy_m=6.0,
        maintainer_name=owner.person or owner.name,
        maintainer_phone=phone,
    )


def position(area: Area, seed: str) -> tuple[float, float]:
    """A place inside the area's outline, the same for the same seed."""
    chance = random.Random(seed)
    corners = [point for polygon in area.outline or () for point in polygon[0]]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    for _ in range(500):
        lat, lng = chance.uniform(south, north), chance.uniform(west, east)
        if geo.point_in_outline(area.outline, lat, lng):
            return round(lat, 6), round(lng, 6)
    return geo.middle(area.outline)


def _cameras(owner: people.Owner, phone: str) -> list[CameraFacts]:
    chance = random.Random(phone + "cameras")
    return [
        CameraFacts(
            label=label,
            sees=_SEES.get(label, Sees.STREET),
            indoor=label in ("Kasir", "Lorong"),
            street_facing=label not in ("Kasir", "Lorong", "Parkiran", "Taman"),
            direction=chance.choice([0, 45, 90, 135, 180, 225, 270, 315, None]),
            retention_days=chance.choice([7, 14, 30, None]),
        )
        for label in owner.cameras
    ]


def _choices(owner: people.Owner, area: Area, enrolled: datetime) -> list[ConsentChoice]:
    """Every right of his level, to each body that the form offers; no health snapshot, which needs a device."""
    rights = [right for right in rights_offered(level(owner.level)) if right != Right.HEALTH_SNAPSHOT]
    return [
        ConsentChoice(
            right=right,
            recipient=body,
            valid_until=enrolled + settings.CONSENT_LASTS,
            hours_from=18 * 60 if right in IN_HOURS else None,
            hours_until=6 * 60 if right in IN_HOURS else None,
        )
        for right in rights
        for body in recipients_for(area)
    ]
