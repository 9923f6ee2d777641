"""Judging looks: who may, what each verdict does, and what silence brings."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from access.decision import Because, Refused, decide
from access.models import Look
from access.viewers import Viewer
from accounts.errors import DutySuspended
from accounts.models import Duty, DutyKind
from accounts.postings import stand_in
from accounts.services import appoint, end_duty, relieve
from audit.models import Entry, Text
from conduct.errors import (
    AskedForExplanationAlready,
    ExplainedAlready,
    JudgedAlready,
    NotSuspended,
    NotTheJudge,
    WordsNeeded,
)
from conduct.judging import (
    Verdict,
    explain,
    judge,
    lift_suspension,
    open_emergency_cards,
    suspend_unexplained,
)
from conduct.models import Card, CardSource, CardState, Explanation
from feeds.models import SavedStill
from notices.models import Notice
from registry.models import Camera, PartnerKind
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import LAT, World, person, reason

DAY = timedelta(days=1)


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now())


@pytest.fixture
def camera(world: World) -> Camera:
    """Verified and open to the Polsek, so that a suspension shows."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, recipient=world.polsek)
    found = world.verified(site)
    world.grant(world.kelurahan, organization=world.polsek)
    return found


@pytest.fixture
def viewer(world: World) -> Viewer:
    return world.viewer(world.polsek)


@pytest.fixture
def look(world: World, camera: Camera, viewer: Viewer) -> Look:
    """An hour ago, for the Polsek, without a case."""
    assert viewer.duty is not None
    return a_look(viewer.duty, camera, world.now - timedelta(hours=1))


@pytest.fixture
def supervisor(world: World) -> Duty:
    """Of the Polsek that looked."""
    return world.on_duty(DutyKind.SUPERVISOR, world.polsek)


def page_of(look: Look) -> str:
    return f"/pengawas/tayangan/{look.public_id}/"


def statuses(client: Client, look: Look) -> set[int]:
    """What the pages of a look answer to somebody who tries all of them."""
    return {
        client.get(page_of(look)).status_code,
        client.get(page_of(look) + "peta.json").status_code,
        client.post(page_of(look), {"verdict": "in_order"}).status_code,
        client.post(page_of(look), {"verdict": "explain", "words": "Mengapa?"}).status_code,
        client.post(page_of(look) + "buka-tugas/").status_code,
    }


# --- who may -------------------------------------------------------------------------------------------------


def test_nobody_judges_his_own_look(world, look, viewer):
    """Not even a supervisor of the Polres above: it is his own."""
    for body in (world.polsek, world.polres):
        world.on_duty(DutyKind.SUPERVISOR, body, user=viewer.user)

    assert statuses(signed_in(viewer.user), look) == {404}
    with pytest.raises(NotTheJudge):
        judge(look=look, verdict=Verdict.IN_ORDER, words="", by=viewer.user, now=world.now)
    assert not Card.objects.exists()


@pytest.mark.parametrize("kind", [DutyKind.VIEWER, DutyKind.VERIFIER, DutyKind.GRANTOR, DutyKind.ADMINISTRATOR])
def test_nobody_judges_the_unit_in_which_he_does_other_work(world, look, supervisor, kind):
    assert signed_in(supervisor.user).get(page_of(look)).status_code == 200
    world.on_duty(kind, world.polsek, user=supervisor.user)

    assert statuses(signed_in(supervisor.user), look) == {404}
    assert not Card.objects.exists()


def test_a_supervisor_above_judges_the_unit_and_one_of_the_unit_not_the_body_above(world, camera, look):
    above, own = (world.on_duty(DutyKind.SUPERVISOR, body).user for body in (world.polres, world.polsek))
    of_the_polres = a_look(world.on_duty(DutyKind.VIEWER, world.polres), camera, world.now)

    assert signed_in(above).get(page_of(look)).status_code == 200
    assert signed_in(above).get(page_of(of_the_polres)).status_code == 200
    assert statuses(signed_in(own), of_the_polres) == {404}


