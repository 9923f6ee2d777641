"""The monthly sample: drawn by the anchored head, by nobody else, and drawn again by whoever asks."""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

import audit
from access.models import Look
from accounts.models import Duty, DutyKind
from audit.anchors import make_due_anchors
from audit.models import Anchor, Entry
from conduct.errors import NotYetAnchored
from conduct.heads import HeadDoubtful, head_after
from conduct.judging import open_emergency_cards
from conduct.models import Card, CardSource, Sample
from conduct.months import month_of, next_month, span_of
from conduct.sampling import check_month, draw, draw_month, draw_owed_samples, looks_of
from notices.models import Notice
from registry.models import Camera, PartnerKind
from tests.conduct.looks import a_look
from tests.factories import World, person

HEADS = st.binary(min_size=32, max_size=32)
MONTH = date(2026, 10, 1)
START, END = span_of(MONTH)
AFTER = END + timedelta(hours=3)


# --- the draw ------------------------------------------------------------------------------------------------


@given(head=HEADS, looks=st.lists(st.uuids(), unique=True, max_size=90), data=st.data())
def test_a_draw_is_the_same_in_whatever_order_and_rounded_up(head, looks, data):
    drawn = draw(head, looks, 5)

    assert drawn == draw(head, data.draw(st.permutations(looks)), 5)
    assert len(drawn) == ceil(len(looks) / 20)
    assert set(drawn) <= set(looks)


@given(head=HEADS, looks=st.lists(st.uuids(), unique=True, min_size=1, max_size=60), other=st.uuids())
def test_one_more_look_moves_at_most_one_out(head, looks, other):
    """Whether a look is drawn hangs on the head and on how low others rank: nobody pushes his own out of sight."""
    before, after = set(draw(head, looks, 5)), set(draw(head, [*looks, other], 5))

    assert len(before - after) <= 1


def test_every_look_is_drawn_about_as_often():
    looks = [UUID(int=number) for number in range(40)]
    often = dict.fromkeys(looks, 0)

    for number in range(2000):
        for look in draw(number.to_bytes(32, "big"), looks, 5):
            often[look] += 1

    assert sum(often.values()) == 2000 * 2
    assert 50 < min(often.values()) <= max(often.values()) < 160, "each is expected 100 times"


# --- a month -------------------------------------------------------------------------------------------------


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now())


@pytest.fixture
def camera(world: World) -> Camera:
    return world.site().cameras.get()


@pytest.fixture
def viewer(world: World) -> Duty:
    return world.on_duty(DutyKind.VIEWER, world.polsek)


@pytest.fixture
def looked(world: World, camera: Camera, viewer: Duty) -> None:
    """In October the Polsek looked 41 times and 20 times through vital objects, the Polres once."""
    for number in range(41):
        a_look(viewer, camera, START + timedelta(hours=number))
    polres = world.on_duty(DutyKind.VIEWER, world.polres)
    a_look(polres, camera, END - timedelta(seconds=1))
    for number in range(20):
        a_look(viewer, world.site(kind=PartnerKind.VITAL).cameras.get(), START + timedelta(hours=number))
    a_look(viewer, camera, START - timedelta(seconds=1))
    a_look(viewer, camera, END)


def drawn_now() -> list[tuple[str, int, int]]:
    return [(one.organization.name, one.looks, one.drawn) for one in Sample.objects.order_by("organization__name")]


@pytest.mark.django_db
def test_a_month_has_local_days():
    assert span_of(MONTH)[0].isoformat() == "2026-10-01T00:00:00+07:00"
    assert month_of(END) == date(2026, 11, 1) == next_month(MONTH)
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)


def test_each_body_that_looked_has_its_share_and_vital_objects_are_not_drawn(looked):
    make_due_anchors(now=AFTER)

    draw_month(month=MONTH, now=AFTER)

    assert drawn_now() == [("Polres Uji", 1, 1), ("Polsek Uji", 41, 3)]
    assert Card.objects.filter(source=CardSource.SAMPLE, state="open").count() == 4
    assert not Card.objects.filter(look__camera__site__vital=True).exists()
    assert {card.due_at - AFTER for card in Card.objects.all()} == {timedelta(days=7)}
    assert Entry.objects.filter(action="sample.drawn").count() == 2


