"""The demo's data: bodies, people with duties, and invented owners at every stage of the programme.

    seed(now)            # what is missing is added; what is there, changed or not, is left alone

Everything goes through the product's services, dated in the past, so it obeys their rules and stands in the audit
log. No invented camera is ever connected; the one live site is `demo.live`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

import audit
from access.models import Grant
from access.services import give_grant
from accounts.duties import has_duty
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.services import add_organization, give_duty, person_reached_by
from demo import grid, people, places
from onboarding.models import Outcome
from onboarding.verification import Checks, decide_visit, save_checks, start_visit
from registry.models import Area, Camera, PartnerKind, PrivateAreas, Sees, Site
from registry.queries import recipients_for, rights_offered
from registry.rights import IN_HOURS, AccessRight, Purpose, Right, level
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
LONGEST_AGO = timedelta(days=390)
VISIT_AFTER = timedelta(days=3)
FIRST_OWNER_PHONE = 101
NIGHT = (18 * 60, 6 * 60)  # Minutes of the local day.
STAGES_WITH_VISIT = {"verified", "aimed", "fix", "paused"}
NOTES = {
    Outcome.PASS: "",
    Outcome.FIX: "Kamera menghadap pagar tetangga; mohon digeser ke jalan.",
    Outcome.REJECT: "Kamera ini tidak menghadap jalan; tetap terdata saja.",
}
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
    add_grants(now)
    return Seeded(drawn, bodies, staff, owners)


# --- bodies and people -------------------------------------------------------------------------------------


def add_bodies() -> int:
    """The Polres, a Polsek for each kecamatan under it, and the other bodies of the programme.

    A body is known by its kind and area, so one that people renamed is not added again.
    """
    known = {(body.kind, body.area_code) for body in Organization.objects.all()}
    added = 0
    for body in people.BODIES:
        if (body.kind, places.CITY) not in known:
            add_organization(name=body.name, kind=body.kind, area_code=places.CITY, contact=body.contact)
            added += 1
    polres = Organization.objects.filter(kind=OrganizationKind.POLRES, area_code=places.CITY).first()
    for code, name in Area.objects.filter(code__in=places.CENTRES).order_by("code").values_list("code", "name"):
        if (OrganizationKind.POLSEK, code) not in known:
            kind = OrganizationKind.POLSEK
            add_organization(name=polsek_name(name), kind=kind, area_code=code, parent=polres)
            added += 1
    return added


def bodies_served() -> dict[str, Organization]:
    """The Polres and the Polsek by the code of their area, whatever they are called now."""
    kinds = [OrganizationKind.POLRES, OrganizationKind.POLSEK]
    return {body.area_code: body for body in Organization.objects.filter(kind__in=kinds)}


def polsek_name(kecamatan: str) -> str:
    return f"Polsek {kecamatan}"


def add_staff(now: datetime) -> int:
    """People with duties, and the owner persona, who has done nothing yet.

    Duties are given to a person who is new; a duty that somebody ended stays ended.
    """
    known = set(User.objects.exclude(email=None).values_list("email", flat=True))
    bodies = bodies_served()
    added = 0
    for persona in people.STAFF:
        if persona.email not in known:
            _add_person(persona.name, persona.email, persona.posts, bodies, now)
            added += 1
    for code, name, email in bhabinkamtibmas():
        if email not in known:
            precinct = code.rpartition(".")[0]
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
            organization=bodies[post.body],
            kind=post.kind,
            title=post.title,
            area_code=post.area_code,
            emergency=post.emergency,
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
    visitors = officers_by_kelurahan(now)
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
        partner=partner_facts(owner),
        site=site_facts(owner, phone, area),
        cameras=camera_facts(owner, phone),
        by=user,
        now=enrolled,
    )
    give_consents(site=site, choices=choices(owner, area, enrolled), by=user, now=enrolled)
    cameras = list(site.cameras.all())
    if owner.kind == PartnerKind.VITAL and officer is not None:
        site.named_verifier = officer
        site.named_grantor, site.named_approver = (_staff(role) for role in people.VITAL_TASKS)
        site.save(update_fields=["named_verifier", "named_grantor", "named_approver"])
    if owner.fate in STAGES_WITH_VISIT and officer is not None:
        visit(cameras, officer, enrolled + VISIT_AFTER, owner.fate)
    if owner.fate == "paused":
        pause_camera(camera=cameras[0], until=now + timedelta(days=5), by=user, now=now)
    if owner.fate == "withdrawn":
        withdraw_all(site=site, by=user, now=enrolled + timedelta(days=owner.ago // 2))
    return site


def _staff(role: str) -> User | None:
    email = next(persona.email for persona in people.STAFF if persona.role == role)
    return User.objects.filter(email=email, is_active=True).first()


def officers_by_kelurahan(now: datetime) -> dict[str, User]:
    """Who verifies where, and did so already when the first owners enrolled."""
    duties = Duty.objects.in_force(now).filter(kind=DutyKind.VERIFIER, since__lte=now - LONGEST_AGO)
    duties = duties.filter(user__is_active=True).exclude(area_code="")
    return {duty.area_code: duty.user for duty in duties.select_related("user")}


def visit(cameras: Iterable[Camera], officer: User, at: datetime, fate: str) -> None:
    """The officer's visit in the past: each camera passed with its sticker, or a fix was asked.

    A camera that sees no street stays listed and is not verified.
    """
    for camera in cameras:
        outcome = Outcome.FIX if fate == "fix" else Outcome.PASS if camera.street_facing else Outcome.REJECT
        seen = start_visit(camera=camera, by=officer, now=at)
        save_checks(visit=seen, checks=checks(camera, outcome), by=officer, now=at)
        decide_visit(visit=seen, outcome=outcome, by=officer, now=at + timedelta(minutes=12))
        if fate == "aimed" and outcome == Outcome.PASS:
            _mark_aimed(camera, officer, at + timedelta(days=7))


def checks(camera: Camera, outcome: Outcome = Outcome.PASS) -> Checks:
    """What the officer ticks and notes."""
    return Checks(
        identity_seen=True,
        direction_matches=outcome == Outcome.PASS,
        street_facing=camera.street_facing,
        private_areas_handled=True,
        sticker_on_wall=outcome == Outcome.PASS,
        lat=camera.site.lat,
        lng=camera.site.lng,
        accuracy_m=8,
        note=NOTES[outcome],
    )


@audit.atomic
def _mark_aimed(camera: Camera, officer: User, at: datetime) -> None:
    """No page of the product sets this stage yet, so the row is written here."""
    Camera.objects.filter(pk=camera.pk).update(aimed_at=at, aimed_by=officer)
    audit.record("camera.aimed", actor=officer, target=camera, site=str(camera.site.public_id))


# --- grants -------------------------------------------------------------------------------------------------


def add_grants(now: datetime) -> None:
    """Position and health of Kebon Jeruk for its Polsek and the Polres, so that their maps show something.

    Given once: what somebody revoked stays revoked. They show no picture.
    """
    area = Area.objects.filter(code=places.KEBON_JERUK).first()
    grantor = _staff("precinct")
    if area is None or grantor is None or not has_duty(grantor, now, DutyKind.GRANTOR):
        return
    if Grant.objects.filter(area_permissions__content_object=area).exists():
        return
    bodies = bodies_served()
    for body in (bodies[places.CITY], bodies[places.KEBON_JERUK]):
        for right in (AccessRight.SEE_POSITION, AccessRight.SEE_HEALTH):
            give_grant(
                by=grantor,
                organization=body,
                scope=area,
                right=right,
                purpose=Purpose.SECURITY,
                letter_number="SPRIN/REKAAN/000/2026",
                valid_from=now,
                valid_until=now + timedelta(days=365),
                now=now,
            )


# --- what an owner wrote ------------------------------------------------------------------------------------


def partner_facts(owner: people.Owner) -> PartnerFacts:
    if owner.kind == PartnerKind.RESIDENT:
        return PartnerFacts(kind=owner.kind, name=owner.name)
    return PartnerFacts(
        kind=owner.kind,
        name=owner.name,
        responsible_name=owner.person,
        responsible_office=owner.office,
        authority_letter=f"ST/{owner.ago:03d}/REKAAN/2026",
    )


def site_facts(owner: people.Owner, phone: str, area: Area) -> SiteFacts:
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
    """A house front inside the area's outline, the same for the same seed."""
    return grid.front(area.outline, random.Random(seed))


