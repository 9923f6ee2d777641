"""The questions, and how each way answers them. Every way keeps the same rules, and gives the same answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import get_objects_for_user

from access.decision import Allowed, Because, decide, visible_cameras
from access.models import CameraPermission
from access.rule import local_minute
from accounts.areas import within
from bench.access.direct.models import DirectGroupPermission, DirectUserPermission
from bench.access.endpoint import WITH, WITHOUT, asked
from bench.access.world import NOW, Asker, Everything
from registry.models import Camera, Consent
from registry.rights import AccessRight

RIGHT = AccessRight.VIEW_STILL
PAGE = 50
MINUTE = local_minute(NOW)
ANSWERING = ("still_in_hours", "live_in_hours")

Ask = Callable[[Asker], Any]
#: How many answers one asking gives, where it is not one.
ANSWERS = {"check": 2}


def all_of(world: Everything) -> dict[str, dict[str, Ask]]:
    """By question, the ways to answer it; ours first."""
    because = Because(world.reason)

    def check(asker: Asker) -> list[bool]:
        both = (asker.seen, asker.unseen)
        return [isinstance(decide(asker.viewer, camera, RIGHT, because, NOW), Allowed) for camera in both]

    return {
        "check": {"ours": check, "floor": floor_check, **by_guardian(guardian_check)},
        "list": {"ours": our_list, "floor": floor_list, **by_guardian(guardian_list)},
        "count": {"ours": our_count, "floor": floor_count, **by_guardian(guardian_count)},
        "api list": {"ours": asked(WITH), "without permission": asked(WITHOUT)},
    }


def require_equal(name: str, ways: dict[str, Ask], asker: Asker) -> None:
    """End the bench where two ways give different answers; the endpoint without permission may show more."""
    answers = {way: ask(asker) for way, ask in ways.items() if way != "without permission"}
    mine = answers["ours"]
    different = [way for way, answer in answers.items() if answer != mine]
    if different or not mine:
        raise SystemExit(f"{name}, {asker.name}: {answers}")


# --- ours ----------------------------------------------------------------------------------------------------


def our_list(asker: Asker) -> list[int]:
    return list(visible_cameras(asker.viewer, RIGHT, NOW).order_by("-pk").values_list("pk", flat=True)[:PAGE])


def our_count(asker: Asker) -> int:
    return visible_cameras(asker.viewer, RIGHT, NOW).count()


# --- guardian ------------------------------------------------------------------------------------------------


@contextmanager
def tables(*, direct: bool) -> Iterator[None]:
    """guardian takes the direct tables it finds. The product's own rows belong to its grants and stay out of it."""
    kept = {model: getattr(model, "enabled", True) for model in (CameraPermission, *DIRECT)}
    CameraPermission.enabled = False
    for model in DIRECT:
        model.enabled = direct
    try:
        yield
    finally:
        for model, enabled in kept.items():
            model.enabled = enabled


DIRECT: tuple[Any, Any] = (DirectGroupPermission, DirectUserPermission)


def by_guardian(ask: Ask) -> dict[str, Ask]:
    def way(direct: bool) -> Ask:
        def asked(asker: Asker) -> Any:
            with tables(direct=direct):
                return ask(asker)

        return asked

    return {"guardian": way(False), "guardian direct keys": way(True)}


def agreed(asker: Asker) -> QuerySet[Consent]:
    """The consents in force that answer now; the same rule that ours has."""
    by_day = Q(hours_from__lte=MINUTE, hours_until__gt=MINUTE)
    over_midnight = Q(hours_from__gt=F("hours_until")) & (Q(hours_from__lte=MINUTE) | Q(hours_until__gt=MINUTE))
    return Consent.objects.in_force(NOW).filter(
        by_day | over_midnight,
        recipient=asker.viewer.duty.organization_id,  # type: ignore[union-attr]
        right__in=ANSWERING,
        purpose="security",
    )


