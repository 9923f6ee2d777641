"""The second signature: giving takes two people where the owner asks for it, withdrawing always takes one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from notices.models import Notice
from registry import receipts
from registry.errors import (
    ListedNeeded,
    NobodyToCountersign,
    NotYours,
    OwnProposal,
    ProposalOutdated,
    ProposalOver,
    RegistryError,
    SecondSignatureNeeded,
)
from registry.models import Consent, PersonRole, Proposal, ProposalEnd, Receipt, SecondSignature, Site
from registry.rights import Right
from registry.services import (
    ConsentChoice,
    ask_for_two,
    countersign,
    decline,
    end_role,
    give_consents,
    give_role,
    lapse_proposals,
    propose_consents,
    propose_one_signature,
    withdraw_all,
    withdraw_consent,
)
from registry.services.signatures import LASTS
from tests.access.conftest import signed_in
from tests.factories import World, person

pytestmark = pytest.mark.django_db
R = PersonRole


@pytest.fixture
def manager() -> User:
    return person("Pengelola")


@pytest.fixture
def site(world: World, manager: User) -> Site:
    found = world.site(owner=manager)
    world.consent(found)
    return found


@pytest.fixture
def second(site: Site, manager: User) -> User:
    return added(site, manager, R.SIGNATORY)


@pytest.fixture
def switch(world: World, site: Site, manager: User, second: User) -> SecondSignature:
    return ask_for_two(site=site, by=manager, now=world.now)


def added(site: Site, by: User, role: PersonRole, *, everywhere: bool = False) -> User:
    user = person(str(role.label))
    give_role(site=site, user=user, role=role, by=by, now=timezone.now(), everywhere=everywhere)
    return user


def choice(world: World, right: Right = Right.STILL_IN_INCIDENT) -> ConsentChoice:
    return ConsentChoice(right=right, recipient=world.polres, valid_until=world.now + timedelta(days=90))


def proposed(world: World, site: Site, by: User, right: Right = Right.STILL_IN_INCIDENT) -> Proposal:
    return propose_consents(site=site, choices=[choice(world, right)], by=by, now=world.now)


def rights(site: Site, now: datetime | None = None) -> set[str]:
    return set(Consent.objects.in_force(now or timezone.now()).filter(site=site).values_list("right", flat=True))


def test_with_one_who_signs_it_cannot_be_switched_on(world: World, site: Site, manager: User) -> None:
    added(site, manager, R.TECHNICIAN)
    closed = added(site, manager, R.SIGNATORY)
    User.objects.filter(pk=closed.pk).update(is_active=False)

    with pytest.raises(NobodyToCountersign):
        ask_for_two(site=site, by=manager, now=world.now)


def test_for_all_places_two_must_sign_at_all_places(world: World, site: Site, manager: User, second: User) -> None:
    with pytest.raises(NobodyToCountersign):
        ask_for_two(site=site, by=manager, now=world.now, everywhere=True)
    added(site, manager, R.SIGNATORY, everywhere=True)

    ask_for_two(site=site, by=manager, now=world.now, everywhere=True)

    with pytest.raises(SecondSignatureNeeded):
        give_consents(site=site, choices=[choice(world)], by=manager, now=world.now)


@pytest.mark.parametrize("role", [R.SIGNATORY, R.TECHNICIAN, R.CONTACT, R.READER])
def test_a_manager_switches_it_on(world: World, site: Site, manager: User, second: User, role: PersonRole) -> None:
    with pytest.raises(NotYours):
        ask_for_two(site=site, by=added(site, manager, role), now=world.now)


def test_two_clicks_are_one_switch_and_the_other_signers_are_told(
    world: World, site: Site, manager: User, second: User
) -> None:
    first = ask_for_two(site=site, by=manager, now=world.now)

    assert ask_for_two(site=site, by=manager, now=world.now) == first
    assert Notice.objects.filter(user=second, code="signatures.on").count() == 1
    assert Entry.objects.filter(action="site.signatory_switch").count() == 1


@pytest.mark.usefixtures("switch")
def test_giving_is_a_proposal_that_another_countersigns(
    world: World, site: Site, manager: User, second: User
) -> None:
    with pytest.raises(SecondSignatureNeeded):
        give_consents(site=site, choices=[choice(world)], by=manager, now=world.now)
    with pytest.raises(SecondSignatureNeeded):
        give_consents(site=site, choices=[choice(world)], by=manager, now=world.now, countersigned_by=manager)
    proposal = proposed(world, site, manager)
    assert rights(site) == {"listed"}, "nothing changes before the second signature"

    later = world.now + timedelta(days=1)
    done = countersign(proposal=proposal, by=second, now=later)

    assert rights(site, later) == {"listed", "still_in_incident"}
    consent = Consent.objects.get(right=Right.STILL_IN_INCIDENT)
    assert (consent.signed_by, consent.signed_at) == (manager, proposal.proposed_at)
    assert (consent.countersigned_by, consent.countersigned_at) == (second, later)
    assert consent.valid_from == later
    receipt = Receipt.objects.get(pk=done.receipt.pk)
    record = receipts.record_of(receipt, receipts.consents_of(receipt))
    assert record["consents"][0]["event"]["countersigned"]["entity_id"] == str(second.public_id)
    assert receipts.is_genuine(receipt, receipts.consents_of(receipt))
    assert [entry.action for entry in Entry.objects.filter(action__startswith="consent.").order_by("pk")][-3:] == [
        "consent.proposed",
        "consent.given",
        "consent.countersigned",
    ]
    assert Notice.objects.filter(user=second, code="consent.proposed").count() == 1
    assert Notice.objects.filter(user=manager, code="consent.proposal_ended").count() == 1
    shown = signed_in(manager, second_factor=False).get(f"/mitra/tanda-terima/{receipt.code}/").content.decode()
    assert str(manager) in shown
    assert str(second) in shown


@pytest.mark.usefixtures("switch")
def test_nobody_countersigns_his_own_and_nobody_without_the_role(
    world: World, site: Site, manager: User, second: User
) -> None:
    proposal = proposed(world, site, manager)

    with pytest.raises(OwnProposal):
        countersign(proposal=proposal, by=manager, now=world.now)
    for role in (R.TECHNICIAN, R.CONTACT, R.READER):
        with pytest.raises(NotYours):
            countersign(proposal=proposal, by=added(site, manager, role), now=world.now)
    with pytest.raises(NotYours):
        countersign(proposal=proposal, by=person(), now=world.now)
    assert rights(site) == {"listed"}


@pytest.mark.usefixtures("switch")
def test_countersigned_twice_it_is_given_once(world: World, site: Site, manager: User, second: User) -> None:
    proposal = proposed(world, site, manager)
    countersign(proposal=proposal, by=second, now=world.now)

    with pytest.raises(ProposalOver):
        countersign(proposal=proposal, by=second, now=world.now)
    assert Consent.objects.filter(right=Right.STILL_IN_INCIDENT).count() == 1


@pytest.mark.usefixtures("switch")
def test_it_lapses_and_its_maker_is_told(world: World, site: Site, manager: User, second: User) -> None:
    proposal = proposed(world, site, manager)
    after = world.now + LASTS

    with pytest.raises(ProposalOver):
        countersign(proposal=proposal, by=second, now=after)
    assert lapse_proposals(now=after - timedelta(seconds=1)) == 0
    assert lapse_proposals(now=after) == 1
    assert lapse_proposals(now=after) == 0
    proposal.refresh_from_db()
    assert (proposal.ended_how, proposal.ended_by) == (ProposalEnd.LAPSED, None)
    assert Notice.objects.filter(user=manager, code="consent.proposal_ended").count() == 1


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize("who", ["second", "manager"])
def test_the_second_says_no_or_the_first_takes_it_back(
    world: World, site: Site, manager: User, second: User, who: str
) -> None:
    proposal = proposed(world, site, manager)

    decline(proposal=proposal, by={"second": second, "manager": manager}[who], now=world.now)

    proposal.refresh_from_db()
    assert proposal.ended_how == {"second": ProposalEnd.DECLINED, "manager": ProposalEnd.TAKEN_BACK}[who]
    with pytest.raises(ProposalOver):
        countersign(proposal=proposal, by=second, now=world.now)


@pytest.mark.usefixtures("switch")
def test_a_new_proposal_takes_the_place_of_the_one_that_waits(
    world: World, site: Site, manager: User, second: User
) -> None:
    first = proposed(world, site, manager)
    proposed(world, site, second, Right.RECORDING_ON_REQUEST)

    with pytest.raises(ProposalOver):
        countersign(proposal=first, by=second, now=world.now)


def _renamed(world: World, site: Site, manager: User) -> None:
    type(world.polres).objects.filter(pk=world.polres.pk).update(name="Polres Lain")


def _left(world: World, site: Site, manager: User) -> None:
    added(site, manager, R.MANAGER, everywhere=True)
    end_role(held=manager.partnerperson_set.get(), by=manager, now=world.now)


def _closed(world: World, site: Site, manager: User) -> None:
    User.objects.filter(pk=manager.pk).update(is_active=False)


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize("happened", [_renamed, _left, _closed])
def test_what_changed_meanwhile_is_not_signed(
    world: World, site: Site, manager: User, second: User, happened: Callable[..., None]
) -> None:
    proposal = proposed(world, site, manager)
    happened(world, site, manager)

    with pytest.raises(ProposalOutdated):
        countersign(proposal=Proposal.objects.get(pk=proposal.pk), by=second, now=world.now)
    assert rights(site) == {"listed"}


@pytest.mark.usefixtures("switch")
def test_withdrawing_takes_one_and_beats_what_waits(world: World, site: Site, manager: User, second: User) -> None:
    proposal = proposed(world, site, manager)

    withdraw_all(site=site, by=second, now=world.now)

    assert not rights(site)
    with pytest.raises(RegistryError):
        countersign(proposal=proposal, by=second, now=world.now)
    assert not rights(site)


@pytest.mark.usefixtures("switch")
def test_a_consent_under_two_names_is_withdrawn_by_one(
    world: World, site: Site, manager: User, second: User
) -> None:
    countersign(proposal=proposed(world, site, manager), by=second, now=world.now)

    withdraw_consent(consent=site.consents.get(right=Right.STILL_IN_INCIDENT), by=second, now=world.now)

    assert rights(site) == {"listed"}


def test_what_giving_refuses_is_not_proposed(world: World, manager: User) -> None:
    bare = world.site(owner=manager)
    with pytest.raises(ListedNeeded):
        proposed(world, bare, manager)


# --- switching it off ----------------------------------------------------------------------------------------


def test_switching_off_takes_two(
    world: World, site: Site, manager: User, second: User, switch: SecondSignature
) -> None:
    proposal = propose_one_signature(switch=switch, by=manager, now=world.now)
    assert propose_one_signature(switch=switch, by=second, now=world.now) == proposal
    with pytest.raises(OwnProposal):
        countersign(proposal=proposal, by=manager, now=world.now)
    assert SecondSignature.objects.over(site).exists()

    countersign(proposal=proposal, by=second, now=world.now)

    assert not SecondSignature.objects.over(site).exists()
    switch.refresh_from_db()
    assert {switch.off_by, switch.off_countersigned_by} == {manager, second}
    give_consents(site=site, choices=[choice(world)], by=manager, now=world.now)


# --- the pages -----------------------------------------------------------------------------------------------


def test_the_whole_way_by_the_pages(world: World, site: Site, manager: User, second: User) -> None:
    first, other = signed_in(manager, second_factor=False), signed_in(second, second_factor=False)
    page = f"/mitra/tempat/{site.public_id}/tanda-tangan-kedua/"
    assert first.post(page, {"here": "1"}).status_code == 302
    assert "Menyala" in first.get(page).content.decode()

    ask = f"/mitra/tempat/{site.public_id}/izin/?level=recording"
    form = first.get(ask).context["form"]
    boxes = {name: "on" for name in form.fields if name != "shown"}
    answer = first.post(ask, {**boxes, "shown": form.digest, "agree": "1"})
    proposal = Proposal.objects.get()
    assert answer.url == f"/mitra/usul/{proposal.public_id}/"
    assert "menunggu tanda tangan orang kedua" in first.get("/mitra/").content.decode()
    assert "Setuju sebagai orang kedua" not in first.get(answer.url).content.decode()
    assert first.post(answer.url, {"sign": "1"}).status_code == 200
    assert rights(site) == {"listed"}

    assert "menunggu tanda tangan Anda" in other.get("/mitra/").content.decode()
    shown = other.get(answer.url)
    for text in shown.context["texts"]:
        assert text.sha256 in {row["sha256"] for row in proposal.choices}
    assert other.post(answer.url, {"sign": "1"}).status_code == 302
    assert "recording_on_request" in rights(site)

    off = str(SecondSignature.objects.get().public_id)
    answer = other.post(page, {"off": off})
    assert first.post(answer.url, {"sign": "1"}).status_code == 302
    assert not SecondSignature.objects.on().exists()


def test_a_proposal_exists_only_for_those_who_sign_there(
    world: World, site: Site, manager: User, second: User, switch: SecondSignature
) -> None:
    proposal = proposed(world, site, manager)
    path = f"/mitra/usul/{proposal.public_id}/"

    for user in (added(site, manager, R.READER), added(site, manager, R.TECHNICIAN), person()):
        client = signed_in(user, second_factor=False)
        assert client.get(path).status_code == 404
        assert client.post(path, {"sign": "1"}).status_code == 404
        assert client.get(f"/mitra/tempat/{site.public_id}/tanda-tangan-kedua/").status_code == 404
