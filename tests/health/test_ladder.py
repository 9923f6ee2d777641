"""The ladder: the owner first, the Bhabinkamtibmas after a day, the precinct after three, each once per fall.

And what holds it: the owner's people said that they know, and until when.
"""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.models import Entry
from desks.staff import broken_cameras
from health import services
from health.acknowledged import back_on
from health.errors import AlreadyBack, DayOutOfReach
from health.letters import token_of
from health.models import Acknowledgement, Alert, CheckState, Fall, Outage, Stage
from notices.models import Notice
from registry.errors import NotYours
from registry.models import Camera, Device, PersonRole, Site
from registry.models.cameras import HELD_UNTIL
from registry.rights import Right
from registry.services import give_role, withdraw_camera
from tests.access.conftest import signed_in
from tests.factories import World, person
from tests.health.world import add_to, fall, look_at_all, rise

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Story:
    """A camera that fell, its owner, and everybody who could be told."""

    def __init__(self) -> None:
        # Yesterday at ten, so that no quiet hours are near and pages, which ask the clock, come later.
        self.now = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0) - DAY
        self.world = world = World(now=self.now)
        self.owner = person("Pemilik")
        self.site = world.site(owner=self.owner)
        for body in (world.polres, world.polsek):
            world.consent(self.site, Right.STILL_IN_INCIDENT, recipient=body)
        self.camera = world.verified(self.site)
        self.device = world.device(self.site, answered_at=self.now, rtsp_path="/live")
        Camera.objects.filter(pk=self.camera.pk).update(stream_path="/live", channel=1)
        self.officer = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=world.kelurahan.code).user
        self.next_officer = world.on_duty(
            DutyKind.VERIFIER, world.polsek, area_code=world.other_kelurahan.code
        ).user
        self.desk = world.on_duty(DutyKind.GRANTOR, world.polsek).user
        self.above = world.on_duty(DutyKind.GRANTOR, world.polres).user
        for kind in (DutyKind.VIEWER, DutyKind.ADMINISTRATOR, DutyKind.SUPERVISOR, DutyKind.APPROVER):
            world.on_duty(kind, world.polsek)
        Notice.objects.all().delete()

    def falls(self) -> Fall:
        services.ensure_states(self.now)
        look_at_all(self.now)
        fall(Device.objects.all(), self.now + MINUTE)
        return Fall.objects.get(device=self.device)

    def tick(self, after: timedelta) -> None:
        now = self.now + MINUTE + after
        services.end_over(now)
        services.escalate(now)
        services.send_letters(now)

    def told(self) -> list[tuple[User, str]]:
        rows = Notice.objects.filter(code__startswith="health.").order_by("created_at", "pk")
        return [(row.user, row.code) for row in rows.select_related("user")]


@pytest.fixture
def story(db: None) -> Story:
    return Story()


def test_owner_officer_precinct_each_once(story: Story) -> None:
    story.falls()
    told = []
    for after in (HOUR, 23 * HOUR, DAY, 2 * DAY, 3 * DAY - MINUTE, 3 * DAY, 4 * DAY, 9 * DAY):
        story.tick(after)
        story.tick(after)
        told.append(story.told())

    owner, officer, desk = (
        (story.owner, "health.down"),
        (story.officer, "health.officer"),
        (story.desk, "health.precinct"),
    )
    assert told[:2] == [[owner]] * 2
    assert told[2:5] == [[owner, officer]] * 3
    assert told[5:] == [[owner, officer, desk]] * 3
    letter = Notice.objects.get(user=story.officer)
    assert "Gerbang di Jalan Uji 1 terputus sejak" in letter.body
    assert "Yang merawat kamera ini: Perawat Uji." in letter.body
    assert letter.url == "/petugas/"


def test_the_precinct_reads_the_kelurahan_and_a_name_and_no_address_or_number(story: Story) -> None:
    story.site.maintainer_phone = "+6281200000155"
    story.site.save()
    story.falls()
    for after in (HOUR, DAY, 3 * DAY):
        story.tick(after)

    letter = Notice.objects.get(user=story.desk)
    assert f"Gerbang di {story.site.area.name} terputus sejak" in letter.body
    assert "Yang merawat kamera ini: Perawat Uji." in letter.body
    assert "Jalan Uji" not in letter.body + letter.subject
    assert "+6281200000155" in Notice.objects.get(user=story.officer).body


