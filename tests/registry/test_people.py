"""People in roles, at one site or at all: who sees and does what, and who keeps them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Look
from accounts.models import User
from audit.models import Entry
from notices.models import Notice
from onboarding.queries import devices_kept_by, sites_acted_for
from registry.errors import LastManager, NamedHere, NotYours, RegistryError, RoleHeld
from registry.models import Camera, Consent, Device, PartnerPerson, PersonRole, Receipt, Site
from registry.people import KEEPING, SIGNING, acts_for, people_at
from registry.rights import AccessRight, Right
from registry.services import (
    attach_device,
    end_role,
    give_role,
    list_site,
    pause_camera,
    withdraw_all,
    withdraw_consent,
)
from tests.access.conftest import signed_in
from tests.factories import World, person, reason

pytestmark = pytest.mark.django_db
R = PersonRole


@pytest.fixture
def manager() -> User:
    return person("Pengelola")


@pytest.fixture
def here(world: World, manager: User) -> Site:
    """A place with a consent, a device and a look through its camera."""
    return furnished(world, manager)


@pytest.fixture
def there(world: World, here: Site) -> Site:
    """Another place of the same partner."""
    return furnished(world, here.partner.people.get(), partner=here)


def furnished(world: World, manager: User, partner: Site | None = None) -> Site:
    if partner is None:
        site = world.site(owner=manager, labels=("Gerbang",))
    else:
        own = world.site(owner=manager, labels=("Gudang",))
        Site.objects.filter(pk=own.pk).update(partner=partner.partner)
        PartnerPerson.objects.filter(partner=own.partner).delete()
        site = Site.objects.get(pk=own.pk)
    world.consent(site, Right.STILL_IN_HOURS)
    attach_device(site=site, by=manager, now=world.now, host="kamera.contoh.id", cameras=site.cameras.all())
    camera = world.verified(site)
    viewer = world.viewer()
    Look.objects.create(
        viewer=viewer.user, duty=viewer.duty, organization=world.polres, camera=camera, reason=reason(),
        right=AccessRight.VIEW_STILL, session_key_hash="x", started_at=world.now, until=world.now,
    )  # fmt: skip
    return site


def added(site: Site, role: PersonRole, by: User, *, everywhere: bool = False) -> User:
    user = person(str(role.label))
    give_role(site=site, user=user, role=role, by=by, now=timezone.now(), everywhere=everywhere, called="Budi")
    return user


def everything_of(user: User) -> dict[str, set[int]]:
    """What each question of the product answers to this person: the sites behind the answers."""
    client = signed_in(user, second_factor=False)
    homes = client.get("/mitra/").context
    book = client.get("/mitra/buku-tamu/").context["page"]

    def listed(name: str) -> set[str]:
        return {row["id"] for row in client.get(f"/api/v1/{name}/").json()["results"]}

    def ids(name: str, rows: object) -> set[int]:
        found = listed(name)
        return {site for public_id, site in rows if str(public_id) in found}  # type: ignore[attr-defined]

    return {
        "home": {place.site.pk for place in homes["places"]},
        "guest book": {look.camera.site_id for look in book},
        "sites": ids("sites", Site.objects.values_list("public_id", "pk")),
        "devices": ids("devices", Device.objects.values_list("public_id", "site_id")),
        "consents": ids("consents", Consent.objects.values_list("public_id", "site_id")),
        "cameras": ids("cameras", Camera.objects.values_list("public_id", "site_id")),
        "looks": set(Look.objects.of_owner(user).values_list("camera__site_id", flat=True)),
    }


@pytest.mark.parametrize("role", PersonRole)
def test_a_role_at_one_site_holds_there_and_nowhere_else(
    here: Site, there: Site, manager: User, role: PersonRole
) -> None:
    user = added(here, role, manager)

    assert all(found == {here.pk} for found in everything_of(user).values()), everything_of(user)
    client = signed_in(user, second_factor=False)
    for path in (f"/mitra/kamera/{there.cameras.get().public_id}/", f"/mitra/tempat/{there.public_id}/orang/"):
        assert client.get(path).status_code == 404
    foreign = Receipt.objects.get(site=there)
    assert client.get(f"/mitra/tanda-terima/{foreign.code}/").status_code == 404
    assert user in people_at(here)
    assert user not in people_at(there)
    assert not acts_for(user, here.partner, frozenset(PersonRole))


def test_a_role_everywhere_holds_at_the_next_site_too(world: World, here: Site, there: Site, manager: User) -> None:
    user = added(here, R.READER, manager, everywhere=True)

    assert all(found == {here.pk, there.pk} for found in everything_of(user).values())


MAY = {
    # role: (pages that answer, services that act)
    R.MANAGER: {"people", "withdraw", "consent", "device", "pause"},
    R.SIGNATORY: {"withdraw", "consent", "pause"},
    R.TECHNICIAN: {"device", "pause"},
    R.CONTACT: {"pause"},
    R.READER: set(),
}


@pytest.mark.parametrize("role", PersonRole)
def test_each_role_reaches_its_own_pages_and_acts(here: Site, manager: User, role: PersonRole) -> None:
    user = added(here, role, manager)
    client, camera, now = signed_in(user, second_factor=False), here.cameras.get(), timezone.now()
    pages = {
        "people": f"/mitra/tempat/{here.public_id}/orang/",
        "withdraw": f"/mitra/tempat/{here.public_id}/tarik/",
        "consent": f"/mitra/tempat/{here.public_id}/izin/",
        "device": f"/mitra/perangkat/{here.devices.get().public_id}/",
    }

    assert {name for name, path in pages.items() if client.get(path).status_code == 200} == MAY[role] - {"pause"}
    home = client.get("/mitra/").content.decode()
    for name, path in pages.items():
        assert (f'href="{path}"' in home) == (name in MAY[role]), name

    acts: dict[str, Callable[[], object]] = {
        "pause": lambda: pause_camera(camera=camera, until=now + timedelta(hours=1), by=user, now=now),
        "withdraw": lambda: withdraw_consent(
            consent=here.consents.get(right=Right.STILL_IN_HOURS), by=user, now=now
        ),
        "people": lambda: give_role(site=here, user=person(), role=R.READER, by=user, now=now),
        "device": lambda: attach_device(site=here, by=user, now=now),
    }
    for name, act in acts.items():
        if name in MAY[role]:
            act()
        else:
            with pytest.raises(NotYours):
                act()
    for roles, question in ((SIGNING, sites_acted_for(user, SIGNING)), (KEEPING, devices_kept_by(user))):
        assert question.exists() == (role in roles)


def test_a_site_s_signatory_adds_no_site_to_the_partner(world: World, here: Site, manager: User) -> None:
    user = added(here, R.SIGNATORY, manager)

    with pytest.raises(NotYours):
        list_site(partner=here.partner, site=_facts(world), cameras=_cameras(), by=user, now=world.now)
    for role in (R.SIGNATORY, R.MANAGER):
        added(here, role, manager, everywhere=True)
    everywhere = added(here, R.SIGNATORY, manager, everywhere=True)
    list_site(partner=here.partner, site=_facts(world), cameras=_cameras(), by=everywhere, now=world.now)


def _facts(world: World) -> object:
    from registry.services import SiteFacts

    return SiteFacts(
        area=world.kelurahan, address="Jalan Uji 2", lat=-6.19, lng=106.77, maintainer_name="Perawat Uji"
    )


def _cameras() -> list[object]:
    from registry.services import CameraFacts

    return [CameraFacts(label="Lain", sees="street")]


# --- keeping the people --------------------------------------------------------------------------------------


def test_a_manager_invites_by_the_page_and_the_person_is_told(here: Site, manager: User) -> None:
    page = f"/mitra/tempat/{here.public_id}/orang/"
    form = {"contact": "ibu@contoh.id", "called": "Ibu", "role": "reader", "scope": "here"}

    answer = signed_in(manager, second_factor=False).post(page, form)

    assert answer.status_code == 302
    held = PartnerPerson.objects.get(user__email="ibu@contoh.id")
    assert (held.site, held.role, held.called) == (here, R.READER, "Ibu")
    told = Notice.objects.get(user=held.user)
    assert here.address in told.body
    entry = Entry.objects.get(action="site.role_given")
    assert json.loads(bytes(entry.body))["facts"]["role"] == "reader"
    shown = signed_in(manager, second_factor=False).get(page).content.decode()
    assert "Ibu" in shown
    assert signed_in(held.user, second_factor=False).get(told.url).status_code == 200


def test_by_a_phone_number_too_and_a_known_person_s_name_is_not_told(here: Site, manager: User) -> None:
    known = User.objects.create_user(phone="+6281234567890", name="Nama Rahasia")
    page = f"/mitra/tempat/{here.public_id}/orang/"
    client = signed_in(manager, second_factor=False)

    client.post(page, {"contact": "0812 3456 7890", "called": "Pak RT", "role": "contact", "scope": "everywhere"})

    assert PartnerPerson.objects.get(user=known).site is None
    for path in (page, f"{page}{known.public_id}/"):
        shown = client.get(path).content.decode()
        assert "Pak RT" in shown
        assert "Nama Rahasia" not in shown


def test_a_site_s_manager_keeps_its_people_and_nobody_else_s(here: Site, there: Site, manager: User) -> None:
    local = added(here, R.MANAGER, manager)
    added(here, R.READER, local)

    for site, everywhere in ((there, False), (here, True)):
        with pytest.raises(NotYours):
            give_role(site=site, user=person(), role=R.READER, by=local, now=timezone.now(), everywhere=everywhere)
    for held in (PartnerPerson.objects.get(user=manager), _held(added(there, R.READER, manager))):
        with pytest.raises(NotYours):
            end_role(held=held, by=local, now=timezone.now())
    page = signed_in(local, second_factor=False).get(f"/mitra/tempat/{here.public_id}/orang/")
    assert "scope" not in page.context["form"].fields


def test_the_same_role_is_given_once(here: Site, manager: User) -> None:
    user = added(here, R.READER, manager, everywhere=True)

    for everywhere in (True, False):
        with pytest.raises(RoleHeld):
            give_role(site=here, user=user, role=R.READER, by=manager, now=timezone.now(), everywhere=everywhere)


def test_whom_the_polres_named_is_not_made_one_of_its_people(world: World, here: Site, manager: User) -> None:
    named = {name: person() for name in ("named_verifier", "named_grantor", "named_approver")}
    Site.objects.filter(pk=here.pk).update(vital=True, **named)
    site = Site.objects.get(pk=here.pk)

    for user in named.values():
        for everywhere in (False, True):
            with pytest.raises(NamedHere):
                give_role(site=site, user=user, role=R.READER, by=manager, now=world.now, everywhere=everywhere)


def test_a_role_ends_at_once_and_the_person_is_told(here: Site, manager: User) -> None:
    user = added(here, R.TECHNICIAN, manager)
    client = signed_in(user, second_factor=False)
    assert client.get(f"/mitra/perangkat/{here.devices.get().public_id}/").status_code == 200
    row = _held(user)

    answer = signed_in(manager, second_factor=False).post(
        f"/mitra/tempat/{here.public_id}/orang/{user.public_id}/", {"row": row.pk}
    )

    assert answer.status_code == 302
    assert client.get(f"/mitra/perangkat/{here.devices.get().public_id}/").status_code == 404
    assert not any(everything_of(user).values())
    assert Notice.objects.filter(user=user, code="people.role_ended").exists()
    assert Entry.objects.filter(action="site.role_ended").count() == 1


def test_everybody_leaves_by_himself_but_the_last_manager(here: Site, manager: User) -> None:
    def leave(client: Client, user: User) -> object:
        page = f"/mitra/tempat/{here.public_id}/orang/{user.public_id}/"
        return client.post(page, {"row": _held(user).pk})

    reader = added(here, R.READER, manager)
    assert leave(signed_in(reader, second_factor=False), reader).status_code == 302  # type: ignore[attr-defined]
    assert not PartnerPerson.objects.filter(user=reader).exists()

    browser = signed_in(manager, second_factor=False)
    assert "pengelola harus tetap ada" in leave(browser, manager).content.decode()  # type: ignore[attr-defined]
    local = added(here, R.MANAGER, manager)
    with pytest.raises(LastManager):
        end_role(held=_held(manager), by=manager, now=timezone.now())  # Nobody would keep the other sites.
    end_role(held=_held(local), by=local, now=timezone.now())
    second = added(here, R.MANAGER, manager, everywhere=True)
    assert leave(browser, manager).status_code == 302  # type: ignore[attr-defined]
    assert [user.pk for user in people_at(here)] == [second.pk]


def test_a_manager_whose_account_is_closed_does_not_count(here: Site, manager: User) -> None:
    second = added(here, R.MANAGER, manager, everywhere=True)
    User.objects.filter(pk=second.pk).update(is_active=False)

    with pytest.raises(LastManager):
        end_role(held=_held(manager), by=manager, now=timezone.now())


def test_a_stranger_ends_and_leaves_nothing(here: Site, manager: User) -> None:
    stranger, reader = person(), added(here, R.READER, manager)

    for by in (stranger, reader):
        with pytest.raises(NotYours):
            end_role(held=_held(manager), by=by, now=timezone.now())
        path = f"/mitra/tempat/{here.public_id}/orang/{manager.public_id}/"
        assert signed_in(by, second_factor=False).get(path).status_code == 404


def test_the_cost_of_a_home_does_not_grow_with_the_people(
    here: Site, there: Site, manager: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = signed_in(manager, second_factor=False)
    client.get("/mitra/")
    with _counted() as few:
        client.get("/mitra/")
    for role in PersonRole:
        for site in (here, there):
            added(site, role, manager)
    with _counted() as many:
        client.get("/mitra/")

    assert len(many) == len(few)


def _counted():  # type: ignore[no-untyped-def]
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def _held(user: User) -> PartnerPerson:
    return PartnerPerson.objects.get(user=user)


def test_withdrawing_takes_one_signatory_of_the_site(world: World, here: Site, manager: User) -> None:
    user = added(here, R.SIGNATORY, manager)

    withdraw_all(site=here, by=user, now=world.now)

    assert not Consent.objects.in_force(timezone.now()).filter(site=here).exists()
    with pytest.raises(RegistryError):
        withdraw_all(site=here, by=user, now=world.now)


def test_who_is_known_keeps_his_name_and_other_managers_read_of_every_role(here: Site, manager: User) -> None:
    second = added(here, R.MANAGER, manager)
    page = f"/mitra/tempat/{here.public_id}/orang/"
    client = signed_in(second, second_factor=False)
    User.objects.filter(pk=manager.pk).update(email="pengelola@contoh.id")

    client.post(page, {"contact": "pengelola@contoh.id", "called": "Nama Palsu", "role": "reader"})

    shown = client.get(page).content.decode()
    assert "Pengelola" in shown
    assert "Nama Palsu" not in shown
    Notice.objects.all().delete()
    give_role(site=here, user=second, role=R.SIGNATORY, by=second, now=timezone.now())
    told = Notice.objects.get(user=manager)
    assert "Budi" in told.body
    assert str(R.SIGNATORY.label) in told.body
    assert not Notice.objects.filter(user=second, code="people.role_added").exists()
