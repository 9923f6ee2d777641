"""The decision: each step of the rule refuses by itself, and the two forms of the rule agree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

import audit
from access.decision import Allowed, Because, Refused, decide, visible_cameras
from access.errors import ConsentTooShort, ConsentTooSmall, LookRefused, NotForThisBody, NotInForce, SamePerson
from access.models import Look, Reason
from access.services import end_lost_looks, give_grant, require_running_look, revoke_grant, start_look
from access.viewers import Viewer
from accounts.models import DutyKind, User
from accounts.services import end_duty
from audit.models import Entry
from registry.models import Camera, Consent
from registry.rights import AccessRight, Purpose, Right
from registry.services import pause_camera, withdraw_all, withdraw_camera, withdraw_consent
from tests.factories import LAT, World, reason

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # 12.00 WIB
STILL, LIVE = AccessRight.VIEW_STILL, AccessRight.VIEW_LIVE

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World(NOW)


@pytest.fixture
def open_world(world):
    """A verified camera that its owner lets the Polres see all day, inside a granted kelurahan."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, Right.LIVE_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan)
    world.grant(world.kelurahan, right=LIVE)
    return world, camera, world.viewer()


def agree(viewer, camera, right, now=NOW, because=None):
    """The decision, after checking that the queryset says the same."""
    camera = type(camera).objects.select_related("site__area", "device").get(pk=camera.pk)
    answer = decide(viewer, camera, right, because or Because(reason()), now)
    seen = visible_cameras(viewer, right, now).filter(pk=camera.pk).exists()
    if because is None:
        assert seen == isinstance(answer, Allowed), (answer, seen)
    return answer


def test_everything_in_order_allows_a_look_for_a_quarter_of_an_hour(open_world):
    _, camera, viewer = open_world

    assert agree(viewer, camera, STILL) == Allowed(NOW + timedelta(minutes=15))
    assert agree(viewer, camera, LIVE) == Allowed(NOW + timedelta(minutes=15))


def test_a_superuser_without_a_duty_sees_nothing(open_world):
    _, camera, viewer = open_world
    root = User.objects.create_superuser(email="akar@contoh.id")

    assert agree(replace(viewer, user=root), camera, STILL) == Refused("no_duty")
    assert agree(replace(viewer, user=root, duty=None), camera, STILL) == Refused("no_duty")


@pytest.mark.parametrize("ago", [None, timedelta(hours=12)])
def test_without_a_fresh_second_factor_nothing_opens(open_world, ago):
    _, camera, viewer = open_world

    passed = NOW - ago if ago else None

    assert agree(replace(viewer, second_factor_at=passed), camera, STILL) == Refused("second_factor")


def test_a_duty_that_has_ended_opens_nothing(open_world):
    _, camera, viewer = open_world
    end_duty(duty=viewer.duty, by=None, now=NOW)
    viewer.duty.refresh_from_db()

    assert agree(viewer, camera, STILL) == Refused("no_duty")


@pytest.mark.parametrize(
    ("area_code", "opens"), [("", True), ("31.73.05", True), ("31.73.05.1001", True), ("31.73.05.1002", False)]
)
def test_a_duty_narrowed_to_an_area_opens_nothing_outside_it(open_world, area_code, opens):
    world, camera, _ = open_world
    duty = world.on_duty(DutyKind.VIEWER, world.polres, area_code=area_code)
    viewer = Viewer(duty.user, duty, second_factor_at=NOW, session="s" * 64)

    answer = agree(viewer, camera, STILL)

    assert isinstance(answer, Allowed) if opens else answer == Refused("no_duty")


