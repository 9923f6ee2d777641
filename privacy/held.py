"""What is held about a person, gathered once: the page shows it in words, the archive holds it whole.

It is what *he* may see: his own rows, and of the owners for whom he acts what his role there shows him on other
pages. No officer and no other person of the owner is named, and no password is in it, sealed or not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.models import Look
from accounts.models import User
from conduct.told import looks_told_to
from notices.models import Notice
from onboarding.models import Enrolment, Verification
from onboarding.queries import visits_to
from privacy.models import Restriction, SubjectRequest
from registry import receipts
from registry.models import Camera, Consent, Device, MaintainerHandover, Partner, PersonRole, Receipt, Site
from registry.people import KEEPING, SIGNING, roles_at
from registry.receipts import state_of


@dataclass(frozen=True)
class HeldSite:
    """A place at which the person acts, with what his roles there show."""

    site: Site
    roles: frozenset[PersonRole]
    cameras: list[Camera]
    devices: list[Device]
    consents: list[Consent]

    @property
    def signs(self) -> bool:
        return bool(self.roles & SIGNING)

    @property
    def keeps(self) -> bool:
        return bool(self.roles & KEEPING)


@dataclass(frozen=True)
class Held:
    """Everything that is held about a person, at one moment; with `partner`, what concerns that owner alone.

    Looks, visits and messages may be tens of thousands: they are there where all was asked for, else their
    number."""

    person: User
    partner: Partner | None
    sites: list[HeldSite]
    receipts: list[Receipt]
    looks: list[Look]
    visits: list[Verification]
    notices: list[Notice]
    looks_count: int
    visits_count: int
    notices_count: int
    drafts: list[Enrolment]
    requests: list[SubjectRequest]
    restricted: frozenset[int]
    """The keys of the owners whose processing is restricted."""

    @property
    def partners(self) -> list[Partner]:
        return list({held.site.partner_id: held.site.partner for held in self.sites}.values())


def held_about(person: User, now: datetime, *, partner: Partner | None = None, whole: bool) -> Held:
    """Gather it; `whole`: every look, visit and message, not only how many. Looks come from the guest book as its
    owner reads it, so that whatever is withheld there for a time is withheld here too."""
    sites = Site.objects.owned_by(person).select_related("partner", "area__parent").order_by("created_at", "pk")
    looks, visits = looks_told_to(person, now).prefetch_related("saved_stills"), visits_to(person)
    signed = Receipt.objects.filter(site__in=Site.objects.owned_by(person, SIGNING).values("pk"))
    if partner is not None:
        sites, signed = sites.filter(partner=partner), signed.filter(partner=partner)
        looks, visits = looks.filter(camera__site__partner=partner), visits.filter(camera__site__partner=partner)
    places = list(
        sites.prefetch_related(
            "cameras", "devices", "consents__recipient", "consents__text", "maintainer_handovers"
        )
    )
    roles = roles_at(person, places)
    notices = Notice.objects.none() if partner else Notice.objects.for_user(person)
    return Held(
        person=person,
        partner=partner,
        sites=[
            HeldSite(
                site,
                roles[site.pk],
                list(site.cameras.all()),
                list(site.devices.all()),
                sorted(site.consents.all(), key=lambda row: (row.valid_from, row.pk)),
            )
            for site in places
        ],
        receipts=list(signed.select_related("partner", "site").order_by("created_at", "pk")),
        looks=list(looks) if whole else [],
        visits=list(visits) if whole else [],
        notices=list(notices) if whole else [],
        looks_count=looks.count(),
        visits_count=visits.count(),
        notices_count=notices.count(),
        drafts=[] if partner else list(Enrolment.objects.of(person).drafts()),
        requests=list(
            SubjectRequest.objects.filter(asked_by=person, partner=partner)
            if partner
            else SubjectRequest.objects.filter(asked_by=person)
        ),
        restricted=frozenset(
            Restriction.objects.standing()
            .values_list("partner_id", flat=True)
            .filter(partner__in={site.partner_id for site in places})
        ),
    )


def as_data(held: Held, now: datetime) -> dict[str, Any]:
    """The same as plain values for JSON; the keys are explained by `KEYS`."""
    return {
        "person": None if held.partner else _person(held.person),
        "partners": [_partner(partner, held, now) for partner in held.partners],
        "looks": [look_row(look) for look in held.looks],
        "visits": [
            {
                "camera": visit.camera.label,
                "place": visit.camera.site.address,
                "started_at": visit.started_at,
                "decided_at": visit.decided_at,
                "body": str(visit.duty.organization) if visit.duty else "",
                "outcome": visit.outcome,
                "note": visit.note,
                "distance_m": visit.distance_m,
            }
            for visit in held.visits
        ],
        "messages": [
            {"at": note.created_at, "subject": note.subject, "body": note.body, "read_at": note.read_at}
            for note in held.notices
        ],
        "drafts": [{"updated_at": draft.updated_at, "answers": draft.answers} for draft in held.drafts],
        "requests": [
            {
                "id": str(row.public_id),
                "kind": row.kind,
                "asked_at": row.asked_at,
                "due_at": row.due_at,
                "closed_at": row.closed_at,
                "outcome": row.outcome,
                "wanted": row.wanted_words,
                "answer": row.answer,
            }
            for row in held.requests
        ],
    }


#: What each key of `data.json` holds; it stands in the file itself.
KEYS: dict[str, str] = {
    "person": "your own account: name, contact, language, when you joined and last signed in",
    "partners": "the owners for whom you act, each with your roles, places, cameras, devices and consents",
    "partners[].places[].devices[].password": "always 'kept sealed, never given out' or 'none'",
    "looks": "the guest book: who looked through your cameras; bodies and duties, never an officer's name",
    "visits": "the visits of officers to your cameras",
    "messages": "the messages we sent to you",
    "drafts": "enrolments that you began and did not finish",
    "requests": "what you asked for about your own data, and by when it is due",
    "*_at": "moments in ISO 8601, UTC",
}


def _person(user: User) -> dict[str, Any]:
    return {
        "id": str(user.public_id),
        "name": user.name,
        "email": user.email or "",
        "phone": user.phone or "",
        "phone_verified_at": user.phone_verified_at,
        "language": user.language,
        "joined_at": user.date_joined,
        "last_signed_in_at": user.last_login,
    }


def _partner(partner: Partner, held: Held, now: datetime) -> dict[str, Any]:
    places = [one for one in held.sites if one.site.partner_id == partner.pk]
    signs = any(one.signs for one in places)
    facts = {
        "responsible_name": partner.responsible_name,
        "responsible_office": partner.responsible_office,
        "authority_letter": partner.authority_letter,
    }
    return {
        "id": str(partner.public_id),
        "kind": partner.kind,
        "name": partner.name,
        **(facts if signs else {}),
        "restricted": partner.pk in held.restricted,
        "places": [_place(one, now) for one in places],
    }


def _place(held: HeldSite, now: datetime) -> dict[str, Any]:
    site = held.site
    maintainer = {
        "maintainer_name": site.maintainer_name,
        "maintainer_phone": site.maintainer_phone,
        "maintainers": [_handover(row) for row in site.maintainer_handovers.all()],
    }
    return {
        "id": str(site.public_id),
        "your_roles": sorted(held.roles),
        "address": site.address,
        "area": {"code": site.area.code, "name": site.area.name},
        "position": {"lat": site.lat, "lng": site.lng, "source": site.position_source},
        "listed_at": site.created_at,
        **(maintainer if held.signs or held.keeps else {}),
        "cameras": [_camera(camera) for camera in held.cameras],
        "devices": [_device(device) for device in held.devices] if held.keeps else [],
        "consents": [_consent(consent, now) for consent in held.consents],
    }


def _handover(row: MaintainerHandover) -> dict[str, Any]:
    names = ("name", "phone", "from_on", "named_at", "before_name", "before_phone", "done_at")
    return {name: getattr(row, name) for name in names}


def _camera(camera: Camera) -> dict[str, Any]:
    names = ("label", "sees", "indoor", "street_facing", "direction", "private_areas", "audio", "retention_days")
    moments = ("listed_at", "verified_at", "verified_until", "aimed_at", "connected_at", "stickered_at")
    more = ("withdrawn_at", "paused_until")
    return {"id": str(camera.public_id)} | {name: getattr(camera, name) for name in (*names, *moments, *more)}


def _device(device: Device) -> dict[str, Any]:
    names = ("host", "onvif_port", "rtsp_port", "rtsp_path", "brand", "maker", "model", "firmware", "serial")
    kept = "kept sealed, never given out" if device.has_secret else "none"
    return {"id": str(device.public_id), "password": kept} | {name: getattr(device, name) for name in names}


def _consent(consent: Consent, now: datetime) -> dict[str, Any]:
    return {
        "id": str(consent.public_id),
        "right": consent.right,
        "purpose": consent.purpose,
        "recipient": str(consent.recipient),
        "valid_from": consent.valid_from,
        "valid_until": consent.valid_until,
        "hours": [consent.hours_from, consent.hours_until],
        "signed_at": consent.signed_at,
        "withdrawn_at": consent.withdrawn_at,
        "state": state_of(consent, now),
        "text_version": consent.text.version,
        "text_sha256": consent.text.sha256,
    }


def look_row(look: Look) -> dict[str, Any]:
    """One line of the guest book, without the officer."""
    return {
        "id": str(look.public_id),
        "started_at": look.started_at,
        "ended_at": look.ended_at,
        "camera": look.camera.label,
        "place": look.camera.site.address,
        "body": str(look.organization),
        "duty": look.duty.title,
        "right": look.right,
        "reason": str(look.reason),
        "case": str(look.case) if look.case else "",
        "emergency": look.emergency,
        "stills_saved": len(look.saved_stills.all()),
    }


def receipt_records(held: Held) -> list[tuple[str, dict[str, Any]]]:
    """(code, record) of each consent receipt, in the shape in which it was signed."""
    return [(row.code, receipts.record_of(row, receipts.consents_of(row))) for row in held.receipts]
