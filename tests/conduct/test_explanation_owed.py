"""Whoever is asked to explain a look reads it wherever he works, and why his pages are closed once they are."""

from datetime import timedelta

import pytest
from django.test import Client

from access.viewers import Viewer
from accounts.models import DutyKind
from conduct.judging import Verdict, explain, judge, suspend_unexplained
from conduct.models import Explanation
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import World

ASKED, SUSPENDED = "Pengawas meminta penjelasan Anda", "Tugas melihat Anda untuk Polres Uji ditangguhkan"


@pytest.fixture
def viewer(world: World) -> Viewer:
    return world.viewer(world.polres)


@pytest.fixture
def asked(world, camera, viewer) -> Explanation:
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    look = a_look(viewer.duty, camera, world.now - timedelta(hours=1))
    judge(look=look, verdict=Verdict.EXPLAIN, words="Mengapa?", by=supervisor, now=world.now)
    return Explanation.objects.get()


def read(browser: Client, page: str, status: int = 200) -> str:
    answer = browser.get(page)
    assert answer.status_code == status
    return answer.content.decode()


def test_every_desk_says_it_with_the_way_to_answer(world, camera, viewer, asked):
    for kind in (DutyKind.VERIFIER, DutyKind.GRANTOR, DutyKind.SUPERVISOR):
        world.on_duty(kind, world.polsek, user=viewer.user, area_code=world.kelurahan.code)
    browser = signed_in(viewer.user)

    for page in ("/pusat-komando/", "/polsek/", "/petugas/", "/pengawas/", "/mitra/"):
        shown = read(browser, page)
        assert ASKED in shown, page
        assert f"/petugas/penjelasan/{asked.public_id}/" in shown

    explain(explanation=asked, words="Ada laporan.", by=viewer.user, now=world.now)
    assert ASKED not in read(browser, "/pusat-komando/")


def test_nobody_else_reads_it(world, asked):
    assert ASKED not in read(signed_in(world.viewer(world.polres).user), "/pusat-komando/")
    assert ASKED not in read(Client(), "/tidak-ada/", 404)


def test_to_the_suspended_a_closed_page_says_why(world, viewer, asked):
    Explanation.objects.update(asked_at=world.now - timedelta(days=8), due_at=world.now - timedelta(days=1))
    suspend_unexplained(now=world.now)
    browser = signed_in(viewer.user)

    for page in ("/pusat-komando/", "/pusat-komando/kamera/"):
        shown = read(browser, page, 404)
        assert SUSPENDED in shown
        assert f"/petugas/penjelasan/{asked.public_id}/" in shown
    assert SUSPENDED in read(browser, "/mitra/"), "where he lands after signing in"

    explain(explanation=Explanation.objects.get(), words="Maaf.", by=viewer.user, now=world.now)
    assert "sudah terkirim; pengawas menilainya" in read(browser, "/pusat-komando/", 404)