def test_what_a_supervisor_looked_at_is_for_the_body_above(world, camera, supervisor):
    colleague = world.on_duty(DutyKind.SUPERVISOR, world.polsek)
    duty = world.on_duty(DutyKind.VIEWER, world.polsek, user=colleague.user)
    look = a_look(duty, camera, world.now)

    assert statuses(signed_in(supervisor.user), look) == {404}
    assert signed_in(world.on_duty(DutyKind.SUPERVISOR, world.polres).user).get(page_of(look)).status_code == 200


@pytest.mark.parametrize("kind", [kind for kind in DutyKind if kind != DutyKind.SUPERVISOR])
def test_to_all_others_the_pages_do_not_exist(world, look, kind):
    client = signed_in(world.on_duty(kind, world.polres).user)

    assert statuses(client, look) == {404}
    assert client.get("/pengawas/pola/").status_code == 404


def test_a_look_through_a_vital_object_is_for_no_supervisor(world, viewer):
    look = a_look(viewer.duty, world.site(kind=PartnerKind.VITAL).cameras.get(), world.now)
    Card.objects.create(look=look, source=CardSource.CHOSEN, opened_at=world.now, due_at=world.now + DAY)

    for body in (world.polsek, world.polres):
        client = signed_in(world.on_duty(DutyKind.SUPERVISOR, body).user)
        assert statuses(client, look) == {404}
        assert not client.get("/pengawas/").context["cards"]


# --- what is read --------------------------------------------------------------------------------------------


def test_the_card_shows_what_is_needed_to_judge(world, camera, viewer, supervisor):
    noon = timezone.localtime(world.now).replace(day=1, hour=12) - 10 * DAY  # All of it in one month.
    case = world.case(world.viewer(world.polsek), lat=LAT + 0.001)  # 111 metres north
    case.opened_at = noon - timedelta(minutes=5)
    case.save()
    look = a_look(viewer.duty, camera, noon, case=case, stills_shown=3)
    still = SavedStill.objects.create(
        look=look, sha256="a" * 64, size_bytes=9, file="x.jpg", saved_at=noon, stored_at=noon,
        delete_at=noon + 30 * DAY,
    )  # fmt: skip
    near = a_look(viewer.duty, camera, noon - timedelta(minutes=90))
    a_look(viewer.duty, camera, noon - timedelta(minutes=150))
    a_look(viewer.duty, camera, noon - 31 * DAY)
    a_look(world.on_duty(DutyKind.VIEWER, world.polsek), camera, noon)

    answer = signed_in(supervisor.user).get(page_of(look))

    lines = {str(item["label"]): str(item["value"]) for item in answer.context["summary"]}
    assert str(viewer.user) in lines["Petugas"]
    assert lines["Alasan"] == str(look.reason)
    assert lines["Perkara"] == "Panggilan 110 110/1, Simpang Uji"
    assert lines["Jarak perkara ke kamera"] == "111 meter"
    assert lines["Dari perkara dibuka sampai melihat"] == "5 menit"
    assert lines["Lama"] == "5 menit"
    assert lines["Yang dibuka"] == "Melihat gambar diam; 3 gambar dilihat"
    assert still.sha256 in answer.content.decode()
    others = answer.context["others"]
    assert (others.looks, others.without_case, others.cameras) == (2, 2, 1)
    assert others.near == [near]


def test_the_map_has_the_camera_only_where_its_owner_told_that_body(world, camera, viewer, supervisor):
    untold = world.site().cameras.get()
    case = world.case(world.viewer(world.polsek))
    looks = [a_look(viewer.duty, one, world.now, case=case) for one in (camera, untold)]

    kinds = [
        [feature["properties"]["kind"] for feature in signed_in(supervisor.user).get(url).json()["features"]]
        for url in (page_of(look) + "peta.json" for look in looks)
    ]

    assert kinds == [["hotspot", "camera"], ["hotspot"]]


