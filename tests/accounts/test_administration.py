"""The administrator's pages: who is on duty for which body, and the one-time link of somebody new."""

import re
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.errors import AccountsError, DutyOver, LastAdministrator, NoDuty
from accounts.models import Duty, DutyKind, Invitation, Organization, OrganizationKind, User
from accounts.services import add_organization, appoint, relieve
from audit.models import Entry
from registry.importing import load_kemendagri
from registry.models import Area, AreaLevel
from registry.services.administration import add_precincts
from tests.access.conftest import signed_in
from tests.factories import KECAMATAN, KELURAHAN, OTHER_KELURAHAN, World, person

pytestmark = pytest.mark.django_db

HOME = "/polsek/administrasi/"


@pytest.fixture
def world(db: None) -> World:
    """A Polres with one Polsek, two kelurahan, now."""
    return World(now=timezone.now())


@pytest.fixture
def administrator(world: World) -> User:
    """The administrator of the Polres."""
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in(administrator)


def answers(**changed: str) -> dict[str, str]:
    """A filled form: a Bhabinkamtibmas from today."""
    return {
        "contact": "Bhabin@Contoh.id",
        "name": "Aiptu Uji Coba",
        "title": "Bhabinkamtibmas",
        "kind": "verifier",
        "area": KELURAHAN,
        "since": str(timezone.localdate()),
        "until": "",
    } | changed


def appoint_page(body: Organization) -> str:
    return f"{HOME}lembaga/{body.public_id}/tugas/"


def forget_areas() -> None:
    for level in (AreaLevel.KELURAHAN, AreaLevel.KECAMATAN, AreaLevel.CITY):
        Area.objects.filter(level=level).delete()


def link_on(answer) -> str:
    return urlsplit(re.search(r"https?://\S+/akun/undangan/[\w-]+/", answer.content.decode()).group()).path


# --- whose pages these are -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [DutyKind.VIEWER, DutyKind.VERIFIER, DutyKind.GRANTOR, DutyKind.APPROVER, DutyKind.SUPERVISOR, None]
)
def test_to_all_others_the_pages_do_not_exist(world, administrator, kind):
    user = world.on_duty(kind, world.polres).user if kind else person()
    duty, other = administrator.duties.get(), signed_in(user)

    statuses = {
        other.get(HOME).status_code,
        other.get(appoint_page(world.polres)).status_code,
        other.post(appoint_page(world.polres), answers()).status_code,
        other.get(f"{HOME}lembaga/baru/").status_code,
        other.post(f"{HOME}polsek/").status_code,
        other.get(f"{HOME}tugas/{duty.public_id}/").status_code,
        other.post(f"{HOME}tugas/{duty.public_id}/akhiri/").status_code,
        other.post(f"{HOME}tugas/{duty.public_id}/undang/").status_code,
    }

    assert statuses == {404}
    assert Duty.objects.filter(ended_at__isnull=False).count() == 0


def test_the_pages_ask_for_the_second_factor_first(administrator):
    answer = signed_in(administrator, second_factor=False).get(HOME)

    assert (answer.status_code, answer["Location"]) == (302, "/akun/faktor-kedua/totp/activate/")


def test_an_administrator_of_a_unit_reaches_his_unit_and_nothing_above_or_beside(world, administrator):
    beside = add_organization(
        name="Polsek Sebelah", kind=OrganizationKind.POLSEK, area_code="31.73.06", parent=world.polres
    )
    unit = signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user)

    page = unit.get(HOME)

    assert [roster.body for roster in page.context["rosters"]] == [world.polsek]
    assert unit.get(appoint_page(world.polsek)).status_code == 200
    for body in (world.polres, beside):
        assert unit.post(appoint_page(body), answers(kind="administrator", area="")).status_code == 404
    assert unit.get(f"{HOME}tugas/{administrator.duties.get().public_id}/akhiri/").status_code == 404
    assert unit.get(f"{HOME}lembaga/baru/").status_code == 404
    assert unit.post(f"{HOME}polsek/").status_code == 404
    assert "Tambah lembaga" not in page.content.decode()


def test_the_services_ask_again(world):
    outsider = world.on_duty(DutyKind.ADMINISTRATOR, world.polsek)

    with pytest.raises(NoDuty):
        appoint(
            organization=world.polres,
            kind=DutyKind.ADMINISTRATOR,
            email="x@contoh.id",
            since=world.now,
            until=None,
            by=outsider.user,
            now=world.now,
        )
    with pytest.raises(NoDuty):
        relieve(duty=world.on_duty(DutyKind.VIEWER, world.polres), by=outsider.user, now=world.now)

    assert not User.objects.filter(email="x@contoh.id").exists()


