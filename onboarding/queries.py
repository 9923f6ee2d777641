"""Which cameras wait for an officer, and which sites and devices a person keeps."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.areas import within
from accounts.duties import duties_in_force
from accounts.models import DutyKind, User
from onboarding.models import Outcome, Verification
from registry.models import Camera, Device, PartnerPerson, PersonRole, Site
from registry.models.cameras import CameraQuerySet
from registry.services import OWNING

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


def verification_queue(user: User, now: datetime) -> CameraQuerySet:
    """The cameras of the officer's kelurahan that wait for him, the longest waiting first.

    Never verified, asked to be mended, or expiring within 30 days; `last_outcome` is how the last visit ended and
    `visit_open` whether one has begun. Rejected cameras and those of his own are not among them.
    """
    visits = Verification.objects.filter(camera=OuterRef("pk"))
    decided = visits.filter(decided_at__isnull=False).order_by("-decided_at")
    own = PartnerPerson.objects.filter(partner=OuterRef("site__partner"), user=user)
    return (
        verifiable_cameras(user, now)
        .annotate(
            last_outcome=Subquery(decided.values("outcome")[:1]),
            visit_open=Exists(visits.filter(decided_at__isnull=True)),
        )
        .filter(Q(verified_until__isnull=True) | Q(verified_until__lte=now + RENEWED_FROM))
        .filter(Q(last_outcome__isnull=True) | ~Q(last_outcome=Outcome.REJECT))
        .exclude(Exists(own))
        .order_by("listed_at", "pk")
    )


def sites_acted_for(user: User, roles: frozenset[PersonRole]) -> QuerySet[Site]:
    """The sites of the partners for whom this person acts in one of these roles."""
    if not getattr(user, "is_authenticated", False):
        return Site.objects.none()
    acts = PartnerPerson.objects.filter(user=user, role__in=roles).values("partner_id")
    return Site.objects.filter(partner_id__in=acts).select_related("partner", "area__parent")


def devices_kept_by(user: User) -> QuerySet[Device]:
    """The devices at the sites of the partners for whom this person keeps the cameras."""
    if not getattr(user, "is_authenticated", False):
        return Device.objects.none()
    keeps = PartnerPerson.objects.filter(user=user, role__in=OWNING).values("partner_id")
    return Device.objects.filter(site__partner_id__in=keeps).select_related("site__partner", "site__area")