def test_the_home_gathers_what_waits(world, camera, viewer, supervisor, look):
    case = world.case(world.viewer(world.polsek))
    emergency = a_look(viewer.duty, camera, world.now, case=case, emergency=True)
    asked = a_look(viewer.duty, camera, world.now - 2 * DAY)
    open_emergency_cards(now=world.now)
    Card.objects.create(look=look, source=CardSource.CHOSEN, opened_at=world.now, due_at=world.now - DAY)
    judge(look=asked, verdict=Verdict.EXPLAIN, words="Mengapa?", by=supervisor.user, now=world.now)
    other = a_look(world.on_duty(DutyKind.VIEWER, world.polres), camera, world.now)
    Card.objects.create(look=other, source=CardSource.CHOSEN, opened_at=world.now, due_at=world.now)

    shown = signed_in(supervisor.user).get("/pengawas/")

    assert [card.look for card in shown.context["emergencies"]] == [emergency]
    assert [card.look for card in shown.context["cards"]] == [look]
    assert [one.card.look for one in shown.context["explanations"]] == [asked]
    for one in (emergency, look, asked):
        assert page_of(one) in shown.content.decode()
    assert "lewat" in shown.content.decode()


def test_the_home_asks_no_more_questions_for_more_cards(
    world, camera, viewer, supervisor, django_assert_max_num_queries
):
    for number in range(12):
        look = a_look(viewer.duty, camera, world.now - timedelta(hours=number))
        Card.objects.create(look=look, source=CardSource.CHOSEN, opened_at=world.now, due_at=world.now + DAY)
    client = signed_in(supervisor.user)
    client.get("/pengawas/")

    with django_assert_max_num_queries(34):
        client.get("/pengawas/")


# --- verdicts ------------------------------------------------------------------------------------------------


def test_in_order_takes_one_tap(world, look, supervisor):
    answer = signed_in(supervisor.user).post(page_of(look), {"verdict": "in_order", "words": ""})

    assert (answer.status_code, answer["Location"]) == (302, "/pengawas/")
    card = Card.objects.get()
    assert (card.state, card.judged_by, card.source) == (CardState.IN_ORDER, supervisor.user, CardSource.CHOSEN)
    assert Entry.objects.filter(action="look.judged", actor=supervisor.user).count() == 1
    assert not Notice.objects.filter(code="look.not_in_order").exists()


@pytest.mark.parametrize("verdict", ["not_in_order", "explain"])
@pytest.mark.parametrize("words", ["", "   "])
def test_the_other_verdicts_need_words(world, look, supervisor, verdict, words):
    answer = signed_in(supervisor.user).post(page_of(look), {"verdict": verdict, "words": words})

    assert answer.status_code == 200
    assert answer.context["form"].errors["words"]
    assert not Card.objects.exclude(state=CardState.OPEN).exists()
    with pytest.raises(WordsNeeded):
        judge(look=look, verdict=Verdict(verdict), words=words, by=supervisor.user, now=world.now)


def test_a_verdict_that_is_none_is_refused_in_words(look, supervisor):
    for sent in ({}, {"verdict": "boleh"}):
        answer = signed_in(supervisor.user).post(page_of(look), sent)
        assert answer.status_code == 200
        assert answer.context["form"].errors["verdict"]
    assert not Card.objects.exists()


def test_not_in_order_is_told_to_the_administrators_and_to_who_looked(world, look, viewer, supervisor):
    of_unit, above = (world.on_duty(DutyKind.ADMINISTRATOR, body).user for body in (world.polsek, world.polres))
    stranger = world.on_duty(DutyKind.ADMINISTRATOR, world._body("Kodim Uji", "military", "31.73")).user

    signed_in(supervisor.user).post(page_of(look), {"verdict": "not_in_order", "words": "Tidak ada alasannya."})

    told = Notice.objects.filter(code="look.not_in_order")
    assert set(told.values_list("user", flat=True)) == {of_unit.pk, above.pk, viewer.user.pk}
    assert all("Tidak ada alasannya." in notice.body for notice in told)
    assert not any(str(look.camera) in notice.body for notice in told)
    assert stranger.pk not in set(told.values_list("user", flat=True))
    entry = Entry.objects.get(action="look.judged")
    assert b"Tidak ada" not in bytes(entry.body), "words of people stand where erasure reaches them"
    assert Text.objects.get(entry=entry).text == "Tidak ada alasannya."


