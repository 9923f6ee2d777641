"""Saving a still: an act of its own, on the trail and in Buku Tamu, with its SHA-256 and its last day."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from access.models import Case, Look
from accounts.models import DutyKind
from accounts.services import end_duty
from audit.models import Entry
from devices.errors import Unreachable
from feeds import store
from feeds.keeping import WRITING_TAKES, delete_due_stills
from feeds.models import SavedStill
from registry.models import Consent, Site
from registry.rights import Right
from registry.services import do_what_is_owed, withdraw_consent
from tests.access.conftest import signed_in
from tests.feeds.conftest import street
from tests.feeds.refusing import refuse_inserts

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(settings: LazySettings, tmp_path: Path) -> Path:
    """Where files lie in this test, and nothing else."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def lying_in(files: Path) -> list[str]:
    return sorted(path.name for path in files.rglob("*") if path.is_file())


@pytest.fixture
def case(world) -> Case:
    return world.case(world.viewer())


@pytest.fixture
def look(officer, connected, answers, files) -> Look:
    """A running look without a case; the camera answers."""
    answers(street)
    officer.post(f"/pusat-komando/kamera/{connected.public_id}/", {"reason": "technical_check"})
    return Look.objects.get()


@pytest.fixture
def case_look(officer, connected, answers, files, case) -> Look:
    """A running look in a case."""
    answers(street)
    sent = {"reason": "report_110", "case": str(case.public_id)}
    officer.post(f"/pusat-komando/kamera/{connected.public_id}/", sent)
    return Look.objects.get()


@pytest.fixture
def named_case_look(officer, connected, answers, files, case) -> Look:
    """A running look that names a case, though neither the reason nor the owner asks for one."""
    answers(street)
    sent = {"reason": "technical_check", "case": str(case.public_id)}
    officer.post(f"/pusat-komando/kamera/{connected.public_id}/", sent)
    return Look.objects.get()


def save(client: Client, look: Look, days: object = 30):  # type: ignore[no-untyped-def]
    return client.post(f"/pusat-komando/lihat/{look.public_id}/simpan/", {"days": str(days)}, follow=True)


def url(still: SavedStill) -> str:
    return f"/tersimpan/{still.public_id}/gambar.jpg"


def day(moment) -> str:  # type: ignore[no-untyped-def]
    return date_format(timezone.localtime(moment), "j F Y")


def test_what_is_saved_is_a_watermarked_still_with_its_hash_and_its_last_day(officer, look, files):
    page = save(officer, look).content.decode()

    still = SavedStill.objects.get()
    [name] = lying_in(files)
    content = (files / still.file.name).read_bytes()
    assert name == f"{still.public_id}.jpg"
    assert (still.sha256, still.size_bytes) == (sha256(content).hexdigest(), len(content))
    assert still.delete_at - still.saved_at == timedelta(days=30)
    assert f"Dihapus pada {day(still.delete_at)}" in page
    assert url(still) in page
    look.refresh_from_db()
    assert (look.stills_saved, look.stills_shown) == (1, 1)
    entry = Entry.objects.get(action="look.still_saved")
    assert still.sha256.encode() in bytes(entry.body)


def test_only_this_user_of_the_machine_reads_the_file(officer, look, files):
    save(officer, look)

    path = files / SavedStill.objects.get().file.name
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_owner_reads_it_in_his_guest_book_and_not_who_it_was(officer, look, connected):
    save(officer, look)
    still = SavedStill.objects.get()
    owner = signed_in(connected.site.partner.people.get())

    for page in ("/mitra/buku-tamu/", "/mitra/"):
        words = owner.get(page).content.decode()
        assert "1 gambar disimpan" in words
        assert f"dihapus pada {day(still.delete_at)}" in words
        assert still.sha256 in words
        assert look.viewer.name not in words
    assert owner.get(url(still)).status_code == 404

    delete_due_stills(now=still.delete_at)

    assert f"sudah dihapus pada {day(still.delete_at)}" in owner.get("/mitra/buku-tamu/").content.decode()


