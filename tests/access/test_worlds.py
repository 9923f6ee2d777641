"""Generated worlds: the decision, its queryset and a slow reference never disagree, and broken rules show."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from math import cos, degrees, radians
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import access.decision
from access.models import AreaPermission, Case, CaseKind, Grant, Reason, SitePermission
from access.models import CameraPermission as CameraRow
from access.viewers import Viewer
from accounts.models import Duty, DutyKind, Organization, OrganizationKind, User
from registry import geo
from registry.models import (
    Area,
    AreaLevel,
    Camera,
    Consent,
    ConsentText,
    Device,
    Partner,
    PartnerKind,
    Receipt,
    Site,
)
from registry.rights import SHOWS_PICTURE, AccessRight
from tests.access import reference as plain
from tests.factories import LAT, LNG, World, area, person

MIDNIGHT = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 00.00 WIB on 25 November 2026
AREAS = ["31.73.05.1001", "31.73.05.1002", "31.73.06.1001", "31.73.06.1002"]
ABOVE = ["31.73", "31.73.05", "31.73.06"]
BODIES = (plain.Body("Polres Uji", "31.73"), plain.Body("Polsek Uji", "31.73.05", 0), plain.Body("Lain", "31.73"))
AGES = (None, 0, 5, 14, 15)  # How many minutes ago an emergency look began; None for an ordinary one.
TABLES: dict[str, Any] = {"area": AreaPermission, "site": SitePermission, "camera": CameraRow}

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


#: Everything in order for a still and a live look at two places, the second a vital object, near an open case.
OPEN = plain.Facts(
    clock=720,
    bodies=BODIES,
    viewer=plain.Viewer(body=0, emergency=True),
    sites=tuple(
        plain.Site(
            area=AREAS[0],
            vital=vital,
            east_m=100.0,
            cameras=(plain.Camera(different=False),),
            consents=(
                plain.Consent("listed", "security", 0),
                plain.Consent("live_in_hours", "security", 0, hours=(360, 1200)),
                plain.Consent("live_in_incident", "incident", 0),
            ),
        )
        for vital in (False, True)
    ),
    grants=tuple(
        plain.Grant(0, right, purpose, scope, approved=scope[0] == "site")
        for right, purpose in (
            ("see_position", "security"),
            ("view_still", "security"),
            ("view_live", "security"),
            ("view_live", "incident"),
        )
        for scope in (("area", AREAS[0]), ("site", 1))
    ),
    cases=(plain.Case(0),),
    reasons=(plain.Reason(needs_case=False), plain.Reason(needs_case=True)),
)

Flaw = Callable[[plain.Facts], plain.Facts]


def of_viewer(**changed: Any) -> Flaw:
    return lambda facts: replace(facts, viewer=replace(facts.viewer, **changed))


def of_each(kind: str, **changed: Any) -> Flaw:
    """The same change of every site, grant, case or reason."""
    return lambda facts: replace(facts, **{kind: tuple(replace(item, **changed) for item in getattr(facts, kind))})


def of_cameras(**changed: Any) -> Flaw:
    def make(site: plain.Site) -> plain.Site:
        return replace(site, cameras=tuple(replace(camera, **changed) for camera in site.cameras))

    return lambda facts: replace(facts, sites=tuple(make(site) for site in facts.sites))


def of_consents(**changed: Any) -> Flaw:
    def make(consent: plain.Consent) -> plain.Consent:
        if "hours" in changed and not consent.hours:
            return consent
        made = replace(consent, **changed)
        return made if made.right.endswith("_in_hours") else replace(made, hours=None)

    def site_of(site: plain.Site) -> plain.Site:
        made = {(c.right, c.purpose, c.recipient, c.withdrawn): c for c in map(make, site.consents)}
        return replace(site, consents=tuple(made.values()))

    return lambda facts: replace(facts, sites=tuple(site_of(site) for site in facts.sites))


def by_two_everywhere(flaw: Flaw) -> Flaw:
    """The flaw where the setting asks for two people for live video anywhere."""
    return lambda facts: replace(flaw(facts), live_by_two=True)


FLAWS: list[Flaw] = [
    *(
        of_viewer(**{name: value})
        for name, value in [("active", False), ("has_duty", False), ("duty_is_his", False)]
    ),
    of_viewer(emergency=False),
    *(of_viewer(second_factor_age=age) for age in (None, 4, 5, 9, 10, 719, 720)),
    *(of_viewer(kind="grantor", duty_area=code) for code in ("", AREAS[0])),
    *(of_viewer(duty_area=code) for code in (AREAS[0], AREAS[1], "31.73.05", "31.73.06")),
    *(of_viewer(duty_since=since) for since in (0, 1)),
    *(of_viewer(duty_until=until) for until in (0, 4, 9_000)),
    *(of_viewer(body=body) for body in (1, 2)),
    of_viewer(duty_ended=True),
    of_viewer(duty_suspended=True),
    *(of_cameras(verified_until=until) for until in (None, 0, 7)),
    *(of_cameras(**{stage: False}) for stage in ("connected", "stickered")),
    of_cameras(withdrawn=True),
    *(of_cameras(paused_until=until) for until in (-5, 0, 30)),
    *(of_cameras(different=different) for different in (None, True)),
    *(of_consents(hours=hours) for hours in [(0, 1440), (1200, 300), (0, 0), (720, 725), (0, 720), (721, 720)]),
    *(of_consents(until=until) for until in (-1, 0, 5)),
    *(of_consents(since=since) for since in (0, 1)),
    *(of_consents(recipient=body) for body in (1, 2)),
    *(of_consents(right=right) for right in ("listed", "recording_on_request")),
    *(of_consents(purpose=purpose) for purpose in ("security", "incident", "investigation")),
    of_consents(withdrawn=True),
    *(of_each("grants", until=until) for until in (0, 3)),
    *(of_each("grants", since=since) for since in (0, 1)),
    *(of_each("grants", body=body) for body in (1, 2)),
    *(of_each("grants", scope=scope) for scope in [("area", "31.73"), ("area", AREAS[1]), ("camera", 0, 0)]),
    *(of_each("grants", **{name: value}) for name, value in [("revoked", True), ("approved", False)]),
    *(of_each("grants", right=right, purpose="security") for right in ("request_recording", "see_health")),
    *(of_each("cases", body=body) for body in (1, 2)),
    *(of_each("cases", radius_m=radius) for radius in (50, 99, 1000)),
    *(of_each("cases", **{name: value}) for name, value in [("opened", 1), ("until", 2), ("closed", True)]),
    lambda facts: replace(facts, cases=()),
    *(of_each("reasons", **{name: value}) for name, value in [("active", False), ("needs_case", True)]),
    lambda facts: replace(facts, reasons=()),
    lambda facts: replace(facts, live_by_two=True),
    *(of_each("sites", **{name: value}) for name, value in [("vital", True), ("vital", False), ("area", AREAS[2])]),
    *(of_each("sites", east_m=east) for east in (0.0, 299.0, 301.0)),
    *(partial(lambda facts, clock: replace(facts, clock=clock), clock=clock) for clock in (0, 359, 1190, 1439)),
]


@st.composite
def worlds(draw: st.DrawFn) -> plain.Facts:
    """The open world with up to four flaws, each of which may touch one place only."""
    facts = OPEN
    for flaw in draw(st.lists(st.sampled_from(FLAWS), max_size=4)):
        made = flaw(facts)
        keeps = draw(st.sampled_from([None, 0, 1]))
        if keeps is not None and made.sites != facts.sites:
            made = replace(made, sites=tuple(facts.sites[n] if n == keeps else s for n, s in enumerate(made.sites)))
        facts = made
    return facts


@pytest.fixture
def ground() -> None:
    """The areas and bodies that every generated world stands on."""
    world = World(MIDNIGHT)
    other = area("31.73.06", AreaLevel.KECAMATAN, world.city)
    for code in AREAS:
        area(code, AreaLevel.KELURAHAN, other if code.startswith(other.code) else world.kecamatan)
    world._body("Lain", OrganizationKind.GOVERNMENT, "31.73")


class Built:
    """A world of plain facts as rows."""

    def __init__(self, facts: plain.Facts) -> None:
        self.facts = facts
        self.now = MIDNIGHT + timedelta(minutes=facts.clock)
        self.names = count()
        self.owner, self.officer, self.approver = person(), person(), person()
        self.partner = Partner.objects.create(kind=PartnerKind.RESIDENT, name="Pemilik Uji")
        self.text = ConsentText.objects.create(version="uji", language="id", body="Uji", sha256="0" * 64)
        self.bodies = [Organization.objects.get(name=body.name) for body in facts.bodies]
        self.sites = [self._site(site) for site in facts.sites]
        self.cameras = {
            (n, m): self._camera(self.sites[n], camera)
            for n, site in enumerate(facts.sites)
            for m, camera in enumerate(site.cameras)
        }
        for grant in facts.grants:
            self._grant(grant)
        Reason.objects.all().delete()
        self.reasons = {
            reason: Reason.objects.create(
                code=f"r{n}", words=f"Uji {n}", needs_case=reason.needs_case, active=reason.active
            )
            for n, reason in enumerate(dict.fromkeys(facts.reasons))
        }
        self.cases = {case: self._case(case) for case in dict.fromkeys(facts.cases)}
        self.viewer = self._viewer(facts.viewer)

    def at(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    def _place(self, east_m: float) -> tuple[float, float]:
        # At this latitude a step east is shorter by its cosine than the same angle at the equator.
        return LAT, LNG + degrees(east_m / geo.EARTH_RADIUS_M) / cos(radians(LAT))

    def _site(self, site: plain.Site) -> Site:
        lat, lng = self._place(site.east_m)
        row = Site.objects.create(
            partner=self.partner,
            area=Area.objects.get(code=site.area),
            address=f"Jalan {next(self.names)}",
            lat=lat,
            lng=lng,
            position_source="gps",
            vital=site.vital,
            maintainer_name="Perawat Uji",
            **geo.cells(lat, lng),
        )
        receipt = Receipt.objects.create(
            code=f"UJI-{row.pk}", partner=self.partner, site=row, sha256="0" * 64, created_at=self.now
        )
        for consent in site.consents:
            start, end = consent.hours or (None, None)
            Consent.objects.create(
                site=row,
                right=consent.right,
                purpose=consent.purpose,
                recipient=self.bodies[consent.recipient],
                valid_from=self.at(min(consent.since, consent.until - 1)),
                valid_until=self.at(consent.until),
                hours_from=start,
                hours_until=end,
                text=self.text,
                receipt=receipt,
                signed_by=self.owner,
                signed_at=self.now,
                withdrawn_at=self.now if consent.withdrawn else None,
                withdrawn_by=self.owner if consent.withdrawn else None,
            )
        return row

    def _camera(self, site: Site, camera: plain.Camera) -> Camera:
        device = None
        if camera.different is not None:
            device = Device.objects.create(
                site=site, host="198.51.100.7", different_since=self.now if camera.different else None
            )
        verified = camera.verified_until is not None
        done = {
            stage: (self.at(-60) if holds else None, self.officer if holds else None)
            for stage, holds in (
                ("verified", verified),
                ("connected", camera.connected),
                ("stickered", camera.stickered),
                ("withdrawn", camera.withdrawn),
            )
        }
        stages = {f"{stage}_at": when for stage, (when, _) in done.items()}
        stages |= {f"{stage}_by": who for stage, (_, who) in done.items()}
        return Camera.objects.create(
            site=site,
            device=device,
            label=f"Kamera {next(self.names)}",
            sees="street",
            listed_at=self.at(-5000),
            listed_by=self.owner,
            verified_until=self.at(camera.verified_until) if camera.verified_until is not None else None,
            paused_until=self.at(camera.paused_until) if camera.paused_until is not None else None,
            **stages,
        )

    def _grant(self, grant: plain.Grant) -> None:
        body = self.bodies[grant.body]
        row = Grant.objects.create(
            organization=body,
            right=grant.right,
            purpose=grant.purpose,
            letter_number="Sprin/1",
            valid_from=self.at(min(grant.since, grant.until - 1)),
            valid_until=self.at(grant.until),
            granted_by=self.officer,
            granted_at=self.now,
            approved_by=self.approver if grant.approved else None,
            approved_at=self.now if grant.approved else None,
            revoked_by=self.officer if grant.revoked else None,
            revoked_at=self.now if grant.revoked else None,
        )
        kind, *what = grant.scope
        scope: Any = Area.objects.get(code=what[0]) if kind == "area" else None
        if kind == "site":
            scope = self.sites[int(str(what[0]))]
        elif kind == "camera":
            scope = self.cameras[tuple(what)]  # type: ignore[index]
        permission = Permission.objects.get(content_type__app_label="registry", codename=f"{grant.right}_{kind}")
        TABLES[str(kind)].objects.create(grant=row, permission=permission, group=body.group, content_object=scope)

    def _reason(self, reason: plain.Reason) -> Reason:
        code = f"r{next(self.names)}"
        return Reason.objects.create(
            code=code, words=f"Uji {code}", needs_case=reason.needs_case, active=reason.active
        )

    def _case(self, case: plain.Case) -> Case:
        lat, lng = self._place(case.east_m)
        return Case.objects.create(
            organization=self.bodies[case.body],
            kind=CaseKind.CALL_110,
            number="1",
            place="Uji",
            lat=lat,
            lng=lng,
            radius_m=case.radius_m,
            opened_at=self.at(case.opened),
            opened_by=self.officer,
            until=self.at(case.until),
            closed_at=self.now if case.closed else None,
            closed_by=self.officer if case.closed else None,
        )

    def _viewer(self, who: plain.Viewer) -> Viewer:
        user = person()
        User.objects.filter(pk=user.pk).update(is_active=who.active)
        user.refresh_from_db()
        passed = None if who.second_factor_age is None else self.at(-who.second_factor_age)
        duty = None
        if who.has_duty:
            duty = Duty.objects.create(
                user=user if who.duty_is_his else self.owner,
                organization=self.bodies[who.body],
                kind=DutyKind(who.kind),
                area_code=who.duty_area,
                since=self.at(
                    who.duty_since if who.duty_until is None else min(who.duty_since, who.duty_until - 1)
                ),
                until=None if who.duty_until is None else self.at(who.duty_until),
                ended_at=self.now if who.duty_ended else None,
                suspended_at=self.now if who.duty_suspended and who.kind == "viewer" else None,
                emergency=who.emergency and who.kind == "viewer",
            )
        return Viewer(user, duty, passed, "s" * 64)


def check(facts: plain.Facts, decision: ModuleType, rights: Iterable[AccessRight]) -> None:
    """Raise AssertionError where the two forms of the rule, or the reference, say different things."""
    with override_settings(LIVE_NEEDS_TWO_PEOPLE=facts.live_by_two):
        _check(facts, decision, rights)


def _check(facts: plain.Facts, decision: ModuleType, rights: Iterable[AccessRight]) -> None:
    built = Built(facts)
    rows = Camera.objects.select_related("site", "device")
    rights_on = decision.Sight(built.viewer, built.now).rights_on(rows)
    for right in rights:
        seen = set(decision.visible_cameras(built.viewer, right, built.now).values_list("pk", flat=True))
        assert seen == {pk for pk, found in rights_on.items() if right in found}, ("rights_on", right)
        for place, camera in built.cameras.items():
            row = Camera.objects.select_related("site__area", "device").get(pk=camera.pk)
            assert (row.pk in seen) == plain.sees(facts, place, right.value), ("list", right, place)
            for case, its_row in built.cases.items():
                opened = decision.emergency_cameras(built.viewer, right, its_row, built.now).filter(pk=row.pk)
                assert opened.exists() == plain.sees_in_emergency(facts, place, right.value, case), (right, place)
            for why in product((None, *built.reasons), (None, *built.cases), AGES):
                reason, case, age = why
                since = None if age is None else built.at(-age)
                because = decision.Because(built.reasons.get(reason), built.cases.get(case), since)
                answer = decision.decide(built.viewer, row, right, because, built.now)
                minutes = plain.until(facts, place, right.value, reason, case, age)
                got = answer.until if isinstance(answer, decision.Allowed) else None
                assert got == (None if minutes is None else built.at(minutes)), (right, place, why, answer)


@example(facts=replace(of_consents(hours=(0, 1440))(OPEN), clock=1439))
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(facts=worlds())
def test_the_decision_its_queryset_and_the_reference_never_disagree(ground, facts):
    check_and_forget(facts, access.decision)


def check_and_forget(facts: plain.Facts, decision: ModuleType, rights: Iterable[AccessRight] = AccessRight) -> None:
    with transaction.atomic():
        try:
            check(facts, decision, rights)
        finally:
            transaction.set_rollback(True)


SCOPES, RULE, AGREED, SIGHT, DECISION = MODULES = (
    "access.scopes",
    "access.rule",
    "access.agreed",
    "access.sight",
    "access.decision",
)

#: Where a careless hand might change the rule: (module, what stands there, what is written instead, the flaw of the
#: open world under which it must show).
MUTANTS: dict[str, tuple[str, str, str, Flaw]] = {
    "a revoked grant opens": (
        SCOPES,
        "AND g.revoked_at IS NULL",
        "",
        of_each("grants", revoked=True),
    ),
    "an area grant reaches vital sites": (
        SCOPES,
        "areas = [] if camera.site.vital else",
        "areas =",
        of_each("grants", scope=("area", AREAS[0])),
    ),
    "hours are not looked at": (
        DECISION,
        "elif not consent.holds_at_minute(local_minute(now)):",
        "elif consent.holds_at_minute(-1):",
        of_consents(hours=(0, 720)),
    ),
    "a withdrawn consent answers": (
        SCOPES,
        "AND c.withdrawn_at IS NULL",
        "",
        of_consents(withdrawn=True),
    ),
    "a pause is passed over": (
        DECISION,
        "if camera.is_paused(now):",
        "if camera.is_paused(now + timedelta(days=9)):",
        of_cameras(paused_until=30),
    ),
    "a pause is passed over in lists": (
        SIGHT,
        "_not_paused(self.now), reached",
        "reached",
        of_cameras(paused_until=30),
    ),
    "a pause is passed over in the rights on a page": (
        SIGHT,
        "camera.is_paused(self.now) or ",
        "",
        of_cameras(paused_until=30),
    ),
    "the picture of a camera not connected is listed": (
        SIGHT,
        "AND {CONNECTED}{sticker}",
        "{sticker}",
        of_cameras(connected=False),
    ),
    "a verification never lapses": (
        RULE,
        "if not camera.is_verified(now):",
        "if not camera.verified_until:",
        of_cameras(verified_until=0),
    ),
    "another device is let pass": (
        RULE,
        "camera.device.different_since is not None",
        "camera.device.host is None",
        of_cameras(different=True),
    ),
    "a case far away opens": (
        RULE,
        "<= case.radius_m",
        "<= case.radius_m + 1_000",
        of_each("cases", radius_m=50),
    ),
    "a duty narrowed to an area lists all": (
        SCOPES,
        "self.areas if narrow is None else self.areas & narrow",
        "self.areas",
        of_viewer(duty_area=AREAS[1]),
    ),
    "the second factor never ages": (
        RULE,
        "now - viewer.second_factor_at >= settings.SECOND_FACTOR_LASTS",
        "now < viewer.second_factor_at",
        of_viewer(second_factor_age=720),
    ),
    "live of a vital site needs one person": (
        RULE,
        "right == AccessRight.VIEW_LIVE and (vital or settings.LIVE_NEEDS_TWO_PEOPLE)",
        "right == AccessRight.VIEW_LIVE and settings.LIVE_NEEDS_TWO_PEOPLE",
        of_each("grants", approved=False),
    ),
    "live is listed for one person where two are asked for everywhere": (
        SIGHT,
        "if needs_two(right, vital=False):",
        "if right == AccessRight.SEE_HEALTH:",
        by_two_everywhere(of_each("grants", approved=False)),
    ),
    "a suspended duty looks on": (
        RULE,
        "duty.ended_at is not None or duty.suspended_at is not None",
        "duty.ended_at is not None",
        of_viewer(duty_suspended=True),
    ),
    "anybody may look in an emergency": (
        RULE,
        "if viewer.duty is None or not viewer.duty.emergency:",
        "if viewer.duty is None:",
        of_viewer(emergency=False),
    ),
    "an old second factor opens an emergency": (
        RULE,
        "since - passed >= settings.EMERGENCY_SECOND_FACTOR_LASTS",
        "since - passed >= settings.SECOND_FACTOR_LASTS",
        of_viewer(second_factor_age=30),
    ),
    "an emergency opens vital objects": (
        DECISION,
        "if right not in SHOWS_PICTURE or camera.site.vital or not covers",
        "if right not in SHOWS_PICTURE or not covers",
        of_each("sites", vital=True),
    ),
    "an emergency reaches beyond one's own area": (
        DECISION,
        "or not covers(own_area, camera.site.area.code):",
        "or not own_area:",
        lambda facts: of_consents(recipient=1)(of_viewer(body=1)(of_each("sites", area=AREAS[2])(facts))),
    ),
    "an emergency needs no case": (
        DECISION,
        'return None if case_holds else "emergency_needs_case"',
        "return None",
        of_viewer(),
    ),
    "hours that ended before now are listed": (
        AGREED,
        "AND c.hours_until > {minute:d}",
        "",
        of_consents(hours=(0, 720)),
    ),
    "a consent for another purpose is listed": (
        SIGHT,
        "c.purpose IN {words(held)} AND {answered}",
        "{answered}",
        of_consents(purpose="investigation"),
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_found_out(ground, mutant):
    module, old, new, flaw = MUTANTS[mutant]
    check_and_forget(flaw(OPEN), access.decision, SHOWS_PICTURE)

    with broken(module, old, new) as decision, pytest.raises(AssertionError):
        check_and_forget(flaw(OPEN), decision, SHOWS_PICTURE)


@contextmanager
def broken(module: str, old: str, new: str) -> Iterator[ModuleType]:
    """`access.decision` with one place of its text, or of the modules it is made of, written otherwise."""
    sources = {name: inspect.getsource(sys.modules[name]) for name in MODULES}
    assert old in sources[module], f"{module} no longer says {old!r}"
    sources[module] = sources[module].replace(old, new)
    mutants = {name: name.replace("access.", "mutant_") for name in MODULES}
    try:
        for name in MODULES:  # Each imports only those before it.
            for other, mutant in mutants.items():
                sources[name] = sources[name].replace(f"from {other} import", f"from {mutant} import")
            loaded = _load(mutants[name], sources[name])
        yield loaded
    finally:
        for mutant in mutants.values():
            sys.modules.pop(mutant, None)


def _load(name: str, source: str) -> ModuleType:
    spec = importlib.util.spec_from_loader(name, loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102 - the product's own text, changed in one place
    return module
