"""What a viewer may see among many cameras: the rule of `access.decision` as querysets, without the reason.

A camera is in them exactly when some valid reason would be allowed. What the viewer's body holds is asked once (one
query), and the cameras are then filtered by it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from access.agreed import CONNECTED, STICKERED, AgreedHere, hours_hold, numbers, words
from access.models import Case, Reason
from access.rule import (
    camera_refused,
    emergency_refused,
    is_around,
    is_usable,
    local_minute,
    needs_sticker,
    needs_two,
    person_refused,
)
from access.scopes import Agreed, Holding, Place, Reach, agreed_at, holding_of
from access.viewers import Viewer
from accounts.models import Duty, DutyKind, Organization
from registry.models import Camera, Consent, Site
from registry.models.cameras import CameraQuerySet
from registry.rights import ANSWERED_BY, IN_HOURS, IN_INCIDENT, SHOWS_PICTURE, AccessRight, Purpose


class Sight:
    """What one viewer may see at one moment, resolved once for all rights."""

    def __init__(self, viewer: Viewer, now: datetime) -> None:
        self.now, self.minute = now, local_minute(now)
        self.duty: Duty | None = None if person_refused(viewer, now) else viewer.duty

    @classmethod
    def of_body(cls, organization: Organization, now: datetime) -> "Sight":
        """What somebody of this body would see whose duty of looking reaches all of its area."""
        sight = cls.__new__(cls)
        sight.now, sight.minute = now, local_minute(now)
        sight.duty = Duty(organization=organization, kind=DutyKind.VIEWER)  # Of nobody, and never saved.
        return sight

    @cached_property
    def _holding(self) -> Holding:
        assert self.duty is not None  # noqa: S101  (every question here looks at it first)
        return holding_of(self.duty, self.now)

    def cameras(self, *rights: AccessRight) -> CameraQuerySet:
        """The cameras on which some valid reason would open any of these rights now."""
        if self.duty is None:
            return Camera.objects.none()
        # Rights and purposes that reach equally far are asked about together: mostly one question of consents.
        answers: dict[tuple[Reach, Reach | None], list[str]] = defaultdict(list)
        for right in rights:
            answered = self._answers(right) if self._holding.purposes(right) else None
            if answered is None:
                continue
            purposes: dict[tuple[Reach, Reach | None], list[Purpose]] = defaultdict(list)
            for purpose in self._holding.purposes(right):
                purposes[self._reach(right, purpose)].append(purpose)
            for reaches, held in purposes.items():
                answers[reaches].append(f"c.purpose IN {words(held)} AND {answered}")
        if not answers:
            return Camera.objects.none()

        reached, narrow = Q(), self._holding.narrow
        for (reach, by_two), answered_by in answers.items():
            scope = reach.as_filter(narrow)
            if by_two is not None:
                scope = (Q(site__vital=False) & scope) | by_two.as_filter(narrow)
            reached |= scope & Q(AgreedHere(answered_by, self.duty.organization, self.now))
        return Camera.objects.verified(self.now).filter(_not_paused(self.now), reached)

    def rights_on(self, cameras: Iterable[Camera]) -> dict[int, set[AccessRight]]:
        """Per camera with any, the rights that some valid reason would open now. The cameras come with their device
        and site; one query then, for the consents."""
        cameras = list(cameras)
        if self.duty is None or not cameras:
            return {}
        agreed = agreed_at({camera.site_id for camera in cameras}, self.duty.organization, self.now)
        opened = ((camera.pk, self._opened(camera, agreed.get(camera.site_id, []))) for camera in cameras)
        return {pk: rights for pk, rights in opened if rights}

    def _opened(self, camera: Camera, agreed: list[Agreed]) -> set[AccessRight]:
        """`cameras` for one of them, in Python."""
        narrow = self._holding.narrow
        if camera.is_paused(self.now) or (narrow is not None and camera.site.area_id not in narrow):
            return set()
        return {
            right
            for right in self._holding.rights
            if not camera_refused(camera, right, self.now)
            and any(
                consent.right in ANSWERED_BY[right]
                and self._reaches(camera, right, consent.purpose)
                and self.answered(consent, right, camera.site)
                for consent in agreed
            )
        }

    def _reaches(self, camera: Camera, right: AccessRight, purpose: Purpose) -> bool:
        held = self._holding.by_two if needs_two(right, vital=camera.site.vital) else self._holding.reach
        reach = held.get((right, purpose))
        return reach is not None and reach.covers(camera)

    def answered(self, consent: Agreed | Consent, right: AccessRight, site: Site) -> bool:
        """`_answers` for one consent in force that names the right: whether its hours, or a case, hold now."""
        needs_case = self._holding.needs_case
        if right not in SHOWS_PICTURE or not needs_case:
            return right not in SHOWS_PICTURE
        if consent.right in IN_HOURS:
            holds = consent.holds_at_minute(self.minute)
            return holds and (not all(needs_case) or site.pk in self._around)
        return site.pk in self._around

    def _reach(self, right: AccessRight, purpose: Purpose) -> tuple[Reach, Reach | None]:
        """Where a right reaches; and where it reaches vital sites, if that takes two people."""
        by_two = self._holding.by_two.get((right, purpose), Reach())
        if needs_two(right, vital=False):
            return by_two, None
        return self._holding.reach[right, purpose], by_two if needs_two(right, vital=True) else None

    def _answers(self, right: AccessRight) -> str | None:
        """Which consents would answer this right if the best reason were given, as words for `AgreedHere`; None if
        none could."""
        needs_case, rights = self._holding.needs_case, ANSWERED_BY[right]
        if right not in SHOWS_PICTURE:
            return f'c."right" IN {words(rights)}'
        if not needs_case or (all(needs_case) and not self._around):
            return None
        by_hours = f'c."right" IN {words(rights & IN_HOURS)} AND {hours_hold(self.minute)}'
        around = f"c.site_id IN {numbers(self._around)}"
        if all(needs_case):
            by_hours = f"{by_hours} AND {around}"
        in_incident = rights & IN_INCIDENT if self._around else frozenset()
        ways = [by_hours, *([f'c."right" IN {words(in_incident)} AND {around}'] if in_incident else [])]
        sticker = f" AND {STICKERED}" if needs_sticker(right) else ""
        return f"({' OR '.join(ways)}) AND {CONNECTED}{sticker}"

    def has_reasons(self) -> bool:
        """Whether the closed list holds any reason; without one no picture opens."""
        return bool(self._holding.needs_case)

    def has_case_at(self, site: Site) -> bool:
        """Whether a case of the body, under which it may look, is open around this site."""
        return site.pk in self._around

    @cached_property
    def _around(self) -> set[int]:
        """The sites around the cases of the viewer's body."""
        return sites_around(self._holding.cases)


