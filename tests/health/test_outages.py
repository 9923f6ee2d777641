"""Most of one place fell together: one outage with its members, one alert; it ends when most are back."""

from datetime import timedelta

import pytest

from accounts.models import User
from health import services
from health.models import Alert, Fall, Outage, OutageKind
from health.outages_shown import running
from notices.models import Notice
from registry.models import Camera, Device, Network, Site
from tests.health.world import add_device, add_to, fall, look_at_all
from tests.registry.world import NOW, City, make_person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER = NOW + 2 * MINUTE


def watch(*devices: Device) -> list[Device]:
    """They are on the list of checks, in their networks, and all well."""
    services.ensure_states(NOW)
    services.name_networks()
    look_at_all(NOW)
    return list(devices)


def one_site(city: City, owner: User, count: int) -> list[Device]:
    first = add_device(city, owner, 600)
    return watch(first, *(add_to(first.site, 601 + number) for number in range(count - 1)))


def one_each(city: City, owner: User, count: int, host: str = "") -> list[Device]:
    """Each at a site of its own, all in one kelurahan."""
    return watch(
        *(add_device(city, owner, 700 + n, host=host % (n + 1) if host else f"198.51.{n}.7") for n in range(count))
    )


def members(outage: Outage) -> set[int]:
    return set(outage.members.values_list("device_id", flat=True))


def told(now=NOW + HOUR) -> list[Notice]:  # type: ignore[no-untyped-def]
    services.end_over(now)
    services.send_letters(now)
    return list(Notice.objects.filter(code__startswith="health.").order_by("pk"))


def test_most_of_a_site_is_one_outage_and_one_letter(city: City, owner: User) -> None:
    devices = one_site(city, owner, 4)

    fall(devices[:3], LATER)

    outage = Outage.objects.get()
    assert (outage.kind, outage.key) == (OutageKind.SITE, str(devices[0].site.public_id))
    assert (outage.since, outage.until, outage.cause) == (LATER, None, "no_answer")
    assert members(outage) == {device.pk for device in devices[:3]}
    [letter] = told()
    assert letter.subject == "Gangguan, 3 kamera terputus: Kamera 1, Kamera 2, Kamera 3"
    assert "listrik atau internet di sana mungkin padam" in letter.body
    assert "Yang merawat kamera ini: Sari Rekaan" in letter.body


@pytest.mark.parametrize(("all_of_them", "fallen"), [(6, 3), (2, 2), (5, 2)])
def test_half_or_too_few_are_no_outage(city: City, owner: User, all_of_them: int, fallen: int) -> None:
    devices = one_site(city, owner, all_of_them)

    fall(devices[:fallen], LATER)

    assert not Outage.objects.exists()
    assert Fall.objects.running().count() == fallen


def test_what_falls_outside_the_window_is_no_outage(city: City, owner: User) -> None:
    first, second, third = one_site(city, owner, 3)
    fall([first], LATER)
    fall([second], LATER + 6 * MINUTE, [first])
    fall([third], LATER + 12 * MINUTE, [first, second])
    assert not Outage.objects.exists()

    look_at_all(LATER + HOUR)
    fall([first], LATER + 2 * HOUR)
    fall([second], LATER + 2 * HOUR + 2 * MINUTE, [first])
    fall([third], LATER + 2 * HOUR + 4 * MINUTE, [first, second])
    assert Outage.objects.get().members.count() == 3, "those that fell one after the other within five minutes"


def test_dead_devices_are_not_counted_among_those_that_could_fall(city: City, owner: User) -> None:
    devices = one_site(city, owner, 8)
    fall(devices[3:], LATER)  # Most of it: an outage of its own.
    look_at_all(LATER + HOUR / 2, devices[6:])
    services.end_over(LATER + HOUR / 2)

    fall(devices[:3], LATER + HOUR, devices[6:])

    assert not Outage.objects.running().exists(), "3 of 6"
    fall([devices[3]], LATER + HOUR + 2 * MINUTE, [*devices[:3], *devices[6:]])
    assert members(Outage.objects.running().get()) == {device.pk for device in devices[:4]}


def test_single_letters_that_have_not_left_are_folded_into_it(city: City, owner: User) -> None:
    devices = one_site(city, owner, 3)
    fall(devices[:1], LATER)
    assert Alert.objects.get().fall is not None

    fall(devices[1:], LATER + 3 * MINUTE, devices[:1])

    assert [(alert.fall, alert.outage) for alert in Alert.objects.all()] == [(None, Outage.objects.get())]
    assert len(told()) == 1