def test_the_polres_keeps_other_bodies_of_its_area_and_none_of_another_city(world, browser):
    kodim = add_organization(name="Kodim Uji", kind=OrganizationKind.MILITARY, area_code="31.73")
    elsewhere = add_organization(name="Kodim Jauh", kind=OrganizationKind.MILITARY, area_code="31.74")

    kept = {roster.body for roster in browser.get(HOME).context["rosters"]}

    assert kept == {world.polres, world.polsek, kodim}
    assert browser.get(appoint_page(elsewhere)).status_code == 404


def test_the_way_in_stands_on_the_home_and_in_the_header(world, browser):
    page = browser.get("/polsek/").content.decode()
    grantor = signed_in(world.on_duty(DutyKind.GRANTOR, world.polres).user).get("/polsek/").content.decode()

    assert page.count(f'href="{HOME}"') == 2
    assert HOME not in grantor


# --- the list ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("babinkamtibmas", ["Aiptu Satu"]),
        ("Bhabinkamtibmas", ["Aiptu Satu"]),
        ("babinsa", ["Serda Dua"]),
        ("aiptu", ["Aiptu Satu"]),
        ("polsek uji", ["Aiptu Satu"]),
        ("tidak ada", []),
        ("' OR 1=1 --", []),
        ("%", []),
        ("a\0", ["Aiptu Satu", "Serda Dua"]),
    ],
)
def test_a_search_finds_bodies_and_people(world, browser, words, found):
    kodim = add_organization(name="Kodim Uji", kind=OrganizationKind.MILITARY, area_code="31.73")
    one = world.on_duty(DutyKind.VERIFIER, world.polsek, user=person("Aiptu Satu"), area_code=KELURAHAN)
    two = world.on_duty(DutyKind.VIEWER, kodim, user=person("Serda Dua"))
    Duty.objects.filter(pk=one.pk).update(title="Bhabinkamtibmas")
    Duty.objects.filter(pk=two.pk).update(title="Babinsa")
    User.objects.exclude(pk__in=[one.user_id, two.user_id]).update(name="Xyz", email=None)

    page = browser.get(HOME, {"cari": words})

    names = {post.duty.user.name for roster in page.context["rosters"] for post in roster.posts}
    assert names - {"Xyz"} == set(found)


def test_people_whose_duty_is_over_are_not_listed(world, browser):
    lapsed = world.on_duty(DutyKind.VIEWER, world.polsek, user=person("Sudah Lewat"))
    Duty.objects.filter(pk=lapsed.pk).update(until=world.now - timedelta(minutes=1))

    assert "Sudah Lewat" not in browser.get(HOME).content.decode()


def test_the_list_asks_the_database_a_fixed_number_of_times(world, browser, django_assert_max_num_queries):
    for number in range(8):
        body = add_organization(
            name=f"Polsek {number}", kind=OrganizationKind.POLSEK, area_code=KECAMATAN, parent=world.polres
        )
        for _ in range(3):
            world.on_duty(DutyKind.VIEWER, body)

    with django_assert_max_num_queries(35):
        browser.get(HOME)


# --- bodies --------------------------------------------------------------------------------------------------


def test_one_click_adds_the_eight_polsek_and_a_second_one_adds_none(world, browser, administrator):
    Organization.objects.filter(pk=world.polsek.pk).delete()
    forget_areas()
    load_kemendagri("31.73")

    assert len(browser.get(HOME).context["missing"]) == 8
    first, second = browser.post(f"{HOME}polsek/"), browser.post(f"{HOME}polsek/")

    assert (first.status_code, second.status_code) == (302, 302)
    added = Organization.objects.filter(kind=OrganizationKind.POLSEK)
    assert added.count() == 8
    assert set(added.values_list("parent", flat=True)) == {world.polres.pk}
    assert "Polsek Kebon Jeruk" in set(added.values_list("name", flat=True))
    assert Entry.objects.filter(action="organization.added", actor=administrator).count() == 8
    assert browser.get(HOME).context["missing"] == []


