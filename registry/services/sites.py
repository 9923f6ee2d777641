"""Listing: a partner, a site and its cameras enter the record."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import audit
from accounts.models import User
from registry import geo
from registry.errors import LabelTwice, ListedNeeded, NoCameras, NotAKelurahan, ResponsibleNeeded
from registry.models import (
    Area,
    AreaLevel,
    Camera,
    Consent,
    Partner,
    PartnerKind,
    PartnerPerson,
    PrivateAreas,
    Site,
)
from registry.people import SIGNING
from registry.rights import Right
from registry.services.people import require_person


@dataclass(frozen=True)
class PartnerFacts:
    """Who the owner is. All but residents name a responsible person, his office and a letter of authority."""

    kind: PartnerKind
    name: str
    responsible_name: str = ""
    responsible_office: str = ""
    authority_letter: str = ""


@dataclass(frozen=True)
class SiteFacts:
    """Where the cameras are and who maintains them. `position_source` is gps, tap or typed."""

    area: Area
    address: str
    lat: float
    lng: float
    maintainer_name: str
    maintainer_phone: str = ""
    position_source: str = "typed"
    position_accuracy_m: float | None = None


@dataclass(frozen=True)
class CameraFacts:
    """One camera. `direction` is degrees clockwise from north; None means unknown, never north.
    `private_areas` is unknown where nobody was asked, never none."""

    label: str
    sees: str
    indoor: bool = False
    street_facing: bool = False
    direction: int | None = None
    private_areas: str = PrivateAreas.UNKNOWN
    audio: bool = False
    retention_days: int | None = None


@audit.atomic
def list_site(
    *,
    partner: Partner | PartnerFacts,
    site: SiteFacts,
    cameras: Sequence[CameraFacts],
    by: User,
    now: datetime,
) -> Site:
    """Put a site and its cameras on record; with PartnerFacts also its owner, for whom `by` then acts as manager.

    Whoever adds a site to an owner on record signs for all of his sites, not for one. A site of a vital-object
    operator is vital from its first moment. Listing opens nothing: no picture can be seen before consent,
    verification and a grant.
    """
    if site.area.level != AreaLevel.KELURAHAN:
        raise NotAKelurahan
    if not cameras:
        raise NoCameras
    if len({camera.label.casefold() for camera in cameras}) != len(cameras):
        raise LabelTwice
    owner = _added(partner, by) if isinstance(partner, PartnerFacts) else partner
    require_person(by, owner, SIGNING)

    vital = owner.kind == PartnerKind.VITAL
    place = Site.objects.create(partner=owner, vital=vital, **_fields(site), **geo.cells(site.lat, site.lng))
    audit.record(
        "site.listed",
        actor=by,
        target=place,
        texts={"address": site.address},
        partner=str(owner.public_id),
        area=site.area.code,
        vital=vital,
    )
    for facts in cameras:
        camera = Camera.objects.create(site=place, listed_at=now, listed_by=by, **asdict(facts))
        audit.record("camera.listed", actor=by, target=camera, site=str(place.public_id))
    return place


@audit.atomic
def list_camera(*, site: Site, camera: CameraFacts, by: User, now: datetime) -> Camera:
    """Put one more camera of a site on record; like every camera it opens nothing before its own verification.

    Refused unless somebody may know of it: a consent `listed` must be in force. Its row is locked, so that a
    withdrawal at the same moment either takes this camera along or refuses it.
    """
    require_person(by, site, SIGNING)
    listed = Consent.objects.in_force(now).filter(site=site, right=Right.LISTED)
    if not list(listed.select_for_update()):
        raise ListedNeeded
    labels = Camera.objects.listed().filter(site=site).values_list("label", flat=True)
    if camera.label.casefold() in {label.casefold() for label in labels}:
        raise LabelTwice
    added = Camera.objects.create(site=site, listed_at=now, listed_by=by, **asdict(camera))
    audit.record("camera.listed", actor=by, target=added, site=str(site.public_id))
    return added


def _fields(facts: SiteFacts) -> dict[str, object]:
    """The fields of the facts as they are; `asdict` would copy the Area."""
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def _added(facts: PartnerFacts, by: User) -> Partner:
    named = facts.responsible_name and facts.responsible_office and facts.authority_letter
    if facts.kind != PartnerKind.RESIDENT and not named:
        raise ResponsibleNeeded
    partner = Partner.objects.create(**asdict(facts))
    PartnerPerson.objects.create(partner=partner, user=by)
    audit.record("partner.added", actor=by, target=partner, texts={"name": facts.name}, kind=str(facts.kind))
    return partner
