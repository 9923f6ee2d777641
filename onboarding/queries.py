"""Which cameras wait for an officer, and which sites and devices a person keeps."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.areas import within
from accounts.duties import duties_in_force
from accounts.models import DutyKind, User
from onboarding.identity import address_of
from onboarding.models import Outcome, Probe, ProbeKind, ProbeState, Verification
from registry.models import Camera, Consent, Device, PartnerPerson, PersonRole, Site
from registry.models.cameras import CameraQuerySet
from registry.people import KEEPING
from registry.rights import NEEDS_DEVICE

RENEWED_FROM = timedelta(days=30)


def verifiable_cameras(user: User, now: datetime) -> CameraQuerySet:
    """The listed cameras within the officer's duty as a verifier; empty for everybody else.

    A vital site is there only for the verifier named for it.
    """
    reached = Q(pk__in=[])
    for duty in duties_in_force(user, now).filter(kind=DutyKind.VERIFIER):
        reached |= within(duty.reach, "site__area__code")
    return (
        Camera.objects.listed()
        .filter(reached)
        .filter(Q(site__vital=False) | Q(site__named_verifier_id=user.pk))
        .select_related("site__partner", "site__area", "device")
    )


def due_for_visit(cameras: CameraQuerySet, now: datetime) -> CameraQuerySet:
    """Those of the cameras that wait for a visit; `last_outcome` is how the last one ended.

    Never verified, verification ended, a fix asked for, or expiring within 30 days. One that was rejected waits
    again only when its owner says that it is mended.
    """
    decided = Verification.objects.filter(camera=OuterRef("pk"), decided_at__isnull=False).order_by("-decided_at")
    return (
        cameras.annotate(
            last_outcome=Subquery(decided.values("outcome")[:1]),
            revisit_asked_at=Subquery(decided.values("revisit_asked_at")[:1]),
        )
        .filter(Q(verified_until__isnull=True) | Q(verified_until__lte=now + RENEWED_FROM))
        .filter(Q(last_outcome__isnull=True) | ~Q(last_outcome=Outcome.REJECT) | Q(revisit_asked_at__isnull=False))
    )


def verification_queue(user: User, now: datetime) -> CameraQuerySet:
    """The cameras of the officer's kelurahan that wait for him, the longest waiting first.

    `visit_open` is whether one has begun. Cameras of his own are not among them.
    """
    visits = Verification.objects.filter(camera=OuterRef("pk"), decided_at__isnull=True)
    own = PartnerPerson.objects.filter(partner=OuterRef("site__partner"), user=user)
    return (
        due_for_visit(verifiable_cameras(user, now), now)
        .annotate(visit_open=Exists(visits))
        .exclude(Exists(own))
        .order_by("listed_at", "pk")
    )


def may_be_photographed(camera: Camera, now: datetime, *, lock: bool = False) -> bool:
    """Whether its owner lets pictures of this camera be taken now: a consent in force that needs a device, whoever
    its recipient is, and no pause. `lock` holds the consent until the commit, so that no withdrawal passes by."""
    if camera.withdrawn_at is not None or camera.is_paused(now):
        return False
    return device_is_consented(camera.site_id, now, lock=lock)


def device_is_consented(site_id: int, now: datetime, *, lock: bool = False) -> bool:
    """Whether a consent in force at the site needs a device: without one no address is dialled, no password kept.

    `lock` holds those consents until the commit.
    """
    consents = Consent.objects.in_force(now).filter(site=site_id, right__in=NEEDS_DEVICE)
    return bool(list(consents.order_by("pk").select_for_update(of=("self",)))) if lock else consents.exists()


def last_attempt(camera: Camera) -> Probe | None:
    """The newest finished probe of the camera's device where it is now: its owner's, or for this camera."""
    device = camera.device
    if device is None:
        return None
    asked = Q(kind=ProbeKind.CONNECT) | Q(kind=ProbeKind.POSSESSION, camera=camera)
    over = Probe.objects.filter(asked, device=device, address=address_of(device), finished_at__isnull=False)
    return over.defer("picture", "report").order_by("-finished_at").first()


def is_outdated(probe: Probe, device: Device) -> bool:
    """Whether the device's address or password has changed since this probe."""
    changed = device.secret_changed_at is not None and probe.created_at < device.secret_changed_at
    return changed or probe.address != address_of(device)


def last_reading(device: Device) -> Probe | None:
    """The probe that says what the device is now: its owner's newest that succeeded, unless it is outdated."""
    read = Probe.objects.filter(device=device, kind=ProbeKind.CONNECT, state=ProbeState.DONE)
    probe = read.defer("picture").first()
    return None if probe is None or is_outdated(probe, device) else probe


def visits_to(user: User) -> QuerySet[Verification]:
    """The visits of officers to this owner's cameras, the newest first, with `pictures_taken`; never the officer's
    name."""
    taken = Count("pictures", filter=Q(pictures__state=ProbeState.DONE))
    own = Camera.objects.owned_by(user).values("pk")
    return (
        Verification.objects.filter(camera__in=own)
        .select_related("camera__site", "duty__organization")
        .defer("officer", "possession_code")
        .annotate(pictures_taken=taken)
        .order_by("-started_at", "-pk")
    )


def refusals_of(cameras: Iterable[Camera]) -> dict[int, Verification]:
    """By camera: the last visit, where it refused the camera and none has been decided since."""
    decided = Verification.objects.filter(camera__in=[camera.pk for camera in cameras], decided_at__isnull=False)
    last = {visit.camera_id: visit for visit in decided.order_by("decided_at").defer("officer")}
    return {pk: visit for pk, visit in last.items() if visit.outcome != Outcome.PASS}


def sites_acted_for(user: User, roles: frozenset[PersonRole]) -> QuerySet[Site]:
    """The sites at which this person acts for the owner in one of these roles."""
    return Site.objects.owned_by(user, roles).select_related("partner", "area__parent")


def devices_kept_by(user: User) -> QuerySet[Device]:
    """The devices at the sites at which this person keeps them."""
    sites = Site.objects.owned_by(user, KEEPING)
    return Device.objects.filter(site__in=sites).select_related("site__partner", "site__area")
