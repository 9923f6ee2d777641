"""Versions of the consent texts: published by an administrator, in force at once, and never for what was signed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, User
from audit.models import Entry
from notices.models import Notice
from registry import texts
from registry.errors import NotYours, WordsMoved, WordsNotWhole, WordsUnchanged
from registry.models import Consent, Receipt, Site, TextVersion
from registry.receipts import consents_of, is_genuine
from registry.rights import Right
from registry.services import ConsentChoice, give_consents, publish_words, tell_of_new_words
from registry.texts_forms import name_of
from registry.wording import KEYS, LANGUAGES, PLACES, SHIPPED, SHIPPED_WORDING, Words, is_whole, places_hold
from tests.access.conftest import signed_in
from tests.factories import World

pytestmark = pytest.mark.django_db

NEW = "/polsek/administrasi/teks/baru/"


@pytest.fixture
def administrator(world: World) -> User:
    """The administrator of the Polres at the top."""
    return world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user


@pytest.fixture
def site(world: World) -> Site:
    """Listed, with stills at set hours, under the shipped words."""
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    return site


@pytest.fixture
def owner(site: Site) -> User:
    return site.partner.people.get()


def changed(**sentences: str) -> Words:
    """The shipped words with these Indonesian sentences, dots written as underscores."""
    mine = {key.replace("_", "."): words for key, words in sentences.items()}
    return {"id": {**SHIPPED["id"], **mine}, "en": dict(SHIPPED["en"])}


def publish(by: User, words: Words | None = None, *, based_on: int = 1, **facts: Any) -> TextVersion:
    return publish_words(
        words=words or changed(withdraw="Tekan Tarik persetujuan; seketika, dan 3×24 jam menurut undang-undang."),
        note="Saran penasihat hukum",
        based_on=based_on,
        by=by,
        now=timezone.now(),
        **facts,
    )


def answers(words: Words, **more: str) -> dict[str, str]:
    sentences = {name_of(language, key): words[language][key] for language in LANGUAGES for key in KEYS}
    return {**sentences, "note": "Saran penasihat hukum", "based_on": "1", **more}


# --- the words ---------------------------------------------------------------------------------------------


def test_the_shipped_words_are_whole_and_in_force_until_others_are() -> None:
    assert is_whole(SHIPPED)
    assert texts.in_force() is SHIPPED_WORDING


@pytest.mark.parametrize(
    ("key", "sentence", "holds"),
    [
        ("recipient", "Hanya {name}.", True),
        ("recipient", "Hanya mereka.", False),
        ("recipient", "Hanya {name}, {day}.", False),
        ("recipient", "Hanya {name", False),
        ("recipient", "Hanya {name.__class__}", False),
        ("recipient", "Hanya {name!r}", False),
        ("recipient", "Hanya {name:>9}", False),
        ("recipient", "Hanya {}", False),
        ("recipient", "Hanya {{name}}", False),
        ("hours", "{start}–{end}", True),
        ("hours", "{start}", False),
        ("withdraw", "Kapan saja", True),
        ("withdraw", "Kapan saja {name}", False),
        ("withdraw", "Kapan saja }", False),
    ],
)
def test_each_sentence_has_exactly_its_places(key: str, sentence: str, holds: bool) -> None:
    assert places_hold(key, sentence) is holds


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_words_without_one_sentence_are_not_whole(language: str, key: str) -> None:
    for broken in ("", "  ", "dua\nbaris {name}{day}{start}{end}{authority}", "x" * 601):
        words = {tongue: dict(SHIPPED[tongue]) for tongue in LANGUAGES}
        words[language][key] = broken
        assert not is_whole(words)
    assert set(PLACES) <= set(KEYS)


# --- publishing --------------------------------------------------------------------------------------------


def test_new_words_are_read_at_once_and_stand_on_the_trail(administrator: User, world: World) -> None:
    published = publish(administrator)

    assert (published.number, texts.in_force().number) == (2, 2)
    assert texts.in_force().words["id"]["withdraw"].startswith("Tekan Tarik")
    assert published.sha256 == texts.in_force().sha256
    assert (published.organization, published.published_by) == (world.polres, administrator)
    entry = Entry.objects.get(action="texts.published")
    assert (entry.actor, entry.target_id) == (administrator, str(published.pk))


def test_another_process_reads_them_without_being_told(administrator: User) -> None:
    texts.in_force()
    TextVersion.objects.create(
        number=2,
        words=changed(withdraw="Dari proses lain"),
        sha256="0" * 64,
        note="-",
        organization=administrator.duties.get().organization,
        published_at=timezone.now(),
        published_by=administrator,
    )

    assert texts.in_force().words["id"]["withdraw"] == "Dari proses lain"


def test_many_texts_ask_the_database_once(administrator: User, django_assert_num_queries: Any) -> None:
    publish(administrator)
    texts.in_force()

    with django_assert_num_queries(1):
        texts.in_force()


@pytest.mark.parametrize("kind", [kind for kind in DutyKind if kind != DutyKind.ADMINISTRATOR])
def test_nobody_else_publishes(world: World, kind: DutyKind) -> None:
    with pytest.raises(NotYours):
        publish(world.on_duty(kind, world.polres).user)


def test_the_administrator_of_a_unit_does_not_either(world: World) -> None:
    unit = world.on_duty(DutyKind.ADMINISTRATOR, world.polsek).user
    with pytest.raises(NotYours):
        publish(unit)
    assert signed_in(unit).get("/polsek/administrasi/teks/").status_code == 404


def test_words_that_lack_something_that_are_the_same_or_that_another_overtook_are_refused(
    administrator: User,
) -> None:
    with pytest.raises(WordsNotWhole):
        publish(administrator, changed(recipient="Hanya mereka."))
    with pytest.raises(WordsUnchanged):
        publish(administrator, SHIPPED)
    publish(administrator)
    with pytest.raises(WordsMoved):
        publish(administrator, based_on=1)
    assert TextVersion.objects.count() == 1


# --- what was signed stays ---------------------------------------------------------------------------------


def test_what_was_signed_before_says_what_it_said_and_its_receipt_verifies(site: Site, administrator: User) -> None:
    receipt = Receipt.objects.get()
    before = {row.pk: row.text.body for row in consents_of(receipt)}

    publish(administrator)

    assert {row.pk: row.text.body for row in consents_of(receipt)} == before
    assert is_genuine(receipt, consents_of(receipt))
    assert Consent.objects.in_force(timezone.now()).count() == len(before)


def test_its_owner_is_told_once_and_sees_which_are_older(site: Site, owner: User, administrator: User) -> None:
    now = timezone.now()
    assert tell_of_new_words(now=now) == 0
    publish(administrator)

    assert [tell_of_new_words(now=now + timedelta(hours=n)) for n in range(2)] == [1, 0]
    publish(administrator, changed(withdraw="Kapan saja, 3×24 jam."), based_on=2)
    assert [tell_of_new_words(now=now + timedelta(hours=n)) for n in range(2)] == [1, 0]

    assert Notice.objects.filter(user=owner, code="texts.published").count() == 2
    assert signed_in(owner, second_factor=False).get("/mitra/").content.decode().count("Kata-kata lama") == 2


def test_renewing_shows_the_new_words_and_nothing_is_ticked(site: Site, owner: User, administrator: User) -> None:
    browser, address = signed_in(owner, second_factor=False), f"/mitra/tempat/{site.public_id}/perbarui/"
    assert browser.get(address).status_code == 302, "nothing is up for renewal yet"
    publish(administrator)

    page = browser.get(address)
    form = page.context["form"]

    assert "Tekan Tarik persetujuan" in page.content.decode()
    assert " checked" not in page.content.decode()
    assert len(form.boxes) == 2
    listed, stills = (name for name in form.fields if "-" in name)
    only = browser.post(address, {"shown": form.digest, stills: "on"})
    assert only.status_code == 200
    assert "memerlukan centang" in only.content.decode()
    ticked = {"shown": form.digest, listed: "on", stills: "on"}
    assert "kata demi kata" in browser.post(address, ticked).content.decode()
    assert browser.post(address, {**ticked, "agree": "1"}).status_code == 302

    now = timezone.now()
    assert {row.text.version for row in site.consents.in_force(now).select_related("text")} == {"2"}
    assert {row.ended_how for row in site.consents.filter(text__version="2026-11")} == {"renewed"}
    assert all(is_genuine(receipt, consents_of(receipt)) for receipt in Receipt.objects.all())


def test_words_that_changed_under_the_reader_are_read_again(site: Site, owner: User, administrator: User) -> None:
    browser, address = signed_in(owner, second_factor=False), f"/mitra/tempat/{site.public_id}/perbarui/"
    publish(administrator)
    form = browser.get(address).context["form"]
    ticked = {name: "on" for name in form.fields if "-" in name}
    publish(administrator, changed(withdraw="Kapan saja, 3×24 jam."), based_on=2)

    answer = browser.post(address, {"shown": form.digest, "agree": "1", **ticked})

    assert "berubah sejak halaman ini dibuka" in answer.content.decode()
    assert {row.text.version for row in site.consents.select_related("text")} == {"2026-11"}


def test_what_is_signed_is_the_version_that_was_read(world: World, administrator: User) -> None:
    read, site = texts.in_force(), world.site()
    publish(administrator)

    world.consent(site)  # In force now: the new one.
    assert site.consents.get().text.version == "2"
    consent = site.consents.get()
    give_consents(
        site=site,
        choices=[world_choice(consent)],
        by=site.partner.people.get(),
        now=timezone.now(),
        wording=read,
    )
    assert site.consents.in_force(timezone.now()).get().text.version == "2026-11"


def world_choice(consent: Consent) -> ConsentChoice:
    return ConsentChoice(Right(consent.right), consent.recipient, consent.valid_until)


# --- the pages ---------------------------------------------------------------------------------------------


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in(administrator)


def test_the_form_starts_from_what_is_in_force_or_from_an_earlier_version(
    browser: Client, administrator: User
) -> None:
    publish(administrator)

    assert "Tekan Tarik persetujuan" in browser.get(NEW).content.decode()
    assert "Tekan Tarik persetujuan" not in browser.get(f"{NEW}?dari=1").content.decode()
    for strange in ("x", "9", "99999999999", "²", "-1", "\0"):
        assert browser.get(NEW, {"dari": strange}).status_code == 200


def test_it_is_read_as_an_owner_will_and_asked_once_more_before_that(browser: Client, site: Site) -> None:
    words = changed(withdraw="Kapan saja lewat Kamera saya; 3×24 jam.")

    asked = browser.post(NEW, answers(words))

    page = asked.content.decode()
    assert not TextVersion.objects.exists()
    assert "Terbitkan versi 2?" in page
    assert page.count("Kapan saja lewat Kamera saya") >= 1 + len(Right)
    assert "At any time" in page
    assert "2 persetujuan yang berlaku" in page

    assert browser.post(NEW, answers(words, ubah="1")).status_code == 200
    assert not TextVersion.objects.exists()
    assert browser.post(NEW, answers(words, terbit="1")).status_code == 302
    assert TextVersion.objects.get().number == 2
    history = browser.get("/polsek/administrasi/teks/").content.decode()
    assert "Saran penasihat hukum" in history
    assert "bawaan" in history
    assert browser.get("/polsek/administrasi/teks/2/").status_code == 200
    assert browser.get("/polsek/administrasi/teks/3/").status_code == 404


def test_a_missing_place_is_told_at_its_field(browser: Client) -> None:
    answer = browser.post(NEW, answers(changed(recipient="Hanya mereka."), terbit="1"))

    assert "Harus memuat: {name}" in answer.context["form"].errors["id-recipient"][0]
    assert not TextVersion.objects.exists()


def test_words_that_are_the_same_are_not_asked_about(browser: Client) -> None:
    assert "Belum ada kata yang berubah" in browser.post(NEW, answers(SHIPPED)).content.decode()


def test_publishing_on_an_overtaken_page_is_refused(browser: Client, administrator: User) -> None:
    publish(administrator)

    answer = browser.post(NEW, answers(changed(withdraw="Kapan saja; 3×24 jam."), terbit="1"))

    assert "Versi lain sudah terbit" in answer.content.decode()
    assert TextVersion.objects.count() == 1
