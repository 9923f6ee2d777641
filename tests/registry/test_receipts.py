"""Receipts: what they prove, and to whom."""

import json
import re
import uuid
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from registry import receipts
from registry.models import Consent, ConsentText, Receipt
from registry.rights import Right
from registry.services import give_consents, withdraw_all, withdraw_consent
from tests.registry.world import A_YEAR_ON, NOW, City, choice, make_city, make_person, make_site

pytestmark = pytest.mark.django_db

FIRST = [uuid.UUID(int=number) for number in range(1, 6)]
FIRST_SHA256 = "a09733b8864e096b1f23558c7e5273e6fe46147d0da03f01c5ded022623649c0"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def owner(db: None) -> User:
    return make_person("wulandari")


@pytest.fixture
def receipt(city: City, owner: User) -> Receipt:
    choices = [choice(Right.LISTED, city.polres), choice(Right.STILL_IN_HOURS, city.polres)]
    return give_consents(site=make_site(city, owner), choices=choices, by=owner, now=NOW)


def test_a_code_holds_eighty_bits_and_no_two_are_alike() -> None:
    codes = {receipts.new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert len(receipts.ALPHABET) ** receipts.LENGTH >= 2**80
    assert {len(code) for code in codes} == {16}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123-4567-89AB-CDEF", "0123456789ABCDEF"),
        (" 0123 4567 89ab cdef ", "0123456789ABCDEF"),
        ("OI23-4567-89AB-CDEF", "0123456789ABCDEF"),
        ("0123", None),
        ("0123-4567-89AB-CDEU", None),
        ("０123456789ABCDEF", None),
        ("\x00" * 16, None),
        ("A" * 10_000, None),
        ("", None),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str | None) -> None:
    assert receipts.parse_code(typed) == code


def test_a_receipt_is_genuine_until_anything_it_stands_for_is_changed(receipt: Receipt) -> None:
    def genuine() -> bool:
        return receipts.is_genuine(receipt, receipts.consents_of(receipt))

    assert genuine()
    Consent.objects.filter(receipt=receipt, right=Right.STILL_IN_HOURS).update(hours_until=600)
    assert not genuine()
    Consent.objects.filter(receipt=receipt, right=Right.STILL_IN_HOURS).update(hours_until=300)
    assert genuine()
    ConsentText.objects.update(body="lain")
    assert not genuine()


def test_withdrawal_leaves_the_receipt_genuine(receipt: Receipt, owner: User) -> None:
    withdraw_all(site=receipt.site, by=owner, now=NOW)

    assert receipts.is_genuine(receipt, receipts.consents_of(receipt))


def test_anybody_with_the_code_sees_what_was_agreed_and_no_person(
    client: Client, receipt: Receipt, owner: User
) -> None:
    page = client.get(reverse("registry:receipt-check", args=[receipts.grouped(receipt.code)]))

    words = page.content.decode()
    assert page.status_code == 200
    assert "Tanda terima ini asli" in words
    assert "Polres Metro Jakarta Barat" in words
    assert "Kapuk" in words
    assert "22.00–05.00 WIB" in words
    for private in ("Jalan Rekaan", "Warung Rekaan", "Sari", owner.name, owner.email or "-", "-6.15"):
        assert private not in words


def test_a_withdrawn_receipt_says_so(client: Client, receipt: Receipt, owner: User) -> None:
    withdraw_all(site=receipt.site, by=owner, now=NOW)

    page = client.get(reverse("registry:receipt-check", args=[receipt.code]))

    assert "Ditarik" in page.content.decode()


def test_the_trail_is_told_consent_by_consent_and_each_act_by_its_name(
    client: Client, receipt: Receipt, owner: User, city: City
) -> None:
    still = receipt.consents.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=still, by=owner, now=NOW)
    give_consents(site=receipt.site, choices=[choice(Right.LISTED, city.polres)], by=owner, now=NOW)
    client.force_login(owner)

    for page in (f"/mitra/tanda-terima/{receipt.code}/", f"/tanda-terima/{receipt.code}/"):
        told = client.get(page).context["told"]
        assert [(one.consent.right, [act.words for act in one.acts]) for one in told] == [
            (Right.LISTED, ["Diberikan", "Diperbarui"]),
            (Right.STILL_IN_HOURS, ["Diberikan", "Ditarik"]),
        ]


def test_a_changed_record_is_called_changed(client: Client, receipt: Receipt) -> None:
    Receipt.objects.update(sha256="0" * 64)

    page = client.get(reverse("registry:receipt-check", args=[receipt.code]))

    assert "asli" not in page.content.decode().replace("tidak sama dengan aslinya", "")


