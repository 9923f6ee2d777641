"""What an operator reads at /metrics, and the dashboard that is drawn from it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from health import metrics, services
from health.causes import Answer, Tally
from health.models import CheckGroup, CheckState, Tier, TierCheck
from registry.models import Camera
from tests.health.world import add_device, record
from tests.registry.world import City

pytestmark = pytest.mark.django_db

DASHBOARD = Path(__file__).resolve().parents[2] / "docs" / "grafana" / "health.json"
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
#: What PromQL itself says in these expressions; everything else is a metric.
PROMQL = {"max", "sum", "by", "rate", "histogram_quantile"}


def samples() -> dict[str, float]:
    """Our own samples at /metrics, by name and labels."""
    families = text_string_to_metric_families(generate_latest().decode())
    return {
        sample.name + "".join(f"{{{key}={value}}}" for key, value in sample.labels.items()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("mitra_")
    }


def test_the_operator_reads_what_is_due_late_and_slow(city: City, owner: User) -> None:
    devices = [add_device(city, owner, 600 + number) for number in range(4)]
    now = timezone.now()
    services.ensure_states(now)
    due = [now - timedelta(seconds=90), now - timedelta(seconds=20), now + timedelta(seconds=30), now]
    for device, moment in zip(devices, due, strict=True):
        CheckState.objects.filter(device=device).update(next_check_at=moment)
    CheckState.objects.filter(device=devices[0]).update(slow=True)
    CheckState.objects.filter(device=devices[3]).update(
        lease="6f9619ff-8b86-4011-b42d-00cf4fc964ff", lease_until=now + timedelta(seconds=60)
    )

    told = samples()

    assert told["mitra_checks_due{tier=reachable}"] == 2, "the one that a batch holds is not among them"
    assert told["mitra_checks_overdue"] == 1
    assert told["mitra_devices_slow"] == 1
    assert told["mitra_devices_watched"] == 4
    assert 90 <= told["mitra_checks_lag_seconds{tier=reachable}"] < 100


def test_a_sweep_that_keeps_up_has_no_lag(city: City, owner: User) -> None:
    add_device(city, owner, 600)
    services.ensure_states(timezone.now())
    record(timezone.now(), Answer(CheckState.objects.get().device_id, answered=True))

    told = samples()

    assert told["mitra_checks_due{tier=reachable}"] == told["mitra_checks_lag_seconds{tier=reachable}"] == 0


def test_those_who_are_asked_in_a_group_are_due_with_it(city: City, owner: User) -> None:
    devices = [add_device(city, owner, 600 + number) for number in range(3)]
    now = timezone.now()
    services.ensure_states(now)
    group = CheckGroup.objects.create(next_check_at=now - timedelta(seconds=70))
    CheckState.objects.filter(device__in=devices[:2]).update(group=group, next_check_at=now - timedelta(days=1))
    CheckState.objects.filter(device=devices[2]).update(next_check_at=now + timedelta(seconds=30))

    told = samples()

    assert told["mitra_checks_due{tier=reachable}"] == 2
    assert told["mitra_checks_overdue"] == 2
    assert 70 <= told["mitra_checks_lag_seconds{tier=reachable}"] < 80


def test_the_tiers_above_are_told_apart(city: City, owner: User) -> None:
    device, resting = (add_device(city, owner, 600 + number) for number in range(2))
    now = timezone.now()
    services.ensure_states(now)
    for tier, wait in ((Tier.SIGNED_IN, 40), (Tier.FULL, -40)):
        TierCheck.objects.create(device=device, tier=tier, next_at=now - timedelta(seconds=wait))
    TierCheck.objects.create(
        device=resting, tier=Tier.SIGNED_IN, next_at=now - timedelta(seconds=99), rests_since=now
    )

    told = samples()

    assert told["mitra_checks_due{tier=signed_in}"] == 1
    assert 40 <= told["mitra_checks_lag_seconds{tier=signed_in}"] < 50
    assert told["mitra_checks_due{tier=full}"] == told["mitra_checks_lag_seconds{tier=full}"] == 0


def test_batches_are_counted_by_how_long_they_took(db: None) -> None:
    cache.clear()
    for seconds in (0.2, 0.5, 7.0, 300.0):
        metrics.count(Tally(answered=1), seconds=seconds)

    told = samples()

    counted = [told[f"mitra_health_batch_seconds_bucket{{le={bound}}}"] for bound in ("0.5", "1.0", "10.0", "+Inf")]
    assert counted == [2, 2, 3, 4]
    assert told["mitra_health_batch_seconds_count"] == 4
    assert told["mitra_health_batch_seconds_sum"] == pytest.approx(307.7)


def test_a_batch_of_vital_objects_alone_leaves_no_trace(db: None) -> None:
    cache.clear()
    before = samples()

    metrics.count(Tally(), seconds=3.0)

    assert samples() == before


def test_the_figures_name_no_camera(city: City, owner: User) -> None:
    device = add_device(city, owner, 600)
    camera = Camera.objects.get()
    services.ensure_states(timezone.now())
    record(timezone.now(), Answer(device.pk, answered=True))
    text = generate_latest().decode()

    for word in (camera.label, str(camera.public_id), str(device.public_id), device.host, camera.site.address):
        assert word not in text


def panels() -> list[dict]:
    return json.loads(DASHBOARD.read_text())["panels"]


def test_every_expression_of_the_dashboard_names_figures_that_are_told(db: None) -> None:
    metrics.count(Tally(answered=1), seconds=1.0)
    told = {re.split(r"[{]", name)[0] for name in samples()}

    for panel in panels():
        for target in panel["targets"]:
            named = {word for word in NAME.findall(_bare(target["expr"])) if word not in PROMQL}
            assert named, target
            assert named <= told, f"{panel['title']}: {named - told} is not at /metrics"


def _bare(expression: str) -> str:
    """An expression without label matchers, ranges and the labels that `by` names."""
    return re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)", "", expression)


def test_the_dashboard_can_be_read_by_grafana() -> None:
    board = json.loads(DASHBOARD.read_text())
    taken: set[tuple[int, int]] = set()

    assert board["schemaVersion"] >= 38, "Grafana 10"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert [variable["type"] for variable in board["templating"]["list"]] == ["datasource"]
    for panel in board["panels"]:
        assert panel["type"] in {"stat", "timeseries"}
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"]["uid"] == "${datasource}"
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells
