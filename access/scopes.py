"""Where an organization's grants reach: its guardian rows on areas, sites and cameras, resolved first.

The questions here stand before every look and every list, so each is one statement written out, and planned once
if its best plan does not hang on what is asked: building it from parts, or planning it anew, costs many times what
the database needs for it. All run on PostgreSQL and SQLite. The test of generated
worlds (`tests/access/test_worlds.py`) holds them to a slow reference and breaks them on purpose.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from accounts.areas import ancestors, covers
from accounts.models import Duty, Organization
from config.prepared import prepared_cursor
from registry.models import Area, Camera, Site
from registry.models.consents import hold_at_minute
from registry.rights import ANSWERED_BY, AccessRight, Purpose


def codename(right: AccessRight | str, scope: Area | Site | Camera) -> str:
    """The permission's codename on this kind of scope, for instance `view_still_area`."""
    return f"{AccessRight(right).value}_{scope._meta.model_name}"


@dataclass(frozen=True)
class Reach:
    """The scopes of one right and purpose, by key; among `areas` are all that lie below a granted one.

    Area grants do not reach vital sites: those are granted by name.
    """

    areas: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()
    cameras: frozenset[int] = frozenset()

    def covers(self, camera: Camera) -> bool:
        """Whether it reaches this camera, whose site is loaded."""
        by_area = not camera.site.vital and camera.site.area_id in self.areas
        return by_area or camera.site_id in self.sites or camera.pk in self.cameras

    def as_filter(self, narrow: frozenset[int] | None) -> Q:
        """The cameras it reaches, as a condition on Camera; with `narrow`, only those in these areas."""
        areas = self.areas if narrow is None else self.areas & narrow
        condition = Q(site__vital=False) & Q(site__area_id__in=areas)
        if self.sites or self.cameras:
            by_name = Q(pk__in=self.cameras) | Q(site_id__in=self.sites)
            condition |= by_name if narrow is None else by_name & Q(site__area_id__in=narrow)
        return condition


class Place(NamedTuple):
    """Where an open case lies: degrees, and metres around."""

    lat: float
    lng: float
    radius_m: int


@dataclass(frozen=True)
class Holding:
    """What a duty's organization holds at one moment.

    `reach` is by right and purpose; `by_two` the same of the grants that a second person approved. `needs_case` has
    one entry for each active reason: whether it demands a case. `cases` are the open ones it may look under: its
    own, its parent's and its units'. `narrow` are the areas to which the duty is narrowed, or None.
    """

    reach: dict[tuple[AccessRight, Purpose], Reach]
    by_two: dict[tuple[AccessRight, Purpose], Reach]
    needs_case: tuple[bool, ...]
    cases: tuple[Place, ...]
    narrow: frozenset[int] | None

    @cached_property
    def rights(self) -> frozenset[AccessRight]:
        """The rights it holds anywhere."""
        return frozenset(right for right, _ in self.reach)

    def purposes(self, right: AccessRight) -> list[Purpose]:
        """The purposes for which it holds this right anywhere."""
        return [purpose for held, purpose in self.reach if held == right]


_IN_FORCE = """g.organization_id = %(body)s AND p.group_id = %(group)s AND g.revoked_at IS NULL
    AND g.valid_from <= %(now)s AND g.valid_until > %(now)s"""