def test_the_guest_book_asks_for_saved_stills_once(officer, look, connected, django_assert_max_num_queries):
    for _ in range(4):
        save(officer, look)
    owner = signed_in(connected.site.partner.people.get())
    owner.get("/mitra/buku-tamu/")

    with django_assert_max_num_queries(25):
        owner.get("/mitra/buku-tamu/")


# --- how long ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [31, 180, 0, -1, "", "x", 4000])
def test_without_a_case_nothing_is_kept_longer(officer, look, files, days):
    save(officer, look, days)

    assert not SavedStill.objects.exists()
    assert lying_in(files) == []


def test_for_a_case_it_may_be_kept_longer_but_not_for_ever(officer, case_look):
    save(officer, case_look, 181)
    assert not SavedStill.objects.exists()

    save(officer, case_look, 180)

    still = SavedStill.objects.get()
    assert still.delete_at - still.saved_at == timedelta(days=180)


# --- whether -------------------------------------------------------------------------------------------------


def test_the_decision_is_asked_again(officer, look, connected, files):
    consent = connected.site.consents.get(right=Right.STILL_IN_HOURS)
    withdraw_consent(consent=consent, by=connected.site.partner.people.get(), now=timezone.now())

    save(officer, look)

    assert not SavedStill.objects.exists()
    assert lying_in(files) == []


def test_a_withdrawal_while_the_camera_answers_keeps_nothing(officer, look, connected, answers, files):
    def device(camera):
        consent = connected.site.consents.get(right=Right.STILL_IN_HOURS)
        withdraw_consent(consent=consent, by=connected.site.partner.people.get(), now=timezone.now())
        return street()

    answers(device)
    save(officer, look)

    assert not SavedStill.objects.exists()
    assert lying_in(files) == []


def test_a_withdrawal_just_before_the_row_keeps_nothing(officer, look, connected, files, monkeypatch):
    from feeds import keeping

    def taken(look, viewer, now):
        consent = connected.site.consents.get(right=Right.STILL_IN_HOURS)
        withdraw_consent(consent=consent, by=connected.site.partner.people.get(), now=timezone.now())
        return street().jpeg

    monkeypatch.setattr(keeping, "still_for", taken)
    save(officer, look)

    assert not SavedStill.objects.exists()
    assert lying_in(files) == []


def test_a_silent_camera_saves_nothing_and_says_so(officer, look, answers, files):
    def device(camera):
        raise Unreachable("silent")

    answers(device)

    assert "Kamera tidak menjawab." in save(officer, look).content.decode()
    assert lying_in(files) == []


def test_of_a_look_that_is_over_nothing_is_saved(officer, look, files):
    officer.post(f"/pusat-komando/lihat/{look.public_id}/selesai/")

    save(officer, look)

    assert not SavedStill.objects.exists()


# --- no file without a row, no row that promises a file that is not there --------------------------------------


@pytest.mark.parametrize("table", ["feeds_savedstill", "audit_entry"])
def test_if_it_cannot_be_noted_nothing_is_written(officer, look, files, table):
    officer.raise_request_exception = False
    refuse_inserts(table)

    assert save(officer, look).status_code == 500

    assert lying_in(files) == []
    assert not SavedStill.objects.exists()


def test_the_row_is_there_before_the_file(officer, look, files, monkeypatch):
    seen = []
    plain = store.write_whole

    def watched(name, content):
        seen.append((SavedStill.objects.get().is_there, Entry.objects.filter(action="look.still_saved").count()))
        plain(name, content)

    monkeypatch.setattr(store, "write_whole", watched)
    save(officer, look)

    assert seen == [(False, 1)]
    assert SavedStill.objects.get().is_there


@pytest.mark.parametrize("fails", ["at once", "half way", "at the end"])
def test_a_storage_that_fails_leaves_nothing_behind(officer, look, files, monkeypatch, fails, connected):
    def broken(*_args, **_facts):
        raise OSError("no space left")

    if fails == "at once":
        monkeypatch.setattr(store, "write_whole", broken)
    else:
        monkeypatch.setattr(store.os, "fsync" if fails == "half way" else "link", broken)

    page = save(officer, look).content.decode()

    assert "Gambar tidak tersimpan." in page
    assert lying_in(files) == []
    still = SavedStill.objects.get()
    assert still.stored_at is None
    assert still.deleted_at is not None
    assert officer.get(url(still)).status_code == 404
    look.refresh_from_db()
    assert look.stills_saved == 0
    guest_book = signed_in(connected.site.partner.people.get()).get("/mitra/buku-tamu/").content.decode()
    assert "gambar disimpan" not in guest_book