def test_a_failure_noted_while_the_clock_stood_years_ago_puts_nobody_before_the_owner(story: Story) -> None:
    services.ensure_states(story.now)
    look_at_all(story.now)
    CheckState.objects.update(failures=1, first_failure_at=story.now.replace(year=1970))
    look_at_all(story.now + MINUTE, Device.objects.all())

    [found] = Fall.objects.all()
    assert found.since == story.now
    story.tick(HOUR)
    assert story.told() == [(story.owner, "health.down")]


def test_what_is_no_longer_watched_takes_its_unsent_lines_with_it(story: Story) -> None:
    story.falls()
    assert Alert.objects.unsent().exists()
    story.camera.refresh_from_db()
    withdraw_camera(camera=story.camera, by=story.owner, now=story.now + 2 * MINUTE)
    services.ensure_states(story.now + 2 * MINUTE)
    services.end_over(story.now + 3 * MINUTE)

    assert not Alert.objects.exists()
    story.tick(HOUR)
    assert story.told() == []


def test_the_police_hear_nothing_of_what_an_owner_had_restricted_meanwhile(story: Story) -> None:
    story.falls()
    services.escalate(story.now + DAY + 2 * MINUTE)
    assert Alert.objects.filter(user=story.officer).exists()
    Camera.objects.update(paused_until=HELD_UNTIL)
    services.send_letters(story.now + DAY + HOUR)

    assert not Notice.objects.filter(user=story.officer).exists()


def test_whoever_was_told_hears_that_it_is_back(story: Story) -> None:
    story.falls()
    for after in (HOUR, DAY):
        story.tick(after)
    look_at_all(story.now + DAY + HOUR)
    story.tick(DAY + 2 * HOUR)
    story.tick(2 * DAY)
    story.tick(5 * DAY)

    assert story.told()[2:] == [(story.owner, "health.back"), (story.officer, "health.officer")]
    assert "menjawab lagi sejak" in Notice.objects.filter(user=story.officer).first().body


def test_a_police_body_that_no_consent_names_is_told_nothing(story: Story) -> None:
    story.site.consents.filter(recipient=story.world.polsek).update(valid_until=story.now)
    story.falls()
    for after in (HOUR, DAY, 3 * DAY, 5 * DAY):
        story.tick(after)

    assert story.told() == [(story.owner, "health.down"), (story.above, "health.precinct")]


def test_a_consent_that_ends_before_the_letter_leaves_takes_the_line_out_of_it(story: Story) -> None:
    story.falls()
    services.escalate(story.now + DAY + 2 * MINUTE)
    assert Alert.objects.filter(user=story.officer).exists()

    story.site.consents.all().update(valid_until=story.now + DAY)
    story.tick(DAY + HOUR)

    assert not Notice.objects.filter(user=story.officer).exists()


def test_an_officer_reads_the_falls_of_a_day_in_one_letter(story: Story) -> None:
    others = [add_to(story.site, 600 + n) for n in range(4)]
    services.ensure_states(story.now)
    look_at_all(story.now)
    fall([story.device], story.now + MINUTE)
    fall(others[:1], story.now + HOUR, [story.device])
    fall(others[1:2], story.now + 2 * HOUR, [story.device, *others[:1]])
    for hours in range(1, 60):
        story.tick(hours * HOUR)

    letters = Notice.objects.filter(user=story.officer).order_by("created_at")
    assert [letter.body.count("terputus sejak") for letter in letters] == [1, 2]


def test_an_outage_goes_up_the_ladder_as_one(story: Story) -> None:
    for number in range(3):
        add_to(story.site, 600 + number)
    story.falls()
    for after in (HOUR, DAY, 2 * DAY, 3 * DAY, 4 * DAY):
        story.tick(after)

    assert [user for user, _code in story.told()] == [story.owner, story.officer, story.desk]
    assert Notice.objects.get(user=story.desk).subject.startswith("Gangguan, 4 kamera terputus")


def test_whom_the_line_on_an_outage_had_not_reached_hears_of_what_is_still_down(story: Story) -> None:
    for number in range(3):
        add_to(story.site, 600 + number)
    story.falls()
    story.tick(HOUR)
    services.escalate(story.now + DAY + 2 * MINUTE)  # A line that waits for its letter.

    look_at_all(story.now + DAY + 3 * MINUTE, [story.device])
    story.tick(DAY + HOUR)

    assert (story.officer, "health.officer") in story.told()
    assert "Gerbang di Jalan Uji 1 terputus sejak" in Notice.objects.get(user=story.officer).body


