"""The two demo sites whose cameras really answer, brought in by the product's own services.

The owner lists, consents and types the device; the device is probed. At one site, the virtual recorder's, the
officer then holds a code before each lens and passes the camera, and the precinct grants the Polres a still. The
other waits for its visit. Each step is done once: what people change stays changed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

import audit
from access.models import Grant
from access.services import give_grant
from accounts.errors import AccountsError
from accounts.models import User
from accounts.services import person_reached_by
from demo import data, devices_shown, fleet, people, places
from demo.links import persona_of
from health.causes import Cause
from health.models import State, StatusInterval
from health.services import pack_days
from onboarding.errors import OnboardingError
from onboarding.models import Outcome, Probe, ProbeKind, ProbeState
from onboarding.probing import change_device, request_probe
from onboarding.tasks import run_probe
from onboarding.verification import (
    confirm_possession,
    decide_visit,
    request_possession_picture,
    save_checks,
    start_visit,
)
from registry.models import Area, Camera, Device, Site
from registry.models.cameras import CameraQuerySet
from registry.rights import AccessRight, Purpose
from registry.services import attach_device, give_consents, list_site

ALL_DAY = (0, 24 * 60)
PROBE_SECONDS = 45
SIGN_SECONDS = 0.4  # Until a paper held up is in the picture.
GRANT_LASTS = timedelta(days=180)
LETTER = "SPRIN/REKAAN/001/2026"


@dataclass(frozen=True)
class Place:
    """A site of the demo: its owner, and the virtual device that hangs there."""

    owner: people.Owner
    phone: str
    device: str
    email: str = ""  # Letters go to an address: of this owner's cameras the mail box of the demo tells.

    def user(self) -> User:
        return User.objects.get(phone=self.phone)


LIVE = Place(people.LIVE, people.NEIGHBOUR.phone, "recorder", people.NEIGHBOUR.email)
WAITING = Place(people.WAITING, people.phone(198), "encrypted")


class NotLive(Exception):
    """A step did not work now; the next start tries again."""


def connect_waiting(now: datetime) -> str:
    """Bring in the site that waits for its visit, as far as it is not yet. Says in words how it stands."""
    spec = devices_shown.spec_named(WAITING.device)
    device = None if spec is None else _device(WAITING, spec, now)
    if spec is None or device is None:
        return "left as people changed it"
    if device.answered_at is not None and (device.host, device.onvif_port) == (spec.host, spec.onvif_port):
        return "is there"
    if not fleet.wait_until_answering(spec, 10):
        return "waits, the virtual camera does not answer"
    try:
        _at_its_port(WAITING, device, spec, now)
        _probe(WAITING, device, now)
    except (NotLive, OnboardingError, AccountsError) as problem:
        return f"waits: {problem}"
    return "connected"


def connect(now: datetime) -> str:
    """Bring the recorder's site in, as far as it is not yet. Says in words how it stands."""
    spec = devices_shown.spec_named(LIVE.device)
    officer, grantor = persona_of("officer"), persona_of("precinct")
    if spec is None or officer is None or grantor is None:
        return "left out, its people are gone"
    device = _device(LIVE, spec, now)
    if device is None:
        return "left as people changed it"
    if not _is_new(device) and (device.host, device.onvif_port) == (spec.host, spec.onvif_port):
        return "is there"
    if not fleet.wait_until_answering(spec, 10):
        return "waits, the virtual recorder does not answer"
    try:
        _at_its_port(LIVE, device, spec, now)
        _probe(LIVE, device, now)
        for camera in _unvisited(device):
            _verify(camera, spec, officer)
        _grant(device.site, grantor, now)
        _give_a_past(device, now)
    except (NotLive, OnboardingError, AccountsError) as problem:
        return f"waits: {problem}"
    return "connected"


#: What happened to its cameras, invented: how many days ago, for how many hours, and to which channel (all: None).
_PAST = (
    (33.4, 26.0, State.DOWN, Cause.NO_ANSWER, None),
    (21.1, 47.0, State.DEGRADED, Cause.COVERED, 3),
    (12.2, 5.0, State.DOWN, Cause.REFUSED, None),
    (4.6, 3.5, State.DEGRADED, Cause.TURNED, 1),
)


def _give_a_past(device: Device, now: datetime) -> None:
    """As if the sweep had watched since its owner enrolled: empty days show nobody what they are for."""
    if StatusInterval.objects.filter(camera__device=device, until__isnull=False).exists():
        return
    rows = []
    for camera in Camera.objects.listed().filter(device=device):
        at = now - timedelta(days=LIVE.owner.ago)
        for ago, hours, state, cause, channel in _PAST:
            if channel in (None, camera.channel):
                begins = now - timedelta(days=ago)
                ends = begins + timedelta(hours=hours)
                rows.append(StatusInterval(camera=camera, state=State.NORMAL, since=at, until=begins))
                rows.append(StatusInterval(camera=camera, state=state, cause=cause, since=begins, until=ends))
                at = ends
        rows.append(StatusInterval(camera=camera, state=State.NORMAL, since=at, until=now))
    StatusInterval.objects.bulk_create(rows)
    while pack_days(now):
        pass