def test_a_camera_in_a_granted_area_opens_only_once_verified(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    world.grant(world.kelurahan)
    viewer = world.viewer()

    assert agree(viewer, site.cameras.get(), STILL) == Refused("not_verified")

    camera = world.verified(site)

    assert isinstance(agree(viewer, camera, STILL), Allowed)


def test_verification_lapses_after_its_year(open_world):
    _, camera, viewer = open_world
    camera.verified_until = NOW
    camera.save()

    assert agree(viewer, camera, STILL) == Refused("not_verified")


def test_another_device_at_the_address_closes_the_camera(open_world):
    world, camera, viewer = open_world
    world.device(camera.site, different_since=NOW)

    assert agree(viewer, camera, STILL) == Refused("different_device")


def test_a_picture_needs_a_connected_camera_and_its_position_does_not(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site, connected=False)
    world.grant(world.kelurahan)
    world.grant(world.kelurahan, right=AccessRight.SEE_POSITION)
    viewer = world.viewer()

    assert agree(viewer, camera, STILL) == Refused("not_connected")
    assert isinstance(agree(viewer, camera, AccessRight.SEE_POSITION), Allowed)


def test_live_needs_the_notice_on_the_wall(open_world):
    _, camera, viewer = open_world
    camera.stickered_at = camera.stickered_by = None
    camera.save()

    assert agree(viewer, camera, LIVE) == Refused("no_sticker")
    assert isinstance(agree(viewer, camera, STILL), Allowed)


def test_a_grant_to_one_body_opens_nothing_to_another(open_world):
    world, camera, _ = open_world

    assert agree(world.viewer(world.polsek), camera, STILL) == Refused("no_grant")


def test_consent_to_one_body_opens_nothing_to_another(open_world):
    world, camera, _ = open_world
    world.grant(world.kelurahan, organization=world.polsek)

    assert agree(world.viewer(world.polsek), camera, STILL) == Refused("no_consent")


def test_a_revoked_grant_opens_nothing(open_world):
    _, camera, viewer = open_world
    grant = viewer.duty.organization.grants.get(right=STILL)
    revoke_grant(grant=grant, by=grant.granted_by, now=NOW)

    assert agree(viewer, camera, STILL) == Refused("no_grant")


@pytest.mark.parametrize("late", [timedelta(days=-1), timedelta(days=30)])
def test_a_grant_opens_nothing_outside_its_dates(open_world, late):
    _, camera, viewer = open_world
    viewer = replace(viewer, second_factor_at=NOW + late)

    assert agree(viewer, camera, STILL, now=NOW + late) in {Refused("no_grant"), Refused("no_duty")}


@pytest.mark.parametrize(
    ("hours", "answer"),
    [
        ((12 * 60, 13 * 60), Allowed(NOW + timedelta(minutes=15))),
        ((11 * 60, 12 * 60 + 5), Allowed(NOW + timedelta(minutes=5))),
        ((13 * 60, 14 * 60), Refused("outside_hours")),
        ((22 * 60, 6 * 60), Refused("outside_hours")),
        ((22 * 60, 12 * 60 + 1), Allowed(NOW + timedelta(minutes=1))),
        ((11 * 60, 12 * 60), Refused("outside_hours")),
    ],
)
def test_hours_hold_by_the_local_clock_and_over_midnight(world, hours, answer):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, hours=hours)
    camera = world.verified(site)
    world.grant(world.kelurahan)

    assert agree(world.viewer(), camera, STILL) == answer


def test_in_an_incident_only_with_an_open_case_around_the_camera(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_INCIDENT)
    camera = world.verified(site)
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)
    viewer = world.viewer()

    assert agree(viewer, camera, STILL) == Refused("case_needed")

    case = world.case(viewer)
    far = world.case(viewer, lat=LAT + 0.01)

    assert agree(viewer, camera, STILL, because=Because(reason(), case)) == Allowed(NOW + timedelta(minutes=15))
    assert agree(viewer, camera, STILL, because=Because(reason(), far)) == Refused("case_needed")
    assert visible_cameras(viewer, STILL, NOW).filter(pk=camera.pk).exists()
    assert not visible_cameras(viewer, STILL, NOW + timedelta(hours=5)).exists()


def test_a_purpose_of_the_grant_needs_the_same_purpose_of_the_consent(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan, purpose=Purpose.INCIDENT)

    assert agree(world.viewer(), camera, STILL) == Refused("no_consent")


def test_a_paused_camera_opens_when_the_pause_is_over(open_world):
    _, camera, viewer = open_world
    pause_camera(camera=camera, until=NOW + timedelta(hours=1), by=camera.site.partner.people.get(), now=NOW)

    assert agree(viewer, camera, STILL) == Refused("paused")
    assert isinstance(agree(viewer, camera, STILL, now=NOW + timedelta(hours=1)), Allowed)


