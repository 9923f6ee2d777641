"""What a batch has to know of its devices before it can write, read at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from config.prepared import prepared_cursor
from health.arrays import array_of
from health.models import CheckState, StatusInterval, TierCheck
from health.onrecord import Behind, Checked, Seen
from health.services.groups import HAS_CHANNEL
from health.services.owed import agreed, place_of
from health.services.view_keeping import causes_of
from registry.models import Camera, Consent, Device
from registry.targets import Dialled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIALLED = len(Dialled._fields)
_COLUMNS = tuple(Checked.__slots__)


def locked(rows: QuerySet[CheckState]) -> list[Checked]:
    """These rows, held until the transaction ends; in the order of their keys, so that nobody waits for each other.

    Read what is behind them only afterwards: what one statement joins to a row that it has to wait for is as old as
    the statement.
    """
    held: QuerySet[CheckState, Any] = rows.order_by("pk").select_for_update(no_key=True).values_list(*_COLUMNS)
    return [Checked(*row) for row in held]


def locked_members(groups: Collection[int], device_ids: Collection[int]) -> list[Checked]:
    """`locked` for those of these devices that are asked with these groups."""
    if connection.vendor != "postgresql":
        return locked(CheckState.objects.asked_with(groups).filter(device__in=device_ids))
    with prepared_cursor() as cursor:
        cursor.execute(_MEMBERS, [array_of(device_ids), array_of(groups)])
        return [Checked(*row) for row in cursor.fetchall()]


def behind(rows: Iterable[Checked], now: datetime) -> dict[int, Behind]:
    """What the register and the other tiers know of the devices of these rows, by their keys.

    Without those whose owner does not agree at `now` to anything that needs the device, and those that are no
    longer where they were asked: an answer says nothing of them.
    """
    asked_at = {row.device_id: row.address for row in rows}
    if not asked_at:
        return {}
    if connection.vendor != "postgresql":
        return _behind_by_model(asked_at, now)
    found: dict[int, Behind] = {}
    wanted, values = _wanted()
    consents, terms = _consents()
    moment = [now if value == _EPOCH else value for value in terms]
    with prepared_cursor() as cursor:
        cursor.execute(_BEHIND.format(wanted=wanted, agreed=consents), [*values, array_of(asked_at), *moment])
        for row in cursor.fetchall():
            pk = row[0]
            if pk not in found:
                if asked_at[pk] != place_of(Dialled(*row[:_DIALLED])):
                    continue
                found[pk] = Behind(row[_DIALLED], row[_DIALLED + 1], [])
            camera, state, cause, since, findings = row[_DIALLED + 2 :]
            if camera is not None:
                began = None if since is None else _EPOCH + timedelta(microseconds=since)
                found[pk].cameras.append(Seen(camera, state, cause, began, findings))
    return found


#: `CheckStateQuerySet.asked_with`, written out: putting it together takes Django as long as reading it.
_MEMBERS = f"""
SELECT {", ".join(_COLUMNS)} FROM health_checkstate
WHERE device_id = ANY(%s::bigint[]) AND group_id = ANY(%s::bigint[]) AND asleep_since IS NULL AND lease IS NULL
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 # nosec B608 - our own names

#: Three tables and two small questions of each camera: one after the other they take Django five times as long. The
#: moment comes as a number, which is read ten times as fast.
_BEHIND = f"""
SELECT device.id, {", ".join(f"device.{field}" for field in Dialled._fields[1:])},
       device.different_since, device.clock_offset_seconds,
       camera.id, coalesce(now_open.state, ''), coalesce(now_open.cause, ''),
       (extract(epoch FROM now_open.since) * 1000000)::bigint,
       ARRAY(
           SELECT cause FROM health_tiercheck AS tier WHERE tier.device_id = device.id AND cause <> ''
           AND (of_cameras = '[]' OR of_cameras @> to_jsonb(camera.id))
           UNION ALL
           SELECT found FROM health_cameraview WHERE camera_id = camera.id AND confirmed_at IS NOT NULL
       )
FROM registry_device AS device
LEFT JOIN ({{wanted}}) AS camera ON camera.device_id = device.id
LEFT JOIN health_statusinterval AS now_open ON now_open.camera_id = camera.id AND now_open.until IS NULL
WHERE device.id = ANY(%s::bigint[])
AND EXISTS (SELECT FROM ({{agreed}}) AS consent WHERE consent.site_id = device.site_id)
ORDER BY camera.id
"""  # noqa: S608 # nosec B608 - our own names


@lru_cache(maxsize=1)
def _wanted() -> tuple[str, tuple[Any, ...]]:
    """The cameras that can be judged, in words of the database, once for all batches."""
    return _judged().order_by().values("id", "device_id").query.sql_with_params()


@lru_cache(maxsize=1)
def _consents() -> tuple[str, tuple[Any, ...]]:
    """The consents that take a device, in words of the database; the epoch stands where the moment belongs."""
    return Consent.objects.connecting(_EPOCH).order_by().values("site_id").query.sql_with_params()


def _judged() -> QuerySet[Camera]:
    return Camera.objects.listed().filter(HAS_CHANNEL)


def _behind_by_model(asked_at: Mapping[int, str], now: datetime) -> dict[int, Behind]:
    """The same in some questions of the models, for SQLite."""
    devices = Device.objects.filter(agreed("site", now), pk__in=list(asked_at))
    found = {
        device.pk: Behind(device.different_since, device.clock_offset_seconds, [])
        for device in devices
        if asked_at[device.pk] == place_of(device)
    }
    cameras = list(_judged().filter(device__in=list(found)).order_by("pk").values_list("pk", "device_id"))
    opened = StatusInterval.objects.open().filter(camera__in=[pk for pk, _ in cameras])
    now_open = {
        camera: (state, cause, since)
        for camera, state, cause, since in opened.values_list("camera_id", "state", "cause", "since")
    }
    told: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
    tiers = TierCheck.objects.filter(device__in=list(found)).exclude(cause="")
    for device, cause, only in tiers.values_list("device_id", "cause", "of_cameras"):
        told[device].append((cause, only))
    pictures = causes_of(pk for pk, _ in cameras)
    for pk, device in cameras:
        findings = [cause for cause, only in told[device] if not only or pk in only]
        findings += [pictures[pk]] if pk in pictures else []
        state, cause, since = now_open.get(pk, ("", "", None))
        found[device].cameras.append(Seen(pk, state, cause, since, findings))
    return found
