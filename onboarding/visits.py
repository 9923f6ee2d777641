"""The visit of an officer: who may make one, when one is due, and the draft of what he ticked on the street."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

import audit
from access.queries import has_granted_over
from accounts.duties import require_duty
from accounts.errors import NoDuty
from accounts.models import Duty, DutyKind, User
from onboarding.errors import GrantedHere, NotDue, OwnSite, VisitOver, VisitTaken
from onboarding.models import PositionSource, Verification, possession_code
from onboarding.queries import due_for_visit
from registry.geo import distance_m
from registry.models import Camera
from registry.people import is_of_partner

ABANDONED_AFTER = timedelta(hours=12)
NEEDED = ("identity_seen", "direction_matches", "street_facing", "private_areas_handled")


@dataclass(frozen=True)
class Checks:
    """What the officer has ticked and where he stands; saved as a draft as often as he likes.

    `position_source` is what his page says of the position; without it, one with an accuracy is from GPS and one
    without was typed.
    """

    identity_seen: bool = False
    direction_matches: bool = False
    street_facing: bool = False
    private_areas_handled: bool = False
    sticker_on_wall: bool = False
    lat: float | None = None
    lng: float | None = None
    accuracy_m: float | None = None
    position_source: str = ""
    note: str = ""

    @property
    def placed_by(self) -> str:
        """Where the position comes from; nothing without a position. GPS always knows how exact it is."""
        if self.lat is None or self.lng is None:
            return ""
        if self.position_source == PositionSource.TAP:
            return PositionSource.TAP
        gps = self.accuracy_m is not None and self.position_source in {"", PositionSource.GPS}
        return PositionSource.GPS if gps else PositionSource.TYPED


def require_verifier(camera: Camera, by: User, now: datetime) -> Duty:
    """The duty by which this person may verify the camera.

    Raises NoDuty outside his kelurahan or at a vital site of which he is not the named verifier, OwnSite at a site
    of a partner for whom he acts himself, and GrantedHere where he gave a grant that reaches the site: verifier and
    grantor of one site are two people, whoever of them comes first.
    """
    site = camera.site
    duty = require_duty(by, DutyKind.VERIFIER, now, area_code=site.area.code)
    if site.vital and site.named_verifier_id != by.pk:
        raise NoDuty
    if is_of_partner(by, site.partner_id):
        raise OwnSite
    if has_granted_over(by, site):
        raise GrantedHere
    return duty


@audit.atomic
def start_visit(*, camera: Camera, by: User, now: datetime) -> Verification:
    """Begin a visit, or go on with one's own. Two taps begin one visit.

    Raises NotDue at a camera that does not wait for one. A visit that another officer left open for half a day is
    taken over from the start, with a new code.
    """
    duty = require_verifier(camera, by, now)
    mine = Verification.objects.filter(camera=camera, officer=by, decided_at__isnull=True).first()
    if mine is not None:
        return mine
    if not due_for_visit(Camera.objects.listed().filter(pk=camera.pk), now).exists():
        raise NotDue
    try:
        with transaction.atomic():
            visit = Verification.objects.create(
                camera=camera,
                officer=by,
                duty=duty,
                started_at=now,
                sticker_on_wall=camera.stickered_at is not None,
            )
    except IntegrityError:
        visit = Verification.objects.get(camera=camera, decided_at__isnull=True)
        if visit.officer_id == by.pk:
            return visit
        _take_over(visit, by, duty, now)
    audit.record("visit.started", actor=by, target=visit, camera=str(camera.public_id))
    return visit


def _take_over(visit: Verification, by: User, duty: Duty, now: datetime) -> None:
    won = Verification.objects.filter(
        pk=visit.pk, officer_id=visit.officer_id, decided_at__isnull=True, started_at__lte=now - ABANDONED_AFTER
    ).update(
        officer=by,
        duty=duty,
        started_at=now,
        identity_seen=False,
        direction_matches=False,
        street_facing=False,
        private_areas_handled=False,
        lat=None,
        lng=None,
        accuracy_m=None,
        position_source="",
        distance_m=None,
        possession_code=possession_code(),
        possession_probe=None,
        possession_seen_at=None,
        note="",
    )
    if not won:
        raise VisitTaken
    visit.refresh_from_db()


@transaction.atomic
def save_checks(*, visit: Verification, checks: Checks, by: User, now: datetime) -> Verification:
    """Keep the draft. The distance is measured here, from the pin to where the officer says he stands."""
    visit = own_open(visit, by, now)
    site = visit.camera.site
    for name in (*NEEDED, "sticker_on_wall", "note"):
        setattr(visit, name, getattr(checks, name))
    visit.lat = visit.lng = visit.accuracy_m = visit.distance_m = None
    visit.position_source = checks.placed_by
    if checks.lat is not None and checks.lng is not None:
        visit.lat, visit.lng = checks.lat, checks.lng
        visit.accuracy_m = checks.accuracy_m if checks.placed_by == PositionSource.GPS else None
        visit.distance_m = distance_m(site.lat, site.lng, checks.lat, checks.lng)
    visit.save()
    return visit


def own_open(visit: Verification, by: User, now: datetime) -> Verification:
    """The visit, locked, if it is open and this officer's; VisitOver otherwise. His duty is asked for again."""
    visit = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("camera__site__area", "camera__device", "possession_probe")
        .get(pk=visit.pk)
    )
    require_verifier(visit.camera, by, now)
    if visit.decided_at is not None or visit.officer_id != by.pk or visit.camera.withdrawn_at is not None:
        raise VisitOver
    return visit


def release_visits(news: audit.News) -> None:
    """A duty has ended: whoever follows may take its open visits over at once, from the start."""
    open_visits = Verification.objects.filter(duty__public_id=news.target_id, decided_at__isnull=True)
    open_visits.filter(started_at__gt=news.at - ABANDONED_AFTER).update(started_at=news.at - ABANDONED_AFTER)
