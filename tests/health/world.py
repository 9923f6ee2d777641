"""Cameras with devices on loopback, as a successful probe leaves them, and a sweep with the time passed in."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from accounts.models import Organization, User
from health import gateway, services
from health.causes import Answer, Cause, Tally
from health.models import CheckState, StatusInterval
from registry.models import Camera, Consent, ConsentText, Device, Receipt, Sees, Site
from registry.rights import PURPOSE_OF, Right
from registry.services import CameraFacts
from tests.registry.world import NOW, City, make_site

A_LIFE_ON = NOW + timedelta(days=100 * 365)


def add_device(
    city: City, owner: User, port: int, *, cameras: int = 1, onvif: bool = False, host: str = "127.0.0.1"
) -> Device:
    """A device that its owner's probe has reached; RTSP alone unless `onvif`."""
    site = make_site(city, owner, cameras=cameras)
    agree(site, owner, city.polsek)
    device = Device.objects.create(
        site=site,
        host=host,
        onvif_port=port,
        rtsp_port=port,
        rtsp_path="" if onvif else "/live",
        answered_at=NOW,
        secret_changed_at=NOW,
    )
    for channel, camera in enumerate(site.cameras.order_by("pk")):
        camera.device, camera.channel = device, channel
        camera.stream_path, camera.profile_token = "/live", "main" if onvif else "rtsp:1:main"
        camera.save()
    return device


def agree(site: Site, owner: User, body: Organization, *, until: datetime = A_LIFE_ON) -> Consent:
    """The owner's consent to stills in an incident, without which his device is asked nothing."""
    text, _ = ConsentText.objects.get_or_create(version="uji", language="id", sha256="0" * 64, body="Uji")
    receipt = Receipt.objects.create(
        code=f"UJI-{site.pk}", partner=site.partner, site=site, sha256="0" * 64, created_at=NOW
    )
    return Consent.objects.create(
        site=site, right=Right.STILL_IN_INCIDENT, purpose=PURPOSE_OF[Right.STILL_IN_INCIDENT], recipient=body,
        valid_from=NOW, valid_until=until, text=text, receipt=receipt, signed_by=owner, signed_at=NOW,
    )  # fmt: skip


def sweep(now: datetime, *, limit: int = 500) -> Tally | None:
    """One claim, asked over the network, written at `now`; None if nothing was due."""
    claim = services.claim_due(now=now, limit=limit)
    if claim is None:
        return None
    answers = gateway.ask(services.leased_devices(lease=claim.lease, now=now).devices)
    return services.record_results(lease=claim.lease, answers=answers, now=now)


def record(now: datetime, *answers: Answer) -> Tally:
    """Claim all that is due and write these answers, without any network."""
    tally = Tally()
    claims = 0
    while claim := services.claim_due(now=now, limit=500):
        mine = [answer for answer in answers if answer.device_id in claim.device_ids]
        found = services.record_results(lease=claim.lease, answers=mine, now=now)
        for name in ("answered", "silent", "late", "changed"):
            setattr(tally, name, getattr(tally, name) + getattr(found, name))
        claims += 1
    assert claims
    return tally


def history(camera: Camera) -> list[tuple[str, str, datetime, datetime | None]]:
    """The camera's intervals, oldest first."""
    rows = StatusInterval.objects.filter(camera=camera).order_by("since", "pk")
    return [(row.state, row.cause, row.since, row.until) for row in rows]


def add_to(site: Site, port: int, *, host: str = "127.0.0.1") -> Device:
    """One more device with one camera at a site that has some."""
    owner = site.partner.people.first()
    assert owner is not None
    number = site.cameras.count() + 1
    facts = CameraFacts(label=f"Kamera {number}", sees=Sees.STREET)
    camera = Camera.objects.create(site=site, listed_at=NOW, listed_by=owner, **asdict(facts))
    device = Device.objects.create(
        site=site, host=host, onvif_port=port, rtsp_port=port, rtsp_path="/live", answered_at=NOW,
        secret_changed_at=NOW,
    )  # fmt: skip
    Camera.objects.filter(pk=camera.pk).update(
        device=device, channel=1, stream_path="/live", profile_token="rtsp:1:main"
    )
    return device


def look_at_all(now: datetime, down: Iterable[Device] = ()) -> None:
    """One round over all devices that are watched: those in `down` say nothing, the others answer."""
    silent, lease = {device.pk for device in down}, uuid.uuid4()
    CheckState.objects.update(lease=lease, lease_until=now + timedelta(minutes=1))
    answers = [
        Answer(pk, answered=pk not in silent, cause=Cause.NO_ANSWER if pk in silent else "")
        for pk in CheckState.objects.values_list("device_id", flat=True)
    ]
    services.record_results(lease=lease, answers=answers, now=now)


def fall(devices: Iterable[Device], at: datetime, still: Iterable[Device] = ()) -> None:
    """These devices go down at this moment, as a second failure says a minute later; those of `still` were down."""
    down = [*devices, *still]
    look_at_all(at, down)
    look_at_all(at + timedelta(minutes=1), down)


def rise(at: datetime) -> None:
    """All are back at this moment; a second answer says so of those that went up and down before."""
    look_at_all(at)
    look_at_all(at + timedelta(seconds=1))