def test_a_reason_of_the_closed_list_is_demanded(open_world):
    _, camera, viewer = open_world
    Reason.objects.filter(needs_case=False).update(active=False)

    assert agree(viewer, camera, STILL, because=Because(None)) == Refused("reason_needed")
    assert agree(viewer, camera, STILL, because=Because(reason(needs_case=True))) == Refused("reason_needs_case")
    assert not visible_cameras(viewer, STILL, NOW).exists()


def test_an_area_grant_never_reaches_a_vital_object(world):
    site = world.site(kind="vital")
    world.consent(site, Right.STILL_IN_HOURS, Right.LIVE_IN_HOURS)
    camera = world.verified(site)
    world.grant(world.kelurahan)
    viewer = world.viewer()

    assert agree(viewer, camera, STILL) == Refused("no_grant")

    world.grant(site)
    world.grant(site, right=LIVE)

    assert isinstance(agree(viewer, camera, STILL), Allowed)
    assert agree(viewer, camera, LIVE) == Refused("no_grant"), "live of a vital object needs a second person"


def test_withdrawing_refuses_the_next_look_and_ends_the_running_one(open_world):
    _, camera, viewer = open_world
    look = start_look(viewer=viewer, camera=camera, right=STILL, reason=reason(), case=None, now=NOW)
    consent = Consent.objects.get(right=Right.STILL_IN_HOURS)
    others = Consent.objects.get(right=Right.LIVE_IN_HOURS)

    for given in (others, consent):
        withdraw_consent(consent=given, by=camera.site.partner.people.get(), now=NOW)

    assert agree(viewer, camera, STILL) == Refused("no_consent")
    with pytest.raises(LookRefused):
        require_running_look(look=look, viewer=viewer, now=NOW)
    look.refresh_from_db()
    assert look.ended_how == "no_consent"


def test_withdrawing_a_camera_ends_its_looks_without_anybody_asking(open_world):
    _, camera, viewer = open_world
    look = start_look(viewer=viewer, camera=camera, right=STILL, reason=reason(), case=None, now=NOW)

    withdraw_camera(camera=camera, by=camera.site.partner.people.get(), now=NOW)

    assert end_lost_looks(now=NOW) == 1
    assert Look.objects.get(pk=look.pk).ended_how == "withdrawn"


def test_a_look_belongs_to_one_person_in_one_session(open_world):
    world, camera, viewer = open_world
    look = start_look(viewer=viewer, camera=camera, right=STILL, reason=reason(), case=None, now=NOW)

    for other in (replace(viewer, session="t" * 64), world.viewer()):
        with pytest.raises(LookRefused):
            require_running_look(look=look, viewer=other, now=NOW)


def test_a_refused_look_leaves_no_row(open_world):
    _, camera, viewer = open_world

    with pytest.raises(LookRefused):
        start_look(viewer=viewer, camera=camera, right=STILL, reason=None, case=None, now=NOW)

    assert not Look.objects.exists()


def test_a_site_grant_cannot_exceed_the_consent(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS, lasts=timedelta(days=20))

    with pytest.raises(ConsentTooSmall):
        world.grant(site, right=LIVE)
    with pytest.raises(ConsentTooShort):
        world.grant(site, lasts=timedelta(days=30))


