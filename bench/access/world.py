"""A city of cameras, written by COPY: 40 kelurahan in 8 kecamatan, 2,000 bodies, 10,000 people on duty."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from guardian.models import GroupObjectPermission

from access.models import AreaPermission, Grant, Reason, SitePermission
from access.rule import local_minute
from access.viewers import Viewer
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from bench.access.direct.models import DirectGroupPermission
from bench.copies import copied
from bench.rows import tell
from registry import geo
from registry.models import Area, AreaLevel, Camera, Consent, ConsentText, Device, Partner, Receipt, Site
from registry.rights import AccessRight, Purpose

NOW = timezone.now().replace(microsecond=0)  # The endpoint asks the clock of the machine.
ORGANIZATIONS, PEOPLE = 2_000, 10_000
KECAMATAN, KELURAHAN_EACH = 8, 5
CAMERAS_AT_A_SITE = 2
SEEN_BY_A_BODY = 20
CITY = "31.73"


@dataclass(frozen=True)
class Asker:
    """One of the three who ask, and a camera he may see and one he may not."""

    name: str
    viewer: Viewer
    seen: Camera
    unseen: Camera


class Everything:
    """The world, in the database of this process. Keys are given here, so that rows are written without asking."""

    def __init__(self, cameras: int) -> None:
        self.chance = random.Random(20261125)  # noqa: S311
        tell(f"Writing {cameras:,} cameras, {ORGANIZATIONS:,} organizations, {PEOPLE:,} people ...")
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            from bench.access.direct.models import DirectUserPermission

            for model in (DirectGroupPermission, DirectUserPermission):
                if model._meta.db_table not in connection.introspection.table_names():
                    editor.create_model(model)
        self.reason = Reason.objects.filter(active=True, needs_case=False).first()
        self.sites = 0
        self._places()
        self._bodies()
        self._people()
        self.grow_to(cameras)
        self._private_bodies()
        self._guardian_rows()
        _settle()

    # What stands.

    def _places(self) -> None:
        self.city = _area(CITY, AreaLevel.CITY, None)
        self.kecamatan = [_area(f"{CITY}.{n:02}", AreaLevel.KECAMATAN, self.city) for n in range(1, KECAMATAN + 1)]
        self.kelurahan = [
            _area(f"{above.code}.{1000 + n}", AreaLevel.KELURAHAN, above)
            for above in self.kecamatan
            for n in range(1, KELURAHAN_EACH + 1)
        ]

    def _bodies(self) -> None:
        groups = Group.objects.bulk_create(Group(name=f"Lembaga {n}") for n in range(ORGANIZATIONS))
        police = [(OrganizationKind.POLRES, CITY), *((OrganizationKind.POLSEK, one.code) for one in self.kecamatan)]
        bodies = []
        for n, group in enumerate(groups):
            kind, code = police[n] if n < len(police) else (OrganizationKind.GOVERNMENT, CITY)
            bodies.append(Organization(name=group.name, kind=kind, area_code=code, group=group))
        self.bodies = Organization.objects.bulk_create(bodies)
        self.polres, self.polsek = self.bodies[0], self.bodies[1 : 1 + KECAMATAN]
        self.private = self.bodies[1 + KECAMATAN :]

    def _people(self) -> None:
        people = User.objects.bulk_create(User(email=f"orang{n}@contoh.id", is_active=True) for n in range(PEOPLE))
        self.somebody, self.grantor = people[:2]
        duties, members = [], []
        membership = User.groups.through
        for n, user in enumerate(people):
            body = self.bodies[n % ORGANIZATIONS]
            narrow = self.kelurahan[(n % ORGANIZATIONS - 1) * KELURAHAN_EACH].code if body in self.polsek else ""
            duties.append(
                Duty(
                    user=user,
                    organization=body,
                    kind=DutyKind.VIEWER,
                    area_code=narrow,
                    since=NOW - timedelta(days=30),
                )
            )
            members.append(membership(user_id=user.pk, group_id=body.group_id))
        self.duties = Duty.objects.bulk_create(duties)
        membership.objects.bulk_create(members)

    def grow_to(self, cameras: int) -> None:
        """Add sites with two cameras each, evenly over the kelurahan; each names the Polres and its Polsek."""
        first, last = self.sites, cameras // CAMERAS_AT_A_SITE
        if not first:
            self.partner = Partner.objects.create(kind="resident", name="Pemilik Uji")
            self.text = ConsentText.objects.create(version="uji", language="id", body="Uji", sha256="0" * 64)
        copied(Site, (self._site(n) for n in range(first, last)))
        copied(Receipt, (self._receipt(n) for n in range(first, last)))
        copied(Device, (Device(pk=n + 1, site_id=n + 1, host="198.51.100.7") for n in range(first, last)))
        copied(Camera, (camera for n in range(first, last) for camera in self._cameras(n)))
        copied(Consent, (consent for n in range(first, last) for consent in self._consents(n)))
        self.sites = last
        if not first:
            self._police_grants()
        _settle()

    def _site(self, n: int) -> Site:
        lat, lng = -6.19 + self.chance.uniform(-0.05, 0.05), 106.77 + self.chance.uniform(-0.05, 0.05)
        place = self.kelurahan[n % len(self.kelurahan)]
        return Site(
            pk=n + 1,
            partner=self.partner,
            area=place,
            address=f"Jalan {n}",
            lat=lat,
            lng=lng,
            position_source="gps",
            maintainer_name="Perawat",
            created_at=NOW,
            **geo.cells(lat, lng),
        )

    def _receipt(self, n: int) -> Receipt:
        return Receipt(
            pk=n + 1, code=f"{n:016}", partner=self.partner, site_id=n + 1, sha256="0" * 64, created_at=NOW
        )

    def _cameras(self, n: int) -> Iterator[Camera]:
        """Of a hundred cameras three are not verified any more, two are paused, one has gone."""
        for channel in range(CAMERAS_AT_A_SITE):
            number = n * CAMERAS_AT_A_SITE + channel
            odd = number % 100
            gone = NOW if odd == 99 else None
            yield Camera(
                pk=number + 1,
                site_id=n + 1,
                device_id=n + 1,
                channel=channel + 1,
                label=f"Kamera {channel + 1}",
                sees="street",
                listed_at=NOW - timedelta(days=60),
                listed_by=self.somebody,
                verified_at=NOW - timedelta(days=50),
                verified_by=self.somebody,
                verified_until=NOW + timedelta(days=-1 if odd in (10, 20, 30) else 300),
                connected_at=NOW - timedelta(days=50),
                connected_by=self.somebody,
                withdrawn_at=gone,
                withdrawn_by=self.somebody if gone else None,
                paused_until=NOW + timedelta(days=1) if odd in (40, 60) else None,
            )

    def _consents(self, n: int) -> Iterator[Consent]:
        """Listed and stills in hours, to both."""
        polsek = self.polsek[(n % len(self.kelurahan)) // KELURAHAN_EACH]
        for body in (self.polres, polsek):
            yield self._consent(n, "listed", body)
            yield self._consent(n, "still_in_hours", body)

    def _consent(self, n: int, right: str, body: Organization) -> Consent:
        in_hours = right == "still_in_hours"
        shut, withdrawn = self._kind(n) == "shut", self._kind(n) == "withdrawn"
        return Consent(
            site_id=n + 1,
            right=right,
            purpose=Purpose.SECURITY,
            recipient=body,
            valid_from=NOW - timedelta(days=60),
            valid_until=NOW + timedelta(days=300),
            hours_from=((local_minute(NOW) + 120) % 1440 if shut else 0) if in_hours else None,
            hours_until=((local_minute(NOW) - 120) % 1440 if shut else 1440) if in_hours else None,
            text=self.text,
            receipt_id=n + 1,
            signed_by=self.somebody,
            signed_at=NOW - timedelta(days=60),
            withdrawn_at=NOW if withdrawn and in_hours else None,
            withdrawn_by=self.somebody if withdrawn and in_hours else None,
        )

    def _kind(self, n: int) -> str:
        """Of twenty sites in a kelurahan one allows no look at this hour, and one has withdrawn."""
        return {7: "shut", 13: "withdrawn"}.get(n // len(self.kelurahan) % 20, "open")

    # Who may see it.

    def _grant(self, body: Organization, right: AccessRight) -> Grant:
        return Grant.objects.create(
            organization=body,
            right=right,
            purpose=Purpose.SECURITY,
            letter_number="Sprin/1/XI/2026",
            valid_from=NOW - timedelta(days=10),
            valid_until=NOW + timedelta(days=90),
            granted_by=self.somebody,
            granted_at=NOW - timedelta(days=10),
        )

    def _police_grants(self) -> None:
        for body, place in [(self.polres, self.city), *zip(self.polsek, self.kecamatan, strict=True)]:
            for right in (AccessRight.VIEW_STILL, AccessRight.SEE_POSITION):
                AreaPermission.objects.create(
                    grant=self._grant(body, right),
                    permission=_permission(f"{right}_area"),
                    group=body.group,
                    content_object=place,
                )

    def _private_bodies(self) -> None:
        """Each private body is named by the owners of ten sites, and has a grant over each of them."""
        every = max(1, self.sites // len(self.private))
        sites_each = SEEN_BY_A_BODY // CAMERAS_AT_A_SITE
        rows, consents = [], []
        self.sites_of: dict[int, list[int]] = {}
        still = _permission("view_still_site")
        for n, body in enumerate(self.private):
            grant = self._grant(body, AccessRight.VIEW_STILL)
            mine = [(n * every + step * 101) % self.sites for step in range(sites_each * 2)]
            mine = [site for site in dict.fromkeys(mine) if self._kind(site) == "open"][:sites_each]
            self.sites_of[body.pk] = mine
            for site in mine:
                rows.append(
                    SitePermission(grant=grant, permission=still, group=body.group, content_object_id=site + 1)
                )
                consents += [self._consent(site, right, body) for right in ("listed", "still_in_hours")]
        SitePermission.objects.bulk_create(rows, batch_size=5000)
        copied(Consent, consents)

    def _guardian_rows(self) -> None:
        """The same rights as guardian knows them: a row for each camera and body."""
        tell("Writing guardian's rows ...")
        permission = _permission("view_still_camera")
        pairs = [(self.polres.group_id, pk) for pk in range(1, self.sites * CAMERAS_AT_A_SITE + 1)]
        for n in range(self.sites):
            polsek = self.polsek[(n % len(self.kelurahan)) // KELURAHAN_EACH]
            pairs += [
                (polsek.group_id, n * CAMERAS_AT_A_SITE + channel + 1) for channel in range(CAMERAS_AT_A_SITE)
            ]
        for body in self.private:
            for n in self.sites_of[body.pk]:
                pairs += [(body.group_id, n * CAMERAS_AT_A_SITE + c + 1) for c in range(CAMERAS_AT_A_SITE)]
        common = {"permission": permission}
        kind = permission.content_type
        copied(
            GroupObjectPermission,
            (GroupObjectPermission(group_id=g, object_pk=str(pk), content_type=kind, **common) for g, pk in pairs),
        )
        copied(
            DirectGroupPermission,
            (DirectGroupPermission(group_id=g, content_object_id=pk, **common) for g, pk in pairs),
        )

    # Who asks.

    def viewers(self) -> list[Asker]:
        """The command centre, the officer of a kelurahan, and the private body."""
        private = self.private[len(self.private) // 2]
        seen = self.sites_of[private.pk][0]
        withdrawn = next(n for n in range(0, self.sites, len(self.kelurahan)) if self._kind(n) == "withdrawn")
        return [
            self._asker("command centre", self.polres, 0, withdrawn),
            self._asker("kelurahan officer", self.polsek[0], 0, withdrawn),
            self._asker("private body", private, seen, seen + 1),
        ]

    def _asker(self, name: str, body: Organization, seen: int, unseen: int) -> Asker:
        duty = next(duty for duty in self.duties if duty.organization_id == body.pk)
        duty = Duty.objects.select_related("organization", "user").get(pk=duty.pk)
        cameras = Camera.objects.select_related("site__area", "device")
        first = seen * CAMERAS_AT_A_SITE + 1
        return Asker(
            name,
            Viewer(duty.user, duty, NOW - timedelta(minutes=1), "s" * 64),
            cameras.get(pk=first),
            cameras.get(pk=unseen * CAMERAS_AT_A_SITE + 1),
        )


def _area(code: str, level: AreaLevel, above: Area | None) -> Area:
    return Area.objects.create(code=code, name=f"Area {code}", level=level, parent=above, lat=-6.19, lng=106.77)


def _permission(codename: str) -> Permission:
    return Permission.objects.get(content_type__app_label="registry", codename=codename)


def _settle() -> None:
    """What autovacuum would do by itself some minutes later."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
