"""Changes an owner makes later: more consents, a device for cameras that were only listed, a camera per channel."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import audit
from accounts.models import User
from devices.report import Channel
from onboarding.channels import camera_on, tie_channel
from onboarding.errors import AlreadyGiven, ChannelListed, ConsentFirst, NoneWithoutDevice, SiteClosed
from onboarding.later.draft import SiteDraft
from onboarding.models import ProbeKind
from onboarding.probe_runs import forget_pictures
from onboarding.queries import device_is_consented
from registry.errors import SecretIncomplete
from registry.models import Camera, Consent, Device, Proposal, Receipt, Site
from registry.people import KEEPING, SIGNING
from registry.services import (
    CameraFacts,
    ConsentChoice,
    attach_device,
    end_verification,
    give_consents,
    list_camera,
    propose_consents,
    require_person,
)
from registry.targets import Sealed, is_home_only, seal_credentials
from registry.wording import Wording


def require_open(site: Site, now: datetime) -> None:
    """Raises SiteClosed when nothing is left to change: no camera is listed and no consent in force."""
    listed = Camera.objects.listed().filter(site=site)
    if not listed.exists() and not Consent.objects.in_force(now).filter(site=site).exists():
        raise SiteClosed


@audit.atomic
def change_consents(
    *,
    site: Site,
    choices: Sequence[ConsentChoice],
    by: User,
    now: datetime,
    language: str = "id",
    wording: Wording | None = None,
) -> Receipt | Proposal:
    """Sign further consents at a site on record, or renew some in force (other hours, a later day). A new receipt;
    where the owner asks for two signatures, a proposal that a second person has to sign.
    `wording` is the version of the texts that was read (nothing: the one in force).

    Raises AlreadyGiven when one of them would change nothing, so that a form sent twice is signed once.
    """
    require_person(by, site, SIGNING)
    site = (
        Site.objects.select_for_update(of=("self",), no_key=True).select_related("partner", "area").get(pk=site.pk)
    )
    require_open(site, now)
    draft = SiteDraft(user=by, now=now, language=language, site=site)
    if any(draft.says_the_same(choice) for choice in choices):
        raise AlreadyGiven
    if draft.asks_two:
        return propose_consents(site=site, choices=choices, by=by, now=now, language=language, wording=wording)
    return give_consents(site=site, choices=choices, by=by, now=now, language=language, wording=wording)


@audit.atomic
def add_channel(*, device: Device, channel: Channel, camera: CameraFacts, by: User, now: datetime) -> Camera:
    """List a channel that a test of the device found, as a camera of its own, because its owner says so.

    Raises ChannelListed where it is one already; else what `list_camera` raises.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("site__partner").get(pk=device.pk)
    require_person(by, device.site, SIGNING)
    if camera_on(device, channel) is not None:
        raise ChannelListed
    added = list_camera(site=device.site, camera=camera, by=by, now=now)
    tie_channel(device=device, camera=added, channel=channel, by=by)
    forget_pictures(device=device, kind=ProbeKind.CHANNEL)
    return added


@audit.atomic
def add_device(
    *,
    site: Site,
    cameras: Iterable[Camera],
    by: User,
    now: datetime,
    host: str = "",
    onvif_port: int = 80,
    rtsp_port: int | None = None,
    rtsp_path: str = "",
    rtsp_tls: bool = False,
    brand: str = "",
    user: str = "",
    password: str = "",
    wants_help: bool = False,
) -> Device:
    """Put a device behind cameras that have none. Nothing is dialled here.

    Raises ConsentFirst unless a consent in force needs a device. An address that works only at home is kept without
    a password and waits for an agent; without an address an officer helps (`wants_help`). A camera that was
    verified without this device is to be verified again before anybody sees a picture of it.
    """
    require_person(by, site, KEEPING)
    if not device_is_consented(site.pk, now, lock=True):
        raise ConsentFirst
    wanted = {camera.pk for camera in cameras}
    free = Camera.objects.listed().filter(pk__in=wanted, site=site, device__isnull=True)
    locked = list(free.select_for_update().order_by("pk"))
    if not locked or len(locked) != len(wanted):
        raise NoneWithoutDevice

    home = bool(host) and is_home_only(host, site)
    device_id = uuid.uuid4()
    reachable = bool(host) and not home
    sealed = _sealed(device_id, host, onvif_port, user, password) if reachable else Sealed("", "")
    device = attach_device(
        site=site,
        by=by,
        now=now,
        public_id=device_id,
        host=host,
        onvif_port=onvif_port if reachable else 80,
        rtsp_port=rtsp_port if reachable else None,
        rtsp_path=rtsp_path if reachable else "",
        rtsp_tls=rtsp_tls and reachable,
        brand=brand,
        sealed_user=sealed.user,
        sealed_password=sealed.password,
        waits_for_agent=home,
        wants_help=wants_help and not host,
        cameras=locked,
    )
    if reachable:
        for camera in locked:
            end_verification(camera=camera, by=by, reason="device_added")
    return device


def _sealed(device_id: uuid.UUID, host: str, port: int, user: str, password: str) -> Sealed:
    if not (user and password):
        raise SecretIncomplete
    return seal_credentials(device_id=device_id, host=host, port=port, user=user, password=password)