def test_what_a_dead_writer_left_is_taken_away(officer, look, files):
    save(officer, look)
    SavedStill.objects.update(stored_at=None)  # It died between the file and the last note.
    still = SavedStill.objects.get()
    assert officer.get(url(still)).status_code == 404

    assert delete_due_stills(now=still.saved_at + WRITING_TAKES - timedelta(seconds=1)) == 0
    assert delete_due_stills(now=still.saved_at + WRITING_TAKES) == 1

    assert lying_in(files) == []


def test_no_file_takes_the_place_of_another(files):
    store.write_whole("stills/a.jpg", b"first")

    with pytest.raises(FileExistsError):
        store.write_whole("stills/a.jpg", b"second")

    assert (files / "stills/a.jpg").read_bytes() == b"first"
    assert lying_in(files) == ["a.jpg"]


# --- fetching ------------------------------------------------------------------------------------------------


def test_each_fetch_is_on_the_trail_before_the_picture_leaves(officer, look, files):
    save(officer, look)
    still = SavedStill.objects.get()

    for count in (1, 2):
        answer = officer.get(url(still))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Disposition"].startswith("attachment")
        assert sha256(answer.content).hexdigest() == still.sha256
        assert Entry.objects.filter(action="still.fetched").count() == count

    officer.raise_request_exception = False
    refuse_inserts("audit_entry")
    answer = officer.get(url(still))
    assert answer.status_code == 500
    assert b"\xff\xd8" not in answer.content


def test_what_was_altered_is_not_handed_out(officer, look, files):
    save(officer, look)
    still = SavedStill.objects.get()
    (files / still.file.name).write_bytes(b"\xff\xd8 something else")

    assert officer.get(url(still)).status_code == 404
    assert not Entry.objects.filter(action="still.fetched").exists()


def test_without_a_case_only_the_one_who_saved_it_fetches_it(officer, look, world):
    save(officer, look)
    still = SavedStill.objects.get()

    assert officer.get(url(still)).status_code == 200
    assert signed_in(look.viewer).get(url(still)).status_code == 200  # In another session, too.
    for stranger in (world.viewer(), world.viewer(world.polsek)):
        client = signed_in(stranger.user)
        assert client.get(url(still)).status_code == 404
        assert still.sha256 not in client.get("/polsek/tersimpan/").content.decode()


def test_with_a_case_his_body_fetches_it_and_no_other(officer, case_look, world):
    save(officer, case_look)
    still = SavedStill.objects.get()

    colleague = signed_in(world.viewer().user)
    assert colleague.get(url(still)).status_code == 200
    assert still.sha256 in colleague.get("/pusat-komando/tersimpan/").content.decode()
    assert signed_in(world.viewer(world.polsek).user).get(url(still)).status_code == 404
    assert signed_in(world.on_duty(DutyKind.SUPERVISOR, world.polres).user).get(url(still)).status_code == 404


def test_of_a_vital_object_only_the_one_who_saved_it(officer, case_look, world):
    save(officer, case_look)
    still = SavedStill.objects.get()
    Site.objects.update(vital=True)

    assert signed_in(world.viewer().user).get(url(still)).status_code == 404
    assert officer.get(url(still)).status_code == 200


@pytest.mark.parametrize("lost", ["duty", "second factor"])
def test_with_the_duty_or_the_second_factor_ends_the_fetching(officer, look, world, lost):
    save(officer, look)
    still = SavedStill.objects.get()

    if lost == "duty":
        end_duty(duty=look.duty, by=None, now=timezone.now())
        assert officer.get(url(still)).status_code == 404
    else:
        assert signed_in(look.viewer, second_factor=False).get(url(still)).status_code in {302, 404}


