"""A place changes hands: every consent ends, nothing passes on, and the same place can be enrolled anew."""

import pytest
from django.utils import timezone

from access.models import Look
from accounts.models import DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.errors import AlreadyWithdrawn, NoteNeeded, NotYours
from registry.models import Camera, Consent, EndedHow, Ending, EndingCause, PartnerKind, Receipt, Site
from registry.receipts import consents_of, state_of
from registry.rights import Right
from registry.services import do_what_is_owed, end_ownership
from tests.access.conftest import signed_in
from tests.factories import OTHER_KELURAHAN, World

pytestmark = pytest.mark.django_db

NOTE = "Pemilik lama pindah, kata Ketua RT."


@pytest.fixture
def site(world: World) -> Site:
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    return site


@pytest.fixture
def owner(site: Site) -> User:
    return site.partner.people.get()


def officer_of(world: World, area_code: str) -> User:
    """A Bhabinkamtibmas, of the Polres so that he may know of the place."""
    return world.on_duty(DutyKind.VERIFIER, world.polres, area_code=area_code).user


def test_the_owner_s_word_ends_everything_at_once(site: Site, owner: User, world: World) -> None:
    end_ownership(site=site, by=owner, now=world.now)

    assert not Consent.objects.in_force(world.now).exists()
    assert not Camera.objects.listed().exists()
    assert set(site.consents.values_list("ended_how", flat=True)) == {EndedHow.OWNER_CHANGED}
    assert Ending.objects.get().cause == EndingCause.OWNER_CHANGED
    receipt = Receipt.objects.get()
    assert {state_of(row, world.now) for row in consents_of(receipt)} == {"moved"}
    assert Entry.objects.filter(action="site.owner_changed").count() == 1
    with pytest.raises(AlreadyWithdrawn):
        end_ownership(site=site, by=owner, now=world.now)


def test_the_recipients_are_told(site: Site, owner: User, world: World) -> None:
    grantor = world.on_duty(DutyKind.GRANTOR, world.polres).user
    end_ownership(site=site, by=owner, now=world.now)

    do_what_is_owed(now=world.now)

    assert Notice.objects.filter(user=grantor, code="consent.ended").count() == 1


def test_the_officer_of_the_kelurahan_notes_it_and_the_owner_is_told(site: Site, owner: User, world: World) -> None:
    officer = officer_of(world, site.area.code)

    with pytest.raises(NoteNeeded):
        end_ownership(site=site, by=officer, now=world.now, note="  ")
    end_ownership(site=site, by=officer, now=world.now, note=NOTE)

    assert not Consent.objects.in_force(world.now).exists()
    told = Notice.objects.get(user=owner, code="site.owner_changed")
    assert officer.name not in told.body
    entry = Entry.objects.get(action="site.owner_changed")
    assert NOTE.encode() not in bytes(entry.body)
    assert entry.texts.get().text == NOTE


def test_an_officer_elsewhere_a_viewer_and_a_stranger_may_not(site: Site, world: World) -> None:
    others = [
        officer_of(world, OTHER_KELURAHAN),
        world.on_duty(DutyKind.VIEWER, world.polres).user,
        world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user,
        world.site().partner.people.get(),
    ]
    for other in others:
        with pytest.raises(NotYours):
            end_ownership(site=site, by=other, now=world.now, note=NOTE)
    assert Consent.objects.in_force(world.now).exists()


def test_of_a_vital_object_only_its_named_verifier_notes_it(world: World) -> None:
    site = world.site(kind=PartnerKind.VITAL)
    world.consent(site)
    officer = officer_of(world, site.area.code)
    with pytest.raises(NotYours):
        end_ownership(site=site, by=officer, now=world.now, note=NOTE)

    Site.objects.filter(pk=site.pk).update(named_verifier=officer)
    end_ownership(site=site, by=officer, now=world.now, note=NOTE)

    assert not Consent.objects.in_force(world.now).exists()


def test_the_next_owner_enrols_the_same_place_and_sees_nothing_of_old(
    site: Site, owner: User, world: World
) -> None:
    end_ownership(site=site, by=owner, now=world.now)

    next_site = world.site()
    world.consent(next_site)
    newcomer = next_site.partner.people.get()

    assert Camera.objects.listed().get().site == next_site
    assert next_site.address == site.address
    page = signed_in(newcomer, second_factor=False).get("/mitra/").content.decode()
    assert str(site.public_id) not in page
    assert Receipt.objects.filter(site__partner__people=newcomer).count() == 1
    assert not Look.objects.exists()


def test_the_administrator_finds_the_place_and_notes_it(site: Site, owner: User, world: World) -> None:
    browser = signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user)
    found = browser.get("/polsek/administrasi/tempat/", {"cari": "Jalan Uji"}).content.decode()
    address = f"/polsek/administrasi/tempat/{site.public_id}/pemilik-berganti/"
    assert address in found

    assert browser.post(address, {"note": ""}).status_code == 200
    assert Consent.objects.in_force(world.now).exists()
    assert browser.post(address, {"note": NOTE}).status_code == 302

    assert not Consent.objects.in_force(world.now).exists()
    assert browser.get(address).status_code == 404


def test_the_owner_s_page_shows_the_clock_and_the_administrator_what_is_overdue(
    site: Site, owner: User, world: World
) -> None:
    browser = signed_in(owner, second_factor=False)
    administrator = signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user)
    assert browser.post(f"/mitra/tempat/{site.public_id}/bukan-milik-saya/").status_code == 302

    page = browser.get("/mitra/").content.decode()
    assert "Menurut undang-undang selesai dalam 3×24 jam" in page
    assert page.count('class="is-waiting"') == 6

    late = Ending.objects.get()
    Ending.objects.update(began_at=world.now - (late.due_at - late.began_at), due_at=world.now)
    assert "Lewat batas" in browser.get("/mitra/").content.decode()
    assert "Penghapusan lewat batas" in administrator.get("/polsek/administrasi/").content.decode()
    overdue = administrator.get("/polsek/administrasi/penghapusan/").content.decode()
    assert "Lewat batas" in overdue
    assert site.address not in overdue

    do_what_is_owed(now=timezone.now())
    done = browser.get("/mitra/").content.decode()
    assert "Semuanya selesai" in done
    assert 'class="is-waiting"' not in done
    assert "Penghapusan lewat batas" not in administrator.get("/polsek/administrasi/").content.decode()
