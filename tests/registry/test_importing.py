"""Areas from the Kemendagri list, and outlines from files that may be broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from registry.importing import BadAreaFile, import_areas, load_kemendagri
from registry.models import Area, AreaLevel

pytestmark = pytest.mark.django_db

SQUARE = [[[106.7, -6.2], [106.8, -6.2], [106.8, -6.1], [106.7, -6.1], [106.7, -6.2]]]


def feature(code: Any = "31.73.05.1001", name: Any = "Kebon Jeruk", **geometry: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": SQUARE} | geometry
    return {"type": "Feature", "properties": {"kode": code, "nama": name}, "geometry": shape}


@pytest.fixture
def write(tmp_path: Path):
    """Write features, or any text, to a file."""

    def written(content: Any) -> Path:
        path = tmp_path / "areas.geojson"
        if isinstance(content, list):
            content = json.dumps({"type": "FeatureCollection", "features": content})
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def test_the_list_gives_a_city_with_8_kecamatan_and_56_kelurahan() -> None:
    added = load_kemendagri("31.73")

    assert added == 65
    assert Area.objects.filter(level=AreaLevel.KECAMATAN, parent__code="31.73").count() == 8
    assert Area.objects.kelurahan().filter(parent__level=AreaLevel.KECAMATAN).count() == 56
    assert Area.objects.get(code="31.73.04.1010").name == "Roa Malaka"


def test_loading_again_changes_nothing() -> None:
    load_kemendagri("31.73")
    Area.objects.filter(code="31.73.05").update(name="Nama setempat")

    assert load_kemendagri("31.73") == 0
    assert Area.objects.get(code="31.73.05").name == "Nama setempat"


@pytest.mark.parametrize("code", ["31", "31.73.05", "99.99", "", "x"])
def test_only_a_city_can_be_loaded(code: str) -> None:
    with pytest.raises(ValueError, match="Kemendagri"):
        load_kemendagri(code)


def test_an_import_draws_outlines_and_keeps_the_official_spelling(write) -> None:
    load_kemendagri("31.73")
    Area.objects.filter(code="31.73.05.1001").update(outline=[SQUARE], schematic=True)

    report = import_areas(write([feature(name="KEBONJERUK"), feature("31.73.07", "Palmerah")]))

    area = Area.objects.get(code="31.73.05.1001")
    assert (report.updated, report.added, report.unchanged) == (2, 0, 0)
    assert (area.name, area.schematic, area.outline) == ("Kebon Jeruk", False, [SQUARE])
    assert (area.lat, area.lng) == (-6.15, 106.75)
    assert Area.objects.get(code="31.73.07").name == "Pal Merah"


def test_importing_the_same_file_again_changes_nothing(write) -> None:
    path = write([feature()])
    first = import_areas(path)

    again = import_areas(path)

    assert (first.named, first.updated) == (65, 1)
    assert (again.named, again.added, again.updated, again.unchanged) == (0, 0, 0, 1)


def test_an_area_newer_than_the_list_is_added_under_its_kecamatan(write) -> None:
    report = import_areas(write([feature("31.73.05.1099", "Kebon Baru")]))

    assert report.not_listed == ("31.73.05.1099",)
    assert Area.objects.get(code="31.73.05.1099").parent.code == "31.73.05"


def test_codes_without_dots_and_english_keys_are_read(write) -> None:
    item = feature()
    item["properties"] = {"code": 3173051001, "name": "Kebon Jeruk"}
    item["geometry"] = {"type": "MultiPolygon", "coordinates": [SQUARE]}

    assert import_areas(write([item])).updated == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\xff\xfe", "UTF-8"),
        ("", "not JSON"),
        ("[" * 200_000, "JSON"),
        ("[]", "FeatureCollection"),
        ('{"type": "Topology"}', "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": []}', "no features"),
        ('{"type": "FeatureCollection", "features": [null]}', "no properties"),
        ([feature(None)], "Kemendagri code"),
        ([feature("31.73.5")], "Kemendagri code"),
        ([feature(True)], "Kemendagri code"),
        ([feature("٣١.٧٣")], "Kemendagri code"),
        ([feature("31.74", "Jakarta Barat")], "BPS"),
        ([feature("31.73.05.1099", "")], "nama"),
        ([feature("31.73.99.1001", "Antah")], "neither in the file nor in the register"),
        ([feature(), feature()], "twice"),
        ([feature(type="Point")], "Polygon"),
        ([feature() | {"geometry": None}], "Polygon"),
        ([feature(coordinates=[])], "empty or broken"),
        ([feature(coordinates=[[]])], "empty or broken"),
        ([feature(coordinates=7)], "empty or broken"),
        ([feature(coordinates=[[[106.7, -6.2], [106.8, -6.2], [106.7, -6.2]]])], "three corners"),
        ([feature(coordinates=[[["106", "-6"], [1, 2], [3, 4]]])], "longitude"),
        ([feature(coordinates=[[[-6.2, 106.7], [-6.2, 106.8], [-6.1, 106.8]]])], "not in Indonesia"),
        ([feature(coordinates=[[[11879000, -690000], [11880000, -690000], [1, 1]]])], "not in Indonesia"),
        ([feature(coordinates=[[[float("nan"), -6.2], [106.8, -6.2], [106.8, -6.1]]])], "longitude"),
    ],
)
def test_a_broken_file_is_refused_whole(write, content: Any, words: str) -> None:
    path = write(content)

    with pytest.raises(BadAreaFile, match=words):
        import_areas(path)

    assert not Area.objects.exists()


def test_the_command_reports_counts_and_names_the_file_in_its_refusal(write, capsys, tmp_path: Path) -> None:
    call_command("import_areas", write([feature()]))

    assert "65 areas added" in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"nothing\.geojson: The file cannot be read"):
        call_command("import_areas", tmp_path / "nothing.geojson")