def test_without_areas_the_page_says_how_to_load_them(browser):
    forget_areas()

    page = browser.get(HOME).content.decode()

    assert "manage.py load_areas" in page
    assert "manage.py import_areas" in page
    assert "Buat Polsek" not in page


def test_load_areas_names_a_city_and_refuses_what_is_none(capsys):
    call_command("load_areas")
    call_command("load_areas")

    assert capsys.readouterr().out.splitlines() == ["65 areas added.", "0 areas added."]
    with pytest.raises(CommandError, match="is not the Kemendagri code"):
        call_command("load_areas", "--city", "99.99")


def test_a_body_that_is_no_polsek_is_nobodys_unit(world, browser):
    sent = {"name": "Pemkot Uji", "kind": "government", "area": "31.73"}

    assert browser.post(f"{HOME}lembaga/baru/", sent).status_code == 302

    added = Organization.objects.get(name="Pemkot Uji")
    assert (added.parent, added.area_code) == (None, "31.73")
    assert browser.get(appoint_page(added)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "polsek UJI", "kind": "government"},
        {"kind": "polsek", "area": KECAMATAN},
        {"kind": "polsek", "area": KELURAHAN},
        {"kind": "polres"},
        {"area": "31.74"},
        {"area": ""},
        {"name": ""},
    ],
)
def test_a_body_that_is_known_or_makes_no_sense_is_refused_in_words(world, browser, changed):
    before = Organization.objects.count()

    page = browser.post(f"{HOME}lembaga/baru/", {"name": "Baru", "kind": "government", "area": "31.73"} | changed)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert Organization.objects.count() == before


# --- giving a duty -------------------------------------------------------------------------------------------


def test_a_new_person_gets_a_duty_a_letter_and_a_link_that_is_shown_once(world, browser, administrator):
    page = browser.post(appoint_page(world.polsek), answers())

    duty = Duty.objects.get(kind=DutyKind.VERIFIER)
    assert page.status_code == 200
    assert (duty.user.email, duty.user.name) == ("bhabin@contoh.id", "Aiptu Uji Coba")
    assert (duty.organization, duty.area_code, duty.title) == (world.polsek, KELURAHAN, "Bhabinkamtibmas")
    assert duty.user.groups.get() == world.polsek.group
    assert mail.outbox[-1].to == ["bhabin@contoh.id"]
    assert link_on(page) in mail.outbox[-1].body
    assert "no-store" in page["Cache-Control"]
    assert link_on(page) not in browser.get(f"{HOME}tugas/{duty.public_id}/").content.decode()
    actions = list(Entry.objects.filter(actor=administrator).values_list("action", flat=True))
    assert actions == ["duty.given", "person.invited"]
    token = link_on(page).split("/")[-2]
    assert not any(token.encode() in bytes(entry.body) for entry in Entry.objects.all())


