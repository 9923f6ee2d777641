"""Giving and revoking access through the grantor's pages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from access.models import Grant
from accounts.models import DutyKind
from registry.models import Area, Site
from registry.rights import AccessRight, Purpose, Right
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = pytest.mark.django_db
NEW = "/polsek/akses/baru/"


def answers(world: World, **changes: object) -> dict[str, object]:
    """A filled grant form: stills for the Polres over the kelurahan."""
    today = timezone.localtime(world.now).date()
    return {
        "organization": world.polres.public_id,
        "scope_kind": "area",
        "area": world.kelurahan.public_id,
        "right": "view_still",
        "purpose": "security",
        "letter_number": "Sprin/7/XI/2026",
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=30)).isoformat(),
        "langkah": "beri",
        **changes,
    }


@pytest.mark.parametrize("path", ["", "baru/", "baru/tujuan/?right=view_still"])
@pytest.mark.parametrize("who", ["officer", "stranger"])
def test_without_a_granting_duty_the_pages_do_not_exist(request, who, path):
    assert request.getfixturevalue(who).get(f"/polsek/akses/{path}").status_code == 404


def test_others_cannot_read_or_revoke_a_grant(officer, camera, world):
    grant = Grant.objects.get()

    assert officer.get(f"/polsek/akses/{grant.public_id}/").status_code == 404
    assert officer.post(f"/polsek/akses/{grant.public_id}/cabut/").status_code == 404


def test_a_grantor_of_elsewhere_cannot_read_a_grant(camera, world):
    elsewhere = world.on_duty(DutyKind.GRANTOR, world.polsek, area_code="31.73.99")
    client = signed_in(elsewhere.user)

    assert client.get(f"/polsek/akses/{Grant.objects.get().public_id}/").status_code == 404
    assert client.get("/polsek/akses/").content.decode().count("Polres Uji") == 0


def test_the_preview_counts_who_would_see_what(grantor, world):
    for verified, rights in ((True, [Right.STILL_IN_HOURS]), (False, [Right.STILL_IN_HOURS]), (True, [])):
        site = world.site()
        world.consent(site, *rights)
        if verified:
            world.verified(site)

    page = grantor.post(NEW, answers(world, langkah="periksa"))

    assert not Grant.objects.exists()
    preview = page.context["preview"]
    assert (preview.answered, preview.waiting, preview.refused) == (1, 1, 1)
    assert "Siapa akan melihat apa" in page.content.decode()


def test_the_last_step_gives_the_grant(grantor, world):
    answer = grantor.post(NEW, answers(world, later_too="on"))

    grant = Grant.objects.get()
    assert answer.url == f"/polsek/akses/{grant.public_id}/"
    assert grant.scope == world.kelurahan
    local = timezone.localtime(grant.valid_until)
    assert (local.hour, local.minute) == (0, 0)
    assert "Sprin/7/XI/2026" in grantor.get(answer.url).content.decode()


def test_going_back_keeps_what_was_typed(grantor, world):
    page = grantor.post(NEW, answers(world, langkah="ubah")).content.decode()

    assert "Sprin/7/XI/2026" in page
    assert f'value="{world.kelurahan.public_id}" selected' in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "maintenance"}, "Untuk hak ini tujuannya"),
        ({"letter_number": ""}, "Nomor Surat Perintah"),
        ({"area": ""}, "Pilih salah satu."),
        ({"area": "31.73"}, "Wilayah"),
        ({"valid_until": "2020-01-01"}, "Masa berlaku harus berakhir setelah dimulai"),
        ({"valid_until": "9999-12-31"}, "paling lama satu tahun"),
    ],
)
def test_a_wrong_answer_comes_back_with_words(grantor, world, changes, words):
    page = grantor.post(NEW, answers(world, **changes))

    assert page.status_code == 200
    assert words in page.content.decode()
    assert not Grant.objects.exists()


def test_an_area_of_elsewhere_is_no_choice(world):
    client = signed_in(world.on_duty(DutyKind.GRANTOR, world.polsek, area_code=world.other_kelurahan.code).user)

    page = client.post(NEW, answers(world))

    assert page.status_code == 200
    assert not Grant.objects.exists()


def test_more_than_the_owner_allows_is_refused(grantor, world):
    site = world.site()
    world.consent(site)
    world.consent(site, recipient=world.polsek)

    page = grantor.post(NEW, answers(world, scope_kind="site", site=site.public_id))

    assert "tidak dapat melebihi persetujuan" in page.content.decode()
    assert not Grant.objects.exists()


def test_longer_than_the_owner_allows_is_refused(grantor, world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, lasts=timedelta(days=3))
    world.consent(site, recipient=world.polsek)

    page = grantor.post(NEW, answers(world, scope_kind="site", site=site.public_id))

    assert "melebihi masa persetujuan" in page.content.decode()
    assert not Grant.objects.exists()


def test_who_verified_cannot_grant(world):
    duty = world.on_duty(DutyKind.GRANTOR, world.polsek)
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    world.consent(site, recipient=world.polsek)
    camera = world.verified(site, by=duty.user)

    page = signed_in(duty.user).post(NEW, answers(world, scope_kind="camera", camera=camera.public_id))

    assert "Akses harus diberikan oleh orang lain" in page.content.decode()
    assert not Grant.objects.exists()


def test_a_link_fills_the_scope(grantor, world):
    site = world.site()
    world.consent(site, recipient=world.polsek)

    page = grantor.get(f"{NEW}?situs={site.public_id}").content.decode()

    assert f'value="{site.public_id}" selected' in page
    assert grantor.get(f"{NEW}?situs=bukan-uuid").status_code == 200


def test_a_vital_site_does_not_exist_for_a_polsek(grantor, world):
    site = world.site()
    site.vital = True
    site.save()
    world.consent(site, recipient=world.polsek)

    assert str(site.public_id) not in grantor.get(NEW).content.decode()
    page = grantor.post(NEW, answers(world, scope_kind="site", site=site.public_id))
    assert page.status_code == 200
    assert not Grant.objects.exists()


def test_the_purposes_follow_the_right(grantor):
    fragment = grantor.get("/polsek/akses/baru/tujuan/?right=request_recording").content.decode()

    assert 'value="investigation"' in fragment
    assert 'value="security"' not in fragment


def test_revoking_asks_first_and_happens_once(grantor, camera):
    grant = Grant.objects.get()
    address = f"/polsek/akses/{grant.public_id}/cabut/"
    assert "Cabut akses ini?" in grantor.get(address).content.decode()
    assert Grant.objects.get().revoked_at is None

    grantor.post(address)
    again = grantor.post(address, follow=True)

    grant.refresh_from_db()
    assert grant.revoked_at is not None
    assert "sudah dicabut" in again.content.decode()
    assert "Dicabut" in grantor.get("/polsek/akses/?lampau=1").content.decode()


@pytest.mark.parametrize("letter", ["Sprin/7/XI/2026", "SPRIN/7/XI/2026", "Sprin / 7 / XI / 2026"])
def test_the_same_button_pressed_twice_gives_one_grant(grantor, world, letter):
    page = (
        grantor.post(NEW, answers(world, later_too="on")),
        grantor.post(NEW, answers(world, later_too="on", letter_number=letter)),
    )

    assert Grant.objects.count() == 1
    assert "Akses yang sama dengan nomor surat ini sudah ada" in page[1].content.decode()


@pytest.mark.parametrize(
    "other",
    [{"letter_number": "Sprin/8/XI/2026"}, {"right": "see_position"}, {"area": "kecamatan"}, {"valid_from": 40}],
    ids=str,
)
def test_another_letter_right_place_or_time_is_another_grant(grantor, world, other):
    grantor.post(NEW, answers(world, later_too="on"))
    changes = dict(other)
    if "area" in changes:
        changes["area"] = world.kecamatan.public_id
    if "valid_from" in changes:
        first = timezone.localtime(world.now).date() + timedelta(days=40)
        changes |= {"valid_from": first.isoformat(), "valid_until": (first + timedelta(days=9)).isoformat()}
    grantor.post(NEW, answers(world, later_too="on", **changes))

    assert Grant.objects.count() == 2


def test_before_revoking_one_reads_what_still_opens_the_place(grantor, world):
    for change in (
        {},
        {"letter_number": "Sprin/8/XI/2026"},
        {"letter_number": "Sprin/9/XI/2026", "right": "see_health"},
    ):
        grantor.post(NEW, answers(world, later_too="on", **change))
    first, *_ = Grant.objects.order_by("pk")

    page = grantor.get(f"/polsek/akses/{first.public_id}/cabut/").content.decode()

    assert "Sprin/8/XI/2026" in page
    assert "Sprin/9/XI/2026" not in page


def test_the_list_has_a_query_budget(grantor, world, django_assert_max_num_queries):
    for _ in range(6):
        world.grant(world.kelurahan)

    with django_assert_max_num_queries(25):
        page = grantor.get("/polsek/akses/")

    assert page.content.decode().count("Kelurahan Area") >= 6


def _offered(world: World, body: str) -> list[str]:
    page = signed_in(world.on_duty(DutyKind.GRANTOR, getattr(world, body)).user).get(NEW).content.decode()
    return [name for name in ("Jalan Polres 1", "Jalan Polsek 2", "Jalan Lapas 3") if name in page]


def test_a_grantor_reads_the_names_of_sites_whose_owner_told_his_body(world):
    """The Polres grants to its Polsek, so it may choose where the Polsek was told; never the other way round."""
    for body, address in (
        (world.polres, "Jalan Polres 1"),
        (world.polsek, "Jalan Polsek 2"),
        (None, "Jalan Lapas 3"),
    ):
        site = world.site()
        Site.objects.filter(pk=site.pk).update(address=address)
        if body:
            world.consent(site, Right.STILL_IN_HOURS, recipient=body)

    assert _offered(world, "polsek") == ["Jalan Polsek 2"]
    assert _offered(world, "polres") == ["Jalan Polres 1", "Jalan Polsek 2"]


def test_a_site_of_which_he_was_not_told_cannot_be_chosen_by_its_id(world, grantor):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)

    page = grantor.post(NEW, answers(world, scope_kind="site", site=site.public_id))

    assert page.status_code == 200
    assert not Grant.objects.exists()


def test_a_list_says_the_last_day_and_not_the_midnight_after_it(grantor, world):
    last = timezone.localdate() + timedelta(days=30)
    answer = grantor.post(NEW, answers(world, later_too="on"))
    said, after = (date_format(day, "DATE_FORMAT") for day in (last, last + timedelta(days=1)))

    for address in ("/polsek/akses/", "/polsek/", answer.url):
        page = grantor.get(address).content.decode()
        assert said in page
        assert after not in page


def test_the_preview_refuses_the_dates_that_the_grant_would(grantor, world):
    today = timezone.localdate()
    for start, end, words in (
        (0, 366 * 4, "paling lama satu tahun"),
        (10, 5, "Masa berlaku harus berakhir setelah dimulai"),
        (-9, -1, "Tanggal ini sudah lewat."),
    ):
        dates = {
            "valid_from": (today + timedelta(days=start)).isoformat(),
            "valid_until": (today + timedelta(days=end)).isoformat(),
        }
        page = grantor.post(NEW, answers(world, langkah="periksa", **dates))

        assert words in page.context["form"].errors["valid_until"][0]


def test_a_year_from_today_passes_the_preview_and_the_grant(grantor, world):
    end = (timezone.localdate() + timedelta(days=365)).isoformat()

    assert grantor.post(NEW, answers(world, valid_until=end, later_too="on")).status_code == 302


@pytest.mark.parametrize("letter", ["1", "asal", "12345", "a/bcd", "1/2"])
def test_a_letter_number_looks_like_one(grantor, world, letter):
    page = grantor.post(NEW, answers(world, langkah="periksa", letter_number=letter))

    assert "Contoh: Sprin/123/XI/2026" in page.context["form"].errors["letter_number"][0]


def test_an_area_where_nobody_agreed_needs_a_yes_of_its_own(grantor, world):
    asked = grantor.post(NEW, answers(world, langkah="periksa"))
    refused = grantor.post(NEW, answers(world))

    assert 'name="later_too"' in asked.content.decode()
    assert "later_too" not in asked.context["form"].errors
    assert refused.status_code == 200
    assert "later_too" in refused.context["form"].errors
    assert not Grant.objects.exists()

    assert grantor.post(NEW, answers(world, later_too="on")).status_code == 302


def test_where_an_owner_agreed_no_second_yes_is_asked(grantor, world):
    world.consent(world.site(), Right.STILL_IN_HOURS)

    assert 'name="later_too"' not in grantor.post(NEW, answers(world, langkah="periksa")).content.decode()
    assert grantor.post(NEW, answers(world)).status_code == 302


def test_the_preview_names_the_cameras_his_body_knows_and_the_people(grantor, world):
    known, unknown = world.site(), world.site()
    for site, address in ((known, "Jalan Diketahui 1"), (unknown, "Jalan Rahasia 2")):
        Site.objects.filter(pk=site.pk).update(address=address)
        world.consent(site, Right.STILL_IN_HOURS)
        world.verified(site)
    world.consent(known, recipient=world.polsek)
    viewer = world.viewer()

    page = grantor.post(NEW, answers(world, langkah="periksa"))

    words = page.content.decode()
    assert "Jalan Diketahui 1" in words
    assert "Jalan Rahasia 2" not in words
    assert str(viewer.user) in words
    assert "kamera terverifikasi yang pemiliknya setuju" in words
    assert (len(page.context["opened"]), page.context["unnamed"]) == (1, 1)
    assert page.context["opened"][0].consents[0].hours_in_words in words


def test_the_lists_of_choices_begin_with_words_and_name_a_city_once(world, grantor):
    Area.objects.filter(pk=world.kelurahan.pk).update(name="Kota Administrasi Uji")
    answer = grantor.get(NEW)
    page = answer.content.decode()

    assert "---------" not in page
    for words in ("Pilih lembaga", "Pilih wilayah", "Pilih lokasi", "Pilih kamera"):
        assert words in page
    assert "Kota Administrasi Uji" in page
    assert "Kelurahan Kota" not in page
    names = [str(body) for body in answer.context["form"].fields["organization"].queryset]
    assert names == sorted(names, key=str.lower)


def test_the_page_to_revoke_what_is_revoked_leads_to_the_grant(grantor, world):
    grant = world.grant(world.kelurahan)
    address = f"/polsek/akses/{grant.public_id}/cabut/"
    assert grantor.get(address).status_code == 200
    grantor.post(address)

    answer = grantor.get(address, follow=True)

    assert answer.redirect_chain == [(f"/polsek/akses/{grant.public_id}/", 302)]
    assert "sudah dicabut" in answer.content.decode()


def test_a_grantor_reads_of_the_owner_and_is_not_addressed_as_him(world):
    kanit = signed_in(world.on_duty(DutyKind.GRANTOR, world.polres).user)
    site = world.site()
    world.consent(site, Right.RECORDING_ON_REQUEST)
    world.verified(site)
    grant = world.grant(world.kelurahan, right=AccessRight.REQUEST_RECORDING, purpose=Purpose.INVESTIGATION)

    for address in (f"/polsek/akses/{grant.public_id}/", f"/polsek/akses/kamera/{site.cameras.get().public_id}/"):
        page = kanit.get(address).content.decode()
        assert "pemilik yang memutuskan" in page
        assert "Anda yang memutuskan" not in page
