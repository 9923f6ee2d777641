"""Vital objects: who may name the officer that verifies one. To everybody else they do not exist."""

from datetime import datetime

from django.db.models import Count, F, Q

from accounts.areas import covers, within
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, DutyQuerySet, OrganizationKind, User
from registry.models import Camera, PartnerPerson, Site
from registry.models.partners import SiteQuerySet


def naming_duties(user: User, now: datetime) -> DutyQuerySet:
    """The duties in which this person names verifiers: grantor or administrator of a Polres."""
    return duties_in_force(user, now).filter(
        kind__in=[DutyKind.GRANTOR, DutyKind.ADMINISTRATOR], organization__kind=OrganizationKind.POLRES
    )


def vital_sites_of(user: User, now: datetime) -> SiteQuerySet:
    """The vital sites with listed cameras for which this person names the verifier, those without one first.

    Each carries `listed_count` and `waiting_count`: its cameras, and those of them without a verification in force.
    """
    reached = Q(pk__in=[])
    for duty in naming_duties(user, now):
        reached |= within(duty.reach, "area__code")
    listed = Q(cameras__withdrawn_at__isnull=True)
    valid = Q(cameras__verified_until__gt=now)
    return (
        Site.objects.filter(reached, vital=True, pk__in=Camera.objects.listed().values("site_id"))
        .select_related("partner", "area__parent", "named_verifier")
        .annotate(
            listed_count=Count("cameras", filter=listed), waiting_count=Count("cameras", filter=listed & ~valid)
        )
        .order_by(F("named_verifier").asc(nulls_first=True), "created_at", "pk")
    )


def verifiers_for(site: Site, by: User, now: datetime) -> list[Duty]:
    """Who can be named: verifiers whose duty reaches the site, but not its own people and not `by`."""
    own = PartnerPerson.objects.filter(partner=site.partner_id).values("user_id")
    duties = (
        Duty.objects.in_force(now)
        .filter(kind=DutyKind.VERIFIER, user__is_active=True)
        .exclude(user__in=own)
        .exclude(user=by)
        .select_related("user", "organization")
        .order_by("user__name", "pk")
    )
    found = {duty.user_id: duty for duty in duties if covers(duty.reach, site.area.code)}
    return list(found.values())