def test_what_falls_later_while_it_runs_belongs_to_it_and_is_told_by_it(city: City, owner: User) -> None:
    devices = one_site(city, owner, 5)
    fall(devices[:4], LATER)
    assert len(told()) == 1

    fall(devices[4:], LATER + 3 * HOUR, devices[:4])

    assert members(Outage.objects.get()) == {device.pk for device in devices}
    assert len(told(NOW + 6 * HOUR)) == 1


def test_what_falls_much_later_and_what_had_been_back_are_told_of_anew(city: City, owner: User) -> None:
    devices = one_site(city, owner, 7)
    fall(devices[:5], LATER)
    assert len(told()) == 1
    look_at_all(LATER + HOUR, devices[:4])  # One is back: the outage goes on.

    fall(devices[4:5], LATER + 2 * HOUR, devices[:4])
    fall(devices[5:6], LATER + 20 * HOUR, devices[:5])

    assert {row.device for row in Fall.objects.filter(outage=None)} == set(devices[4:6])
    assert set(
        Alert.objects.filter(fall__isnull=False, fall__outage=None).values_list("fall__device", flat=True)
    ) == {device.pk for device in devices[4:6]}


def test_it_ends_when_most_are_back_and_the_rest_have_letters_of_their_own(city: City, owner: User) -> None:
    devices = one_site(city, owner, 5)
    fall(devices, LATER)
    told(NOW + HOUR / 2)

    look_at_all(NOW + HOUR, devices[2:])
    services.end_over(NOW + HOUR)
    goes_on = Outage.objects.get().until
    look_at_all(NOW + 2 * HOUR, devices[4:])
    letters = told(NOW + 3 * HOUR)

    assert goes_on is None, "2 of 5"
    assert Outage.objects.get().until == NOW + 2 * HOUR
    assert "4 kamera kembali: Kamera 1, Kamera 2, Kamera 3, Kamera 4" not in letters[0].subject
    assert letters[-1].subject == "Kabar kamera: 1 terputus, 4 kembali"
    assert "4 dari 5 kamera menjawab lagi" in letters[-1].body
    assert "Kamera 5 di Jalan Rekaan 1 terputus sejak" in letters[-1].body
    look_at_all(NOW + 4 * HOUR)
    assert told(NOW + 5 * HOUR)[-1].subject == "Kamera kembali: Kamera 5"


def test_an_outage_that_ends_before_its_letter_left_is_not_told_of(city: City, owner: User) -> None:
    devices = one_site(city, owner, 3)
    fall(devices, LATER)
    look_at_all(LATER + 3 * MINUTE)

    assert told() == []
    assert Outage.objects.get().until == LATER + 3 * MINUTE


def test_a_network_of_a_provider(city: City, owner: User) -> None:
    here = one_each(city, owner, 4, "198.51.100.%d")
    elsewhere = watch(*(add_device(city, owner, 800 + n, host=f"203.0.{n}.9") for n in range(6)))
    watch()

    fall(here[:3], LATER)

    outage = Outage.objects.get()
    assert (outage.kind, outage.key) == (OutageKind.NETWORK, "198.51.100.0/24")
    assert members(outage) == {device.pk for device in here[:3]}
    fall([here[3], elsewhere[0]], LATER + HOUR, here[:3])
    assert members(outage) == {device.pk for device in here}
    assert "198.51.100" not in told()[0].body, "nobody reads where others are"


def test_a_kelurahan(city: City, owner: User) -> None:
    devices = one_each(city, owner, 5)

    fall(devices[:3], LATER)

    assert (Outage.objects.get().kind, Outage.objects.get().key) == (OutageKind.AREA, city.kelurahan.code)


def test_the_site_wins_before_the_network_before_the_kelurahan(city: City, owner: User) -> None:
    """A wider outage counts the members of the smaller ones, and needs enough devices of its own."""
    first = add_device(city, owner, 600, host="198.51.100.1")
    site = [first, *(add_to(first.site, 601 + n, host=f"198.51.100.{n + 2}") for n in range(2))]
    network = [add_device(city, owner, 700 + n, host=f"198.51.100.{n + 50}") for n in range(3)]
    area = [add_device(city, owner, 800 + n, host=f"203.0.{n}.9") for n in range(3)]
    watch()

    fall([*site, *network, *area], LATER)

    found = {outage.kind: members(outage) for outage in Outage.objects.all()}
    assert found == {
        OutageKind.SITE: {device.pk for device in site},
        OutageKind.NETWORK: {device.pk for device in network},
        OutageKind.AREA: {device.pk for device in area},
    }


