"""A small world for tests, built through the services wherever one exists.

`World` holds one kelurahan in one kecamatan of one city, the Polres and its Polsek, and makes people, sites and
cameras on demand. Every function has defaults, so that a test names only what it is about.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.models import Case, CaseKind, Grant, Reason
from access.services import give_grant, open_case
from access.viewers import Viewer
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from accounts.services import add_organization, give_duty
from registry.models import Area, AreaLevel, Camera, Device, PartnerKind, Site
from registry.rights import AccessRight, Purpose, Right
from registry.services import CameraFacts, ConsentChoice, PartnerFacts, SiteFacts, give_consents, list_site

CITY, KECAMATAN, KELURAHAN, OTHER_KELURAHAN = "31.73", "31.73.05", "31.73.05.1001", "31.73.05.1002"
LAT, LNG = -6.19, 106.77
_numbers = itertools.count(1)


def area(code: str, level: AreaLevel, parent: Area | None = None) -> Area:
    """An area with this code, made once."""
    found, _ = Area.objects.get_or_create(
        code=code, defaults={"name": f"Area {code}", "level": level, "parent": parent, "lat": LAT, "lng": LNG}
    )
    return found


def person(name: str = "") -> User:
    """Somebody who can sign in."""
    number = next(_numbers)
    return User.objects.create_user(email=f"orang{number}@contoh.id", name=name or f"Orang {number}")


@dataclass
class World:
    """The places and bodies a test needs, as they stand at `now`."""

    now: datetime
    city: Area = field(init=False)
    kecamatan: Area = field(init=False)
    kelurahan: Area = field(init=False)
    other_kelurahan: Area = field(init=False)
    polres: Organization = field(init=False)
    polsek: Organization = field(init=False)

    def __post_init__(self) -> None:
        self.city = area(CITY, AreaLevel.CITY)
        self.kecamatan = area(KECAMATAN, AreaLevel.KECAMATAN, self.city)
        self.kelurahan = area(KELURAHAN, AreaLevel.KELURAHAN, self.kecamatan)
        self.other_kelurahan = area(OTHER_KELURAHAN, AreaLevel.KELURAHAN, self.kecamatan)
        self.polres = self._body("Polres Uji", OrganizationKind.POLRES, CITY)
        self.polsek = self._body("Polsek Uji", OrganizationKind.POLSEK, KECAMATAN, self.polres)

    def _body(
        self, name: str, kind: OrganizationKind, code: str, parent: Organization | None = None
    ) -> Organization:
        known = Organization.objects.filter(name=name).first()
        return known or add_organization(name=name, kind=kind, area_code=code, parent=parent)

    def on_duty(
        self, kind: DutyKind, organization: Organization, *, user: User | None = None, area_code: str = ""
    ) -> Duty:
        """A person with this duty since yesterday."""
        return give_duty(
            user=user or person(),
            organization=organization,
            kind=kind,
            since=self.now - timedelta(days=1),
            area_code=area_code,
            by=None,
        )

    def viewer(self, organization: Organization | None = None) -> Viewer:
        """Somebody of this organization (default: Polres) who may look, second factor passed a minute ago."""
        duty = self.on_duty(DutyKind.VIEWER, organization or self.polres)
        return Viewer(duty.user, duty, second_factor_at=self.now - timedelta(minutes=1), session="s" * 64)

    def site(
        self,
        *,
        owner: User | None = None,
        kind: PartnerKind = PartnerKind.RESIDENT,
        labels: tuple[str, ...] = ("Gerbang",),
        lat: float = LAT,
        lng: float = LNG,
        kelurahan: Area | None = None,
    ) -> Site:
        """A listed site with one camera per label."""
        responsible = (
            {}
            if kind == PartnerKind.RESIDENT
            else dict.fromkeys(("responsible_name", "responsible_office", "authority_letter"), "Uji")
        )
        return list_site(
            partner=PartnerFacts(kind=kind, name="Pemilik Uji", **responsible),
            site=SiteFacts(
                area=kelurahan or self.kelurahan,
                address="Jalan Uji 1",
                lat=lat,
                lng=lng,
                maintainer_name="Perawat Uji",
            ),
            cameras=[CameraFacts(label=label, sees="street") for label in labels],
            by=owner or person(),
            now=self.now - timedelta(days=2),
        )

    def verified(
        self, site: Site, *, by: User | None = None, stickered: bool = True, connected: bool = True
    ) -> Camera:
        """The site's first camera, verified and connected an hour ago."""
        camera = site.cameras.get(pk=site.cameras.first().pk)
        verifier = by or person()
        camera.verified_at = self.now - timedelta(hours=1)
        camera.verified_by = verifier
        camera.verified_until = self.now + timedelta(days=364)
        if connected:
            camera.connected_at, camera.connected_by = camera.verified_at, verifier
        if stickered:
            camera.stickered_at, camera.stickered_by = camera.verified_at, verifier
        camera.save()
        return camera

    def consent(
        self,
        site: Site,
        *rights: Right,
        recipient: Organization | None = None,
        hours: tuple[int, int] = (0, 1440),
        lasts: timedelta = timedelta(days=300),
    ) -> None:
        """The owner's consents to `listed` and these rights, signed two days ago."""
        choices = [
            ConsentChoice(
                right=right,
                recipient=recipient or self.polres,
                valid_until=self.now + lasts,
                hours_from=hours[0] if right in {Right.STILL_IN_HOURS, Right.LIVE_IN_HOURS} else None,
                hours_until=hours[1] if right in {Right.STILL_IN_HOURS, Right.LIVE_IN_HOURS} else None,
            )
            for right in dict.fromkeys((Right.LISTED, *rights))
        ]
        give_consents(site=site, choices=choices, by=site.partner.people.first(), now=self.now - timedelta(days=2))

    def grant(
        self,
        scope: Area | Site | Camera,
        *,
        right: AccessRight = AccessRight.VIEW_STILL,
        purpose: Purpose = Purpose.SECURITY,
        organization: Organization | None = None,
        lasts: timedelta = timedelta(days=30),
    ) -> Grant:
        """A grant by a grantor of the Polres; over a vital object by the one who is named for it from now on."""
        by = self.on_duty(DutyKind.GRANTOR, self.polres).user
        place = scope.site if isinstance(scope, Camera) else scope
        if isinstance(place, Site) and place.vital:
            place.named_grantor = by
            place.save(update_fields=["named_grantor"])
        return give_grant(
            by=by,
            organization=organization or self.polres,
            scope=scope,
            right=right,
            purpose=purpose,
            letter_number=f"Sprin/{Grant.objects.count() + 1}/XI/2026",
            valid_from=self.now - timedelta(hours=1),
            valid_until=self.now + lasts,
            now=self.now,
        )

    def case(self, viewer: Viewer, *, lat: float = LAT, lng: float = LNG, radius_m: int = 300) -> Case:
        """An open case around a point."""
        return open_case(
            by=viewer.user,
            kind=CaseKind.CALL_110,
            number="110/1",
            place="Simpang Uji",
            lat=lat,
            lng=lng,
            radius_m=radius_m,
            now=self.now - timedelta(minutes=5),
        )

    def device(self, site: Site, **facts: object) -> Device:
        """A device at the site, tied to its first camera."""
        device = Device.objects.create(site=site, host="198.51.100.7", **facts)
        site.cameras.filter(pk=site.cameras.first().pk).update(device=device, channel=1)
        return device


def reason(*, needs_case: bool = False) -> Reason:
    """A reason from the closed list; added again where a transactional test has emptied the tables."""
    known = Reason.objects.filter(active=True, needs_case=needs_case).first()
    return known or Reason.objects.create(
        code=f"uji-{needs_case}", words=f"Alasan uji {needs_case}", needs_case=needs_case
    )