def test_of_two_verdicts_one_counts(world, look, supervisor):
    other = world.on_duty(DutyKind.SUPERVISOR, world.polsek).user
    judge(look=look, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)

    answer = signed_in(other).post(page_of(look), {"verdict": "not_in_order", "words": "Tidak."})

    assert "lebih dahulu" in answer.content.decode()
    assert Card.objects.get().judged_by == supervisor.user
    with pytest.raises(JudgedAlready):
        judge(look=look, verdict=Verdict.EXPLAIN, words="Apa?", by=other, now=world.now)
    assert Entry.objects.filter(action="look.judged").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.usefixtures("only_on_postgresql")
def test_of_two_supervisors_at_once_one_counts():
    world = World(now=timezone.now())
    duty, camera = world.on_duty(DutyKind.VIEWER, world.polsek), world.site().cameras.get()
    people = [world.on_duty(DutyKind.SUPERVISOR, body).user for body in (world.polres, world.polres)]
    for number in range(20):
        look = a_look(duty, camera, world.now - timedelta(minutes=number))
        line, outcomes = threading.Barrier(2, timeout=20), []

        def act(by, verdict, look=look, line=line, outcomes=outcomes):
            line.wait()
            try:
                judge(look=look, verdict=verdict, words="Ya.", by=by, now=world.now)
                outcomes.append("won")
            except JudgedAlready:
                outcomes.append("late")
            finally:
                connection.close()

        threads = [
            threading.Thread(target=act, args=item)
            for item in zip(people, (Verdict.IN_ORDER, Verdict.NOT_IN_ORDER), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)

        assert sorted(outcomes) == ["late", "won"]
        assert Entry.objects.filter(action="look.judged", target_id=str(look.public_id)).count() == 1


# --- emergencies ---------------------------------------------------------------------------------------------


def test_every_emergency_look_is_put_before_the_supervisors_once(world, camera, viewer, supervisor, look):
    case = world.case(world.viewer(world.polsek))
    emergency = a_look(viewer.duty, camera, world.now, case=case, emergency=True)

    assert open_emergency_cards(now=world.now) == 1
    assert open_emergency_cards(now=world.now) == 0

    card = Card.objects.get()
    assert (card.look, card.source, card.state) == (emergency, CardSource.EMERGENCY, CardState.OPEN)
    judge(look=emergency, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)
    assert not signed_in(supervisor.user).get("/pengawas/").context["emergencies"]


def test_an_emergency_judged_before_the_tick_is_one_all_the_same(world, camera, viewer, supervisor):
    case = world.case(world.viewer(world.polsek))
    emergency = a_look(viewer.duty, camera, world.now, case=case, emergency=True)

    judge(look=emergency, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)

    assert Card.objects.get().source == CardSource.EMERGENCY
    assert open_emergency_cards(now=world.now) == 0


# --- explanations --------------------------------------------------------------------------------------------


@pytest.fixture
def asked(world: World, look: Look, supervisor: Duty) -> Explanation:
    judge(look=look, verdict=Verdict.EXPLAIN, words="Mengapa malam itu?", by=supervisor.user, now=world.now)
    return Explanation.objects.get()


def explain_page(asked: Explanation) -> str:
    return f"/petugas/penjelasan/{asked.public_id}/"


def test_the_officer_is_told_reads_the_question_and_answers_once(world, asked, viewer, supervisor):
    letter = Notice.objects.get(code="look.explain")
    assert (letter.user, letter.url) == (viewer.user, explain_page(asked))
    client = signed_in(viewer.user)
    assert "Mengapa malam itu?" in client.get(explain_page(asked)).content.decode()

    assert client.post(explain_page(asked), {"words": " "}).context["form"].errors["words"]
    assert client.post(explain_page(asked), {"words": "Ada laporan warga."}).status_code == 302
    again = client.post(explain_page(asked), {"words": "Lain lagi."})

    assert "sudah terkirim" in again.content.decode()
    asked.refresh_from_db()
    assert asked.answer == "Ada laporan warga."
    assert Notice.objects.get(code="look.explained").user == supervisor.user
    assert "Ada laporan warga." in signed_in(supervisor.user).get(page_of(asked.card.look)).content.decode()


def test_the_question_is_for_nobody_else(world, asked, supervisor):
    for user in (supervisor.user, world.viewer(world.polsek).user, person()):
        client = signed_in(user)
        assert client.get(explain_page(asked)).status_code == 404
        assert client.post(explain_page(asked), {"words": "Saya tahu."}).status_code == 404
    with pytest.raises(NotTheJudge):
        explain(explanation=asked, words="Saya.", by=supervisor.user, now=world.now)


def test_it_is_asked_once_and_judged_with_or_without_an_answer(world, asked, look, viewer, supervisor):
    with pytest.raises(AskedForExplanationAlready):
        judge(look=look, verdict=Verdict.EXPLAIN, words="Dan?", by=supervisor.user, now=world.now)

    judge(look=look, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)

    with pytest.raises(ExplainedAlready):
        explain(explanation=asked, words="Terlambat.", by=viewer.user, now=world.now)
    assert "sudah menilai tanpa penjelasan" in signed_in(viewer.user).get(explain_page(asked)).content.decode()
    assert suspend_unexplained(now=world.now + 30 * DAY) == 0


# --- suspension ----------------------------------------------------------------------------------------------


def may_look(viewer: Viewer, camera: Camera, now: object) -> bool:
    duty = Duty.objects.get(pk=viewer.duty.pk)
    fresh = Viewer(viewer.user, duty, second_factor_at=now, session="s" * 64)
    return not isinstance(decide(fresh, camera, AccessRight.VIEW_STILL, Because(reason()), now), Refused)


def test_silence_suspends_the_duty_after_seven_days(
    world, asked, camera, viewer, supervisor, django_capture_on_commit_callbacks
):
    administrator = world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user
    due = world.now + 7 * DAY
    running = a_look(viewer.duty, camera, due, ended_at=None, ended_how="", until=due + timedelta(days=999))
    assert suspend_unexplained(now=due - timedelta(seconds=1)) == 0
    assert may_look(viewer, camera, due)

    with django_capture_on_commit_callbacks(execute=True):
        assert suspend_unexplained(now=due) == 1
    assert suspend_unexplained(now=due + DAY) == 0

    assert not may_look(viewer, camera, due)
    running.refresh_from_db()
    assert running.ended_how == "no_duty", "what runs under it ends by the news"
    told = Notice.objects.filter(code="duty.suspended").values_list("user", flat=True)
    assert sorted(told) == sorted([viewer.user.pk, administrator.pk, supervisor.user.pk])
    assert Entry.objects.filter(action="duty.suspended").count() == 1
    client = signed_in(viewer.user)
    assert client.get("/polsek/kamera/").status_code == 404
    assert client.get(explain_page(asked)).status_code == 200, "he still answers"


def test_an_answer_in_time_suspends_nothing(world, asked, camera, viewer):
    explain(explanation=asked, words="Ada laporan.", by=viewer.user, now=world.now + 6 * DAY)

    assert suspend_unexplained(now=world.now + 8 * DAY) == 0
    assert may_look(viewer, camera, world.now + 8 * DAY)


@pytest.fixture
def suspended(world: World, asked: Explanation) -> Explanation:
    Explanation.objects.update(asked_at=world.now - 8 * DAY, due_at=world.now - DAY)
    assert suspend_unexplained(now=world.now) == 1
    asked.refresh_from_db()
    return asked


def test_a_late_answer_and_the_verdict_give_the_duty_back(world, suspended, look, camera, viewer, supervisor):
    explain(explanation=suspended, words="Maaf terlambat.", by=viewer.user, now=world.now)
    assert not may_look(viewer, camera, world.now)

    judge(look=look, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)

    assert may_look(viewer, camera, world.now)
    assert Entry.objects.filter(action="duty.resumed", actor=supervisor.user).count() == 1
    assert Notice.objects.filter(code="duty.resumed", user=viewer.user).count() == 1


def test_not_in_order_leaves_it_suspended_until_a_supervisor_lifts_it(
    world, suspended, look, camera, viewer, supervisor
):
    client = signed_in(supervisor.user)
    assert client.post(page_of(look) + "buka-tugas/").status_code == 302
    assert not may_look(viewer, camera, world.now), "it is to be judged first"
    client.post(page_of(look), {"verdict": "not_in_order", "words": "Tidak dijawab."})
    assert not may_look(viewer, camera, world.now)
    assert "Buka kembali tugasnya" in client.get(page_of(look)).content.decode()

    client.post(page_of(look) + "buka-tugas/")

    assert may_look(viewer, camera, world.now)
    with pytest.raises(NotSuspended):
        lift_suspension(look=look, by=supervisor.user, now=world.now)


def test_another_unanswered_look_keeps_it_suspended(world, suspended, look, camera, viewer, supervisor):
    other = a_look(viewer.duty, camera, world.now - 3 * DAY)
    judge(look=other, verdict=Verdict.EXPLAIN, words="Dan ini?", by=supervisor.user, now=world.now)
    Explanation.objects.filter(card__look=other).update(asked_at=world.now - 8 * DAY, due_at=world.now - DAY)
    suspend_unexplained(now=world.now)

    judge(look=look, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)
    assert not may_look(viewer, camera, world.now)
    judge(look=other, verdict=Verdict.IN_ORDER, words="", by=supervisor.user, now=world.now)

    assert may_look(viewer, camera, world.now)


def test_a_second_duty_in_the_same_body_is_suspended_too(world, asked, viewer):
    second = world.on_duty(DutyKind.VIEWER, world.polsek, user=viewer.user, area_code="31.73.05.1001")
    elsewhere = world.on_duty(DutyKind.VIEWER, world.polres, user=viewer.user)
    other_work = world.on_duty(DutyKind.GRANTOR, world.polsek, user=viewer.user)

    suspend_unexplained(now=world.now + 8 * DAY)

    suspended = set(Duty.objects.filter(suspended_at__isnull=False))
    assert suspended == {viewer.duty, second}
    assert {elsewhere, other_work}.isdisjoint(suspended)


def test_nobody_is_given_a_suspended_duty_anew(world, suspended, viewer):
    administrator = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user
    terms = {"email": viewer.user.email, "by": administrator, "now": world.now}
    other = world.on_duty(DutyKind.VIEWER, world.polsek)

    for _ended in (False, True):
        with pytest.raises(DutySuspended):
            appoint(
                organization=world.polsek, kind=DutyKind.VIEWER, area_code="31.73.05.1002", since=world.now,
                until=None, **terms,
            )  # fmt: skip
        with pytest.raises(DutySuspended):
            stand_in(duty=other, since=world.now, until=world.now + DAY, **terms)
        if not _ended:
            relieve(duty=Duty.objects.get(pk=viewer.duty.pk), by=administrator, now=world.now)

    page = signed_in(administrator).get(f"/polsek/administrasi/tugas/{viewer.duty.public_id}/")
    assert page.status_code == 200


def test_the_administrator_reads_that_it_is_suspended(world, suspended, viewer):
    administrator = world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user

    page = signed_in(administrator).get(f"/polsek/administrasi/tugas/{viewer.duty.public_id}/").content.decode()

    assert "ditangguhkan pengawas sejak" in page


def test_a_duty_that_ended_meanwhile_is_marked_all_the_same(world, asked, viewer):
    end_duty(duty=viewer.duty, by=None, now=world.now)

    assert suspend_unexplained(now=world.now + 8 * DAY) == 1

    assert Duty.objects.get(pk=viewer.duty.pk).suspended_at is not None