def _is_new(device: Device) -> bool:
    """Whether a step is left: no answer yet, a camera that nobody judged, or no grant was ever given."""
    never = not Grant.objects.filter(site_permissions__content_object=device.site).exists()
    return device.answered_at is None or _unvisited(device).exists() or never


def _unvisited(device: Device) -> CameraQuerySet:
    """Those that wait for a visit; a moved device makes all of its cameras wait again."""
    cameras = Camera.objects.listed().filter(device=device, verified_at__isnull=True).order_by("channel")
    return cameras.exclude(verifications__outcome__in=[Outcome.FIX, Outcome.REJECT])


def _device(place: Place, spec: fleet.DeviceSpec, now: datetime) -> Device | None:
    """The site's device, listed first if its owner is not there; None where people took it away."""
    owner = User.objects.filter(phone=place.phone).first()
    if owner is None:
        return _list(place, spec, now)
    return Device.objects.filter(site__in=Site.objects.owned_by(owner), cameras__withdrawn_at__isnull=True).first()


@audit.atomic
def _list(place: Place, spec: fleet.DeviceSpec, now: datetime) -> Device | None:
    area = Area.objects.filter(code=f"{places.CITY}.{place.owner.kelurahan}").first()
    if area is None:
        return None
    enrolled = now - timedelta(days=place.owner.ago)
    owner = person_reached_by(phone=place.phone)
    owner.name, owner.email = place.owner.person or place.owner.name, place.email or None
    owner.save(update_fields=["name", "email"])
    site = list_site(
        partner=data.partner_facts(place.owner),
        site=data.site_facts(place.owner, place.phone, area),
        cameras=data.camera_facts(place.owner, place.phone),
        by=owner,
        now=enrolled,
    )
    choices = data.choices(place.owner, area, enrolled, hours=ALL_DAY, with_device=True)
    give_consents(site=site, choices=choices, by=owner, now=enrolled)
    device = attach_device(site=site, by=owner, now=now, wants_help=True, cameras=site.cameras.all())
    _type_address(device, spec, owner, now)
    return Device.objects.get(pk=device.pk)


def _type_address(device: Device, spec: fleet.DeviceSpec, owner: User, now: datetime) -> None:
    change_device(
        device=device,
        host=spec.host,
        onvif_port=spec.onvif_port,
        rtsp_port=spec.rtsp_port,
        user=spec.user,
        password=spec.password,
        by=owner,
        now=now,
    )


def _at_its_port(place: Place, device: Device, spec: fleet.DeviceSpec, now: datetime) -> None:
    """`./run up --device-port` moves the devices: the owner types the new port."""
    if (device.host, device.onvif_port) != (spec.host, spec.onvif_port):
        _type_address(device, spec, place.user(), now)
        device.refresh_from_db()


def _probe(place: Place, device: Device, now: datetime) -> None:
    owed = Probe.objects.filter(device=device, kind=ProbeKind.CONNECT, state=ProbeState.QUEUED).first()
    _run(owed or request_probe(device=device, by=place.user(), now=now))


def _run(probe: Probe) -> None:
    """Run the probe here, unless a worker was faster; then wait for the worker."""
    run_probe(probe.pk)
    end = time.monotonic() + PROBE_SECONDS
    while True:
        probe.refresh_from_db()
        if probe.state == ProbeState.DONE:
            return
        if probe.is_over or time.monotonic() > end:
            raise NotLive(probe.message or "the probe did not end")
        time.sleep(0.1)


def _verify(camera: Camera, spec: fleet.DeviceSpec, officer: User) -> None:
    """The visit: a paper with the code before this lens, a fresh picture, and the pass."""
    now = timezone.now()
    visit = start_visit(camera=camera, by=officer, now=now)
    save_checks(visit=visit, checks=data.checks(camera), by=officer, now=now)
    fleet.hold_up(spec, visit.possession_code, camera.channel)
    try:
        time.sleep(SIGN_SECONDS)
        _run(request_possession_picture(visit=visit, by=officer, now=timezone.now()))
    finally:
        fleet.take_away(spec, camera.channel)
    confirm_possession(visit=visit, by=officer, now=timezone.now())
    decide_visit(visit=visit, outcome=Outcome.PASS, by=officer, now=timezone.now())


def _grant(site: Site, grantor: User, now: datetime) -> None:
    """Stills of this site for the Polres, once: a grant that somebody revoked stays revoked."""
    if Grant.objects.filter(site_permissions__content_object=site).exists():
        return
    give_grant(
        by=grantor,
        organization=data.bodies_served()[places.CITY],
        scope=site,
        right=AccessRight.VIEW_STILL,
        purpose=Purpose.SECURITY,
        letter_number=LETTER,
        valid_from=now,
        valid_until=now + GRANT_LASTS,
        now=now,
    )
