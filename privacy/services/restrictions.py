"""Restricting the processing of an owner's data, and lifting it: at once, by his own people alone."""

from datetime import datetime

from django.db import IntegrityError, transaction

import audit
from accounts.models import User
from audit import News
from privacy.errors import AlreadyRestricted, NotRestricted
from privacy.law import RULES, Kind
from privacy.models import Outcome, Restriction, SubjectRequest
from registry.models import Camera, Partner
from registry.people import SIGNING
from registry.services import hold_camera, hold_cameras, release_cameras, require_person


@audit.atomic
def restrict(*, partner: Partner, by: User, now: datetime) -> Restriction:
    """From now on the owner's data are only kept: his cameras open for nobody and are not checked, those that he
    adds later too, until he lifts it (UU 27/2022 art. 11). The law gives 3×24 hours; it holds at once."""
    require_person(by, partner, SIGNING)
    try:
        with transaction.atomic():
            made = Restriction.objects.create(partner=partner, since=now, since_by=by)
    except IntegrityError as problem:
        raise AlreadyRestricted from problem
    hold_cameras(partner=partner, by=by, now=now)
    SubjectRequest.objects.create(
        kind=Kind.RESTRICT,
        asked_by=by,
        partner=partner,
        asked_at=now,
        due_at=now + RULES[Kind.RESTRICT].lasts,
        closed_at=now,
        outcome=Outcome.DONE,
    )
    audit.record("processing.restricted", actor=by, target=partner)
    return made


@audit.atomic
def lift(*, partner: Partner, by: User, now: datetime) -> None:
    """Process as before: grants and consents hold again as far as they still do."""
    require_person(by, partner, SIGNING)
    standing = Restriction.objects.standing().filter(partner=partner)
    if not standing.update(lifted_at=now, lifted_by=by):
        raise NotRestricted
    release_cameras(partner=partner, by=by, now=now)
    audit.record("processing.restriction_lifted", actor=by, target=partner)


@audit.atomic
def hold_new_camera(news: News) -> None:
    """A camera that was listed while its owner's processing is restricted is held too. It opens nothing before:
    nobody has verified it yet."""
    restricted = Restriction.objects.standing().values("partner")
    camera = Camera.objects.filter(public_id=news.target_id, site__partner__in=restricted).first()
    if camera is not None:
        hold_camera(camera, None)
