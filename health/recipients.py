"""Who is told that cameras are down: the owner's people, then the officer of the kelurahan, then the precinct."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from accounts.areas import covers
from accounts.models import Duty, DutyKind, User
from accounts.organizations import POLICE
from health.models import Audience
from registry.models import Camera, Consent, PersonRole, Site
from registry.models.cameras import HELD_UNTIL, CameraQuerySet
from registry.models.people import PartnerPerson
from registry.rights import Right

#: Of the owner's people those who can do something about it. Readers read it on the page.
TOLD = frozenset({PersonRole.MANAGER, PersonRole.TECHNICIAN, PersonRole.CONTACT})
#: Who keeps a precinct's desk: whoever gives access there works through its lists every day. Where a body has
#: nobody like that, its administrator, who can appoint somebody.
DESK = (DutyKind.GRANTOR, DutyKind.ADMINISTRATOR)


def owners_people(sites: Sequence[Site]) -> dict[int, list[User]]:
    """By site: who looks after the cameras there. One query for all sites."""
    held = PartnerPerson.objects.at_any(sites).in_roles(TOLD).filter(user__is_active=True).select_related("user")
    of_partner: dict[int, list[PartnerPerson]] = defaultdict(list)
    for row in held.order_by("user_id"):
        of_partner[row.partner_id].append(row)
    return {
        site.pk: list({row.user_id: row.user for row in of_partner[site.partner_id] if row.holds_at(site)}.values())
        for site in sites
    }


class Police:
    """Who of the police is told of a site: the duties in force, and the bodies that may know, asked once.

    A body may know of the cameras at a site that is not vital if a consent `listed` names it. At a vital site only
    the officer named for it is told, and no precinct.
    """

    def __init__(self, sites: Iterable[Site], now: datetime) -> None:
        kinds = (DutyKind.VERIFIER, *DESK)
        duties = Duty.objects.in_force(now).filter(kind__in=kinds, user__is_active=True)
        self._duties = list(duties.select_related("user", "organization").order_by("user_id", "pk"))
        self._told: dict[int, set[int]] = defaultdict(set)
        listed = Consent.objects.in_force(now).filter(right=Right.LISTED, site__in=[site.pk for site in sites])
        for site_id, body in listed.values_list("site_id", "recipient_id"):
            self._told[site_id].add(body)

    def of(self, audience: str, site: Site) -> list[User]:
        """The officers of the kelurahan of this site, or the precinct's staff. Expects `site.area` to be loaded."""
        return self.officers(site) if audience == Audience.OFFICER else self.staff(site)

    def officers(self, site: Site) -> list[User]:
        """The Bhabinkamtibmas: who verifies nearest to it, in its kelurahan if anybody does."""
        if site.vital:
            verifiers = self._around(site, DutyKind.VERIFIER)
            return _people(duty for duty in verifiers if duty.user_id == site.named_verifier_id)
        return _people(_nearest(self._who_may_know(site, DutyKind.VERIFIER)))

    def staff(self, site: Site) -> list[User]:
        """Who keeps the desk of the nearest police body that may know."""
        if site.vital:
            return []
        desk = [
            duty for kind in DESK for duty in self._who_may_know(site, kind) if duty.organization.kind in POLICE
        ]
        near = _nearest_body(desk)
        return _people([duty for duty in near if duty.kind == DESK[0]] or near)

    def _around(self, site: Site, kind: DutyKind) -> list[Duty]:
        return [duty for duty in self._duties if duty.kind == kind and covers(duty.reach, site.area.code)]

    def _who_may_know(self, site: Site, kind: DutyKind) -> list[Duty]:
        return [duty for duty in self._around(site, kind) if duty.organization_id in self._told[site.pk]]


def known_to(user: User, audience: str, now: datetime) -> CameraQuerySet:
    """The cameras that may stand in a letter to this person as one of this audience: asked again when it leaves."""
    listed = Camera.objects.listed()
    if audience == Audience.OWNER:
        return Camera.objects.owned_by(user, TOLD).listed()
    listed = listed.exclude(paused_until=HELD_UNTIL)  # Its owner restricted the processing.
    kinds = (DutyKind.VERIFIER,) if audience == Audience.OFFICER else DESK
    duties = Duty.objects.in_force(now).of(user).filter(kind__in=kinds).select_related("organization")
    known = Q(pk__in=[])
    for duty in duties:
        known |= Q(pk__in=Camera.objects.listed_to(duty.organization, now).in_area(duty.reach).values("pk"))
        if audience == Audience.OFFICER:
            named = Site.objects.in_area(duty.reach).filter(vital=True, named_verifier=user)
            known |= Q(site__in=named.values("pk"))
    return listed.filter(known)


def _nearest(duties: Sequence[Duty]) -> list[Duty]:
    closest = max((len(duty.reach) for duty in duties), default=0)
    return [duty for duty in duties if len(duty.reach) == closest]


def _nearest_body(duties: Sequence[Duty]) -> list[Duty]:
    closest = max((len(duty.organization.area_code) for duty in duties), default=0)
    return [duty for duty in duties if len(duty.organization.area_code) == closest]


def _people(duties: Iterable[Duty]) -> list[User]:
    return list({duty.user_id: duty.user for duty in duties}.values())
