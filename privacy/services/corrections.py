"""Correcting what is held: at once what a person typed himself, by an officer what was verified on site."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

import audit
from accounts.areas import covers
from accounts.models import Duty, DutyKind, User
from notices.services import in_language_of, tell
from privacy.errors import AlreadyAsked, AlreadyClosed, NothingChanged, NotYourDesk, PointElsewhere, ReasonNeeded
from privacy.law import RULES, Kind
from privacy.models import Outcome, SubjectRequest
from registry import geo
from registry.errors import LabelTwice
from registry.models import Camera, Partner, Site
from registry.people import SIGNING, acts_for, is_of_partner
from registry.services import require_person


@audit.atomic
def correct_name(*, name: str, by: User) -> None:
    """A person says how he is called."""
    if not User.objects.filter(pk=by.pk).exclude(name=name).update(name=name):
        raise NothingChanged
    audit.record("person.corrected", actor=by, target=by, fields=["name"])


@audit.atomic
def correct_partner(*, partner: Partner, facts: Mapping[str, str], by: User, now: datetime) -> None:
    """What an owner said about himself: his name, and who answers for him."""
    require_person(by, partner, SIGNING)
    # A form may have written on the object that it was given; what stands on record is asked anew.
    changed = _changed(Partner.objects.select_for_update().get(pk=partner.pk), facts)
    if not changed:
        raise NothingChanged
    Partner.objects.filter(pk=partner.pk).update(**changed)
    audit.record("partner.corrected", actor=by, target=partner, fields=sorted(changed))
    _note_done(by, partner, None, now)


@audit.atomic
def correct_site(*, site: Site, facts: Mapping[str, Any], by: User, now: datetime) -> SubjectRequest | None:
    """What an owner typed about a place, its point (`lat`, `lng`) among it. Where an officer has verified a camera
    there, address and point are what he saw: then new ones are asked of the officers, with a clock, and that
    request is returned. Raises PointElsewhere for a point that leaves the kelurahan."""
    require_person(by, site, SIGNING)
    held = Site.objects.select_for_update(of=("self",)).select_related("area").get(pk=site.pk)
    changed = _changed(held, facts)
    if not changed:
        raise NothingChanged
    point = _point(held, changed)
    asked = None
    if site.cameras.filter(verified_at__isnull=False).exists():
        address = changed.pop("address", "")
        if address or point:
            asked = _ask(site, address, by, now, point=point)
    elif point:
        changed |= _moved_to(*point)
    if changed:
        Site.objects.filter(pk=site.pk).update(**changed)
        audit.record("site.corrected", actor=by, target=site, fields=sorted(changed))
        _note_done(by, site.partner, site, now)
    return asked


@audit.atomic
def correct_camera(*, camera: Camera, label: str, by: User, now: datetime) -> SubjectRequest | None:
    """How an owner calls his camera. The officer who verified it knows it by its name: then a new one is asked of
    the officers, and that request is returned. Raises LabelTwice where another camera there is called so."""
    require_person(by, camera.site, SIGNING)
    held = Camera.objects.select_for_update(of=("self",)).get(pk=camera.pk)
    if held.label == label:
        raise NothingChanged
    _require_own_label(held, label)
    if held.verified_at is not None:
        return _ask(camera.site, label, by, now, camera=held)
    _rename(held, label, by)
    _note_done(by, camera.site.partner, camera.site, now)
    return None


def _require_own_label(camera: Camera, label: str) -> None:
    others = Camera.objects.listed().filter(site=camera.site_id).exclude(pk=camera.pk)
    if label.casefold() in {other.casefold() for other in others.values_list("label", flat=True)}:
        raise LabelTwice


def _rename(camera: Camera, label: str, by: User) -> None:
    Camera.objects.filter(pk=camera.pk).update(label=label)
    audit.record("camera.corrected", actor=by, target=camera, fields=["label"])


def _changed(row: Partner | Site, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if _plain(getattr(row, name)) != _plain(value)}


def _plain(value: Any) -> Any:
    """Degrees are typed with six decimals, a hand's breadth; what stands on record may have more."""
    return round(value, 6) if isinstance(value, float) else value


def _point(site: Site, changed: dict[str, Any]) -> tuple[float, float] | None:
    """The new point, taken out of what has changed; None where it stays. One that lay outside of the outline before
    (the owner said so) may stay outside."""
    if not {"lat", "lng"} & set(changed):
        return None
    lat, lng = changed.pop("lat", site.lat), changed.pop("lng", site.lng)
    outline = site.area.outline
    inside = geo.point_in_outline(outline, site.lat, site.lng)
    if outline and inside and not geo.point_in_outline(outline, lat, lng):
        raise PointElsewhere
    return lat, lng