def test_a_receipt_of_the_first_shape_goes_on_verifying(city: City, owner: User) -> None:
    """The hash was taken over this very record before records had a second shape."""
    site = make_site(city, owner)
    old = Receipt.objects.create(code="0123456789ABCDEF", partner=site.partner, site=site, created_at=NOW, shape=1)
    give_consents(site=site, choices=[choice(Right.LISTED, city.polres)], by=owner, now=NOW)
    Consent.objects.update(receipt=old, public_id=FIRST[0])
    type(site.partner).objects.update(public_id=FIRST[1])
    type(site).objects.update(public_id=FIRST[2])
    type(city.polres).objects.filter(pk=city.polres.pk).update(public_id=FIRST[3])
    User.objects.update(public_id=FIRST[4])
    Receipt.objects.filter(pk=old.pk).update(sha256=FIRST_SHA256)
    old = Receipt.objects.get(pk=old.pk)

    assert receipts.is_genuine(old, receipts.consents_of(old))
    old.shape = 2
    assert not receipts.is_genuine(old, receipts.consents_of(old))


def test_a_new_record_names_what_the_standard_asks_for(receipt: Receipt) -> None:
    record = receipts.record_of(receipt, receipts.consents_of(receipt))

    assert {"schema_version", "record_id", "pii_principal_id", "created"} <= set(record)
    for row in record["consents"]:
        processing, notice, event = row["processing"], row["notice"], row["event"]
        assert {"version", "language", "sha256"} == set(notice)
        assert processing["pii_categories"]
        assert processing["pii_controllers"] == processing["recipients"]
        assert {"service", "purpose", "retention", "storage_location", "collection_method"} <= set(processing)
        assert {"state", "time", "entity_id", "method", "type", "valid_until"} <= set(event)


def test_the_public_page_tells_each_apart(client: Client, receipt: Receipt, owner: User, city: City) -> None:
    still = receipt.consents.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=still, by=owner, now=NOW)
    assert states(client, receipt) == {"Berlaku", "Ditarik"}

    again = choice(Right.LISTED, city.polres)
    give_consents(site=receipt.site, choices=[again], by=owner, now=NOW)
    assert states(client, receipt) == {"Diganti yang lebih baru", "Ditarik"}

    Consent.objects.exclude(receipt=receipt).delete()
    Consent.objects.filter(receipt=receipt).update(withdrawn_at=None, withdrawn_by=None, ended_how="")
    assert states(client, receipt, at=A_YEAR_ON) == {"Berakhir"}


def states(client: Client, receipt: Receipt, at: datetime = NOW) -> set[str]:
    with time_machine.travel(at, tick=False):
        page = client.get(reverse("registry:receipt-check", args=[receipt.code])).content.decode()
    assert "Tanda terima ini asli" in page
    return set(re.findall(r'class="tag tag--(?:good|mute)">.*?</svg>\s*([^<]+)</span>', page))


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "x", "%00", "a" * 300, "..%2f..", "0123-4567-89AB-CDEU"])
def test_every_other_code_gets_the_same_answer(client: Client, receipt: Receipt, code: str) -> None:
    page = client.get(f"/tanda-terima/{code}/")

    assert page.status_code == 404


def test_a_typed_code_leads_to_its_page(client: Client, receipt: Receipt) -> None:
    page = client.get("/tanda-terima/", {"kode": receipts.grouped(receipt.code).lower()})

    assert page.status_code == 302
    assert page["Location"] == reverse("registry:receipt-check", args=[receipts.grouped(receipt.code)])


@pytest.mark.parametrize("typed", ["", "abc", "\x00", "0" * 2000, "<script>"])
def test_a_typed_code_that_can_be_none_is_told_so(client: Client, typed: str) -> None:
    page = client.get("/tanda-terima/", {"kode": typed})

    assert page.status_code == 200
    assert "<script>0" not in page.content.decode()


def test_the_owner_alone_sees_the_full_receipt(client: Client, receipt: Receipt, owner: User) -> None:
    address = reverse("registry:receipt", args=[receipt.code])

    assert client.get(address).status_code == 302
    client.force_login(make_person("orang-lain"))
    assert client.get(address).status_code == 404
    client.force_login(owner)
    page = client.get(address)
    assert page.status_code == 200
    assert "Jalan Rekaan 1" in page.content.decode()


def test_the_owner_takes_the_record_away_as_json_that_hashes_to_his_receipt(
    client: Client, receipt: Receipt, owner: User
) -> None:
    address = reverse("registry:receipt-json", args=[receipt.code])
    client.force_login(make_person("orang-lain"))
    assert client.get(address).status_code == 404
    client.force_login(owner)

    answer = json.loads(client.get(address).content)

    assert answer["sha256"] == receipt.sha256 == receipts.digest(answer["record"])
    assert {row["processing"]["service"] for row in answer["record"]["consents"]} == {"listed", "still_in_hours"}
    assert answer["record"]["consents"][0]["notice"]["sha256"] == answer["texts"][0]["sha256"]