def test_who_verified_a_camera_cannot_grant_it(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    grant = world.grant(site)
    world.verified(site, by=grant.granted_by)

    with pytest.raises(SamePerson):
        grant_by(grant.granted_by, world, world.kelurahan)


def test_who_once_verified_a_camera_cannot_grant_it_after_another_did(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    once = world.on_duty(DutyKind.GRANTOR, world.polres).user
    camera = world.verified(site)
    note_verified(camera, once)

    with pytest.raises(SamePerson):
        grant_by(once, world, site)


@audit.atomic
def note_verified(camera, officer):
    """The trail of an earlier verification."""
    audit.record("camera.verified", actor=officer, target=camera)


def grant_by(user, world, scope):
    return give_grant(
        by=user,
        organization=world.polres,
        scope=scope,
        right=STILL,
        purpose=Purpose.SECURITY,
        letter_number="Sprin/2/XI/2026",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        now=NOW,
    )


def test_who_verified_one_camera_of_a_site_cannot_grant_another_of_it(world):
    site = world.site(labels=("Satu", "Dua"))
    world.consent(site, Right.STILL_IN_HOURS)
    once = world.on_duty(DutyKind.GRANTOR, world.polres).user
    verified = world.verified(site, by=once)

    with pytest.raises(SamePerson):
        grant_by(once, world, site.cameras.exclude(pk=verified.pk).get())


def test_a_grant_that_is_over_is_not_revoked(world):
    grant = world.grant(world.kelurahan, lasts=timedelta(days=1))

    with pytest.raises(NotInForce):
        revoke_grant(grant=grant, by=grant.granted_by, now=NOW + timedelta(days=1))

    grant.refresh_from_db()
    assert grant.revoked_at is None


def test_a_grant_over_an_area_opens_nothing_after_a_withdrawal(world):
    site, viewer = world.site(), world.viewer()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site)
    withdraw_consent(consent=site.consents.get(right=Right.STILL_IN_HOURS), by=site.partner.people.get(), now=NOW)

    world.grant(world.kelurahan)

    assert decide(viewer, camera, STILL, Because(reason()), NOW) == Refused("no_consent")
    assert not visible_cameras(viewer, STILL, NOW).exists()


def test_a_vital_object_is_granted_by_the_one_named_for_it_at_the_polres(world):
    site = world.site(kind="vital")
    world.consent(site, Right.STILL_IN_HOURS)
    at_polsek = world.on_duty(DutyKind.GRANTOR, world.polsek).user
    named, other = (world.on_duty(DutyKind.GRANTOR, world.polres).user for _ in range(2))

    for grantor, by in ((at_polsek, at_polsek), (named, other)):
        site.named_grantor = grantor
        site.save()
        with pytest.raises(NotForThisBody):
            grant_by(by, world, site)

    assert grant_by(named, world, site)


@pytest.mark.django_db(transaction=True)
def test_news_of_a_withdrawal_ends_its_looks_on_the_trail_and_no_others():
    world = World(NOW)
    viewer = world.viewer()
    world.grant(world.kelurahan)
    looks = []
    for label in ("Satu", "Dua"):
        site = world.site(labels=(label,))
        world.consent(site, Right.STILL_IN_HOURS)
        camera = world.verified(site)
        looks.append(start_look(viewer=viewer, camera=camera, right=STILL, reason=reason(), case=None, now=NOW))
    gone, stays = looks

    with time_machine.travel(NOW, tick=False):
        withdraw_all(site=gone.camera.site, by=gone.camera.site.partner.people.get(), now=NOW)

    assert Look.objects.get(pk=gone.pk).ended_how
    assert Look.objects.get(pk=stays.pk).ended_at is None
    assert Entry.objects.filter(action="look.ended", target_id=str(gone.public_id)).count() == 1


def test_granting_and_revoking_a_kelurahan_writes_one_row(world):
    grant = world.grant(world.kelurahan)

    assert grant.area_permissions.count() == 1
    assert grant.area_permissions.get().permission.codename == "view_still_area"


def test_a_decision_is_one_query_and_a_list_or_a_count_two(open_world, django_assert_num_queries):
    world, camera, viewer = open_world
    for n in range(5):
        site = world.site(labels=(f"Kamera {n}",), lat=LAT + n / 1e5)
        world.consent(site, Right.STILL_IN_HOURS)
        world.verified(site)
    because = Because(reason())
    loaded = Camera.objects.select_related("site__area", "device").get(pk=camera.pk)

    with django_assert_num_queries(1):
        assert isinstance(decide(viewer, loaded, STILL, because, NOW), Allowed)
    with django_assert_num_queries(2):
        assert len(list(visible_cameras(viewer, STILL, NOW))) == 6
    with django_assert_num_queries(2):
        assert visible_cameras(viewer, STILL, NOW).count() == 6