def on_duty(asker: Asker) -> bool:
    duty = asker.viewer.duty
    return asker.viewer.user.is_active and duty is not None and duty.ended_at is None and duty.since <= NOW


def guardian_check(asker: Asker) -> list[bool]:
    def may(camera: Camera) -> bool:
        stands = camera.withdrawn_at is None and camera.is_verified(NOW) and not camera.is_paused(NOW)
        narrow = asker.viewer.duty.area_code  # type: ignore[union-attr]
        if not (on_duty(asker) and stands and camera.connected_at and camera.device.different_since is None):
            return False
        if narrow and not camera.site.area.code.startswith(narrow):
            return False
        if not ObjectPermissionChecker(asker.viewer.user).has_perm("view_still_camera", camera):
            return False
        return agreed(asker).filter(site=camera.site_id).exists()

    return [may(camera) for camera in (asker.seen, asker.unseen)]


def guardian_cameras(asker: Asker) -> QuerySet[Camera]:
    """The rules are joined after guardian has found its objects: a filtered `klass` would be asked twice."""
    granted = get_objects_for_user(
        asker.viewer.user, "registry.view_still_camera", klass=Camera, accept_global_perms=False
    )
    ready = granted.filter(
        Q(device__isnull=True) | Q(device__different_since__isnull=True),
        Q(paused_until__isnull=True) | Q(paused_until__lte=NOW),
        Exists(agreed(asker).filter(site=OuterRef("site_id"))),
        withdrawn_at__isnull=True,
        verified_at__isnull=False,
        verified_until__gt=NOW,
        connected_at__isnull=False,
    )
    narrow = asker.viewer.duty.area_code  # type: ignore[union-attr]
    return ready.filter(within(narrow, "site__area__code")) if narrow else ready


def guardian_list(asker: Asker) -> list[int]:
    return list(guardian_cameras(asker).order_by("-pk").values_list("pk", flat=True)[:PAGE])


def guardian_count(asker: Asker) -> int:
    return guardian_cameras(asker).count()


# --- the floor -----------------------------------------------------------------------------------------------

_ON_DUTY = """(SELECT u.is_active FROM accounts_duty d JOIN accounts_user u ON u.id = d.user_id
   WHERE d.id = %(duty)s AND d.organization_id = %(body)s AND d.kind = 'viewer' AND d.ended_at IS NULL
     AND d.since <= %(now)s AND (d.until IS NULL OR d.until > %(now)s))"""
_GRANT = """g.organization_id = %(body)s AND g."right" = 'view_still' AND g.revoked_at IS NULL
    AND g.valid_from <= %(now)s AND g.valid_until > %(now)s"""
_AGREED = """k.site_id = c.site_id AND k.recipient_id = %(body)s AND k.purpose = 'security'
    AND k."right" IN ('still_in_hours', 'live_in_hours') AND k.withdrawn_at IS NULL
    AND k.valid_from <= %(now)s AND k.valid_until > %(now)s
    AND ((k.hours_from <= %(minute)s AND k.hours_until > %(minute)s)
      OR (k.hours_from > k.hours_until AND (k.hours_from <= %(minute)s OR k.hours_until > %(minute)s)))"""
_READY = """c.withdrawn_at IS NULL AND c.verified_at IS NOT NULL AND c.verified_until > %(now)s
    AND c.connected_at IS NOT NULL AND (c.paused_until IS NULL OR c.paused_until <= %(now)s)"""

