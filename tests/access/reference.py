"""The rule of who may look, once more: slow, in plain loops over plain facts, sharing no code with `access`.

All times are whole minutes from now (negative: past). `clock` is the minute of the local day. Places lie on a line
that runs east, in metres. Written from section 6 of the design, for the property test.
"""

from dataclasses import dataclass, field

LOOK_MINUTES, SECOND_FACTOR_MINUTES, DAY = 15, 12 * 60, 24 * 60
EMERGENCY_MINUTES, EMERGENCY_FACTOR_MINUTES = 15, 5
PICTURES = {"view_still", "view_live"}
ANSWERS = {
    "see_position": {"listed"},
    "see_health": {"listed"},
    "request_recording": {"recording_on_request"},
    "view_still": {"still_in_incident", "live_in_incident", "still_in_hours", "live_in_hours"},
    "view_live": {"live_in_incident", "live_in_hours"},
}


@dataclass(frozen=True)
class Body:
    """An organization; `parent` is the place of its parent in the world's list."""

    name: str
    area: str
    parent: int | None = None


@dataclass(frozen=True)
class Viewer:
    """Who looks. `body` is the organization of the duty in use."""

    body: int
    kind: str = "viewer"
    active: bool = True
    second_factor_age: int | None = 1
    has_duty: bool = True
    duty_is_his: bool = True
    duty_area: str = ""
    duty_since: int = -1000
    duty_until: int | None = None
    duty_ended: bool = False
    duty_suspended: bool = False
    emergency: bool = False


@dataclass(frozen=True)
class Camera:
    """`different`: None without a device, else whether another device answers in its place."""

    verified_until: int | None = 500_000
    connected: bool = True
    stickered: bool = True
    withdrawn: bool = False
    paused_until: int | None = None
    different: bool | None = None


@dataclass(frozen=True)
class Consent:
    right: str
    purpose: str
    recipient: int
    since: int = -2000
    until: int = 400_000
    hours: tuple[int, int] | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Site:
    area: str
    vital: bool
    east_m: float
    cameras: tuple[Camera, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True)
class Grant:
    """`scope` is ("area", code), ("site", number) or ("camera", number of site, number of camera)."""

    body: int
    right: str
    purpose: str
    scope: tuple[object, ...]
    since: int = -60
    until: int = 40_000
    revoked: bool = False
    approved: bool = False


@dataclass(frozen=True)
class Case:
    body: int
    east_m: float = 0.0
    radius_m: int = 300
    opened: int = -5
    until: int = 240
    closed: bool = False


@dataclass(frozen=True)
class Reason:
    needs_case: bool
    active: bool = True


@dataclass(frozen=True)
class Facts:
    """A whole world at one moment."""

    clock: int
    bodies: tuple[Body, ...]
    viewer: Viewer
    sites: tuple[Site, ...]
    grants: tuple[Grant, ...]
    cases: tuple[Case, ...] = ()
    reasons: tuple[Reason, ...] = field(default=(Reason(needs_case=False),))
    live_by_two: bool = False


def until(
    facts: Facts,
    place: tuple[int, int],
    right: str,
    reason: Reason | None,
    case: Case | None,
    emergency_age: int | None = None,
) -> int | None:
    """Minutes for which this look is allowed, or None. `place`: the number of the site and of the camera in it;
    `emergency_age`: how many minutes ago an emergency look began, None for an ordinary one."""
    who, site = facts.viewer, facts.sites[place[0]]
    camera = site.cameras[place[1]]
    if not who.active or who.second_factor_age is None or who.second_factor_age >= SECOND_FACTOR_MINUTES:
        return None
    if not who.has_duty or not who.duty_is_his or who.kind != "viewer" or who.duty_ended or who.duty_since > 0:
        return None
    if who.duty_suspended or (who.duty_until is not None and who.duty_until <= 0):
        return None
    if who.duty_area and not _lies_in(site.area, who.duty_area):
        return None
    if camera.withdrawn or camera.verified_until is None or camera.verified_until <= 0 or camera.different:
        return None
    if right in PICTURES and not camera.connected:
        return None
    if right == "view_live" and not camera.stickered:
        return None
    if camera.paused_until is not None and camera.paused_until > 0:
        return None
    if right in PICTURES:
        if reason is None or not reason.active:
            return None
        if reason.needs_case and case is None:
            return None
        if case is not None and not _serves(facts, case, site):
            return None
    serving = case is not None and _serves(facts, case, site)
    best = 0
    if emergency_age is None:
        for grant in facts.grants:
            if not _reaches(facts, grant, place, right):
                continue
            for consent in site.consents:
                best = max(best, min(grant.until, _consent_minutes(facts, consent, grant.purpose, right, serving)))
    elif _emergency(facts, site, right, serving, emergency_age):
        for consent in site.consents:
            best = max(best, _consent_minutes(facts, consent, consent.purpose, right, serving))
        best = min(best, EMERGENCY_MINUTES - emergency_age)
    if best <= 0:
        return None
    ends = [LOOK_MINUTES, SECOND_FACTOR_MINUTES - who.second_factor_age, camera.verified_until, best]
    if who.duty_until is not None:
        ends.append(who.duty_until)
    if case is not None:
        ends.append(case.until)
    return min(ends)