def test_of_a_vital_object_the_police_hear_nothing_but_its_named_verifier(story: Story) -> None:
    named = story.world.on_duty(DutyKind.VERIFIER, story.world.polsek, area_code=story.world.kelurahan.code).user
    Site.objects.filter(pk=story.site.pk).update(vital=True, named_verifier=named)
    story.falls()
    for after in (HOUR, DAY, 3 * DAY, 4 * DAY):
        story.tick(after)

    assert story.told() == [(story.owner, "health.down"), (named, "health.officer")]


# --- we know ----------------------------------------------------------------------------------------------------


def test_we_know_holds_the_letters_to_the_police_until_the_day_has_passed(story: Story) -> None:
    found, by = story.falls(), story.owner
    day = (story.now + 5 * DAY).date()
    services.acknowledge(falls=[found], back_on=day, by=by, now=story.now + HOUR)
    for after in (2 * HOUR, DAY, 3 * DAY, 5 * DAY):
        story.tick(after)
    assert story.told() == [(story.owner, "health.down")]

    story.tick(6 * DAY)
    assert story.told()[1:] == [(story.officer, "health.officer")]
    story.tick(6 * DAY + MINUTE)
    assert story.told()[2:] == [(story.desk, "health.precinct")]
    entry = Entry.objects.get(action="health.acknowledged")
    assert entry.actor == by


def test_it_ends_when_the_camera_returns(story: Story) -> None:
    found = story.falls()
    services.acknowledge(falls=[found], back_on=(story.now + 5 * DAY).date(), by=story.owner, now=story.now)
    look_at_all(story.now + HOUR)
    fall([story.device], story.now + 2 * HOUR)

    story.tick(DAY + 3 * HOUR)

    assert (story.officer, "health.officer") in story.told(), "of the next fall nobody said that he knows"


def test_a_line_to_the_officer_that_has_not_left_is_taken_back(story: Story) -> None:
    found = story.falls()
    services.escalate(story.now + DAY + 2 * MINUTE)
    services.acknowledge(
        falls=[found], back_on=(story.now + 2 * DAY).date(), by=story.owner, now=story.now + DAY + 3 * MINUTE
    )
    story.tick(DAY + HOUR)
    before = story.told()

    story.tick(3 * DAY)

    assert (story.officer, "health.officer") not in before
    assert (story.officer, "health.officer") in story.told()


def test_it_is_shown_to_officer_and_precinct(story: Story) -> None:
    found, day = story.falls(), timezone.localdate() + DAY
    services.acknowledge(falls=[found], back_on=day, by=story.owner, now=timezone.now())

    page = signed_in(story.officer).get("/petugas/").content.decode()
    precinct = signed_in(story.desk).get("/polsek/").content.decode()

    assert "Pemilik tahu" in page
    assert "Pemilik tahu" in precinct
    [row] = broken_cameras(story.world.kelurahan.code, timezone.now(), among=Camera.objects.all())
    assert row.back_on == day
    assert back_on([row.camera], timezone.now() + 2 * DAY) == {}


def test_of_an_outage_each_owner_says_it_for_his_own(story: Story) -> None:
    neighbour = person("Tetangga")
    sites = [story.world.site(owner=neighbour) for _ in range(2)]
    for number, site in enumerate(sites):
        device = story.world.device(site, answered_at=story.now, rtsp_path="/live")
        Device.objects.filter(pk=device.pk).update(host=f"203.0.{number}.7")
        story.world.consent(site, Right.STILL_IN_INCIDENT, recipient=story.world.polsek)
    story.falls()
    assert Outage.objects.get().members.count() == 3
    story.tick(HOUR)
    link = Notice.objects.get(user=story.owner, code="health.down").url

    signed_in(story.owner).post(link, {"back_on": f"{timezone.localdate() + 20 * DAY}"})
    story.tick(DAY)

    assert list(Acknowledgement.objects.values_list("fall__device", flat=True)) == [story.device.pk]
    assert set(Fall.objects.filter(stage=Stage.OFFICER).values_list("device__site", flat=True)) == {
        site.pk for site in sites
    }
    assert "Pemilik tahu" in Notice.objects.get(user=story.officer, code="health.officer").body


def test_old_falls_are_forgotten_with_what_was_told_of_them(story: Story, settings: object) -> None:
    for number in range(2):
        add_to(story.site, 600 + number)
    found = story.falls()
    story.tick(HOUR)
    services.acknowledge(falls=[found], back_on=story.now.date(), by=story.owner, now=story.now)
    rise(story.now + 2 * HOUR)
    story.tick(3 * HOUR)
    services.forget_old(story.now + settings.FALLS_KEPT)
    before = (Fall.objects.count(), Outage.objects.count())

    services.forget_old(story.now + settings.FALLS_KEPT + 3 * HOUR)

    assert before == (3, 1)
    for model in (Fall, Outage, Alert, Acknowledgement):
        assert not model.objects.exists()