#: One camera. Scalar subqueries in place of joins: planning is most of its cost.
CHECK = f"""
SELECT 1 FROM registry_camera c JOIN registry_site s ON s.id = c.site_id JOIN registry_area a ON a.id = s.area_id
 WHERE c.id = %(camera)s AND {_READY} AND (%(narrow)s = '' OR a.code LIKE %(narrow)s || '%%') AND {_ON_DUTY}
   AND (SELECT v.different_since FROM registry_device v WHERE v.id = c.device_id) IS NULL
   AND (SELECT true FROM registry_consent k WHERE {_AGREED} LIMIT 1)
   AND (SELECT true FROM access_grant g WHERE {_GRANT} AND (
     (NOT s.vital AND (SELECT bool_or(a.code = r.code OR a.code LIKE r.code || '.%%')
        FROM access_areapermission p JOIN registry_area r ON r.id = p.content_object_id WHERE p.grant_id = g.id))
     OR (SELECT true FROM access_sitepermission p WHERE p.grant_id = g.id AND p.content_object_id = c.site_id)
     OR (SELECT true FROM access_camerapermission p WHERE p.grant_id = g.id AND p.content_object_id = c.id))
   LIMIT 1)"""  # noqa: S608

#: Many: the scopes as arrays, then the cameras by each kind of scope, each along its own index.
_CAMERAS = f"""SELECT c.id FROM registry_camera c JOIN registry_site s ON s.id = c.site_id
  LEFT JOIN registry_device v ON v.id = c.device_id
 WHERE {_READY} AND v.different_since IS NULL AND {_ON_DUTY}
   AND EXISTS (SELECT 1 FROM registry_consent k WHERE {_AGREED})"""  # noqa: S608
_NARROW = (
    """(%(narrow)s = '' OR s.area_id IN (SELECT x.id FROM registry_area x WHERE x.code LIKE %(narrow)s || '%%'))"""
)
_BY_AREA = f"""{_CAMERAS} AND NOT s.vital AND s.area_id = ANY (ARRAY(
  SELECT x.id FROM access_grant g JOIN access_areapermission p ON p.grant_id = g.id
    JOIN registry_area r ON r.id = p.content_object_id
    JOIN registry_area x ON x.code = r.code OR x.code LIKE r.code || '.%%'
   WHERE {_GRANT} AND (%(narrow)s = '' OR x.code LIKE %(narrow)s || '%%')))"""  # noqa: S608
_BY_SITE = f"""{_CAMERAS} AND {_NARROW} AND c.site_id = ANY (ARRAY(
  SELECT p.content_object_id FROM access_grant g JOIN access_sitepermission p ON p.grant_id = g.id
   WHERE {_GRANT}))"""  # noqa: S608
_BY_CAMERA = f"""{_CAMERAS} AND {_NARROW} AND c.id = ANY (ARRAY(
  SELECT p.content_object_id FROM access_grant g JOIN access_camerapermission p ON p.grant_id = g.id
   WHERE {_GRANT}))"""  # noqa: S608
_NEWEST = f"ORDER BY c.id DESC LIMIT {PAGE}"
LIST = f"""SELECT id FROM (({_BY_AREA} {_NEWEST}) UNION ({_BY_SITE} {_NEWEST}) UNION ({_BY_CAMERA} {_NEWEST})) x
 ORDER BY id DESC LIMIT {PAGE}"""  # noqa: S608
COUNT = f"SELECT count(*) FROM ({_BY_AREA} UNION {_BY_SITE} UNION {_BY_CAMERA}) x"  # noqa: S608


def _floor(statement: str, asker: Asker, **given: object) -> list[tuple[Any, ...]]:
    duty = asker.viewer.duty
    assert duty is not None
    known = {
        "duty": duty.pk,
        "body": duty.organization_id,
        "narrow": duty.area_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**known, "now": NOW, "minute": MINUTE, **given})
        return cursor.fetchall()


def floor_check(asker: Asker) -> list[bool]:
    return [bool(_floor(CHECK, asker, camera=camera.pk)) for camera in (asker.seen, asker.unseen)]


def floor_list(asker: Asker) -> list[int]:
    return [pk for (pk,) in _floor(LIST, asker)]


def floor_count(asker: Asker) -> int:
    return _floor(COUNT, asker)[0][0]
