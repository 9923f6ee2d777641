"""The public page and its two files: what they count, what they hold back, and that two visits read the same."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access.models import Look
from access.services import end_look, start_look
from conduct.models import Card, CardSource, CardState, Deferral
from conduct.models.samples import DECIDED
from health.models import State, StatusInterval
from registry.models import Camera, Ending, PartnerKind, Site
from registry.rights import AccessRight, Right
from registry.services import withdraw_all
from tests.factories import KECAMATAN, World, person, reason
from transparency.models import AreaStageCount, Stage, WithdrawalCount
from transparency.police import police_in
from transparency.services import count_what_is_due
from transparency.suppression import FEWEST_OWNERS

pytestmark = pytest.mark.django_db

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
IN_OCTOBER = datetime.fromisoformat("2026-10-15T10:00:00+07:00")
FIRST = datetime.fromisoformat("2026-11-01T00:04:00+07:00")
LATER = datetime.fromisoformat("2026-11-20T12:00:00+07:00")

Rows = dict[tuple[str, str], dict[str, object]]


def read(client: Client, at: datetime = LATER) -> Rows:
    """The JSON file by figure and place (a kecamatan's code, a body's name; empty: the whole Polres)."""
    with time_machine.travel(at, tick=False):
        told = json.loads(client.get("/transparansi/angka.json").content)
    rows = told["figures"]
    return {
        (row["figure"], row["place"] if row["place_kind"] == "body" else row["place_code"]): row for row in rows
    }


def places(world: World, number: int, kind: PartnerKind = PartnerKind.RESIDENT) -> list[Site]:
    return [world.site(kind=kind, labels=("Gerbang", "Jalan")) for _ in range(number)]


# --- stages -------------------------------------------------------------------------------------------------


def test_each_stage_is_counted_by_its_own_rule(client: Client) -> None:
    world = World(now=FIRST)
    sites = places(world, 8)
    for site in sites[:7]:
        camera = world.verified(site, connected=site in sites[:6])
        if site in sites[:5]:
            StatusInterval.objects.create(camera=camera, state=State.NORMAL, since=FIRST - timedelta(hours=1))
    Camera.objects.filter(site__in=sites[:5]).update(aimed_at=FIRST, aimed_by=person())

    count_what_is_due(FIRST)

    told = read(client)
    assert {stage: told[f"cameras.{stage}", KECAMATAN]["value"] for stage in Stage} == {
        "listed": 16, "verified": 7, "aimed": 10, "connected": 6, "normal": 5,
    }  # fmt: skip
    assert told["cameras.connected", KECAMATAN]["target"] == 15
    assert told["cameras.connected", ""]["target"] == 15
    assert told["cameras.listed", ""]["value"] == 16
    assert told["cameras.listed", ""]["period"] == "2026-11-01"


def test_a_camera_that_is_down_or_past_its_year_is_not_normal(client: Client) -> None:
    world = World(now=FIRST)
    for site in places(world, 6):
        camera = world.verified(site)
        StatusInterval.objects.create(camera=camera, state=State.NORMAL, since=FIRST - timedelta(hours=1))
    first, second, *_others = Camera.objects.verified(FIRST).order_by("pk")
    StatusInterval.objects.filter(camera=first).update(state=State.DOWN)
    Camera.objects.filter(pk=second.pk).update(verified_until=FIRST)

    count_what_is_due(FIRST)

    numbers = dict(AreaStageCount.objects.values_list("stage", "cameras"))
    assert (numbers["verified"], numbers["connected"], numbers["normal"]) == (5, 5, 4)


@pytest.mark.parametrize("owners", [FEWEST_OWNERS - 1, FEWEST_OWNERS])
def test_few_owners_are_held_back_however_many_cameras_they_have(client: Client, owners: int) -> None:
    world = World(now=FIRST)
    places(world, owners)

    count_what_is_due(FIRST)

    told = read(client)
    few = owners < FEWEST_OWNERS
    for place in (KECAMATAN, ""):
        row = told["cameras.listed", place]
        assert (row["value"], row["held_back"]) == (None if few else 2 * owners, few)
    page = _page(client)
    assert ("&lt;5 pemilik" in page) == few
    assert (f">{2 * owners}<" in page) != few


def test_vital_objects_are_in_no_number(client: Client) -> None:
    world = World(now=FIRST)
    for site in places(world, 6, PartnerKind.VITAL):
        world.verified(site)

    count_what_is_due(FIRST)

    assert not AreaStageCount.objects.exclude(cameras=0).exists()


def test_what_was_counted_stays_and_is_told_until_the_next_month(client: Client) -> None:
    world = World(now=FIRST)
    places(world, 5)
    count_what_is_due(FIRST)
    before = read(client)

    world.site()
    for hours in (1, 24, 48):
        count_what_is_due(FIRST + timedelta(hours=hours))

    assert AreaStageCount.objects.filter(stage=Stage.LISTED).count() == 3
    assert AreaStageCount.objects.get(stage=Stage.LISTED, counted_on=NOVEMBER).cameras == 10
    assert read(client) == before
    with time_machine.travel(FIRST + timedelta(days=30), tick=False):
        count_what_is_due(FIRST + timedelta(days=30))
    assert read(client, LATER + timedelta(days=20))["cameras.listed", KECAMATAN]["value"] == 11


def test_nothing_is_counted_anew_on_the_page(client: Client) -> None:
    places(World(now=FIRST), 6)

    assert "belum dihitung" in _page(client)
    assert not [code for code, _place in read(client) if code.startswith("cameras.")]


# --- withdrawals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "value"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_few_withdrawals_are_held_back(client: Client, number: int, value: int | None) -> None:
    world = World(now=IN_OCTOBER)
    for site in places(world, number) + places(world, 6, PartnerKind.VITAL):
        world.consent(site, Right.STILL_IN_HOURS)
        withdraw_all(site=site, by=site.partner.people.get(), now=IN_OCTOBER)

    count_what_is_due(FIRST)

    told = read(client)
    assert WithdrawalCount.objects.get(month=OCTOBER).places == number
    assert told["withdrawals", KECAMATAN]["value"] == value
    assert told["withdrawals", ""]["value"] == value


def test_time_to_cut_off_and_to_the_last_step() -> None:
    world = World(now=IN_OCTOBER)
    looks = [_look(world, site) for site in places(world, 5)]
    for look, seconds in zip(looks, (0.4, 1, 2, 20, 30), strict=True):
        site = look.camera.site
        withdraw_all(site=site, by=site.partner.people.get(), now=IN_OCTOBER + timedelta(minutes=1))
        ended = IN_OCTOBER + timedelta(minutes=1, seconds=seconds)
        Look.objects.filter(pk=look.pk).update(ended_at=ended, ended_how="no_consent")
        Ending.objects.filter(site=site).update(finished_at=ended + timedelta(hours=seconds))
    by_himself = _look(world, world.site())
    end_look(look=by_himself, how="closed", now=IN_OCTOBER + timedelta(minutes=4))

    told = police_in(OCTOBER)

    assert (told.cut_off.middle, told.cut_off.slowest) == (2, 30)
    assert (told.erased.middle, told.erased.slowest) == (2 + 2 * 3600, 30 + 30 * 3600)


def test_the_middle_of_fewer_than_five_owners_is_not_told(client: Client) -> None:
    """Equal to the slowest it would tell that there was one withdrawal, where that count is held back."""
    world = World(now=IN_OCTOBER)
    for site in places(world, 4):
        world.consent(site, Right.STILL_IN_HOURS)
        withdraw_all(site=site, by=site.partner.people.get(), now=IN_OCTOBER)
        Ending.objects.filter(site=site).update(finished_at=IN_OCTOBER + timedelta(seconds=61.3))
    count_what_is_due(FIRST)

    told = read(client)

    assert told["withdrawals", KECAMATAN]["held_back"]
    assert told["erased.seconds.median", ""]["value"] is None
    assert told["erased.seconds.slowest", ""]["value"] == 61
    assert "sampai penghapusan selesai, paling lama" in client.get("/transparansi/").content.decode()


# --- the police ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "counted"), [(PartnerKind.RESIDENT, 1), (PartnerKind.VITAL, 0)])
def test_a_single_look_is_told_with_its_body_and_reason(client: Client, kind: PartnerKind, counted: int) -> None:
    world = World(now=IN_OCTOBER)
    look = _look(world, world.site(kind=kind))

    told = read(client)

    assert told["looks", ""]["value"] == counted
    assert told["looks", world.polres.name]["value"] == counted
    assert told["looks", world.polsek.name]["value"] == 0
    assert told[f"looks.reason.{look.reason.code}", ""]["value"] == counted


@pytest.mark.parametrize(
    ("state", "told_as"),
    [
        (None, "not_judged"),
        (CardState.OPEN, "not_judged"),
        (CardState.EXPLAIN, "not_judged"),
        (CardState.IN_ORDER, "in_order"),
        (CardState.NOT_IN_ORDER, "not_in_order"),
    ],
)
def test_an_emergency_is_told_with_how_it_was_judged(client: Client, state: CardState | None, told_as: str) -> None:
    world = World(now=IN_OCTOBER)
    look, case = _look(world, world.site()), world.case(world.viewer())
    Look.objects.filter(pk=look.pk).update(case=case, for_case=True, emergency=True)
    if state is not None:
        by = {"judged_by": person(), "judged_at": LATER} if state in DECIDED else {}
        Card.objects.create(
            look=look, source=CardSource.EMERGENCY, state=state, opened_at=FIRST, due_at=LATER, words="Uji", **by
        )

    told = read(client)

    for place in ("", world.polres.name):
        assert (told["looks.with_case", place]["value"], told["emergencies", place]["value"]) == (1, 1)
        for verdict in ("in_order", "not_in_order", "not_judged"):
            assert told[f"emergencies.{verdict}", place]["value"] == (verdict == told_as)


@pytest.mark.parametrize("approved", [True, False])
def test_only_an_approved_deferral_is_told(client: Client, approved: bool) -> None:
    world = World(now=IN_OCTOBER)
    look = _look(world, world.site())
    by = {"approved_by": person(), "approved_at": FIRST, "until": LATER} if approved else {}
    Deferral.objects.create(
        look=look, letter_number="R/1/X/2026", reason="Uji", requested_by=look.viewer, requested_at=FIRST, **by
    )

    told = read(client)

    assert told["deferrals", ""]["value"] == told["deferrals", world.polres.name]["value"] == int(approved)


@pytest.mark.parametrize(
    ("moment", "counted"),
    [
        ("2026-09-30T23:59:59+07:00", 0),
        ("2026-10-01T00:00:00+07:00", 1),
        ("2026-10-31T23:59:59+07:00", 1),
        ("2026-11-01T00:00:00+07:00", 0),
    ],
)
def test_months_are_those_of_the_local_calendar(moment: str, counted: int) -> None:
    world = World(now=IN_OCTOBER)
    look = _look(world, world.site())
    Look.objects.filter(pk=look.pk).update(started_at=datetime.fromisoformat(moment))

    assert police_in(OCTOBER).total.looks == counted


# --- page and files -----------------------------------------------------------------------------------------


def test_both_files_say_the_same_and_each_number_has_its_rule(client: Client) -> None:
    world = World(now=FIRST)
    places(world, 5)
    count_what_is_due(FIRST)
    told = read(client)

    with time_machine.travel(LATER, tick=False):
        answer = client.get("/transparansi/angka.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))

    assert list(rows[0]) == [
        "figure", "place_kind", "place_code", "place", "period", "value", "at_least", "held_back", "target",
        "rule_id", "rule_en",
    ]  # fmt: skip
    assert [row["figure"] for row in rows] == [row["figure"] for row in told.values()]
    assert [row["value"] for row in rows] == [
        "" if row["value"] is None else str(row["value"]) for row in told.values()
    ]
    assert all(row["rule_id"] and row["rule_en"] for row in rows)
    assert answer["Cache-Control"] == "public, max-age=600"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/transparansi/", "/transparansi/angka.csv", "/transparansi/angka.json"])
@pytest.mark.parametrize("month", ["2026-11", "2024-01", "besok", "2026-13", "\x00"])
def test_a_month_that_is_not_offered_is_not_found(client: Client, path: str, month: str) -> None:
    with time_machine.travel(LATER, tick=False):
        assert client.get(path, {"bulan": month}).status_code == 404


def test_the_page_promises_nothing_and_tells_every_rule(client: Client) -> None:
    page = _page(client)

    assert "tidak menjanjikan bahwa kejahatan berkurang" in page
    assert page.count("<li>Terdata: ") == 1
    assert "Tindakan petugas selalu ditampilkan" in page


def test_a_look_more_costs_no_query_more(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    world = World(now=IN_OCTOBER)
    for site in places(world, 3):
        _look(world, site)
    count_what_is_due(FIRST)

    with time_machine.travel(LATER, tick=False), django_assert_max_num_queries(12):
        client.get("/transparansi/")


def _page(client: Client) -> str:
    with time_machine.travel(LATER, tick=False):
        return client.get("/transparansi/").content.decode()


def _look(world: World, site: Site) -> Look:
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(site)
    return start_look(
        viewer=world.viewer(),
        camera=camera,
        right=AccessRight.VIEW_STILL,
        reason=reason(),
        case=None,
        now=world.now,
    )
