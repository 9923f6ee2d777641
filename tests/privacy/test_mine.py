"""A person's own data: the page, the archive, and who gets it."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Look
from audit.models import Entry
from notices.models import Notice
from privacy.archive import SCHEMA, SCHEMA_VERSION
from privacy.models import SubjectRequest
from registry.models import Device, Partner, PersonRole
from registry.rights import AccessRight, Right
from registry.services import give_role
from tests.factories import World, person, reason

Fresh = Callable[..., Client]


def archive_of(answer: object) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]


def looked_at(world: World, site: object, officer: str = "Ipda Rahasia Sekali") -> Look:
    viewer = world.viewer()
    viewer.user.name = officer
    viewer.user.save()
    return Look.objects.create(
        viewer=viewer.user,
        duty=viewer.duty,
        organization=world.polres,
        camera=site.cameras.get(),  # type: ignore[attr-defined]
        right=AccessRight.VIEW_STILL,
        reason=reason(),
        session_key_hash="s" * 64,
        started_at=world.now - timedelta(minutes=5),
        until=world.now,
    )


def test_the_archive_holds_what_is_mine_to_read_and_for_a_machine(world: World, fresh: Fresh) -> None:
    owner = person("Sari Rekaan")
    site = world.site(owner=owner, labels=("=Gerbang",))
    world.consent(site, Right.STILL_IN_HOURS)
    world.device(site, sealed_user="SEALEDUSER", sealed_password="SEALEDSECRET")
    looked_at(world, site)
    Notice.objects.create(user=owner, code="x", subject="Halo Sari", body="isi pesan", created_at=world.now)

    answer = fresh(owner).post("/mitra/data-saya/unduh/")

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    archive = archive_of(answer)
    receipt = site.receipts.get()
    assert set(archive.namelist()) == {
        "data-saya.html",
        "data.json",
        "buku-tamu.csv",
        f"tanda-terima/{receipt.code}.json",
    }
    data = json.loads(archive.read("data.json"))
    assert (data["schema"], data["schema_version"]) == (SCHEMA, SCHEMA_VERSION)
    assert data["keys"]["looks"]
    assert data["person"]["email"] == owner.email
    place = data["partners"][0]["places"][0]
    assert place["address"] == "Jalan Uji 1"
    assert place["devices"][0]["host"] == "198.51.100.7"
    assert len(place["consents"]) == 2
    assert len(data["looks"]) == 1
    assert data["messages"][0]["subject"] == "Halo Sari"
    assert json.loads(archive.read(f"tanda-terima/{receipt.code}.json"))["record_id"] == receipt.code
    page = archive.read("data-saya.html").decode()
    assert "Sari Rekaan" in page
    assert "<script" not in page
    assert "http" not in page
    assert "'=Gerbang" in archive.read("buku-tamu.csv").decode("utf-8-sig")
    whole = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "Rahasia Sekali" not in whole, "an officer is named"
    assert "SEALED" not in whole, "a password is given out"


def test_taking_it_stands_on_the_trail_and_among_my_requests(world: World, fresh: Fresh) -> None:
    owner = person()
    world.site(owner=owner)

    fresh(owner).post("/mitra/data-saya/unduh/")

    entry = Entry.objects.get(action="data.exported")
    assert entry.target_id == str(owner.public_id)
    row = SubjectRequest.objects.get(asked_by=owner)
    assert (row.kind, row.outcome, row.due_at - row.asked_at) == ("copy", "done", timedelta(hours=72))


def test_an_old_session_is_asked_to_sign_in_again(world: World, fresh: Fresh) -> None:
    owner = person()
    world.site(owner=owner)
    old = fresh(owner, at=timezone.now() - timedelta(minutes=16))

    refused = old.post("/mitra/data-saya/unduh/")

    assert refused.status_code == 403
    assert "Masuk sekali lagi" in refused.content.decode()
    assert old.post("/mitra/data-saya/hapus/", {"what": "saya", "word": "HAPUS"}).status_code == 403
    assert not SubjectRequest.objects.exists()


def test_a_reader_takes_no_device_address_and_no_stranger_anything(world: World, fresh: Fresh) -> None:
    owner, reader, stranger = person("Pemilik Utama"), person("Pembaca"), person("Orang Asing")
    site = world.site(owner=owner)
    world.consent(site)
    world.device(site)
    give_role(site=site, user=reader, role=PersonRole.READER, by=owner, now=world.now)

    read = json.loads(archive_of(fresh(reader).post("/mitra/data-saya/unduh/")).read("data.json"))
    strange = json.loads(archive_of(fresh(stranger).post("/mitra/data-saya/unduh/")).read("data.json"))

    place = read["partners"][0]["places"][0]
    assert place["devices"] == []
    assert "maintainer_name" not in place
    assert "Pemilik Utama" not in json.dumps(read)
    assert strange["partners"] == strange["looks"] == []


def test_the_page_says_what_is_held(world: World, fresh: Fresh) -> None:
    owner = person("Sari Rekaan")
    site = world.site(owner=owner)
    world.consent(site)
    Device.objects.create(site=site, host="kamera.contoh.id", sealed_user="SEALEDUSER", sealed_password="SEALEDPW")

    page = fresh(owner).get("/mitra/data-saya/").content.decode()

    for words in ("Sari Rekaan", "Jalan Uji 1", "kamera.contoh.id", "Unduh data saya", "pasal 7"):
        assert words in page
    assert "SEALED" not in page


def test_the_page_costs_the_same_for_many_cameras(
    world: World, fresh: Fresh, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    owner = person()
    for labels in (("A",), tuple("BCDEFGH")):
        world.consent(world.site(owner=owner, labels=labels))
    browser = fresh(owner)

    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        assert browser.get("/mitra/data-saya/").status_code == 200


def test_export_partner_writes_it_once_and_over_nothing(world: World, tmp_path: Path) -> None:
    site = world.site(owner=person("Nama Akun Pribadi"))
    world.consent(site)
    partner = Partner.objects.get(pk=site.partner_id)
    file = tmp_path / "mitra.zip"

    call_command("export_partner", str(partner.public_id), "--to", str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        data = json.loads(archive.read("data.json"))
        assert "Nama Akun Pribadi" not in archive.read("data-saya.html").decode()
    assert data["person"] is None
    assert data["partners"][0]["id"] == str(partner.public_id)
    assert Entry.objects.get(action="data.exported").actor_id is None
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_partner", str(partner.public_id), "--to", str(file))
    for unknown in ("tidak-ada", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(CommandError, match="No owner"):
            call_command("export_partner", unknown, "--to", str(tmp_path / "lain.zip"))
    assert not (tmp_path / "lain.zip").exists()


def test_the_page_counts_the_looks_and_loads_none(world: World, fresh: Fresh) -> None:
    owner = person()
    site = world.site(owner=owner)
    for _ in range(3):
        looked_at(world, site)
    browser = fresh(owner)

    with CaptureQueriesContext(connection) as asked:
        page = browser.get("/mitra/data-saya/").content.decode()

    assert "3 kali, semuanya ada di Buku Tamu" in page
    tables = ('FROM "access_look"', 'FROM "onboarding_verification"', 'FROM "notices_notice"')
    about = [query["sql"] for query in asked if any(table in query["sql"] for table in tables)]
    assert about
    assert [sql for sql in about if "COUNT(" not in sql] == []