# A row counts only for its own right and for its own body's group. What is looked up by key is a subquery and no
# join: most of the cost of these statements is the planner's, and it grows with every way to order joins.
_CODENAME = "(SELECT m.codename FROM auth_permission m WHERE m.id = p.permission_id)"
_HOLDING = f"""
WITH granted AS (
  SELECT g."right", g.purpose, g.approved_at IS NOT NULL AS by_two, a.code
    FROM access_areapermission p JOIN access_grant g ON g.id = p.grant_id
    JOIN registry_area a ON a.id = p.content_object_id
   WHERE {_IN_FORCE} AND {_CODENAME} = g."right" || '_area')
SELECT 'area', "right", purpose, by_two, code, 0, 0.0, 0.0 FROM granted
UNION ALL
SELECT 'place', '', '', a.code = %(narrow)s OR a.code LIKE %(narrow)s || '.%%', a.code, a.id, 0.0, 0.0
  FROM registry_area a
 WHERE a.code = %(narrow)s OR a.code LIKE %(narrow)s || '.%%'
    OR EXISTS (SELECT 1 FROM granted WHERE a.code = granted.code OR a.code LIKE granted.code || '.%%')
UNION ALL
SELECT 'site', g."right", g.purpose, g.approved_at IS NOT NULL, '', p.content_object_id, 0.0, 0.0
  FROM access_sitepermission p JOIN access_grant g ON g.id = p.grant_id
 WHERE {_IN_FORCE} AND {_CODENAME} = g."right" || '_site'
UNION ALL
SELECT 'camera', g."right", g.purpose, g.approved_at IS NOT NULL, '', p.content_object_id, 0.0, 0.0
  FROM access_camerapermission p JOIN access_grant g ON g.id = p.grant_id
 WHERE {_IN_FORCE} AND {_CODENAME} = g."right" || '_camera'
UNION ALL
SELECT 'reason', '', '', r.needs_case, '', 0, 0.0, 0.0 FROM access_reason r WHERE r.active
UNION ALL
SELECT 'case', '', '', c.closed_at IS NOT NULL, '', c.radius_m, c.lat, c.lng
  FROM access_case c JOIN accounts_organization o ON o.id = c.organization_id
 WHERE c.closed_at IS NULL AND c.opened_at <= %(now)s AND c.until > %(now)s
   AND (o.id = %(body)s OR o.id = %(parent)s OR o.parent_id = %(body)s)
"""  # noqa: S608  # nosec B608


