"""Who sees one camera: every body that may open something of it, by which consent, until when, and what that waits
for now. The other way round from `access.sight`, by the same rule: what opens now here is what `Sight` opens there.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.rule import camera_refused, needs_two
from access.scopes import standing_of
from access.sight import Sight
from accounts.areas import covers
from accounts.models import DutyKind, Organization
from registry.models import Camera, Consent
from registry.rights import ANSWERED_BY, IN_HOURS, IN_INCIDENT, SHOWS_PICTURE, AccessRight, Purpose

DAY = 1440  # Minutes.

#: What still has to come true before somebody sees, in words for the owner. The first five are about the camera.
WAITS: dict[str, str | Promise] = {
    "withdrawn": _("Kamera ini sudah dikeluarkan dari pendataan."),
    "paused": _("Kamera ini sedang dijeda."),
    "not_verified": _("Kamera ini belum diperiksa petugas di tempat, atau masa pemeriksaannya sudah lewat."),
    "different_device": _("Perangkat lain menjawab di alamat kamera ini."),
    "not_connected": _("Kamera ini belum disambungkan, jadi tidak ada gambarnya."),
    "no_sticker": _("Pemberitahuan kamera belum terpasang di tempat Anda."),
    "outside_hours": _("Sekarang di luar jamnya."),
    "case_needed": _("Sekarang tidak ada kejadian terbuka di sekitar kamera ini."),
    "no_reasons": _("Daftar alasan melihat masih kosong."),
    "nobody_on_duty": _("Belum ada orang di lembaga ini yang bertugas melihat kamera di sini."),
}
#: Those that shut the whole camera, whoever asks and whatever for.
SHUTS_ALL = ("withdrawn", "paused", "not_verified", "different_device")


@dataclass(frozen=True)
class Way:
    """One consent by which a body may use one right on the camera, and its end.

    `waits` is empty if it opens now, else a key of `WAITS`. An `emergency` way rests on no grant.
    """

    organization: Organization
    right: AccessRight
    consent: Consent
    until: datetime
    waits: str
    emergency: bool = False

    @property
    def opens_now(self) -> bool:
        return not self.waits

    @property
    def waits_in_words(self) -> str:
        return str(WAITS[self.waits]) if self.waits else ""

    @property
    def needs_case(self) -> bool:
        """Whether the owner allowed it only while something happens near the camera."""
        return self.right in SHOWS_PICTURE and (self.emergency or self.consent.right in IN_INCIDENT)

    @property
    def hours(self) -> str:
        """The hours outside of which no picture opens; empty if there are none or all of the day."""
        spans = self.spans
        return self.consent.hours_in_words if spans and spans != [(0, DAY)] else ""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Its hours as minutes of the day from and until, those over midnight in two; of a picture only."""
        start, end = self.consent.hours_from, self.consent.hours_until
        if self.right not in SHOWS_PICTURE or start is None or end is None:
            return []
        parts = [(start, end)] if start <= end else [(start, DAY), (0, end)]
        return [(first, last) for first, last in parts if first < last]


@dataclass(frozen=True)
class RightOf:
    """What a body may do with the camera, and all its ways to it."""

    right: AccessRight
    ways: list[Way]

    @property
    def terms(self) -> list[list[Way]]:
        """The ways, those on the same terms together; what opens now first."""
        alike: dict[tuple[bool, bool, str, str], list[Way]] = defaultdict(list)
        for way in self.ways:
            alike[way.emergency, way.needs_case, way.hours, way.waits].append(way)
        return sorted(alike.values(), key=lambda ways: (not ways[0].opens_now, ways[0].emergency))

    @property
    def opens_now(self) -> bool:
        return any(way.opens_now for way in self.ways)

    @property
    def shows_picture(self) -> bool:
        return self.right in SHOWS_PICTURE


@dataclass(frozen=True)
class Body:
    """One body, and its rights on the camera."""

    organization: Organization
    rights: list[RightOf]

    @property
    def opens_now(self) -> bool:
        return any(right.opens_now for right in self.rights)

    @property
    def sees_picture_now(self) -> bool:
        return any(right.opens_now and right.shows_picture for right in self.rights)

    @property
    def bars(self) -> list[tuple[int, int]]:
        """The hours of its pictures by grants, as where each begins and how many minutes it lasts."""
        return [
            (first, last - first) for first, last in sorted({span for way in self._by_hours for span in way.spans})
        ]

    @property
    def hours(self) -> list[str]:
        """The same in words."""
        return sorted({way.consent.hours_in_words for way in self._by_hours})

    @property
    def _by_hours(self) -> list[Way]:
        return [way for right in self.rights for way in right.ways if way.spans and not way.emergency]