@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (30, False), (31, True)])
def test_the_day_lies_ahead_and_not_too_far(story: Story, days: int, refused: bool) -> None:
    found = story.falls()

    def say() -> object:
        day = story.now.date() + timedelta(days=days)
        return services.acknowledge(falls=[found], back_on=day, by=story.owner, now=story.now)

    if refused:
        with pytest.raises(DayOutOfReach):
            say()
    else:
        assert say()


def test_said_twice_is_said_once_and_another_day_replaces_the_first(story: Story) -> None:
    found = story.falls()
    for day in (2, 2, 3):
        services.acknowledge(
            falls=[found], back_on=(story.now + day * DAY).date(), by=story.owner, now=story.now + HOUR
        )

    assert Acknowledgement.objects.count() == 2
    assert Acknowledgement.objects.get(replaced_at=None).back_on == (story.now + 3 * DAY).date()
    assert Entry.objects.filter(action="health.acknowledged").count() == 2


def test_nobody_else_says_it_and_nothing_is_said_of_what_is_back(story: Story) -> None:
    found, reader = story.falls(), person("Pembaca")
    give_role(site=story.site, user=reader, role=PersonRole.READER, by=story.owner, now=story.now)
    for by in (reader, story.officer, person()):
        with pytest.raises(NotYours):
            services.acknowledge(falls=[found], back_on=story.now.date(), by=by, now=story.now)
    look_at_all(story.now + HOUR)

    with pytest.raises(AlreadyBack):
        services.acknowledge(falls=[found], back_on=story.now.date(), by=story.owner, now=story.now)


def test_the_letter_leads_to_a_page_on_which_one_click_says_it(story: Story) -> None:
    story.falls()
    story.tick(HOUR)
    link = Notice.objects.get(user=story.owner).url
    browser = signed_in(story.owner)

    shown = browser.get(link).content.decode()
    assert not Acknowledgement.objects.exists(), "a mail program that opens every link says nothing"
    sent = browser.post(link, {"back_on": f"{timezone.localdate() + DAY}"})

    assert "Kami tahu, kamera kembali pada" in shown
    assert f'value="{timezone.localdate() + DAY}"' in shown, "tomorrow, so that one click is enough"
    assert sent.status_code == 302
    assert Acknowledgement.objects.get().by == story.owner
    assert "kembali pada" in browser.get("/mitra/").content.decode()
    assert "Ubah harinya" in browser.get(f"/mitra/kamera/{story.camera.public_id}/").content.decode()


def test_the_link_is_of_use_to_its_reader_alone(story: Story) -> None:
    story.falls()
    story.tick(HOUR)
    link = Notice.objects.get(user=story.owner).url
    helper = person("Teknisi")
    give_role(site=story.site, user=helper, role=PersonRole.TECHNICIAN, by=story.owner, now=story.now)
    letter = Alert.objects.get(user=story.owner).letter

    assert Client().get(link).url.startswith("/akun/masuk/")
    assert link == f"/mitra/kami-tahu/{token_of(letter)}/"
    for user, path in (
        (helper, link),
        (story.officer, link),
        (story.owner, f"/mitra/kami-tahu/{letter.hex}/"),
        (story.owner, link.replace(letter.hex, letter.hex[::-1])),
        (story.owner, "/mitra/kami-tahu/x/"),
    ):
        assert signed_in(user).get(path).status_code == 404


def test_the_button_on_the_camera_page(story: Story) -> None:
    page, browser = f"/mitra/kamera/{story.camera.public_id}/", signed_in(story.owner)
    before = browser.get(page).content.decode()
    story.falls()
    while_down = browser.get(page).content.decode()
    refused = browser.post(f"{page}kami-tahu/", {"back_on": "2020-01-01"})
    nonsense = browser.post(f"{page}kami-tahu/", {"back_on": "besok"})
    said = browser.post(f"{page}kami-tahu/", {"back_on": f"{timezone.localdate()}"})
    look_at_all(timezone.now())
    after = browser.get(f"{page}kami-tahu/").content.decode()

    assert "kami-tahu" not in before
    assert f"{page}kami-tahu/" in while_down
    assert "Pilih hari ini atau sesudahnya" in refused.content.decode()
    assert "Tulis tanggal yang ada" in nonsense.content.decode()
    assert said.status_code == 302
    assert "Sudah kembali" in after
    assert date.fromisoformat(f"{Acknowledgement.objects.get().back_on}") == timezone.localdate()