@pytest.mark.django_db(transaction=True)
def test_the_link_leads_to_a_second_factor_and_then_to_the_desk():
    world = World(now=timezone.now())
    boss = signed_in(world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user)
    link = link_on(boss.post(appoint_page(world.polsek), answers()))
    newcomer = Client()

    assert newcomer.post(link).status_code == 302
    assert newcomer.get("/petugas/")["Location"] == "/akun/faktor-kedua/totp/activate/"
    secret = newcomer.get("/akun/faktor-kedua/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    newcomer.post("/akun/faktor-kedua/totp/activate/", {"code": code})

    assert newcomer.get("/petugas/").status_code == 200
    assert newcomer.get(HOME).status_code == 404
    assert Client().post(link).status_code == 410


def test_a_letter_that_does_not_leave_is_said_so(world, browser, monkeypatch):
    def away(*_args, **_options):
        raise OSError("no mail server")

    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", away)

    page = browser.post(appoint_page(world.polsek), answers())

    assert "tidak terkirim" in page.content.decode()
    assert link_on(page)


def test_a_person_who_has_an_account_keeps_his_name_and_no_link_to_it_is_made(world, browser):
    """Otherwise an administrator could walk into any account, an owner's too."""
    known = person("Nama Lama")
    User.objects.filter(pk=known.pk).update(last_login=world.now)
    never_here = world.site().partner.people.get()

    for user in (known, never_here):
        page = browser.post(appoint_page(world.polsek), answers(contact=user.email))
        duty = Duty.objects.get(user=user)
        again = browser.post(f"{HOME}tugas/{duty.public_id}/undang/")

        assert page.status_code == 200
        assert "/akun/undangan/" not in page.content.decode()
        assert again.status_code == 302
        assert user.notices.get().code == "duty.given"
    assert not Invitation.objects.exists()
    assert Duty.objects.filter(user=known).get().user.name == "Nama Lama"


def test_inviting_again_voids_the_link_before(world, browser):
    first = link_on(browser.post(appoint_page(world.polsek), answers()))
    duty = Duty.objects.get(kind=DutyKind.VERIFIER)

    second = link_on(browser.post(f"{HOME}tugas/{duty.public_id}/undang/"))

    assert Client().post(first).status_code == 410
    assert Client().post(second).status_code == 302


@pytest.mark.parametrize(
    "changed",
    [
        {"contact": "bukan"},
        {"contact": ""},
        {"name": ""},
        {"kind": ""},
        {"kind": "owner"},
        {"area": ""},  # A verifier has one kelurahan.
        {"area": KECAMATAN},
        {"area": "31.74.01.1001"},
        {"kind": "administrator"},  # It reaches the whole body.
        {"since": "2020-01-01"},
        {"since": "9999-12-31", "until": "9999-12-31"},
        {"until": str(timezone.localdate() - timedelta(days=1))},
        {"since": "besok"},
    ],
)
def test_terms_that_do_not_hold_are_refused_in_words_and_add_nobody(world, browser, changed):
    page = browser.post(appoint_page(world.polsek), answers(**changed))

    assert page.status_code == 200
    assert page.context["form"].errors
    assert Duty.objects.count() == 1
    assert not User.objects.filter(email="bhabin@contoh.id").exists()
    assert mail.outbox == []


def test_a_duty_of_one_day_is_whole(world, browser):
    today = str(timezone.localdate())

    browser.post(appoint_page(world.polsek), answers(since=today, until=today))

    duty = Duty.objects.get(kind=DutyKind.VERIFIER)
    assert duty.until - duty.since == timedelta(days=1)
    posts = [post for roster in browser.get(HOME).context["rosters"] for post in roster.posts if post.duty == duty]
    assert [(str(post.last_day), post.ahead) for post in posts] == [(today, False)]


@pytest.mark.parametrize("kind", ["viewer", "verifier", "grantor", "approver", "supervisor", "administrator"])
def test_nobody_gives_himself_a_duty(world, browser, administrator, kind):
    area = KELURAHAN if kind == "verifier" else ""

    page = browser.post(
        appoint_page(world.polsek), answers(contact=administrator.email.upper(), kind=kind, area=area)
    )

    assert "administrator lain" in str(page.context["form"].errors)
    assert administrator.duties.count() == 1


@pytest.mark.parametrize("kind", ["verifier", "grantor", "approver"])
def test_a_body_that_is_no_police_verifies_and_grants_nothing(world, browser, administrator, kind):
    kodim = add_organization(name="Kodim Uji", kind=OrganizationKind.MILITARY, area_code="31.73")

    page = browser.post(appoint_page(kodim), answers(kind=kind))

    assert page.context["form"].errors
    with pytest.raises(AccountsError, match="Polres dan Polsek"):
        appoint(
            organization=kodim,
            kind=DutyKind(kind),
            area_code=KELURAHAN,
            email="x@contoh.id",
            since=world.now,
            until=None,
            by=administrator,
            now=world.now,
        )


def test_the_same_duty_is_given_once_and_another_kelurahan_is_another_duty(world, browser):
    browser.post(appoint_page(world.polsek), answers())

    twice = browser.post(appoint_page(world.polsek), answers())
    beside = browser.post(appoint_page(world.polsek), answers(area=OTHER_KELURAHAN))

    assert "tugas yang sama" in str(twice.context["form"].errors)
    assert "/akun/undangan/" not in twice.content.decode()
    assert beside.context.get("form") is None
    assert Duty.objects.filter(kind=DutyKind.VERIFIER).count() == 2


def test_a_closed_account_gets_no_duty(world, browser):
    closed = person()
    User.objects.filter(pk=closed.pk).update(is_active=False)

    page = browser.post(appoint_page(world.polsek), answers(contact=closed.email))

    assert "ditutup" in str(page.context["form"].errors)


# --- ending a duty -------------------------------------------------------------------------------------------


def test_a_duty_is_ended_after_one_question_and_once(world, browser, administrator):
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    page = f"{HOME}tugas/{duty.public_id}/akhiri/"

    assert "Pindah tugas?" in browser.get(page).content.decode()
    first, second = browser.post(page), browser.post(page)

    assert (first["Location"], second["Location"]) == (HOME, f"{HOME}tugas/{duty.public_id}/")
    assert signed_in(duty.user).get("/polsek/").status_code == 404
    assert Entry.objects.filter(action="duty.ended", actor=administrator).count() == 1


def test_the_last_administrator_of_the_polres_stays(world, browser, administrator):
    duty = administrator.duties.get()
    page = f"{HOME}tugas/{duty.public_id}/akhiri/"

    browser.post(page)
    duty.refresh_from_db()
    stays = duty.ended_at is None
    world.on_duty(DutyKind.ADMINISTRATOR, world.polsek)  # Of a unit: he could not come back up.
    browser.post(page)
    duty.refresh_from_db()
    stays_above_a_unit = duty.ended_at is None
    world.on_duty(DutyKind.ADMINISTRATOR, world.polres)
    gone = browser.post(page)
    duty.refresh_from_db()

    assert (stays, stays_above_a_unit, duty.ended_at is None) == (True, True, False)
    assert gone["Location"] == "/mulai/"


def test_the_administrator_of_a_unit_may_be_the_last(world, browser):
    duty = world.on_duty(DutyKind.ADMINISTRATOR, world.polsek)

    browser.post(f"{HOME}tugas/{duty.public_id}/akhiri/")

    duty.refresh_from_db()
    assert duty.ended_at is not None


# --- two at once ---------------------------------------------------------------------------------------------


def at_once(*works) -> list[object]:
    """Run these at the same moment, each on a connection of its own; what each returned or raised."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            barrier.wait(timeout=10)
            results[number] = work()
        except AccountsError as refusal:
            results[number] = type(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_at_once_leave_one():
    world = World(now=timezone.now())
    one, two = (world.on_duty(DutyKind.ADMINISTRATOR, world.polres) for _ in range(2))
    now = timezone.now()

    results = at_once(
        lambda: relieve(duty=Duty.objects.get(pk=two.pk), by=one.user, now=now),
        lambda: relieve(duty=Duty.objects.get(pk=one.pk), by=two.user, now=now),
    )

    assert results.count(None) == 1
    assert set(results) - {None} <= {NoDuty, LastAdministrator}
    assert Duty.objects.in_force(timezone.now()).filter(kind=DutyKind.ADMINISTRATOR).count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_duty_that_two_end_at_once_ends_once():
    world = World(now=timezone.now())
    boss, other = (world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user for _ in range(2))
    duty = world.on_duty(DutyKind.VIEWER, world.polsek)
    now = timezone.now()

    results = at_once(
        *(lambda by=by: relieve(duty=Duty.objects.get(pk=duty.pk), by=by, now=now) for by in (boss, other))
    )

    assert sorted(map(str, results)) == sorted(map(str, [None, DutyOver]))
    assert Entry.objects.filter(action="duty.ended").count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_equal_forms_at_once_give_one_duty_and_add_one_person():
    world = World(now=timezone.now())
    boss = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user
    page = appoint_page(world.polsek)

    at_once(*[lambda: signed_in(boss).post(page, answers()).status_code] * 2)

    assert User.objects.filter(email="bhabin@contoh.id").count() == 1
    assert Duty.objects.filter(kind=DutyKind.VERIFIER).count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_add_each_polsek_once():
    world = World(now=timezone.now())
    boss = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user
    load_kemendagri("31.73")
    now = timezone.now()

    results = at_once(*[lambda: add_precincts(city=world.polres, by=boss, now=now)] * 2)

    assert sorted(results) == [0, 7]
    assert Organization.objects.filter(kind=OrganizationKind.POLSEK).count() == 8


def test_the_mark_for_emergencies_is_told_and_is_not_handed_over(world, browser):
    browser.post(appoint_page(world.polsek), answers(kind="viewer", emergency="on"))
    duty = Duty.objects.get(emergency=True)
    plain = world.on_duty(DutyKind.VIEWER, world.polsek)
    address = "/polsek/administrasi/tugas/"

    assert "Akses darurat" in browser.get(f"{address}{duty.public_id}/").content.decode()
    assert "Akses darurat tidak ikut" in browser.get(f"{address}{duty.public_id}/mutasi/").content.decode()
    for page in ("", "mutasi/"):
        assert "Akses darurat" not in browser.get(f"{address}{plain.public_id}/{page}").content.decode()