# --- the last day --------------------------------------------------------------------------------------------


def test_on_its_last_day_it_is_deleted_once_and_noted(officer, look, files):
    save(officer, look)
    still = SavedStill.objects.get()
    assert delete_due_stills(now=still.delete_at - timedelta(seconds=1)) == 0

    assert delete_due_stills(now=still.delete_at) == 1
    assert delete_due_stills(now=still.delete_at) == 0

    assert lying_in(files) == []
    assert officer.get(url(still)).status_code == 404
    assert Entry.objects.filter(action="still.deleted").count() == 1
    still.refresh_from_db()
    assert still.deleted_at == still.delete_at


def test_a_file_that_cannot_be_deleted_stays_owed_and_keeps_no_other(officer, look, files, monkeypatch):
    save(officer, look)
    save(officer, look)
    first, second = SavedStill.objects.order_by("pk")
    plain = store.remove

    def stuck(name):
        if name == first.file.name:
            raise OSError("busy")
        plain(name)

    monkeypatch.setattr(store, "remove", stuck)
    assert delete_due_stills(now=second.delete_at) == 1
    monkeypatch.setattr(store, "remove", plain)
    assert delete_due_stills(now=second.delete_at) == 1

    assert lying_in(files) == []


def withdraw_all(site: Site) -> None:
    """With the consent to be listed goes everything else at the site."""
    listed = Consent.objects.get(site=site, right=Right.LISTED)
    withdraw_consent(consent=listed, by=site.partner.people.get(), now=timezone.now())


def test_with_the_consent_goes_what_was_saved_under_it(officer, look, connected, files):
    save(officer, look)

    withdraw_all(connected.site)
    do_what_is_owed(now=timezone.now())

    assert lying_in(files) == []
    assert b'"how":"consent_ended"' in bytes(Entry.objects.get(action="still.deleted").body)


def test_what_belongs_to_a_case_is_kept_until_its_own_date(officer, case_look, connected, files):
    save(officer, case_look)

    withdraw_all(connected.site)
    do_what_is_owed(now=timezone.now())

    assert len(lying_in(files)) == 1


def test_a_case_that_nothing_asked_for_keeps_nothing_longer(officer, named_case_look, connected, files):
    save(officer, named_case_look, 31)
    assert not SavedStill.objects.exists()
    save(officer, named_case_look, 30)

    withdraw_all(connected.site)
    do_what_is_owed(now=timezone.now())

    assert lying_in(files) == []


def test_a_colleague_does_not_fetch_what_rests_on_no_case(officer, named_case_look, world):
    save(officer, named_case_look)

    assert signed_in(world.viewer().user).get(url(SavedStill.objects.get())).status_code == 404
    assert officer.get(url(SavedStill.objects.get())).status_code == 200


def test_with_the_consent_a_picture_is_closed_before_its_file_is_deleted(officer, look, connected):
    save(officer, look)
    still = SavedStill.objects.get()
    assert officer.get(url(still)).status_code == 200

    withdraw_consent(
        consent=Consent.objects.get(site=connected.site, right=Right.STILL_IN_HOURS),
        by=connected.site.partner.people.get(),
        now=timezone.now(),
    )

    still.refresh_from_db()
    assert still.deleted_at is None
    assert officer.get(url(still)).status_code == 404
    assert str(still.public_id) not in officer.get("/pusat-komando/tersimpan/").content.decode()


def test_the_owner_reads_for_which_case_a_picture_is_kept(officer, case_look, connected):
    save(officer, case_look)

    book = signed_in(connected.site.partner.people.get()).get("/mitra/buku-tamu/").content.decode()

    assert f"untuk perkara {case_look.case}, dihapus pada" in book


@pytest.mark.parametrize("flaw", ["delete_at = saved_at", "size_bytes = 0"])
def test_the_database_knows_what_a_saved_still_is(officer, look, flaw):
    save(officer, look)

    with pytest.raises(Exception, match=r"(?i)check|constraint"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE feeds_savedstill SET {flaw}")  # noqa: S608
