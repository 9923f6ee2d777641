"""What people do in these tests: officers with their duty, signed-in clients, devices on record."""

import time

from django.test import Client
from django.utils import timezone

from accounts.models import DutyKind, Organization, User
from accounts.services import give_duty
from demo import fleet
from onboarding.models import Probe
from onboarding.probing import request_probe
from onboarding.queries import device_is_consented
from onboarding.tasks import run_probe
from registry.models import Device, Site
from registry.queries import recipients_for
from registry.rights import Right
from registry.services import attach_device, give_consents
from registry.targets import seal_credentials
from tests.registry.world import choice, make_person

CANARY = "Kenari-9!kata sandi"


def make_officer(name: str, body: Organization, area_code: str, kind: DutyKind = DutyKind.VERIFIER) -> User:
    """A person with this duty in this area since a while."""
    officer = make_person(name)
    since = timezone.now() - timezone.timedelta(days=1)
    give_duty(user=officer, organization=body, kind=kind, since=since, area_code=area_code, by=None)
    return officer


def consented(site: Site, by: User, *rights: Right) -> None:
    """The owner's consents in force at the site: to pictures in hours, unless other rights are named."""
    choices = [
        choice(right, recipients_for(site.area)[0], valid_until=timezone.now() + timezone.timedelta(days=300))
        for right in (Right.LISTED, *(rights or (Right.STILL_IN_HOURS,)))
    ]
    give_consents(site=site, choices=choices, by=by, now=timezone.now() - timezone.timedelta(minutes=1))


def signed_in(user: User) -> Client:
    """A client whose session has passed the second factor."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def device_at(
    site: Site, by: User, host: str, port: int, *, user: str = "pemilik", password: str = CANARY
) -> Device:
    """A device at this address, with a secret sealed for it; the site's cameras are named for it, and a consent of
    their owner needs it."""
    if not device_is_consented(site.pk, timezone.now()):
        consented(site, by)
    device = attach_device(
        site=site, by=by, now=timezone.now(), host=host, onvif_port=port, cameras=site.cameras.all()
    )
    if not password:
        return device
    sealed = seal_credentials(device_id=device.public_id, host=host, port=port, user=user, password=password)
    Device.objects.filter(pk=device.pk).update(
        sealed_user=sealed.user, sealed_password=sealed.password, secret_changed_at=timezone.now()
    )
    device.refresh_from_db()
    return device


def device_of(site: Site, by: User, spec: fleet.DeviceSpec, password: str = "") -> Device:
    return device_at(site, by, spec.host, spec.onvif_port, user=spec.user, password=password or spec.password)


def probed(device: Device, by: User) -> Probe:
    """A CONNECT probe of the device, run to its end."""
    probe = request_probe(device=device, by=by, now=timezone.now())
    run_probe(probe.pk)
    probe.refresh_from_db()
    return probe