def test_no_head_that_was_known_in_the_month_draws_it(looked):
    for known in (END - timedelta(days=1), None):
        if known:
            make_due_anchors(now=known)
        with pytest.raises(NotYetAnchored):
            draw_month(month=MONTH, now=AFTER)
    make_due_anchors(now=AFTER)

    with pytest.raises(NotYetAnchored):
        draw_month(month=MONTH, now=END - timedelta(seconds=1))
    assert draw_owed_samples(now=END - timedelta(seconds=1)) == 1, "the one look of September"
    assert not Sample.objects.filter(month=MONTH).exists()


def test_the_first_anchor_after_the_month_draws_and_no_later_one(looked, world, camera):
    make_due_anchors(now=END - timedelta(days=2))
    for days in (0, 2, 4):
        world.site()  # So that there is something to anchor.
        make_due_anchors(now=AFTER + timedelta(days=days))
    first = Anchor.objects.filter(made_at__gte=END).order_by("last").first()

    draw_month(month=MONTH, now=AFTER + timedelta(days=5))

    assert set(Sample.objects.values_list("anchor_number", "head")) == {(first.last, bytes(first.head).hex())}


def test_drawing_again_changes_nothing(looked, world):
    make_due_anchors(now=AFTER)
    assert draw_owed_samples(now=AFTER) == 3, "one look was in September"
    before = list(Card.objects.order_by("pk").values()), list(Sample.objects.order_by("pk").values())
    world.site()
    make_due_anchors(now=AFTER + timedelta(days=3))

    assert draw_owed_samples(now=AFTER + timedelta(days=4)) == 0
    assert draw_month(month=MONTH, now=AFTER + timedelta(days=4)) == []

    assert (list(Card.objects.order_by("pk").values()), list(Sample.objects.order_by("pk").values())) == before


def test_a_look_that_had_a_card_before_is_drawn_with_it(world, camera, viewer):
    case = world.case(world.viewer())
    look = a_look(viewer, camera, START, case=case, emergency=True)
    open_emergency_cards(now=START)
    make_due_anchors(now=AFTER)

    draw_month(month=MONTH, now=AFTER)

    card = Card.objects.get(look=look)
    assert (card.source, card.sample) == (CardSource.EMERGENCY, Sample.objects.get())


def test_each_supervisor_is_told_once_of_what_is_his_to_judge(looked, world):
    above = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    other = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    for body in (world.polsek, world._body("Polsek Lain", world.polsek.kind, "31.73.06", world.polres)):
        world.on_duty(DutyKind.SUPERVISOR, body)
    make_due_anchors(now=AFTER)

    draw_month(month=MONTH, now=world.now)

    told = {notice.user: notice.body for notice in Notice.objects.filter(code="sample.drawn")}
    assert told.keys() == {above, other}
    assert {"Sampel Oktober 2026: 4 tayangan" in body for body in told.values()} == {True}


# --- drawn again ---------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(looked: None) -> None:
    make_due_anchors(now=AFTER)
    draw_month(month=MONTH, now=AFTER)


def faults() -> list[str]:
    return [fault for one in check_month(MONTH) for fault in one.faults]


def polsek() -> Sample:
    return Sample.objects.get(organization__name="Polsek Uji")


def free_look() -> int:
    return looks_of(MONTH).filter(card__isnull=True, organization=polsek().organization)[0].pk


def test_a_sample_is_reproducible_from_the_anchored_head(drawn, capsys):
    call_command("draw_sample", "--month", "2026-10", "--check")

    assert "2 samples are what their anchored head draws." in capsys.readouterr().out
    assert faults() == []
    head = head_after(END)
    mine = looks_of(MONTH).filter(organization=polsek().organization)
    again = draw(head.hash, mine.values_list("public_id", flat=True), 5)
    assert set(again) == set(polsek().cards.values_list("look__public_id", flat=True))


def one_put_in() -> None:
    Card.objects.create(
        look_id=free_look(), source="sample", sample=polsek(), opened_at=AFTER, due_at=AFTER + timedelta(days=1)
    )


def one_in_place_of_another() -> None:
    Card.objects.filter(pk=polsek().cards.first().pk).update(look=free_look())


def one_taken_out() -> None:
    polsek().cards.first().delete()


def drawn_at_less() -> None:
    Sample.objects.filter(pk=polsek().pk).update(percent=1)


def another_head() -> None:
    Sample.objects.filter(pk=polsek().pk).update(head="0" * 64)


def no_sample() -> None:
    polsek().cards.all().delete()
    polsek().delete()


def a_look_later() -> None:
    duty = Duty.objects.filter(kind=DutyKind.VIEWER, organization=polsek().organization).first()
    a_look(duty, Camera.objects.filter(site__vital=False).first(), START + timedelta(days=3))


