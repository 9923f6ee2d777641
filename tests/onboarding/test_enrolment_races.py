"""Two tabs at the same moment. PostgreSQL only: SQLite lets one writer in at a time."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from onboarding.enrolment import pages, services
from onboarding.enrolment.draft import Draft, box
from onboarding.models import Enrolment
from registry.errors import AlreadyWithdrawn
from registry.models import Consent, Device, Site
from registry.rights import Right
from registry.services import give_consents, withdraw_all, withdraw_camera, withdraw_consent
from tests.registry.world import City, choice, make_city, make_person, make_site

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("only_on_postgresql"),
]


def together(act: Callable[[int], Any], times: int = 4) -> list[Any]:
    """Run it at once on so many connections; what each gave or which refusal it met."""
    ready = threading.Barrier(times)
    results: list[Any] = [None] * times

    def run(number: int) -> None:
        ready.wait(5)
        try:
            results[number] = act(number)
        except Exception as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def whole_draft(city: City, by: User) -> Enrolment:
    """A draft with every question answered, as the forms store it."""
    enrolment = services.open_enrolment(by=by)

    def answer(page: str, **answers: Any) -> None:
        services.save_page(enrolment=enrolment, page=page, answers=answers, by=by)

    camera = {"label": "Depan", "place": "outdoor", "sees": "street", "street_facing": "yes"}
    answer("kind", kind="resident")
    answer("name", name="Sari")
    answer("address", area=city.kelurahan.code, address="Jalan 1")
    answer("pin", latitude=-6.15, longitude=106.75)
    answer("level", level="listed")
    answer("count", cameras=1, maintainer_name="Sari")
    answer("camera-1", **camera, private_areas="none", audio="no")
    enrolment.refresh_from_db()
    form = pages.CONSENT.form(draft=Draft(user=by, now=timezone.now(), language="id", enrolment=enrolment))
    ticked = {box(one): one.recipient == city.polres for one, _text in form.boxes}  # type: ignore[attr-defined]
    shown = {"shown": form.digest, "until": form.day.isoformat(), "language": "id"}  # type: ignore[attr-defined]
    answer("consent", **ticked, **shown)
    return enrolment


def test_four_tabs_begin_one_draft() -> None:
    owner = make_person("wulandari")

    results = together(lambda _number: services.open_enrolment(by=owner).pk)

    assert len(set(results)) == 1
    assert Enrolment.objects.count() == 1


def test_four_tabs_send_one_enrolment() -> None:
    city, owner = make_city(), make_person("wulandari")
    enrolment = whole_draft(city, owner)

    results = together(
        lambda _number: services.submit_enrolment(enrolment=enrolment, by=owner, now=timezone.now()).number
    )

    assert len(set(results)) == 1
    assert str(results[0]).startswith("MK-")
    assert (Site.objects.count(), Consent.objects.count(), Device.objects.count()) == (1, 1, 0)
    assert Entry.objects.filter(action="enrolment.submitted").count() == 1


def test_two_pages_saved_at_once_are_both_kept() -> None:
    owner = make_person("wulandari")
    enrolment = services.open_enrolment(by=owner)

    together(lambda n: services.save_page(enrolment=enrolment, page=f"page-{n}", answers={"n": n}, by=owner))

    enrolment.refresh_from_db()
    assert {f"page-{n}" for n in range(4)} <= enrolment.answers.keys()


def test_one_of_four_withdraws() -> None:
    city, owner = make_city(), make_person("wulandari")
    site = make_site(city, owner)
    now = timezone.now()
    until = now + timedelta(days=30)
    choices = [
        choice(right, city.polres, valid_until=until) for right in (Right.LISTED, Right.RECORDING_ON_REQUEST)
    ]
    give_consents(site=site, choices=choices, by=owner, now=now)
    consent = site.consents.get(right=Right.RECORDING_ON_REQUEST)

    results = together(lambda _number: withdraw_consent(consent=consent, by=owner, now=now))

    assert [isinstance(one, AlreadyWithdrawn) for one in results].count(True) == 3
    assert Entry.objects.filter(action="consent.withdrawn").count() == 1


def test_withdrawing_everything_and_one_camera_at_once_neither_deadlocks_nor_says_it_twice() -> None:
    city, owner = make_city(), make_person("wulandari")
    site = make_site(city, owner, cameras=2)
    now = timezone.now()
    until = now + timedelta(days=30)
    give_consents(site=site, choices=[choice(Right.LISTED, city.polres, valid_until=until)], by=owner, now=now)
    camera = site.cameras.all()[0]

    results = together(
        lambda number: (
            withdraw_all(site=site, by=owner, now=now)
            if number % 2
            else withdraw_camera(camera=camera, by=owner, now=now)
        )
    )

    assert all(not isinstance(one, Exception) or isinstance(one, AlreadyWithdrawn) for one in results)
    assert Entry.objects.filter(action="camera.withdrawn").count() == 2
    assert Entry.objects.filter(action="consent.withdrawn").count() == 1