def _moved_to(lat: float, lng: float) -> dict[str, Any]:
    cells = geo.cells(lat, lng)
    return {"lat": lat, "lng": lng, "position_source": "typed", "position_accuracy_m": None, **cells}


def _note_done(by: User, partner: Partner, site: Site | None, now: datetime) -> None:
    SubjectRequest.objects.create(
        kind=Kind.CORRECT,
        asked_by=by,
        partner=partner,
        site=site,
        asked_at=now,
        due_at=now + RULES[Kind.CORRECT].lasts,
        closed_at=now,
        outcome=Outcome.DONE,
    )


def _ask(
    site: Site,
    wanted: str,
    by: User,
    now: datetime,
    *,
    point: tuple[float, float] | None = None,
    camera: Camera | None = None,
) -> SubjectRequest:
    if SubjectRequest.objects.open().filter(kind=Kind.CORRECT, site=site, camera=camera).exists():
        raise AlreadyAsked
    lat, lng = point or (None, None)
    asked = SubjectRequest.objects.create(
        kind=Kind.CORRECT,
        asked_by=by,
        partner=site.partner,
        site=site,
        camera=camera,
        wanted=wanted,
        wanted_lat=lat,
        wanted_lng=lng,
        asked_at=now,
        due_at=now + RULES[Kind.CORRECT].lasts,
    )
    audit.record("correction.asked", actor=by, target=asked, site=str(site.public_id))
    for person in answerers_of(site, now):
        with in_language_of(person):
            tell(
                person,
                code="correction.asked",
                subject=_("Pemilik meminta pembetulan"),
                body=_("Yang pernah diperiksa di tempat perlu dibetulkan. Jawab paling lambat 3×24 jam."),
                url=reverse("privacy:answer", args=[asked.public_id]),
                now=now,
            )
    return asked


def answerers_of(site: Site, now: datetime) -> QuerySet[User]:
    """Who may answer for a place: whoever verifies there and who protects data there; for a vital object its named
    verifier alone. Nobody of the owner's own."""
    if site.vital:
        return User.objects.filter(pk__in=[site.named_verifier_id or 0], is_active=True)
    kinds = [DutyKind.VERIFIER, DutyKind.PROTECTION]
    duties = Duty.objects.in_force(now).filter(kind__in=kinds, user__is_active=True).select_related("organization")
    reaching = {duty.user_id for duty in duties if covers(duty.reach, site.area.code)}
    return User.objects.filter(pk__in=reaching).exclude(partnerperson__partner=site.partner_id).order_by("pk")


def may_answer(user: User, request: SubjectRequest, now: datetime) -> bool:
    """Whether this person is one of those who answer this correction."""
    site = request.site
    if request.kind != Kind.CORRECT or site is None or is_of_partner(user, site.partner_id):
        return False
    return answerers_of(site, now).filter(pk=user.pk).exists()


@audit.atomic
def answer_correction(
    *, request: SubjectRequest, accepted: bool, words: str, by: User, now: datetime
) -> SubjectRequest:
    """Correct what was asked, or say why not; the person who asked is told the result (UU 27/2022 art. 30)."""
    if not may_answer(by, request, now):
        raise NotYourDesk
    assert request.site is not None  # noqa: S101  (said by may_answer)
    if not accepted and not words.strip():
        raise ReasonNeeded
    outcome = Outcome.DONE if accepted else Outcome.REFUSED
    mine = SubjectRequest.objects.open().filter(pk=request.pk)
    if not mine.update(closed_at=now, answered_by=by, outcome=outcome, answer=words.strip()):
        raise AlreadyClosed
    if accepted:
        _do_as_asked(request, by)
    audit.record("correction.answered", actor=by, target=request, outcome=outcome)
    asker = request.asked_by
    if asker.is_active and acts_for(asker, request.site, SIGNING):
        with in_language_of(asker):
            tell(
                asker,
                code="correction.answered",
                subject=_("Permintaan pembetulan Anda dijawab"),
                body=_("Dibetulkan.") if accepted else _("Ditolak: %(why)s") % {"why": words.strip()},
                url=reverse("privacy:request", args=[request.public_id]),
                now=now,
            )
    request.refresh_from_db()
    return request


def _do_as_asked(request: SubjectRequest, by: User) -> None:
    assert request.site is not None  # noqa: S101  (said by may_answer)
    if request.camera is not None:
        _require_own_label(request.camera, request.wanted)
        _rename(request.camera, request.wanted, by)
        return
    new: dict[str, Any] = {"address": request.wanted} if request.wanted else {}
    if request.wanted_lat is not None and request.wanted_lng is not None:
        new |= _moved_to(request.wanted_lat, request.wanted_lng)
    Site.objects.filter(pk=request.site.pk).update(**new)
    audit.record("site.corrected", actor=by, target=request.site, fields=sorted(new))
