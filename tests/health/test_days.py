"""Days and uptime: the same from intervals and from packed days, and the same as counted minute by minute."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from health import runs, services
from health.causes import Answer, Cause
from health.models import CameraDay, CheckState, State, StatusInterval
from health.uptime import Day, days_of, uptime_of
from registry.models import Camera
from tests.health.world import add_device, record
from tests.registry.world import City, make_site

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Jakarta")
FIRST = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=WIB)
STEP = 15  # Minutes: what the slow reference counts in.
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: What a camera went through: (minutes until the next change in steps, state, cause). None: nobody watched.
Story = list[tuple[int, str | None, str]]
stories = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["up", "degraded", "down", "unknown", None]),
        st.sampled_from(["", "no_answer", "refused"]),
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def camera(city: City, owner: User) -> Camera:
    return make_site(city, owner).cameras.get()


def tell(camera: Camera, story: Story, *, ends: bool, begins: datetime = MIDNIGHT) -> list[StatusInterval]:
    """Write the intervals of a story, which follow each other; the last stays open unless it `ends`."""
    at, rows = begins, []
    for number, (steps, state, cause) in enumerate(story):
        until = at + timedelta(minutes=steps * STEP)
        if state is not None:
            stays_open = number == len(story) - 1 and not ends
            rows.append(
                StatusInterval(
                    camera=camera, state=state, cause=cause, since=at, until=None if stays_open else until
                )
            )
        at = until
    return StatusInterval.objects.bulk_create(rows)


def state_at(intervals: list[StatusInterval], moment: datetime, now: datetime) -> str:
    """The slow way: of the intervals that hold at a moment, the one that began last; of two that began together the
    one that is open, or else the one that was written last."""
    found = "unknown"
    began = None
    if moment >= now:
        return found
    for one in intervals:
        holds = one.since <= moment and (one.until is None or moment < one.until)
        if holds and (began is None or (one.since, one.until is None, one.pk) > began):
            began, found = (one.since, one.until is None, one.pk), one.state
    return found


def slow_days(
    intervals: list[StatusInterval], first: date, count: int, now: datetime
) -> list[tuple[date, list[int]]]:
    """Steps in each state (up, degraded, down, unknown), of the part of each day that is past."""
    answer = []
    for number in range(count):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=WIB)
        steps = [0, 0, 0, 0]
        for step in range(24 * 60 // STEP):
            moment = midnight + timedelta(minutes=step * STEP)
            if moment < now:
                steps[["up", "degraded", "down", "unknown"].index(state_at(intervals, moment, now))] += 1
        answer.append((day, steps))
    return answer


def slow_uptime(intervals: list[StatusInterval], since: datetime, until: datetime, now: datetime) -> float | None:
    known = down = 0
    moment = since
    while moment < until:
        state = state_at(intervals, moment, now)
        known += state != "unknown"
        down += state == "down"
        moment += timedelta(minutes=STEP)
    return 1 - down / known if known else None


def as_steps(days: list[Day], now: datetime) -> list[tuple[date, list[int]]]:
    """The shares of each day as the slow reference counts them."""
    answer = []
    for one in days:
        midnight = datetime(one.day.year, one.day.month, one.day.day, tzinfo=WIB)
        past = max(timedelta(), min(now - midnight, DAY)) / timedelta(minutes=STEP)
        shares = (one.normal, one.degraded, one.down, one.unknown)
        steps = [share * past for share in shares]
        assert all(abs(value - round(value)) < 1e-6 for value in steps)
        assert abs(sum(shares) - 1) < 1e-9
        answer.append((one.day, [round(value) for value in steps]))
    return answer


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    story=stories,
    ends=st.booleans(),
    overlap=st.one_of(
        st.none(), st.tuples(st.integers(0, 300), st.integers(0, 200), st.sampled_from(State.values))
    ),
    now_step=st.integers(1, 8 * 96),
    span=st.tuples(st.integers(-50, 500), st.integers(0, 500)),
)
@example(
    story=[(0, "up", ""), (96, "down", "refused"), (10, "up", "")],
    ends=False,
    overlap=None,
    now_step=500,
    span=(0, 96),
)
def test_days_and_uptime_are_what_a_slow_count_says_before_and_after_packing_and_deleting(
    camera: Camera,
    settings: object,
    story: Story,
    ends: bool,
    overlap: tuple[int, int, str] | None,
    now_step: int,
    span: tuple[int, int],
) -> None:
    """`overlap`: an interval written while the clock was wrong, in the midst of the others."""
    settings.INTERVALS_KEPT = timedelta(days=1)  # So that some are deleted within this story.
    StatusInterval.objects.all().delete()
    CameraDay.objects.all().delete()
    written = tell(camera, story, ends=ends)
    if overlap is not None:
        begins, lasts, state = overlap
        written += tell(
            camera, [(lasts, state, "no_answer")], ends=True, begins=MIDNIGHT + begins * STEP * HOUR / 60
        )
    now = MIDNIGHT + timedelta(minutes=now_step * STEP)
    since = MIDNIGHT + timedelta(minutes=span[0] * STEP)
    until = since + timedelta(minutes=span[1] * STEP)
    last = FIRST + timedelta(days=9)

    days, uptime = slow_days(written, FIRST, 10, now), slow_uptime(written, since, until, now)
    before = days_of([camera.pk], FIRST, last, now)[camera.pk]
    uptime_before = uptime_of([camera.pk], since, until, now)[camera.pk]
    for _ in range(3):  # A week at a time.
        services.pack_days(now)
    after = days_of([camera.pk], FIRST, last, now)[camera.pk]
    uptime_after = uptime_of([camera.pk], since, until, now)[camera.pk]

    assert as_steps(before, now) == days
    assert after == before
    assert uptime_before == pytest.approx(uptime)
    assert uptime_after == uptime_before
    kept = set(StatusInterval.objects.values_list("pk", flat=True))
    surely_kept_from = datetime.combine((now - 3 * HOUR).astimezone(WIB) - 2 * DAY, time(), WIB)
    assert kept >= {one.pk for one in written if one.until is None or one.until > surely_kept_from}
    if newest := CameraDay.objects.order_by("day").last():
        kept_from = datetime.combine(newest.day - DAY, time(), WIB)
        assert kept <= {one.pk for one in written if one.until is None or one.until > kept_from}


@given(story=stories, first=st.integers(0, 86_400), length=st.integers(0, 86_400))
def test_of_any_part_of_a_packed_day_is_known_what_was_known_before(story: Story, first: int, length: int) -> None:
    rows, at = [], MIDNIGHT - 5 * HOUR
    for number, (steps, state, cause) in enumerate(story):
        until = at + timedelta(seconds=steps * 601, microseconds=number)
        if state is not None:
            rows.append(runs.Interval(runs.second_of(at), runs.second_of(until), number, state, cause))
        at = until
    begin, end = runs.start_of(FIRST), runs.end_of(FIRST)
    known = runs.runs_of(rows, begin, end)
    low = begin + first
    high = min(end, low + length)

    if packed := runs.pack(known, FIRST):
        part = runs.sums_of(runs.within(known, low, high))
        assert runs.known_and_down_of(packed, FIRST, low, high) == (part.known, part.down)
        assert runs.known_and_down(rows, low, high) == (part.known, part.down)


def test_a_day_of_one_state_takes_no_bytes_for_its_changes(camera: Camera) -> None:
    tell(camera, [(97, "up", ""), (30, "down", "refused"), (1000, "up", "")], ends=False)

    services.pack_days(MIDNIGHT + 4 * DAY)

    plain, changed, *_ = CameraDay.objects.order_by("day")
    assert (plain.normal, plain.runs) == (86_400, b"")
    assert (changed.down, len(changed.runs), changed.cause) == (30 * STEP * 60, 3 * 4, "refused")


def test_packing_twice_writes_each_day_once(camera: Camera) -> None:
    tell(camera, [(400, "up", "")], ends=False)
    now = MIDNIGHT + 4 * DAY

    assert services.pack_days(now) == 3  # The fourth day is over, but not for three hours.
    assert services.pack_days(now) == 0
    assert services.pack_days(now + 3 * HOUR) == 1


def test_a_run_that_stopped_half_way_through_a_day_is_finished_by_the_next(
    city: City, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for camera in make_site(city, owner, cameras=5).cameras.all():
        tell(camera, [(400, "up", "")], ends=False)
    now = MIDNIGHT + 3 * DAY
    monkeypatch.setattr("health.services.days.BATCH", 2)
    real, calls = services.days._pack, []

    def dies(cameras: list[int], day: date) -> int:
        calls.append(day)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(cameras, day)

    monkeypatch.setattr("health.services.days._pack", dies)
    with pytest.raises(KeyboardInterrupt):
        services.pack_days(now)
    stopped = CameraDay.objects.count()
    services.pack_days(now)

    assert (stopped, CameraDay.objects.count()) == (7, 10)


def test_a_camera_found_to_be_down_since_yesterday_changes_the_packed_day(city: City, owner: User) -> None:
    device = add_device(city, owner, 8554)
    camera = device.cameras.get()
    services.ensure_states(MIDNIGHT)
    record(MIDNIGHT, Answer(device.pk, answered=True))
    _fail(device.pk, MIDNIGHT + 23 * HOUR)
    services.pack_days(MIDNIGHT + DAY + 4 * HOUR)  # No worker was there all night.
    packed = days_of([camera.pk], FIRST, FIRST, MIDNIGHT + DAY + 4 * HOUR)[camera.pk][0]

    _fail(device.pk, MIDNIGHT + DAY + 5 * HOUR)

    now = MIDNIGHT + DAY + 6 * HOUR
    corrected = days_of([camera.pk], FIRST, FIRST, now)[camera.pk][0]
    assert (packed.worst, packed.normal) == (State.NORMAL, 1.0)
    assert (corrected.worst, corrected.down, corrected.cause) == (State.DOWN, 1 / 24, Cause.NO_ANSWER)
    assert uptime_of([camera.pk], MIDNIGHT, now, now)[camera.pk] == 1 - 7 / 30


def _fail(device_id: int, now: datetime) -> None:
    CheckState.objects.update(next_check_at=now)
    record(now, Answer(device_id, answered=False, cause=Cause.NO_ANSWER))


def test_days_packed_while_the_clock_was_ahead_are_taken_back(camera: Camera) -> None:
    tell(camera, [(96, "up", ""), (1, "down", "refused")], ends=False)
    wrong, now = MIDNIGHT + 6 * DAY, MIDNIGHT + 1.5 * DAY
    services.pack_days(wrong)

    seen_at_once = days_of([camera.pk], FIRST, FIRST + 5 * DAY, now)[camera.pk]
    services.pack_days(now)

    assert days_of([camera.pk], FIRST, FIRST + 5 * DAY, now)[camera.pk] == seen_at_once
    assert [one.worst for one in seen_at_once] == ["up", "down", "unknown", "unknown", "unknown", "unknown"]
    assert list(CameraDay.objects.values_list("day", flat=True)) == [FIRST]


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, 12, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)])
def test_a_clock_that_jumps_decades_deletes_nothing(camera: Camera, wrong: datetime) -> None:
    tell(camera, [(96, "up", ""), (96, "down", "refused"), (96, "up", "")], ends=False)
    now = MIDNIGHT + 4 * DAY + 3 * HOUR
    services.pack_days(now)
    before = days_of([camera.pk], FIRST, FIRST + 3 * DAY, now)

    services.pack_days(wrong)
    services.pack_days(now)

    assert days_of([camera.pk], FIRST, FIRST + 3 * DAY, now) == before
    assert (StatusInterval.objects.count(), CameraDay.objects.count()) == (3, 4)


def test_packed_days_are_kept_longer_than_intervals_and_then_deleted_too(camera: Camera, settings: object) -> None:
    settings.INTERVALS_KEPT, settings.CAMERA_DAYS_KEPT = 30 * DAY, 100 * DAY
    tell(camera, [(96, "up", ""), (96, "down", "refused")] * 65, ends=False)
    for ahead in range(0, 131, 5):
        services.pack_days(MIDNIGHT + ahead * DAY)

    now = MIDNIGHT + 130 * DAY
    days = list(CameraDay.objects.order_by("day").values_list("day", flat=True))
    assert days == [FIRST + number * DAY for number in range(28, 129)]
    assert StatusInterval.objects.count() == 32
    assert uptime_of([camera.pk], MIDNIGHT + 30 * DAY, MIDNIGHT + 90 * DAY, now) == {camera.pk: 0.5}


def test_many_cameras_and_days_take_two_queries(
    city: City, owner: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    cameras = list(make_site(city, owner, cameras=6).cameras.order_by("pk"))
    for camera in cameras[:5]:
        tell(camera, [(50, "up", ""), (7, "down", "refused"), (900, "up", "")], ends=False)
    now = MIDNIGHT + 5.5 * DAY
    services.pack_days(now)

    with django_assert_max_num_queries(2):
        found = days_of([camera.pk for camera in cameras], FIRST, FIRST + 89 * DAY, now)

    assert {len(days) for days in found.values()} == {90}
    assert {day.worst for day in found[cameras[5].pk]} == {State.UNKNOWN}
    assert found[cameras[0].pk][0].worst == State.DOWN


def test_uptime_of_cameras_that_nobody_knows_anything_about_is_none(camera: Camera) -> None:
    now = MIDNIGHT + 5 * DAY
    assert uptime_of([camera.pk], MIDNIGHT, now, now) == {camera.pk: None}
    assert uptime_of([camera.pk], now, MIDNIGHT, now) == {camera.pk: None}
    assert uptime_of([], MIDNIGHT, now, now) == {}


@pytest.mark.parametrize(
    "seconds", [{}, {"normal": 86_401}, {"normal": 80_000, "down": 6_401}, {"degraded": 1, "down": 86_400}]
)
def test_a_row_that_says_nothing_or_more_than_a_day_is_refused(camera: Camera, seconds: dict[str, int]) -> None:
    row = CameraDay(camera=camera, day=FIRST, **seconds)

    with pytest.raises(ValidationError):
        row.validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