def holding_of(duty: Duty, now: datetime) -> Holding:
    """What the organization of this duty holds at `now`, in one query, whatever the number of cameras."""
    organization = duty.organization
    scopes: dict[tuple[AccessRight, Purpose, bool], dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    places: dict[str, int] = {}
    narrow: set[int] = set()
    reasons: list[bool] = []
    cases: list[Place] = []
    with prepared_cursor() as cursor:
        rows = _rows(
            cursor,
            _HOLDING,
            now,
            body=organization.pk,
            group=organization.group_id,
            parent=organization.parent_id or 0,
            narrow=duty.area_code,
        )
    for kind, right, purpose, mark, code, number, lat, lng in rows:
        if kind == "place":
            places[code] = number
            if mark:
                narrow.add(number)
        elif kind == "reason":
            reasons.append(bool(mark))
        elif kind == "case":
            cases.append(Place(lat, lng, number))
        else:
            for by_two in {False, bool(mark)}:
                scopes[AccessRight(right), Purpose(purpose), by_two][kind].add(code or number)
    held: tuple[dict[Any, Reach], dict[Any, Reach]] = {}, {}
    below = {code: frozenset(key for at, key in places.items() if covers(code, at)) for code in places}
    for (right, purpose, by_two), found in scopes.items():
        areas = frozenset[int]().union(*(below[code] for code in found["area"]))
        held[by_two][right, purpose] = Reach(areas, frozenset(found["site"]), frozenset(found["camera"]))
    return Holding(*held, tuple(reasons), tuple(cases), frozenset(narrow) if duty.area_code else None)


class Agreed(NamedTuple):
    """A consent in force that answers a right, as far as the decision asks of it."""

    right: str
    purpose: Purpose
    until: datetime
    hours_from: int | None
    hours_until: int | None

    def holds_at_minute(self, minute: int) -> bool:
        """Whether its hours hold at this minute of the local day."""
        return hold_at_minute(self.hours_from, self.hours_until, minute)


@dataclass
class Standing:
    """What stands behind one camera for one organization and right: until when grants open it, by purpose, and the
    consents that may answer."""

    opened: dict[Purpose, datetime] = field(default_factory=dict)
    agreed: list[Agreed] = field(default_factory=list)


CONSENT_IN_FORCE = """c.recipient_id = %(body)s AND c.withdrawn_at IS NULL
   AND c.valid_from <= %(now)s AND c.valid_until > %(now)s"""

# The areas of a camera are at most four: kelurahan, kecamatan, city, province.
_STANDING = f"""
SELECT 'grant', g.purpose, g.valid_until, g.approved_at IS NOT NULL, CAST(NULL AS integer), CAST(NULL AS integer)
  FROM access_areapermission p JOIN access_grant g ON g.id = p.grant_id
 WHERE {_IN_FORCE} AND g."right" = %(right)s AND {_CODENAME} = %(of_area)s
   AND (SELECT a.code FROM registry_area a WHERE a.id = p.content_object_id)
     IN (%(area1)s, %(area2)s, %(area3)s, %(area4)s)
UNION ALL
SELECT 'grant', g.purpose, g.valid_until, g.approved_at IS NOT NULL, CAST(NULL AS integer), CAST(NULL AS integer)
  FROM access_sitepermission p JOIN access_grant g ON g.id = p.grant_id
 WHERE {_IN_FORCE} AND g."right" = %(right)s AND {_CODENAME} = %(of_site)s AND p.content_object_id = %(site)s
UNION ALL
SELECT 'grant', g.purpose, g.valid_until, g.approved_at IS NOT NULL, CAST(NULL AS integer), CAST(NULL AS integer)
  FROM access_camerapermission p JOIN access_grant g ON g.id = p.grant_id
 WHERE {_IN_FORCE} AND g."right" = %(right)s AND {_CODENAME} = %(of_camera)s AND p.content_object_id = %(camera)s
UNION ALL
SELECT c."right", c.purpose, c.valid_until, c.withdrawn_at IS NOT NULL, c.hours_from, c.hours_until
  FROM registry_consent c WHERE c.site_id = %(site)s AND {CONSENT_IN_FORCE}
"""  # noqa: S608  # nosec B608


def standing_of(
    camera: Camera, organization: Organization, right: AccessRight, now: datetime, *, two_people: bool
) -> Standing:
    """The grants over the camera, its site, or (if not vital) its areas, and the site's consents to the
    organization, in one query. `two_people` keeps only the grants that a second person approved."""
    areas = [] if camera.site.vital else ancestors(camera.site.area.code)
    codes = dict(zip(("area1", "area2", "area3", "area4"), [*areas[:4], *[""] * 4], strict=False))
    found = Standing()
    with prepared_cursor() as cursor:
        rows = _rows(
            cursor,
            _STANDING,
            now,
            body=organization.pk,
            group=organization.group_id,
            right=right.value,
            of_area=f"{right.value}_area",
            of_site=f"{right.value}_site",
            of_camera=f"{right.value}_camera",
            site=camera.site_id,
            camera=camera.pk,
            **codes,
        )
    for kind, purpose_code, until, by_two, hours_from, hours_until in rows:
        purpose, ends = Purpose(purpose_code), _moment(until)
        if kind != "grant":
            if kind in ANSWERED_BY[right]:
                found.agreed.append(Agreed(kind, purpose, ends, hours_from, hours_until))
        elif by_two or not two_people:
            found.opened[purpose] = max(found.opened.get(purpose, ends), ends)
    return found


def agreed_at(sites: set[int], organization: Organization, now: datetime) -> dict[int, list[Agreed]]:
    """By site, the consents in force to the organization, in one query."""
    among = ", ".join(f"{site:d}" for site in sorted(sites))
    statement = f"""
SELECT c.site_id, c."right", c.purpose, c.valid_until, c.hours_from, c.hours_until FROM registry_consent c
 WHERE c.site_id IN ({among}) AND {CONSENT_IN_FORCE}"""  # noqa: S608  # nosec B608
    found: dict[int, list[Agreed]] = defaultdict(list)
    with connection.cursor() as cursor:  # Planned each time: the best way hangs on how many the body has.
        for site, right, purpose, until, *hours in _rows(cursor, statement, now, body=organization.pk):
            found[site].append(Agreed(right, Purpose(purpose), _moment(until), *hours))
    return found


def _rows(cursor: CursorWrapper, statement: str, now: datetime, **given: Any) -> list[tuple[Any, ...]]:
    cursor.execute(statement, {**given, "now": connection.ops.adapt_datetimefield_value(now)})
    return cursor.fetchall()


def _moment(value: datetime | str) -> datetime:
    """SQLite keeps moments without their zone, which is UTC, and sometimes as text."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