def a_later_anchor() -> None:
    """Somebody waited for a head that he liked better, and drew by it without a fault."""
    later, sample = Anchor.objects.order_by("last").last(), polsek()
    keys = dict(looks_of(MONTH).filter(organization=sample.organization).values_list("public_id", "pk"))
    sample.cards.all().delete()
    for public_id in draw(bytes(later.head), keys, 5):
        Card.objects.create(
            look_id=keys[public_id],
            source="sample",
            sample=sample,
            opened_at=AFTER,
            due_at=AFTER + timedelta(days=7),
        )
    Sample.objects.filter(pk=sample.pk).update(anchor_number=later.last, head=bytes(later.head).hex())


@pytest.mark.parametrize(
    "tampering",
    [
        *(one_put_in, one_in_place_of_another, one_taken_out, a_look_later),
        *(drawn_at_less, another_head, a_later_anchor, no_sample),
    ],
    ids=lambda tampering: tampering.__name__,
)
def test_a_sample_that_was_changed_is_found_out(drawn, world, tampering: Callable[[], None]):
    world.site()
    make_due_anchors(now=AFTER + timedelta(days=2))
    assert faults() == []

    tampering()

    assert faults()
    with pytest.raises(CommandError, match="not what its anchored head draws"):
        call_command("draw_sample", "--month", "2026-10", "--check")


@audit.atomic
def recorded(look: Look) -> None:
    """The entry that the service writes with a look."""
    audit.record(
        "look.started", actor=look.viewer, target=look, organization=str(look.organization.public_id), reason="x"
    )


@pytest.mark.parametrize(
    "tampering",
    [
        lambda look: look.delete(),
        lambda look: Look.objects.filter(pk=look.pk).update(
            started_at=look.started_at - timedelta(days=40), until=look.until, ended_at=look.ended_at
        ),
        lambda look: Look.objects.filter(pk=look.pk).update(organization=look.organization.parent_id),
        lambda look: Look.objects.filter(pk=look.pk).update(viewer=person().pk),
    ],
    ids=["deleted", "in another month", "of another body", "of another person"],
)
def test_a_look_that_was_taken_out_before_the_draw_is_found_out(looked, tampering):
    """What is drawn from is a table, and whoever writes there could keep a look of his own out of it."""
    look = looks_of(MONTH).filter(organization__name="Polsek Uji").order_by("started_at")[3]
    with time_machine.travel(look.started_at, tick=False):
        recorded(look)
    make_due_anchors(now=AFTER)
    assert check_month(MONTH) == []

    tampering(look)
    draw_month(month=MONTH, now=AFTER)

    assert faults() == ["1 looks of the audit trail are not kept as they began"]


def unguarded_update(**columns: object) -> None:
    """An anchor changed by whoever owns the database, past its triggers."""
    sets = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for (name,) in cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_anchor'"
            ).fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("ALTER TABLE audit_anchor DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE audit_anchor SET {sets}", list(columns.values()))  # noqa: S608


@pytest.mark.parametrize("column", ["head", "made_at"])
def test_an_anchor_that_was_not_signed_so_draws_nothing(looked, column):
    make_due_anchors(now=AFTER)
    other = {"head": b"\1" * 32, "made_at": AFTER + timedelta(hours=1)}
    unguarded_update(**{column: other[column]})

    with pytest.raises(HeadDoubtful):
        draw_month(month=MONTH, now=AFTER + timedelta(days=1))
    with pytest.raises(CommandError, match="Run verify_audit"):
        call_command("draw_sample", "--month", "2026-10")
    assert not Sample.objects.exists()


@pytest.mark.parametrize("month", ["2026-13", "oktober", "2026-1"])
def test_the_command_refuses_what_is_no_month(db, month):
    with pytest.raises(CommandError):
        call_command("draw_sample", "--month", month)


def test_the_command_draws_and_says_what_is_missing(looked, capsys):
    with pytest.raises(CommandError, match="no anchor was made since"):
        call_command("draw_sample", "--month", "2026-10")
    with pytest.raises(CommandError, match="Draw it first"):
        call_command("draw_sample", "--month", "2026-10", "--check")
    make_due_anchors(now=AFTER)

    call_command("draw_sample", "--month", "2026-10")
    call_command("draw_sample", "--month", "2026-10")

    out = capsys.readouterr().out
    assert "2026-10 Polsek Uji: 3 of 41 looks, anchor" in out
    assert "Nothing to draw" in out
