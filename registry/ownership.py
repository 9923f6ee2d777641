"""Who may note that a place changed hands, beside its owner."""

from datetime import datetime

from django.db.models import Q

from accounts.areas import within
from accounts.duties import duties_in_force
from accounts.models import DutyKind, User
from registry.models import Camera, PartnerPerson, Site
from registry.models.partners import SiteQuerySet
from registry.networks import sites_kept_by


def sites_to_note(user: User, now: datetime) -> SiteQuerySet:
    """The sites of which this person may note that they changed hands: those that an administrator of the Polres
    keeps, and those that the officer of the kelurahan visits. Of a vital object only its named verifier notes it;
    and nobody notes it of his own place.
    """
    reached = Q(pk__in=sites_kept_by(user, now).order_by().values("pk"))
    listed = Q(pk__in=Camera.objects.listed().values("site_id"))
    for duty in duties_in_force(user, now).filter(kind=DutyKind.VERIFIER):
        visits = Q(vital=False) | Q(named_verifier=user.pk)
        reached |= within(duty.reach, "area__code") & listed & visits
    own = PartnerPerson.objects.of(user).values("partner_id")
    return Site.objects.filter(reached).exclude(partner__in=own).select_related("partner", "area__parent")