def visible_cameras(viewer: Viewer, right: AccessRight, now: datetime) -> CameraQuerySet:
    """The cameras for which `decide` would allow this right with some valid reason."""
    return Sight(viewer, now).cameras(right)


def emergency_cameras(viewer: Viewer, right: AccessRight, case: Case, now: datetime) -> CameraQuerySet:
    """The cameras that `decide` would open to this viewer as an emergency look in this case, begun now."""
    refused = person_refused(viewer, now) or emergency_refused(viewer, now)
    if refused or right not in SHOWS_PICTURE or not Reason.objects.filter(active=True).exists():
        return Camera.objects.none()
    assert viewer.duty is not None  # noqa: S101  (said by person_refused)
    organization = viewer.duty.organization
    if not is_usable(case, organization, now):
        return Camera.objects.none()
    rights = ANSWERED_BY[right]
    answers = [f'c."right" IN {words(rights & IN_HOURS)} AND {hours_hold(local_minute(now))}']
    if rights & IN_INCIDENT:
        answers.append(f'c."right" IN {words(rights & IN_INCIDENT)}')
    cameras = Camera.objects.verified(now).in_area(organization.area_code)
    cameras = cameras.filter(_not_paused(now), connected_at__isnull=False, site_id__in=sites_around([case]))
    if needs_sticker(right):
        cameras = cameras.filter(stickered_at__isnull=False)
    if viewer.duty.area_code:
        cameras = cameras.in_area(viewer.duty.area_code)
    return cameras.filter(AgreedHere(answers, organization, now), site__vital=False)


def usable_cases(organization: Organization, now: datetime) -> list[Case]:
    """The open cases that this organization may look under: its own, its parent's and its units'."""
    bodies = Q(organization=organization) | Q(organization__parent=organization)
    if organization.parent_id:
        bodies |= Q(organization_id=organization.parent_id)
    return list(Case.objects.open_at(now).filter(bodies))


def usable_case(viewer: Viewer, public_id: UUID | None, now: datetime) -> Case | None:
    """The open case of this id under which the body of this viewer may look; None for any other."""
    usable = usable_cases(viewer.duty.organization, now) if viewer.duty and public_id else []
    return next((case for case in usable if case.public_id == public_id), None)


def sites_around(cases: Iterable[Case | Place]) -> set[int]:
    """The sites within the radius of any of these cases."""
    return {
        site.pk
        for case in cases
        for site in Site.objects.near(case.lat, case.lng, case.radius_m).only("pk", "lat", "lng")
        if is_around(case, site)
    }


def _not_paused(now: datetime) -> Q:
    return Q(paused_until__isnull=True) | Q(paused_until__lte=now)
