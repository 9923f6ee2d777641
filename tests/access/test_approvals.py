"""Grants that take two people: who may say the second yes, and that nothing opens before it."""

import pytest

import audit
from access.decision import Allowed, Because, Refused, decide
from access.errors import NotForThisBody, NotInForce, NotYourOwn, SamePerson
from access.models import Grant
from access.services import approve_grant, decline_grant
from accounts.errors import NoDuty
from accounts.models import DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry.models import Camera, PartnerKind
from registry.rights import AccessRight, Right
from tests.access.conftest import signed_in
from tests.factories import World, reason

pytestmark = pytest.mark.django_db
QUEUE = "/polsek/akses/persetujuan/"


@pytest.fixture(autouse=True)
def _two_everywhere(settings):
    settings.LIVE_NEEDS_TWO_PEOPLE = True


@pytest.fixture
def approver(world: World) -> User:
    return world.on_duty(DutyKind.APPROVER, world.polres).user


@pytest.fixture
def shown(world: World) -> Camera:
    """Verified, with its sticker, and its owner allows the Polres live video at all hours."""
    site = world.site()
    world.consent(site, Right.LIVE_IN_HOURS)
    return world.verified(site)


@pytest.fixture
def live(world: World, shown: Camera, approver: User) -> Grant:
    return world.grant(world.kelurahan, right=AccessRight.VIEW_LIVE)


def _live_through(world: World, camera: Camera) -> Allowed | Refused:
    because = Because(reason(), None)
    return decide(world.viewer(), camera, AccessRight.VIEW_LIVE, because, world.now)


def test_live_opens_with_the_second_yes_and_not_before(world, shown, live, approver):
    assert _live_through(world, shown) == Refused("no_grant")

    approve_grant(grant=live, by=approver, now=world.now)

    assert isinstance(_live_through(world, shown), Allowed)
    assert Entry.objects.filter(action="grant.approved", actor=approver).count() == 1


def test_a_no_ends_the_grant_and_its_words_reach_the_giver(world, shown, live, approver):
    decline_grant(grant=live, by=approver, words="Suratnya untuk Polsek lain.", now=world.now)

    live.refresh_from_db()
    assert (live.revoked_by, live.declined_words) == (approver, "Suratnya untuk Polsek lain.")
    assert "Suratnya untuk Polsek lain." in Notice.objects.get(user=live.granted_by).body
    assert _live_through(world, shown) == Refused("no_grant")


@pytest.mark.parametrize("second", [approve_grant, decline_grant])
def test_a_grant_is_answered_once(world, live, approver, second):
    approve_grant(grant=live, by=approver, now=world.now)

    with pytest.raises(NotInForce):
        second(grant=live, by=approver, now=world.now, **({"words": "x"} if second is decline_grant else {}))


def test_nobody_approves_his_own(world, live):
    world.on_duty(DutyKind.APPROVER, world.polres, user=live.granted_by)

    with pytest.raises(NotYourOwn):
        approve_grant(grant=live, by=live.granted_by, now=world.now)
    assert "Orang lain yang menyetujuinya" in _page(live.granted_by, live)
    assert 'name="setujui"' not in _page(live.granted_by, live)


def test_who_verified_there_approves_nothing_there(world, live, shown):
    world.on_duty(DutyKind.APPROVER, world.polres, user=shown.verified_by)

    with pytest.raises(SamePerson):
        approve_grant(grant=live, by=shown.verified_by, now=world.now)


def test_who_has_no_duty_for_it_or_one_elsewhere_approves_nothing(world, live):
    elsewhere = world.on_duty(DutyKind.APPROVER, world.polsek, area_code="31.73.99").user
    for user in (elsewhere, world.viewer().user):
        with pytest.raises(NoDuty):
            approve_grant(grant=live, by=user, now=world.now)
        assert signed_in(user).get(f"{QUEUE}{live.public_id}/").status_code == 404


def test_at_a_vital_object_the_named_one_alone(world, approver, settings):
    settings.LIVE_NEEDS_TWO_PEOPLE = False
    site = world.site(kind=PartnerKind.VITAL)
    world.consent(site, Right.LIVE_IN_HOURS)
    grant = world.grant(site, right=AccessRight.VIEW_LIVE)

    with pytest.raises(NotForThisBody):
        approve_grant(grant=grant, by=approver, now=world.now)
    assert signed_in(approver).get(f"{QUEUE}{grant.public_id}/").status_code == 404

    site.named_approver = approver
    site.save(update_fields=["named_approver"])
    approve_grant(grant=grant, by=approver, now=world.now)


def test_what_needs_one_person_waits_for_nobody(world, approver):
    world.grant(world.kelurahan)

    assert not Notice.objects.filter(user=approver).exists()
    assert "Tidak ada akses yang menunggu" in signed_in(approver).get(QUEUE).content.decode()


def test_the_approver_is_told_and_answers_on_his_page(world, live, approver):
    assert Notice.objects.get(user=approver).url == QUEUE
    browser = signed_in(approver)
    assert str(live.public_id) in browser.get(QUEUE).content.decode()
    assert "(1)" in browser.get("/polsek/").content.decode()

    refused = browser.post(f"{QUEUE}{live.public_id}/", {"tolak": "1", "words": " "})
    assert refused.context["form"].errors["words"] == ["Tulis mengapa tidak disetujui."]
    assert browser.post(f"{QUEUE}{live.public_id}/", {"setujui": "1"}).status_code == 302

    live.refresh_from_db()
    assert live.approved_by == approver
    assert browser.get(f"{QUEUE}{live.public_id}/").status_code == 404


def test_an_empty_answer_is_no_yes(world, live, approver):
    signed_in(approver).post(f"{QUEUE}{live.public_id}/", {})

    live.refresh_from_db()
    assert live.approved_at is None


def test_the_list_of_grants_says_what_waits(world, live):
    giver = signed_in(live.granted_by)

    for address in ("/polsek/akses/", f"/polsek/akses/{live.public_id}/"):
        assert "Menunggu orang kedua" in giver.get(address).content.decode()


def _page(user: User, grant: Grant) -> str:
    return signed_in(user).get(f"{QUEUE}{grant.public_id}/").content.decode()


def test_an_approval_that_cannot_be_recorded_counts_for_nothing(world, live, approver, monkeypatch):
    monkeypatch.setattr(audit, "record", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        approve_grant(grant=live, by=approver, now=world.now)

    live.refresh_from_db()
    assert live.approved_at is None