def camera_facts(owner: people.Owner, phone: str) -> list[CameraFacts]:
    chance = random.Random(phone + "cameras")
    return [
        CameraFacts(
            label=label,
            sees=_SEES.get(label, Sees.STREET),
            indoor=label in ("Kasir", "Lorong"),
            street_facing=label not in ("Kasir", "Lorong", "Parkiran", "Taman"),
            direction=chance.choice([0, 45, 90, 135, 180, 225, 270, 315, None]),
            retention_days=chance.choice([7, 14, 30, None]),
            private_areas=PrivateAreas.NONE,
        )
        for label in owner.cameras
    ]


def choices(
    owner: people.Owner,
    area: Area,
    enrolled: datetime,
    *,
    hours: tuple[int, int] = NIGHT,
    with_device: bool = False,
) -> list[ConsentChoice]:
    """Every right of his level, to each body that the form offers; the health snapshot only with a device."""
    offered = rights_offered(level(owner.level))
    rights = [right for right in offered if with_device or right != Right.HEALTH_SNAPSHOT]
    return [
        ConsentChoice(
            right=right,
            recipient=body,
            valid_until=enrolled + settings.CONSENT_LASTS,
            hours_from=hours[0] if right in IN_HOURS else None,
            hours_until=hours[1] if right in IN_HOURS else None,
        )
        for right in rights
        for body in recipients_for(area)
    ]