def who_sees(camera: Camera, now: datetime) -> list[Body]:
    """The bodies that may open something of this camera, those that can now first, then by name.

    One is here for a right if a grant in force reaches the camera and a consent in force of the same purpose
    answers it, or if its people may make emergency looks there; whether it opens this minute, each way says. The
    camera comes with its site, the site's area and its device.
    """
    consents = list(Consent.objects.in_force(now).filter(site=camera.site_id).defer("text").order_by("right", "pk"))
    recipients = {consent.recipient_id for consent in consents}
    bodies = []
    for organization in Organization.objects.filter(pk__in=recipients).order_by(Lower("name"), "pk"):
        theirs = [consent for consent in consents if consent.recipient_id == organization.pk]
        ways = _ways_of(organization, camera, theirs, now)
        if ways:
            by_right = groupby(ways, key=lambda way: way.right)
            bodies.append(Body(organization, [RightOf(right, list(found)) for right, found in by_right]))
    return sorted(bodies, key=lambda body: not body.opens_now)


def shut_for_all(camera: Camera, now: datetime) -> str:
    """Why nobody sees anything of this camera now, whatever he holds; empty if nothing shuts it."""
    code = _shut(camera, AccessRight.SEE_POSITION, now)
    return str(WAITS[code]) if code in SHUTS_ALL else ""


def _ways_of(organization: Organization, camera: Camera, consents: list[Consent], now: datetime) -> list[Way]:
    """Each way of this body, by right in the order of `AccessRight`; `consents` are those to it."""
    sight = Sight.of_body(organization, now)
    viewers = organization.duties.in_force(now).filter(kind=DutyKind.VIEWER, user__is_active=True)
    place = camera.site.area.code
    on_duty = [duty for duty in viewers if not duty.area_code or covers(duty.area_code, place)]
    own = covers(organization.area_code, place) and not camera.site.vital
    in_emergencies = own and any(duty.emergency for duty in on_duty)
    ways = []
    for right in AccessRight:
        two = needs_two(right, vital=camera.site.vital)
        standing = standing_of(camera, organization, right, now, two_people=two)
        for consent in (consent for consent in consents if consent.right in ANSWERED_BY[right]):
            opened_until = standing.opened.get(Purpose(consent.purpose))
            if opened_until is not None:
                waits = _shut(camera, right, now) or _unanswered(sight, consent, right, camera)
                waits = waits or ("" if on_duty else "nobody_on_duty")
                ways.append(Way(organization, right, consent, min(opened_until, consent.valid_until), waits))
            elif in_emergencies and right in SHOWS_PICTURE:
                waits = _shut(camera, right, now) or _no_emergency(sight, consent, camera)
                ways.append(Way(organization, right, consent, consent.valid_until, waits, emergency=True))
    return ways


def _shut(camera: Camera, right: AccessRight, now: datetime) -> str:
    """What of the camera itself keeps this right shut, whoever asks."""
    return "paused" if camera.is_paused(now) else camera_refused(camera, right, now) or ""


def _unanswered(sight: Sight, consent: Consent, right: AccessRight, camera: Camera) -> str:
    """What of the consent's terms does not hold now."""
    if sight.answered(consent, right, camera.site):
        return ""
    if not sight.has_reasons():
        return "no_reasons"
    return "outside_hours" if _outside_hours(sight, consent) else "case_needed"


def _no_emergency(sight: Sight, consent: Consent, camera: Camera) -> str:
    """The same for an emergency look, which is always about a case."""
    if not sight.has_reasons():
        return "no_reasons"
    if _outside_hours(sight, consent):
        return "outside_hours"
    return "" if sight.has_case_at(camera.site) else "case_needed"


def _outside_hours(sight: Sight, consent: Consent) -> bool:
    return consent.right in IN_HOURS and not consent.holds_at_minute(sight.minute)
