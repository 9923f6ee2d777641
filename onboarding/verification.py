"""The visit of the Bhabinkamtibmas to a camera: begun, checked, proved, decided.

A visit that is open belongs to one officer and one camera (a constraint holds it). Every service asks again for
the duty, so a duty that ends during a visit ends the visit with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit
from accounts.duties import require_duty
from accounts.errors import NoDuty
from accounts.models import DutyKind, User
from notices.services import tell
from onboarding.errors import (
    ChecksMissing,
    DeviceDiffers,
    OwnSite,
    PictureMissing,
    PossessionMissing,
    ReasonMissing,
    VisitOver,
    VisitTaken,
)
from onboarding.identity import expected_identity, keep_identity
from onboarding.models import Outcome, Probe, ProbeKind, ProbeState, Verification, possession_code
from onboarding.probing import address_of, request_probe
from registry.geo import distance_m
from registry.models import Camera, Device, PartnerPerson

ABANDONED_AFTER = timedelta(hours=12)
PICTURE_FRESH = timedelta(minutes=10)
NEEDED = ("identity_seen", "direction_matches", "street_facing", "private_areas_handled")


@dataclass(frozen=True)
class Checks:
    """What the officer has ticked and where he stands; saved as a draft as often as he likes."""

    identity_seen: bool = False
    direction_matches: bool = False
    street_facing: bool = False
    private_areas_handled: bool = False
    sticker_on_wall: bool = False
    lat: float | None = None
    lng: float | None = None
    accuracy_m: float | None = None
    note: str = ""


def require_verifier(camera: Camera, by: User, now: datetime) -> None:
    """Raises NoDuty outside his kelurahan or at a vital site of which he is not the named verifier, and OwnSite at
    a site of a partner for whom he acts himself."""
    site = camera.site
    require_duty(by, DutyKind.VERIFIER, now, area_code=site.area.code)
    if site.vital and site.named_verifier_id != by.pk:
        raise NoDuty
    if PartnerPerson.objects.filter(partner=site.partner_id, user=by).exists():
        raise OwnSite


def needs_possession(camera: Camera) -> bool:
    """Whether this camera can pass only by a code seen in a fresh picture of it."""
    return camera.device is not None and camera.device.has_secret


@audit.atomic
def start_visit(*, camera: Camera, by: User, now: datetime) -> Verification:
    """Begin a visit, or go on with one's own. Two taps begin one visit.

    A visit that another officer left open for half a day is taken over from the start, with a new code.
    """
    require_verifier(camera, by, now)
    try:
        with transaction.atomic():
            visit = Verification.objects.create(
                camera=camera, officer=by, started_at=now, sticker_on_wall=camera.stickered_at is not None
            )
    except IntegrityError:
        visit = Verification.objects.get(camera=camera, decided_at__isnull=True)
        if visit.officer_id == by.pk:
            return visit
        _take_over(visit, by, now)
    audit.record("visit.started", actor=by, target=visit, camera=str(camera.public_id))
    return visit


def _take_over(visit: Verification, by: User, now: datetime) -> None:
    won = Verification.objects.filter(
        pk=visit.pk, officer_id=visit.officer_id, decided_at__isnull=True, started_at__lte=now - ABANDONED_AFTER
    ).update(
        officer=by,
        started_at=now,
        identity_seen=False,
        direction_matches=False,
        street_facing=False,
        private_areas_handled=False,
        lat=None,
        lng=None,
        accuracy_m=None,
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
    visit = _own_open(visit, by, now)
    site = visit.camera.site
    placed = checks.lat is not None and checks.lng is not None
    for name in (*NEEDED, "sticker_on_wall", "note"):
        setattr(visit, name, getattr(checks, name))
    visit.lat = checks.lat if placed else None
    visit.lng = checks.lng if placed else None
    visit.accuracy_m = checks.accuracy_m if placed else None
    visit.distance_m = (
        distance_m(site.lat, site.lng, checks.lat, checks.lng)
        if checks.lat is not None and checks.lng is not None
        else None
    )
    visit.save()
    return visit


@transaction.atomic
def request_possession_picture(*, visit: Verification, by: User, now: datetime) -> Probe:
    """Ask for one fresh picture of the visit's camera. A new picture has to be looked at anew."""
    visit = _own_open(visit, by, now)
    camera = visit.camera
    if camera.device is None:
        raise PictureMissing
    probe = request_probe(device=camera.device, by=by, now=now, kind=ProbeKind.POSSESSION, camera=camera)
    visit.possession_probe, visit.possession_seen_at = probe, None
    visit.save(update_fields=["possession_probe", "possession_seen_at"])
    return probe


@audit.atomic
def confirm_possession(*, visit: Verification, by: User, now: datetime) -> Verification:
    """The officer saw the code in the fresh picture. Confirming twice changes and records nothing."""
    visit = _own_open(visit, by, now)
    if visit.possession_seen_at is not None:
        return visit
    probe = visit.possession_probe
    if probe is None or not _is_good(probe) or probe.finished_at is None or now - probe.finished_at > PICTURE_FRESH:
        raise PictureMissing
    visit.possession_seen_at = now
    visit.save(update_fields=["possession_seen_at"])
    audit.record(
        "visit.possession_seen",
        actor=by,
        target=visit,
        camera=str(visit.camera.public_id),
        probe=str(probe.public_id),
    )
    return visit


