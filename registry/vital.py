"""Vital objects: who may name the three people of one, and what each of them may do. To all others none exists."""

from datetime import datetime

from django.db import models
from django.db.models import Count, F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.areas import covers, within
from accounts.duties import duties_in_force
from accounts.models import Duty, DutyKind, DutyQuerySet, OrganizationKind, User
from registry.models import Camera, PartnerPerson, Site
from registry.models.partners import SiteQuerySet
from registry.people import is_of_partner


class Task(models.TextChoices):
    """What somebody is named for. The value is also the end of the field that holds him (`named_verifier`)."""

    VERIFIER = "verifier", _("Petugas pemeriksa")
    GRANTOR = "grantor", _("Pemberi akses")
    APPROVER = "approver", _("Penyetuju akses")

    @property
    def field(self) -> str:
        return f"named_{self.value}"

    @property
    def duty(self) -> DutyKind:
        """The duty that he has to carry for it."""
        return DutyKind(self.value)

    @property
    def work(self) -> Promise:
        """What he does, in one sentence."""
        return {
            Task.VERIFIER: _("Memeriksa kamera di tempat."),
            Task.GRANTOR: _("Memberi dan mencabut akses, dengan nama lembaganya."),
            Task.APPROVER: _("Menyetujui akses sebagai orang kedua; tanpa dia tidak ada tayangan langsung."),
        }[self]


#: Those who decide on access to a vital object stand at the Polres.
AT_POLRES = frozenset({Task.GRANTOR, Task.APPROVER})


# --- naming ------------------------------------------------------------------------------------------------


def naming_duties(user: User, now: datetime) -> DutyQuerySet:
    """The duties in which this person names: administrator of a Polres. For him it exists there, nowhere else."""
    return duties_in_force(user, now).filter(
        kind=DutyKind.ADMINISTRATOR, organization__kind=OrganizationKind.POLRES
    )


def vital_sites_of(user: User, now: datetime) -> SiteQuerySet:
    """The vital sites with listed cameras for which this person names, those with somebody still to name first.

    Each carries `listed_count` and `waiting_count`: its cameras, and those of them without a verification in force.
    """
    reached = Q(pk__in=[])
    for duty in naming_duties(user, now):
        reached |= within(duty.reach, "area__code")
    listed = Q(cameras__withdrawn_at__isnull=True)
    valid = Q(cameras__verified_until__gt=now)
    return (
        _with_people(Site.objects.filter(reached, vital=True, pk__in=Camera.objects.listed().values("site_id")))
        .annotate(
            listed_count=Count("cameras", filter=listed), waiting_count=Count("cameras", filter=listed & ~valid)
        )
        .order_by(*(F(task.field).asc(nulls_first=True) for task in Task), "created_at", "pk")
    )


def who_can_be(task: Task, site: Site, by: User, now: datetime) -> list[Duty]:
    """Who can be named for this task: whoever carries its duty there (at the Polres, where it is about access), is
    active, is none of the object's own people and not `by`, and is named for no other task of it. Who verified a
    camera there decides on no access to it."""
    own = PartnerPerson.objects.filter(partner=site.partner_id).values("user_id")
    others = {getattr(site, f"{other.field}_id") for other in Task if other != task} - {None}
    duties = (
        Duty.objects.in_force(now)
        .filter(kind=task.duty, user__is_active=True)
        .exclude(user__in=own)
        .exclude(user__in=others | {by.pk})
        .select_related("user", "organization")
        .order_by("user__name", "pk")
    )
    if task in AT_POLRES:
        verified = Camera.objects.filter(site=site, verified_by__isnull=False).values("verified_by_id")
        duties = duties.filter(organization__kind=OrganizationKind.POLRES).exclude(user__in=verified)
    found = {duty.user_id: duty for duty in duties if covers(duty.reach, site.area.code)}
    return list(found.values())


# --- what the named ones may -------------------------------------------------------------------------------


def known_to(duty: Duty, prefix: str = "") -> Q:
    """The sites that exist for the holder of this duty, as a condition: all but vital ones, and of these those for
    which he is named for what the duty is. `prefix` leads to the site from whatever is filtered."""
    known = Q(**{f"{prefix}vital": False})
    if duty.kind not in Task.values:
        return known
    task = Task(duty.kind)
    if task in AT_POLRES and duty.organization.kind != OrganizationKind.POLRES:
        return known
    return known | Q(**{f"{prefix}{task.field}": duty.user_id})


def sites_named_for(user: User, now: datetime) -> SiteQuerySet:
    """The vital sites for which this person is the grantor or the approver, with a duty in force for it."""
    reached = Q(pk__in=[])
    kinds = [task.duty for task in AT_POLRES]
    for duty in duties_in_force(user, now).filter(kind__in=kinds, organization__kind=OrganizationKind.POLRES):
        reached |= within(duty.reach, "area__code") & Q(**{Task(duty.kind).field: user.pk})
    return _with_people(Site.objects.filter(reached, vital=True)).order_by("created_at", "pk")


def may_grant(user: User, site: Site, now: datetime) -> bool:
    """Whether this person gives and revokes access to this site: a granting duty that reaches it; at a vital object
    the one who is named for it, at the Polres."""
    return _may(Task.GRANTOR, user, site, now)


def may_approve(user: User, site: Site, now: datetime) -> bool:
    """Whether this person approves, as the second one, what another granted at this site: an approver's duty that
    reaches it; at a vital object the one who is named for it, at the Polres."""
    return _may(Task.APPROVER, user, site, now)


def _may(task: Task, user: User, site: Site, now: datetime) -> bool:
    duties = duties_in_force(user, now).filter(kind=task.duty)
    if site.vital:
        if getattr(site, f"{task.field}_id") != user.pk or is_of_partner(user, site.partner_id):
            return False
        duties = duties.filter(organization__kind=OrganizationKind.POLRES)
    return any(covers(duty.reach, site.area.code) for duty in duties)


def _with_people(sites: SiteQuerySet) -> SiteQuerySet:
    return sites.select_related("partner", "area__parent", *(task.field for task in Task))