def _emergency(facts: Facts, site: Site, right: str, serving: bool, age: int) -> bool:
    """A marked duty, a fresh second factor when it began, a case around, an ordinary site in one's own area."""
    who = facts.viewer
    fresh = who.second_factor_age is not None and who.second_factor_age - age < EMERGENCY_FACTOR_MINUTES
    mine = _lies_in(site.area, facts.bodies[who.body].area)
    return who.emergency and fresh and serving and mine and not site.vital and right in PICTURES and age >= 0


def sees_in_emergency(facts: Facts, place: tuple[int, int], right: str, case: Case) -> bool:
    """Whether some reason would open it as an emergency look in this case, begun now."""
    return any(until(facts, place, right, reason, case, 0) is not None for reason in facts.reasons)


def sees(facts: Facts, place: tuple[int, int], right: str) -> bool:
    """Whether some valid reason, with or without some case, would be allowed."""
    reasons: list[Reason | None] = [None, *facts.reasons]
    cases: list[Case | None] = [None, *facts.cases]
    return any(until(facts, place, right, reason, case) is not None for reason in reasons for case in cases)


def _lies_in(code: str, area: str) -> bool:
    return code.split(".")[: len(area.split("."))] == area.split(".")


def _reaches(facts: Facts, grant: Grant, place: tuple[int, int], right: str) -> bool:
    site = facts.sites[place[0]]
    if grant.body != facts.viewer.body or grant.right != right:
        return False
    if grant.revoked or grant.since > 0 or grant.until <= 0:
        return False
    if right == "view_live" and (site.vital or facts.live_by_two) and not grant.approved:
        return False
    kind, *what = grant.scope
    if kind == "area":
        return not site.vital and _lies_in(site.area, str(what[0]))
    return tuple(what) == (place[0],) if kind == "site" else tuple(what) == place


def _consent_minutes(facts: Facts, consent: Consent, purpose: str, right: str, serving: bool) -> int:
    if consent.recipient != facts.viewer.body or consent.purpose != purpose or consent.right not in ANSWERS[right]:
        return 0
    if consent.withdrawn or consent.since > 0 or consent.until <= 0:
        return 0
    if consent.right.endswith("_in_incident") and not serving:
        return 0
    if consent.hours is None:
        return consent.until
    for minutes in range(1, DAY + 1):  # Step through the day until the first minute outside the hours.
        if not _in_hours((facts.clock + minutes - 1) % DAY, *consent.hours):
            return min(consent.until, minutes - 1)
    return min(consent.until, DAY)


def _in_hours(minute: int, start: int, end: int) -> bool:
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


def _serves(facts: Facts, case: Case, site: Site) -> bool:
    """The case is open, of the viewer's body, its parent or its units, and the site lies within the radius."""
    mine, theirs = facts.viewer.body, case.body
    related = mine == theirs or facts.bodies[mine].parent == theirs or facts.bodies[theirs].parent == mine
    is_open = not case.closed and case.opened <= 0 < case.until
    return related and is_open and abs(case.east_m - site.east_m) <= case.radius_m
