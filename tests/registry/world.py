"""A small city with one kelurahan, its police, and an owner: what the registry's tests stand on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.models import Organization, OrganizationKind, User
from accounts.services import add_organization
from registry.models import Area, AreaLevel, Camera, PartnerKind, Sees, Site
from registry.rights import IN_HOURS, Right
from registry.services import CameraFacts, ConsentChoice, PartnerFacts, SiteFacts, list_site

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
A_YEAR_ON = NOW + timedelta(days=365)
SQUARE = [[[[106.70, -6.20], [106.80, -6.20], [106.80, -6.10], [106.70, -6.10], [106.70, -6.20]]]]


@dataclass(frozen=True)
class City:
    """Areas and bodies."""

    kelurahan: Area
    other_kelurahan: Area
    polres: Organization
    polsek: Organization
    other_polsek: Organization
    government: Organization


def make_city() -> City:
    city = Area.objects.create(code="31.73", name="Jakarta Barat", level=AreaLevel.CITY)
    kecamatan = Area.objects.create(code="31.73.01", name="Cengkareng", level=AreaLevel.KECAMATAN, parent=city)
    other = Area.objects.create(code="31.73.02", name="Tambora", level=AreaLevel.KECAMATAN, parent=city)
    here, there = (
        Area.objects.create(
            code=f"{parent.code}.1001", name=name, level=AreaLevel.KELURAHAN, parent=parent, outline=SQUARE
        )
        for parent, name in ((kecamatan, "Kapuk"), (other, "Krendang"))
    )
    body = {
        "polres": ("Polres Metro Jakarta Barat", OrganizationKind.POLRES, "31.73"),
        "polsek": ("Polsek Cengkareng", OrganizationKind.POLSEK, "31.73.01"),
        "other_polsek": ("Polsek Tambora", OrganizationKind.POLSEK, "31.73.02"),
        "government": ("Kecamatan Cengkareng", OrganizationKind.GOVERNMENT, "31.73.01"),
    }
    bodies = {
        key: add_organization(name=name, kind=kind, area_code=code) for key, (name, kind, code) in body.items()
    }
    return City(kelurahan=here, other_kelurahan=there, **bodies)


def make_person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@contoh.id", name=name.title())


def make_site(city: City, by: User, *, kind: PartnerKind = PartnerKind.RESIDENT, cameras: int = 1) -> Site:
    named = kind != PartnerKind.RESIDENT
    return list_site(
        partner=PartnerFacts(
            kind=kind,
            name="Warung Rekaan",
            responsible_name="Sari Rekaan" if named else "",
            responsible_office="Pengelola" if named else "",
            authority_letter="01/SK/2026" if named else "",
        ),
        site=SiteFacts(
            area=city.kelurahan, address="Jalan Rekaan 1", lat=-6.15, lng=106.75, maintainer_name="Sari Rekaan"
        ),
        cameras=[CameraFacts(label=f"Kamera {n + 1}", sees=Sees.STREET) for n in range(cameras)],
        by=by,
        now=NOW,
    )


def choice(right: Right, recipient: Organization, **facts: object) -> ConsentChoice:
    """A choice for a year; rights in hours run over midnight unless told."""
    if right in IN_HOURS:
        facts = {"hours_from": 22 * 60, "hours_until": 5 * 60, **facts}
    return ConsentChoice(**{"right": right, "recipient": recipient, "valid_until": A_YEAR_ON, **facts})


def camera_of(site: Site) -> Camera:
    return site.cameras.get()
