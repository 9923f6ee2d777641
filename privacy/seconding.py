"""Who agrees to an erasure as the second person, where an owner has asked that two sign."""

from django.db.models import Q, QuerySet

from accounts.models import User
from registry.models import Partner, PartnerPerson, SecondSignature
from registry.people import SIGNING


def someone_else_signs(partner: Partner, *, but: User) -> bool:
    """Whether an erasure waits for a second person: two sign somewhere at this owner, and another than `but` signs
    there. Whoever is alone waits for nobody, or his right could never be had."""
    others = PartnerPerson.objects.in_roles(SIGNING).filter(user__is_active=True).exclude(user=but)
    switches = SecondSignature.objects.on().filter(partner=partner).select_related("site")
    return any(others.over(partner.pk, switch.site).exists() for switch in switches)


def seconded_by(user: User) -> QuerySet[Partner]:
    """The owners at whose erasure this person is the second: he signs where two sign, be it at one site alone."""
    held = PartnerPerson.objects.of(user).in_roles(SIGNING)
    switches = SecondSignature.objects.on()
    return Partner.objects.filter(
        Q(pk__in=switches.filter(partner__in=held.for_all_sites().values("partner")).values("partner"))
        | Q(pk__in=switches.filter(site__in=held.filter(site__isnull=False).values("site")).values("partner"))
    )


def is_second(user: User, partner: Partner) -> bool:
    """`seconded_by` for one owner."""
    return user.is_active and seconded_by(user).filter(pk=partner.pk).exists()