def test_an_attached_network_is_known_by_its_site_alone(city: City, owner: User) -> None:
    """The same private range at another site is another network."""
    sites = []
    for n in range(2):
        first = add_device(city, owner, 600 + 10 * n, host="10.20.30.1")
        devices = [first, *(add_to(first.site, 601 + 10 * n + m, host=f"10.20.30.{m + 2}") for m in range(2))]
        devices += [add_to(first.site, 650 + 10 * n + m, host=f"198.51.{n}{m}.2") for m in range(3)]
        sites.append(devices)
    network = Network.objects.create(
        site=sites[0][0].site, name="VPN", range="10.20.30.0/24", ports=[80], attached_at=NOW, attached_by=owner
    )
    watch()

    fall([*sites[0][:3], *sites[1][:2]], LATER)

    outage = Outage.objects.get()
    assert (outage.kind, outage.key) == (OutageKind.NETWORK, f"attached:{network.public_id}")
    assert members(outage) == {device.pk for device in sites[0][:3]}


def test_everybody_is_told_once_and_of_his_own_cameras(city: City, owner: User) -> None:
    other = make_person("lain")
    devices = watch(
        *(add_device(city, owner, 700 + n, host=f"198.51.{n}.7") for n in range(3)),
        *(add_device(city, other, 800 + n, host=f"203.0.{n}.7") for n in range(2)),
    )
    Camera.objects.filter(site__partner__people=other).update(label="Punya orang lain")

    fall(devices, LATER)

    letters = told()
    assert {letter.user: letter.subject.partition(":")[0] for letter in letters} == {
        owner: "Gangguan, 3 kamera terputus",
        other: "Gangguan, 2 kamera terputus",
    }
    assert len(letters) == 2
    assert "Punya orang lain" not in next(letter.body for letter in letters if letter.user == owner)


def test_a_vital_site_is_in_no_outage_that_others_share_and_in_its_own(city: City, owner: User) -> None:
    ordinary = [add_device(city, owner, 700 + n, host=f"198.51.100.{n}") for n in range(2)]
    first = add_device(city, owner, 600, host="198.51.100.80")
    vital = [first, *(add_to(first.site, 601 + n, host=f"198.51.100.{90 + n}") for n in range(2))]
    Site.objects.filter(pk=first.site_id).update(vital=True)
    watch()

    fall([*ordinary, vital[0]], LATER)
    shared = list(Outage.objects.all())
    fall(vital[1:], LATER + 2 * MINUTE, [*ordinary, vital[0]])

    assert shared == [], "two of two devices that all may know of are too few"
    assert Outage.objects.get().kind == OutageKind.SITE
    assert running(Camera.objects.filter(site__vital=False)) == []
    [seen] = running(Camera.objects.filter(site=first.site))
    assert len(seen.cameras) == 3


def test_a_page_learns_of_the_cameras_that_it_asked_about_and_no_others(city: City, owner: User) -> None:
    devices = one_each(city, owner, 4)
    fall(devices, LATER)
    mine = Camera.objects.filter(device__in=devices[:2])

    [by_query], [by_list] = running(mine), running(list(mine.select_related("site__area")))

    assert by_query == by_list
    assert {camera.device_id for camera in by_query.cameras} == {device.pk for device in devices[:2]}
    assert (by_query.title, by_query.place) == ("Gangguan di kelurahan", city.kelurahan.name)
    look_at_all(LATER + HOUR, devices[1:])
    [after] = running(mine)
    assert [camera.device_id for camera in after.back] == [devices[0].pk]


def test_a_device_that_is_no_longer_watched_ends_its_fall_without_a_letter(city: City, owner: User) -> None:
    [device] = one_each(city, owner, 1)
    fall([device], LATER)
    told()
    Camera.objects.filter(device=device).update(withdrawn_at=LATER)

    services.ensure_states(NOW + 2 * HOUR)

    assert [letter.code for letter in told(NOW + 3 * HOUR)] == ["health.down"]
    assert not Fall.objects.running().exists()


def test_a_batch_written_twice_changes_nothing(city: City, owner: User) -> None:
    devices = one_site(city, owner, 3)
    fall(devices, LATER)
    before = list(Alert.objects.values_list("pk", flat=True))

    look_at_all(LATER + 2 * MINUTE, devices)
    services.end_over(LATER + 2 * MINUTE)
    services.end_over(LATER + 2 * MINUTE)

    assert Fall.objects.count() == 3
    assert Outage.objects.running().count() == 1
    assert list(Alert.objects.values_list("pk", flat=True)) == before
