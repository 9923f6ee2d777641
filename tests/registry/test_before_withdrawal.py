"""Before a withdrawal the owner reads what will follow in this very case, and afterwards that it has been done."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from access.models import Look
from feeds.models import SavedStill
from registry.models import Camera, Consent, Device, Site
from registry.rights import AccessRight, Right
from registry.services import do_what_is_owed, withdraw_consent
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(world: World) -> Site:
    """A connected place whose owner allows the Polres stills, and the Polsek to know of it."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    world.consent(site, recipient=world.polsek)
    world.verified(site)
    world.device(site, sealed_user="x", sealed_password="x", secret_changed_at=world.now)
    return site


@pytest.fixture
def owner(site: Site) -> Client:
    return signed_in(site.partner.people.get(), second_factor=False)


def saved(world: World, site: Site, number: int, *, for_case: bool) -> None:
    viewer, camera = world.viewer(), site.cameras.get()
    look = Look.objects.create(
        viewer=viewer.user, duty=viewer.duty, organization=world.polres, camera=camera, reason=reason(),
        right=AccessRight.VIEW_STILL, session_key_hash="x", started_at=world.now, until=world.now,
        for_case=for_case, case=world.case(viewer) if for_case else None,
    )  # fmt: skip
    for count in range(number):
        SavedStill.objects.create(
            look=look, sha256="a" * 64, size_bytes=1, file=f"stills/{look.pk}-{count}.jpg", saved_at=world.now,
            stored_at=world.now, delete_at=world.now + timedelta(days=90),
        )  # fmt: skip


def consent(site: Site, right: Right, **of: object) -> Consent:
    return Consent.objects.get(site=site, right=right, **of)


def page(owner: Client, consent: Consent) -> str:
    return owner.get(f"/mitra/persetujuan/{consent.public_id}/tarik/").content.decode()


def test_the_last_consent_that_needs_the_device_takes_it_along(world: World, site: Site, owner: Client) -> None:
    last = consent(site, Right.STILL_IN_HOURS)

    told = page(owner, last)

    assert "Alamat dan kata sandi perangkat dihapus" in told
    assert "verifikasinya ikut berakhir" in told
    assert "3×24 jam" in told
    assert "tidak lagi terdata" not in told
    withdraw_consent(consent=last, by=site.partner.people.get(), now=timezone.now())
    do_what_is_owed(now=timezone.now())
    camera, device = Camera.objects.get(), Device.objects.get()
    assert (device.host, camera.verified_at, camera.connected_at) == ("", None, None)


def test_what_needs_no_device_or_leaves_another_keeps_it(world: World, site: Site, owner: Client) -> None:
    of_polsek = consent(site, Right.LISTED, recipient=world.polsek)

    told = page(owner, of_polsek)

    assert "Perangkat tetap tersambung" in told
    assert "verifikasinya ikut berakhir" not in told
    withdraw_consent(consent=of_polsek, by=site.partner.people.get(), now=timezone.now())
    do_what_is_owed(now=timezone.now())
    assert Device.objects.get().host


def test_the_last_listing_takes_the_place_off_the_register(world: World, site: Site, owner: Client) -> None:
    other = consent(site, Right.LISTED, recipient=world.polsek)
    withdraw_consent(consent=other, by=site.partner.people.get(), now=timezone.now())

    told = page(owner, consent(site, Right.LISTED, recipient=world.polres))

    assert "tidak lagi terdata" in told
    assert "2 persetujuan berakhir sekaligus" in told


def test_stills_are_counted_those_of_a_case_with_their_last_day(world: World, site: Site, owner: Client) -> None:
    saved(world, site, 3, for_case=False)
    saved(world, site, 2, for_case=True)
    day = date_format(timezone.localtime(world.now + timedelta(days=90)), "j F Y")

    for told in (
        page(owner, consent(site, Right.STILL_IN_HOURS)),
        owner.get(f"/mitra/tempat/{site.public_id}/tarik/").content.decode(),
    ):
        assert "3 gambar yang disimpan dihapus" in told
        assert f"2 gambar yang disimpan untuk perkara tetap ada sampai tanggal hapusnya, paling lama {day}" in told
    assert "gambar yang disimpan" not in page(owner, consent(site, Right.LISTED, recipient=world.polsek))


def test_a_second_press_reads_since_when_it_is_withdrawn(site: Site, owner: Client) -> None:
    given = consent(site, Right.STILL_IN_HOURS)
    address = f"/mitra/persetujuan/{given.public_id}/tarik/"
    owner.post(address)
    given.refresh_from_db()
    moment = date_format(timezone.localtime(given.withdrawn_at), "j F Y, H.i")

    for answer in (owner.post(address, follow=True), owner.get(address, follow=True)):
        assert answer.redirect_chain == [("/mitra/", 302)]
        assert f"sudah ditarik pada {moment} WIB" in answer.content.decode()
    everything = f"/mitra/tempat/{site.public_id}/tarik/"
    owner.post(everything)
    assert "semua persetujuan sudah ditarik" in owner.get(everything, follow=True).content.decode()
    stranger = signed_in(World(now=timezone.now()).viewer().user)
    assert stranger.get(address).status_code == 404


def test_an_unknown_receipt_leads_back_to_the_field(client: Client) -> None:
    answer = client.get("/tanda-terima/0123-4567-89AB-CDEF/")

    assert answer.status_code == 404
    assert 'name="kode"' in answer.content.decode()
    assert "Bandingkan setiap huruf" in answer.content.decode()
