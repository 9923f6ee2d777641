"""The visit of the Bhabinkamtibmas to a camera: begun, checked, proved, decided. Split by noun; import from here.

A visit that is open belongs to one officer and one camera (a constraint holds it). Every service asks again for
the duty, so a duty that ends during a visit ends the visit with it.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

import audit
from accounts.models import User
from health.services import keep_verified_view
from onboarding.errors import ChecksMissing, NothingRefused, PlaceUnexplained, ReasonMissing
from onboarding.identity import keep_identity
from onboarding.letters import tell_of_decision
from onboarding.models import Outcome, PositionSource, Probe, ProbeKind, Verification
from onboarding.possession import confirm_possession, needs_possession, request_possession_picture, require_proof
from onboarding.visits import (
    ABANDONED_AFTER,
    NEEDED,
    Checks,
    own_open,
    require_verifier,
    save_checks,
    start_visit,
)
from registry.models import Camera, Device
from registry.people import ACTING
from registry.services import end_verification, require_person

__all__ = [
    "ABANDONED_AFTER",
    "Checks",
    "ask_for_visit",
    "confirm_possession",
    "decide_visit",
    "needs_possession",
    "place_to_explain",
    "request_possession_picture",
    "require_verifier",
    "save_checks",
    "start_visit",
]


@audit.atomic
def decide_visit(*, visit: Verification, outcome: Outcome, by: User, now: datetime) -> Verification:
    """Pass, ask for a fix, or reject; the owner is told. The same decision twice is one decision.

    Passing dates the stages that this visit made true: verified always; connected only with the code seen in a
    picture of a device that answered with the owner's credentials, whose identity is kept; stickered if it hangs.
    A fix or a no ends an earlier verification at once.
    """
    known = Verification.objects.get(pk=visit.pk)
    if known.decided_at is not None and known.outcome == outcome and known.officer_id == by.pk:
        return known
    visit = own_open(visit, by, now)
    device, camera = _locked(visit)
    if outcome == Outcome.PASS:
        _pass(visit, camera, device, by, now)
    elif not visit.note.strip():
        raise ReasonMissing
    else:
        end_verification(camera=camera, by=by, reason=f"visit_{outcome}")
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
        position_source=visit.position_source,
        accuracy_m=None if visit.accuracy_m is None else round(visit.accuracy_m),
        possession=visit.possession_seen_at is not None,
    )
    tell_of_decision(visit, camera, now)
    return visit


def place_to_explain(visit: Verification) -> bool:
    """Whether the officer's position leaves a doubt that a pass has to explain: far from the pin, or not by GPS."""
    if visit.distance_m is None:
        return False
    return visit.distance_m > settings.PIN_DISTANCE_WARNING_METRES or visit.position_source != PositionSource.GPS


@audit.atomic
def ask_for_visit(*, camera: Camera, by: User, now: datetime) -> Verification:
    """The owner says that what the last visit refused is mended; the camera waits for an officer again.

    Raises NothingRefused where the last visit refused nothing. Asking twice asks once.
    """
    require_person(by, camera.site, ACTING)
    decided = Verification.objects.filter(camera=camera, decided_at__isnull=False).order_by("-decided_at")
    last = decided.select_for_update(of=("self",)).first()
    if last is None or last.outcome == Outcome.PASS or camera.withdrawn_at is not None:
        raise NothingRefused
    if last.revisit_asked_at is None:
        last.revisit_asked_at, last.revisit_asked_by = now, by
        last.save(update_fields=["revisit_asked_at", "revisit_asked_by"])
        audit.record("visit.asked_again", actor=by, target=last, camera=str(camera.public_id))
    return last


def _locked(visit: Verification) -> tuple[Device | None, Camera]:
    """The device, then the camera, locked in the order in which a change of the device locks them."""
    device = Device.objects.select_for_update().filter(cameras=visit.camera).first()
    camera = (
        Camera.objects.select_for_update(of=("self",))
        .select_related("site__partner", "device")
        .get(pk=visit.camera_id)
    )
    return (device if device is not None and camera.device_id == device.pk else camera.device), camera


def _pass(visit: Verification, camera: Camera, device: Device | None, by: User, now: datetime) -> None:
    if visit.distance_m is None or not all(getattr(visit, name) for name in NEEDED):
        raise ChecksMissing
    if place_to_explain(visit) and not visit.note.strip():
        raise PlaceUnexplained
    camera.device = device
    proved = device is not None and needs_possession(camera)
    if device is not None and proved:
        identity = require_proof(visit, camera, device)
        if device.identity is None:
            keep_identity(device=device, identity=identity, by=by, now=now)
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
    if proved and visit.possession_probe is not None and visit.possession_probe.picture:
        keep_verified_view(camera=camera, jpeg=bytes(visit.possession_probe.picture), now=now)