@audit.atomic
def decide_visit(*, visit: Verification, outcome: Outcome, by: User, now: datetime) -> Verification:
    """Pass, ask for a fix, or reject; the owner is told. The same decision twice is one decision.

    Passing dates the stages that this visit made true: verified always; connected only with the code seen in a
    picture of a device that answered with the owner's credentials, whose identity is kept; stickered if it hangs.
    """
    known = Verification.objects.get(pk=visit.pk)
    if known.decided_at is not None and known.outcome == outcome and known.officer_id == by.pk:
        return known
    visit = _own_open(visit, by, now)
    camera = (
        Camera.objects.select_for_update(of=("self",))
        .select_related("site__partner", "device")
        .get(pk=visit.camera_id)
    )
    if outcome == Outcome.PASS:
        _pass(visit, camera, by, now)
    elif not visit.note.strip():
        raise ReasonMissing
    visit.outcome, visit.decided_at = outcome, now
    visit.save()
    Probe.objects.filter(camera=camera, kind=ProbeKind.POSSESSION).update(picture=None)
    audit.record(
        "visit.decided",
        actor=by,
        target=visit,
        texts={"note": visit.note} if visit.note else None,
        camera=str(camera.public_id),
        outcome=outcome,
        distance_m=None if visit.distance_m is None else round(visit.distance_m),
        possession=visit.possession_seen_at is not None,
    )
    _tell_owner(visit, camera, now)
    return visit


def _own_open(visit: Verification, by: User, now: datetime) -> Verification:
    """The visit, locked, if it is open and this officer's; VisitOver otherwise."""
    visit = (
        Verification.objects.select_for_update(of=("self",))
        .select_related("camera__site__area", "camera__device", "possession_probe")
        .get(pk=visit.pk)
    )
    require_verifier(visit.camera, by, now)
    if visit.decided_at is not None or visit.officer_id != by.pk or visit.camera.withdrawn_at is not None:
        raise VisitOver
    return visit


def _is_good(probe: Probe) -> bool:
    return probe.state == ProbeState.DONE and probe.picture is not None


def _pass(visit: Verification, camera: Camera, by: User, now: datetime) -> None:
    if visit.distance_m is None or not all(getattr(visit, name) for name in NEEDED):
        raise ChecksMissing
    device = camera.device
    proved = needs_possession(camera)
    if device is not None and proved:
        _require_proof(visit, camera, device)
        if device.identity is None:
            keep_identity(device=device, identity=vars_of(device), by=by, now=now)
    until = now + settings.VERIFICATION_LASTS
    changes: dict[str, Any] = {
        "verified_at": now,
        "verified_by": by,
        "verified_until": until,
        "street_facing": True,
    }
    audit.record("camera.verified", actor=by, target=camera, site=str(camera.site.public_id), until=until)
    if proved:
        changes |= {"connected_at": now, "connected_by": by}
        audit.record("camera.connected", actor=by, target=camera, site=str(camera.site.public_id))
    if visit.sticker_on_wall and camera.stickered_at is None:
        changes |= {"stickered_at": now, "stickered_by": by}
        audit.record("camera.stickered", actor=by, target=camera, site=str(camera.site.public_id))
    Camera.objects.filter(pk=camera.pk).update(**changes)


def vars_of(device: Device) -> dict[str, str]:
    """How the device is known, as a dict to keep."""
    seen = expected_identity(device)
    return {"serial": seen.serial, "mac": seen.mac, "tls_fingerprint": seen.tls_fingerprint, "shape": seen.shape}


def _require_proof(visit: Verification, camera: Camera, device: Device) -> None:
    """The code was seen, in a picture from the place and with the secret that still stand."""
    probe = visit.possession_probe
    if visit.possession_seen_at is None or probe is None or camera.channel is None:
        raise PossessionMissing
    changed = device.secret_changed_at is not None and device.secret_changed_at > probe.created_at
    if probe.device_id != device.pk or probe.address != address_of(device) or changed:
        raise PossessionMissing
    if device.different_since is not None:
        raise DeviceDiffers


def _tell_owner(visit: Verification, camera: Camera, now: datetime) -> None:
    subject, body = _letter(visit, camera)
    for person in camera.site.partner.people.distinct():
        tell(
            person,
            code=f"visit_{visit.outcome}",
            subject=subject,
            body=body,
            url=reverse("registry:camera", args=[camera.public_id]),
            once_key=f"visit:{visit.public_id}:{person.pk}",
            now=now,
        )


def _letter(visit: Verification, camera: Camera) -> tuple[str, str]:
    facts = {"camera": camera.label, "reason": visit.note}
    if visit.outcome == Outcome.PASS:
        days = settings.VERIFICATION_LASTS.days
        return (
            _("%(camera)s sudah diverifikasi") % facts,
            ngettext(
                "Petugas sudah memeriksa kamera ini di lokasi. Berlaku %(days)s hari.",
                "Petugas sudah memeriksa kamera ini di lokasi. Berlaku %(days)s hari.",
                days,
            )
            % {"days": days},
        )
    if visit.outcome == Outcome.FIX:
        return (
            _("%(camera)s perlu perbaikan") % facts,
            _("Petugas meminta perbaikan sebelum kamera ini dapat diverifikasi: %(reason)s") % facts,
        )
    return (
        _("%(camera)s tidak diverifikasi") % facts,
        _("Petugas tidak dapat memverifikasi kamera ini: %(reason)s") % facts,
    )
