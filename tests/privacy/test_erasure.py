"""Asking for erasure: who may, when it begins, and that a crash only delays it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.checking import check_chain
from notices.models import Notice
from privacy import erasing
from privacy.errors import AlreadyAsked, AlreadyClosed, AnotherPersonNeeded, CarriesDuty, HandOverFirst
from privacy.models import RequestStep, SubjectRequest
from privacy.services.erasures import (
    LEASE,
    ask_to_erase_partner,
    ask_to_erase_person,
    erase_what_is_owed,
    second_erasure,
    take_back_erasure,
)
from registry.errors import NotYours
from registry.models import Consent, Partner, PartnerPerson, PersonRole, Site
from registry.rights import Right
from registry.services import ask_for_two, do_what_is_owed, end_role, give_role
from tests.factories import World, person


def two_sign(world: World) -> tuple[User, User, Site]:
    owner, signer = person(), person()
    site = world.site(owner=owner)
    world.consent(site)
    give_role(site=site, user=signer, role=PersonRole.SIGNATORY, by=owner, now=world.now, everywhere=True)
    ask_for_two(site=site, by=owner, now=world.now)
    return owner, signer, site


def test_consents_end_at_once_and_the_rest_has_a_clock(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site, Right.STILL_IN_HOURS)

    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)

    assert not Consent.objects.in_force(world.now).filter(site=site).exists()
    assert asked.due_at - asked.asked_at == timedelta(hours=72)
    assert not asked.is_overdue(world.now)
    assert asked.is_overdue(world.now + timedelta(hours=72))
    with pytest.raises(AlreadyAsked):
        ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)


def test_it_waits_for_what_follows_from_the_consents(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site)
    ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)

    assert erase_what_is_owed(now=world.now) == 0
    do_what_is_owed(now=world.now)
    assert erase_what_is_owed(now=world.now) == 1
    assert erase_what_is_owed(now=world.now) == 0

    site.refresh_from_db()
    assert (site.address, Partner.objects.get().name) == ("(dihapus)", "(dihapus)")


def test_a_consent_given_meanwhile_ends_too(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site)
    ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    world.consent(site)

    for minute in range(3):
        do_what_is_owed(now=world.now + timedelta(minutes=minute))
        erase_what_is_owed(now=world.now + timedelta(minutes=minute))

    assert not Consent.objects.in_force(world.now).exists()
    assert SubjectRequest.objects.get().outcome == "done"


def test_a_crash_in_the_middle_only_delays_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = person()
    site = world.site(owner=owner)
    world.consent(site)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    do_what_is_owed(now=world.now)
    real = erasing.erasing_traces.erase_trail_of

    def dies(partner: Partner) -> None:
        real(partner)
        raise OSError("the machine went away")

    monkeypatch.setattr(erasing.erasing_traces, "erase_trail_of", dies)
    assert erase_what_is_owed(now=world.now) == 0
    assert set(RequestStep.objects.values_list("code", flat=True)) == {
        "consents",
        "devices",
        "pictures",
        "messages_about",
        "record",
    }
    monkeypatch.undo()

    assert erase_what_is_owed(now=world.now + LEASE) == 1
    asked.refresh_from_db()
    assert asked.outcome == "done"
    assert check_chain().holds


def test_a_worker_that_lost_its_lease_does_nothing(world: World) -> None:
    owner = person()
    site = world.site(owner=owner)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    SubjectRequest.objects.filter(pk=asked.pk).update(
        lease="00000000-0000-4000-8000-000000000000", lease_until=world.now + LEASE
    )

    assert erase_what_is_owed(now=world.now) == 0
    assert not RequestStep.objects.exists()


def test_only_who_manages_all_sites_asks_for_it(world: World) -> None:
    _owner, signer, site = two_sign(world)

    for stranger in (signer, person()):
        with pytest.raises(NotYours):
            ask_to_erase_partner(partner=site.partner, by=stranger, now=world.now)


def test_where_two_sign_nothing_happens_before_the_second_agrees(world: World) -> None:
    owner, signer, site = two_sign(world)

    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)

    assert Consent.objects.in_force(world.now).filter(site=site).exists()
    assert erase_what_is_owed(now=world.now) == 0
    with pytest.raises(AnotherPersonNeeded):
        second_erasure(request=asked, by=owner, now=world.now)
    second_erasure(request=asked, by=signer, now=world.now)
    assert not Consent.objects.in_force(world.now).filter(site=site).exists()
    with pytest.raises(AlreadyClosed):
        take_back_erasure(request=asked, by=owner, now=world.now)


def test_the_second_person_reads_it_and_may_say_no(world: World, fresh: Callable[..., Client]) -> None:
    owner, signer, site = two_sign(world)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    address = f"/mitra/data-saya/permintaan/{asked.public_id}/"

    assert "Setuju, hapus" in fresh(signer).get(address).content.decode()
    assert "Setuju, hapus" not in fresh(owner).get(address).content.decode()
    assert fresh(person()).get(address).status_code == 404
    assert fresh(signer).post(address, {"no": ""}).status_code == 302

    asked.refresh_from_db()
    assert asked.outcome == "taken_back"
    assert Consent.objects.in_force(world.now).filter(site=site).exists()


def test_the_page_erases_after_the_typed_word_alone(world: World, fresh: Callable[..., Client]) -> None:
    owner = person()
    site = world.site(owner=owner)
    browser, partner = fresh(owner), str(site.partner.public_id)

    assert "Yang tetap, dan mengapa" in browser.get("/mitra/data-saya/hapus/").content.decode()
    wrong = browser.post("/mitra/data-saya/hapus/", {"what": partner, "word": "hapuss"})
    assert wrong.status_code == 200
    assert not SubjectRequest.objects.exists()
    answer = browser.post("/mitra/data-saya/hapus/", {"what": partner, "word": " hapus "})

    asked = SubjectRequest.objects.get()
    assert answer["Location"] == f"/mitra/data-saya/permintaan/{asked.public_id}/"
    assert "Paling lambat" in browser.get(answer["Location"]).content.decode()
    do_what_is_owed(now=timezone.now())
    erase_what_is_owed(now=timezone.now())
    assert browser.get("/mitra/").status_code == 302, "he can still sign in"


def test_a_person_who_leaves_takes_his_name_and_leaves_the_owner(world: World) -> None:
    owner, manager = person("Pengelola Kedua"), person("Yang Pergi Jauh")
    site = world.site(owner=owner)
    world.consent(site)
    with pytest.raises(HandOverFirst):
        ask_to_erase_person(by=owner, now=world.now)
    give_role(
        site=site,
        user=manager,
        role=PersonRole.MANAGER,
        by=owner,
        now=world.now,
        everywhere=True,
        called="Si Pergi",
    )

    ask_to_erase_person(by=manager, now=world.now)
    assert erase_what_is_owed(now=world.now) == 1

    manager.refresh_from_db()
    assert (manager.name, manager.email, manager.is_active) == ("", None, False)
    assert not PartnerPerson.objects.filter(user=manager).exists()
    site.refresh_from_db()
    assert site.address == "Jalan Uji 1"
    assert Consent.objects.in_force(world.now).filter(site=site).exists()
    assert check_chain().holds


def test_whoever_carried_a_duty_stays_known(world: World) -> None:
    duty = world.on_duty(DutyKind.VIEWER, world.polres)
    site = world.site(owner=duty.user)

    with pytest.raises(CarriesDuty):
        ask_to_erase_person(by=duty.user, now=world.now)
    ask_to_erase_partner(partner=site.partner, by=duty.user, now=world.now)
    do_what_is_owed(now=world.now)
    assert erase_what_is_owed(now=world.now) == 1

    duty.user.refresh_from_db()
    assert duty.user.is_active
    assert duty.user.name


def two_manage(world: World) -> tuple[User, User, Site, PartnerPerson]:
    first, second = person(), person()
    site = world.site(owner=first)
    world.consent(site, Right.STILL_IN_HOURS)
    held = give_role(site=site, user=second, role=PersonRole.MANAGER, by=first, now=world.now, everywhere=True)
    return first, second, site, held


def test_of_two_managers_who_ask_only_the_first_may_leave(world: World) -> None:
    first, second, site, _held = two_manage(world)
    ask_to_erase_person(by=first, now=world.now)

    with pytest.raises(HandOverFirst):
        ask_to_erase_person(by=second, now=world.now)

    erase_what_is_owed(now=world.now)
    assert list(PartnerPerson.objects.filter(partner=site.partner).values_list("user", flat=True)) == [second.pk]


def test_who_became_the_last_manager_while_he_waited_stays_and_is_told(
    world: World, fresh: Callable[..., Client]
) -> None:
    first, second, site, held = two_manage(world)
    protects = world.on_duty(DutyKind.PROTECTION, world.polres).user
    asked = ask_to_erase_person(by=first, now=world.now)
    end_role(held=held, by=second, now=world.now)

    assert erase_what_is_owed(now=world.now) == 0

    asked.refresh_from_db()
    assert asked.outcome == "refused"
    assert not SubjectRequest.objects.open().exists()
    assert PartnerPerson.objects.filter(partner=site.partner, user=first).exists()
    assert Consent.objects.in_force(world.now).filter(site=site).exists()
    told = Notice.objects.filter(code="erasure.refused").values_list("user", flat=True)
    assert set(told) == {first.pk, protects.pk}
    page = fresh(first).get(f"/mitra/data-saya/permintaan/{asked.public_id}/").content.decode()
    assert "Jadikan orang lain pengelola" in page


def one_site_signed_by_two(world: World) -> tuple[User, User, PartnerPerson, Site]:
    """The switch is on for one site, and the second person signs there and nowhere else."""
    owner, signer = person(), person()
    site = world.site(owner=owner)
    world.consent(site)
    held = give_role(site=site, user=signer, role=PersonRole.SIGNATORY, by=owner, now=world.now)
    ask_for_two(site=site, by=owner, now=world.now)
    return owner, signer, held, site


def test_who_signs_at_the_one_site_of_two_signatures_agrees_there(
    world: World, fresh: Callable[..., Client]
) -> None:
    owner, signer, _held, site = one_site_signed_by_two(world)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    address = f"/mitra/data-saya/permintaan/{asked.public_id}/"

    assert fresh(person()).get(address).status_code == 404
    with pytest.raises(NotYours):
        second_erasure(request=asked, by=person(), now=world.now)
    assert "Setuju, hapus" in fresh(signer).get(address).content.decode()
    assert fresh(signer).post(address, {"yes": ""}).status_code == 302
    assert not Consent.objects.in_force(world.now).filter(site=site).exists()


def test_whoever_is_alone_by_now_waits_for_nobody(world: World) -> None:
    owner, _signer, held, site = one_site_signed_by_two(world)
    end_role(held=held, by=owner, now=world.now)

    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)

    assert not asked.waits_for_second
    assert not Consent.objects.in_force(world.now).filter(site=site).exists()


def test_it_waits_no_longer_once_the_second_person_has_left(world: World) -> None:
    owner, signer, held, site = one_site_signed_by_two(world)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    erase_what_is_owed(now=world.now)
    asked.refresh_from_db()
    assert asked.waits_for_second, "he is still there"
    end_role(held=held, by=signer, now=world.now)

    for minute in range(3):
        erase_what_is_owed(now=world.now + timedelta(minutes=minute))
        do_what_is_owed(now=world.now + timedelta(minutes=minute))

    asked.refresh_from_db()
    assert asked.outcome == "done"


def test_messages_about_the_owner_are_read_some_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, officer = person(), person()
    site = world.site(owner=owner)
    for number in range(7):
        body = f"Kunjungan ke {site.address} nomor {number}" if number % 2 else f"Rapat nomor {number}"
        Notice.objects.create(user=officer, code="x", subject="x", body=body, created_at=world.now)
    monkeypatch.setattr(erasing, "MESSAGES_AT_ONCE", 3)
    asked = ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    do_what_is_owed(now=world.now)
    about = Notice.objects.filter(user=officer, body__contains="Kunjungan")

    left = []
    for minute in range(4):
        erase_what_is_owed(now=world.now + timedelta(minutes=minute))
        left.append(about.count())

    assert left[0] == 2
    assert left[-1] == 0
    asked.refresh_from_db()
    assert asked.outcome == "done"
    assert Notice.objects.filter(user=officer).count() == 4


def test_who_has_only_a_phone_is_told_there_that_it_is_done(world: World, settings: Any, tmp_path: Path) -> None:
    settings.OUTBOX = str(tmp_path)
    owner = person()
    owner.email, owner.phone = None, "+6281234567890"
    owner.save()
    site = world.site(owner=owner)
    ask_to_erase_partner(partner=site.partner, by=owner, now=world.now)
    do_what_is_owed(now=world.now)

    assert erase_what_is_owed(now=world.now) == 1

    texts = [path.read_text() for path in tmp_path.iterdir()]
    assert [text for text in texts if text.startswith("To: +6281234567890") and "sudah selesai" in text]
