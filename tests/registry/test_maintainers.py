"""The care of a site's cameras goes to the next person on a day, and who it was stays readable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry, Text
from notices.models import Notice
from privacy.held import as_data, held_about
from registry.errors import AlreadyMaintains, HandoverDay, NotYours
from registry.models import MaintainerHandover, PersonRole, Site
from registry.services import drop_handover, give_role, hand_over_due, name_maintainer
from tests.access.conftest import signed_in
from tests.factories import World, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OLD, NEW = "+6281200000001", "+6281200000002"


@pytest.fixture
def world() -> World:
    return World(now=timezone.now())


@pytest.fixture
def owner() -> User:
    return person("Pemilik")


@pytest.fixture
def site(world: World, owner: User) -> Site:
    site = world.site(owner=owner)
    Site.objects.filter(pk=site.pk).update(maintainer_phone=OLD)
    site.refresh_from_db()
    return site


def with_phone(phone: str, *, proven: bool = True) -> User:
    user = person()
    user.phone, user.phone_verified_at = phone, timezone.now() if proven else None
    user.save()
    return user


def name(site: Site, by: User, days: int = 0, **facts: str):  # type: ignore[no-untyped-def]
    now = timezone.now()
    day = timezone.localdate(now) + days * DAY
    return name_maintainer(site=site, from_on=day, by=by, now=now, **{"name": "Budi", "phone": NEW, **facts})


def kept(site: Site) -> tuple[str, str]:
    site.refresh_from_db()
    return site.maintainer_name, site.maintainer_phone


def test_from_today_it_is_so_at_once(site: Site, owner: User) -> None:
    name(site, owner)

    assert kept(site) == ("Budi", NEW)
    row = MaintainerHandover.objects.get()
    assert (row.before_name, row.before_phone, row.named_by) == ("Perawat Uji", OLD, owner)
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "site.maintainer_named",
        "site.maintainer_changed",
    ]
    assert Text.objects.filter(field="name", text="Budi").exists(), "the name stands where erasure reaches it"


def test_from_a_later_day_the_one_before_stays_until_then(site: Site, owner: User) -> None:
    name(site, owner, 3)
    now = timezone.now()
    hand_over_due(now=now + 2 * DAY)
    before = kept(site)

    for _ in range(2):
        hand_over_due(now=now + 3 * DAY)

    assert before == ("Perawat Uji", OLD)
    assert kept(site) == ("Budi", NEW)
    assert Entry.objects.filter(action="site.maintainer_changed").count() == 1


def test_a_new_plan_takes_the_place_of_the_old_one(site: Site, owner: User) -> None:
    name(site, owner, 3)
    name(site, owner, 5, name="Citra", phone="")
    hand_over_due(now=timezone.now() + 6 * DAY)

    assert kept(site) == ("Citra", "")
    assert MaintainerHandover.objects.count() == 1


def test_both_are_told_once_where_the_number_is_proven_to_be_theirs(site: Site, owner: User) -> None:
    old, new = with_phone(OLD), with_phone(NEW)
    name(site, owner, 3)
    hand_over_due(now=timezone.now() + 3 * DAY)

    told = {letter.user: letter.body for letter in Notice.objects.filter(code="site.maintainer")}
    assert set(told) == {old, new}
    assert Notice.objects.filter(code="site.maintainer").count() == 2
    assert "Anda tercatat sebagai orang yang merawat" in told[new]
    assert "orang lain merawat" in told[old]


def test_a_number_that_was_only_typed_tells_nobody_where_cameras_are(site: Site, owner: User) -> None:
    with_phone(NEW, proven=False)
    name(site, owner)

    assert not Notice.objects.filter(code="site.maintainer").exists()


def test_only_a_manager_names_and_only_a_day_that_comes(site: Site, owner: User, world: World) -> None:
    technician = person()
    give_role(site=site, user=technician, role=PersonRole.TECHNICIAN, by=owner, now=world.now)
    for by in (technician, person()):
        with pytest.raises(NotYours):
            name(site, by)
    for days in (-1, 366):
        with pytest.raises(HandoverDay):
            name(site, owner, days)
    with pytest.raises(AlreadyMaintains):
        name(site, owner, name="Perawat Uji", phone=OLD)

    assert not MaintainerHandover.objects.exists()


def test_a_plan_is_dropped_by_a_manager_alone_and_who_was_to_come_is_told(site: Site, owner: User) -> None:
    comes = with_phone(NEW)
    stranger = person()
    name(site, owner, days=3, phone=NEW)

    with pytest.raises(NotYours):
        drop_handover(site=site, by=stranger, now=timezone.now())
    still_planned = MaintainerHandover.objects.planned().count()
    path = f"/mitra/tempat/{site.public_id}/perawat/"
    page = signed_in(owner).post(f"{path}batal/", follow=True).content.decode()

    assert still_planned == 1
    assert "Rencana itu dibatalkan. Perawat Uji tetap merawat." in page
    assert not MaintainerHandover.objects.exists()
    assert [notice.subject[:16] for notice in Notice.objects.filter(user=comes).order_by("pk")] == [
        "Anda merawat kam",
        "Anda tidak jadi ",
    ]
    assert Entry.objects.filter(action="site.handover_dropped").count() == 1
    assert not drop_handover(site=site, by=owner, now=timezone.now())
    assert signed_in(stranger).post(f"{path}batal/").status_code == 404


def test_whoever_gives_way_to_another_plan_is_told(site: Site, owner: User) -> None:
    comes = with_phone(NEW)
    name(site, owner, days=3, phone=NEW)

    name(site, owner, days=5, name="Citra", phone="")

    assert Notice.objects.filter(user=comes, subject__startswith="Anda tidak jadi").count() == 1


def test_a_name_that_is_a_link_is_refused(site: Site, owner: User) -> None:
    path = f"/mitra/tempat/{site.public_id}/perawat/"
    for text in ("Bu Rini http://jahat.example/klik", "www.jahat.example"):
        page = signed_in(owner).post(path, {"name": text, "from_on": f"{timezone.localdate()}"}).content.decode()
        assert "Tulis tanpa alamat web." in page
    assert not MaintainerHandover.objects.exists()


def test_the_page_names_the_next_one_and_shows_who_it_was(site: Site, owner: User, world: World) -> None:
    path = f"/mitra/tempat/{site.public_id}/perawat/"
    technician = person()
    give_role(site=site, user=technician, role=PersonRole.TECHNICIAN, by=owner, now=world.now)
    today = f"{timezone.localdate()}"

    browser, reader = signed_in(owner), signed_in(technician)
    empty = browser.post(path, {"name": "", "from_on": "besok"}).content.decode()
    done = browser.post(path, {"name": "Budi", "phone": "0812 0000 0002", "from_on": today}, follow=True)

    assert "Isi namanya." in empty
    assert "Tulis tanggal yang ada" in empty
    for text in (done.content.decode(), reader.get(path).content.decode()):
        assert "Budi" in text
        assert "Perawat Uji" in text
    assert "Serahkan" not in reader.get(path).content.decode()
    assert reader.post(path, {"name": "Citra", "from_on": today}).status_code == 404


def test_the_owner_has_it_in_the_copy_of_his_data(site: Site, owner: User) -> None:
    name(site, owner)

    [place] = as_data(held_about(owner, timezone.now(), whole=True), timezone.now())["partners"][0]["places"]
    assert [(row["name"], row["before_name"]) for row in place["maintainers"]] == [("Budi", "Perawat Uji")]
