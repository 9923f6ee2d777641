"""What is known of each camera from now on, written beside what was known until now."""

from collections.abc import Sequence

from django.db import connection

from config.prepared import prepared_cursor
from health import bell
from health.arrays import array_of
from health.causes import Change
from health.models import StatusInterval


def write(changes: Sequence[Change]) -> None:
    """Write the state that each of these cameras is in now, and keep the one it left as an interval that is over.

    The open interval is the same row for as long as the camera is watched: it takes the new state, and a new row
    takes the old one. So one is open at every moment, and the row that changes is in no index anew. One that
    somebody else ended meanwhile stays ended: the camera was withdrawn.
    """
    if not changes:
        return
    if connection.vendor == "postgresql":
        _write_at_once(changes)
    else:
        _write_by_model(changes)
    bell.ring_after_commit()


_AT_ONCE = """
WITH new AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                         %s::text[], %s::text[], %s::timestamptz[])
    AS new (camera_id, state, cause, since, was_state, was_cause, was_since)
), moved AS (
    UPDATE health_statusinterval AS now_open SET state = new.state, cause = new.cause, since = new.since
    FROM new WHERE now_open.camera_id = new.camera_id AND now_open.until IS NULL AND new.was_since IS NOT NULL
    RETURNING new.camera_id, new.was_state, new.was_cause, new.was_since, new.since
)
INSERT INTO health_statusinterval (camera_id, state, cause, since, until)
SELECT * FROM moved
UNION ALL SELECT camera_id, state, cause, since, NULL FROM new WHERE was_since IS NULL
"""


def _write_at_once(changes: Sequence[Change]) -> None:
    rows = [
        (one.camera_id, one.verdict.state, one.verdict.cause, one.since, one.before, one.was_cause, one.was_since)
        for one in changes
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_AT_ONCE, [array_of(column) for column in zip(*rows, strict=True)])


def _write_by_model(changes: Sequence[Change]) -> None:
    still_open = StatusInterval.objects.open().filter(camera__in=[one.camera_id for one in changes])
    now_open = {row.camera_id: row for row in still_open}
    moved, added = [], []
    for one in changes:
        row = now_open.get(one.camera_id)
        if one.was_since is None:
            row = StatusInterval(camera_id=one.camera_id)
            added.append(row)
        elif row is not None:
            moved.append(row)
            added.append(
                StatusInterval(
                    camera_id=one.camera_id,
                    state=one.before,
                    cause=one.was_cause,
                    since=one.was_since,
                    until=one.since,
                )
            )
        if row is not None:
            row.state, row.cause, row.since = one.verdict.state, one.verdict.cause, one.since
    StatusInterval.objects.bulk_update(moved, ["state", "cause", "since"], batch_size=250)
    StatusInterval.objects.bulk_create(added, batch_size=500)
