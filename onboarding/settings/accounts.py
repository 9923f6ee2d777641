"""Accounts of a device that are not the secret on record: one that its owner types for a single work, and the one
that we make.

A typed account is sealed for exactly its work, device and address, opened once, and erased when the work ends.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from devices.count import Count
from devices.errors import SecretMoved
from devices.secrets import Credentials, UnknownKey, open_sealed
from onboarding.models import ChangeKind, ChangeState, DeviceChange, SettingsWork
from onboarding.settings.errors import TooManyRefused
from registry.models import Device
from registry.rotation import reseal, reseal_rows
from registry.services import count_of
from registry.targets import PASSWORD, USER, NoCredentials, Sealed, credentials_of, mark_of, seal_credentials

DAY = timedelta(hours=24)
REFUSED_PER_DAY = 4
"""Conversations of a device in which a typed account was refused: nobody tries passwords through us."""

SUFFIX_LENGTH = 8
PASSWORD_LENGTH = 24
_SMALL = string.ascii_lowercase + string.digits
_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"


def fresh_name() -> str:
    """A name for a user of ours: it says whose it is, and cannot be guessed."""
    return "mitra-" + "".join(secrets.choice(_SMALL) for _place in range(SUFFIX_LENGTH))


def fresh_password() -> str:
    """Letters and digits, some of each: 139 bits, and within what every maker's rules take."""
    while True:
        password = "".join(secrets.choice(_LETTERS + _DIGITS) for _place in range(PASSWORD_LENGTH))
        kinds = (str.islower, str.isupper, str.isdigit)
        if all(any(is_kind(character) for character in password) for is_kind in kinds):
            return password


def seal_account(account: Credentials, *, work: SettingsWork, device: Device) -> Sealed:
    """The typed account, sealed for this work at the device's present address."""
    return seal_credentials(
        device_id=_bound_to(work, device),
        host=device.host,
        port=device.onvif_port,
        user=account.user,
        password=account.password,
    )


def reseal_accounts() -> tuple[int, int]:
    """Seal the accounts of open conversations with the newest key: how many anew, and how many do not open."""
    return reseal_rows(SettingsWork.objects.all(), _reseal_account)


@transaction.atomic
def _reseal_account(*, pk: int) -> int:
    work = SettingsWork.objects.select_for_update(of=("self",)).select_related("device").get(pk=pk)
    if not work.has_account:
        return 0
    device = work.device
    fresh = reseal(
        Sealed(work.sealed_user, work.sealed_password),
        device_id=_bound_to(work, device),
        host=device.host,
        port=device.onvif_port,
    )
    if fresh is None:
        return 0
    work.sealed_user, work.sealed_password = fresh.user, fresh.password
    work.save(update_fields=["sealed_user", "sealed_password"])
    return 1


def account_for(work: SettingsWork) -> Credentials:
    """Who signs in for this work: the typed account, else the secret on record.

    Raises NoCredentials when it does not open at the device's present address.
    """
    device = work.device
    if not work.has_account:
        return credentials_of(device)
    try:
        return Credentials(
            user=_open(work.sealed_user, USER, work), password=_open(work.sealed_password, PASSWORD, work)
        )
    except (SecretMoved, UnknownKey) as problem:
        raise NoCredentials from problem


def user_typed_for(work: SettingsWork, sealed_user: str) -> str:
    """The user name of an account that was typed for this work, so that only its password need be typed again;
    empty where it does not open."""
    try:
        return _open(sealed_user, USER, work) if sealed_user else ""
    except (SecretMoved, UnknownKey):
        return ""


def _open(sealed: str, field: str, work: SettingsWork) -> str:
    device = work.device
    return open_sealed(
        sealed,
        keys=settings.DEVICE_KEYS,
        device=_bound_to(work, device),
        host=device.host,
        port=device.onvif_port,
        field=field,
    )


def _bound_to(work: SettingsWork, device: Device) -> str:
    return f"{device.public_id}/{work.public_id}"


def is_on_record(account: Credentials, device: Device) -> bool:
    """Whether the typed account is the very secret that is on record: then they share their refusals."""
    try:
        return credentials_of(device) == account
    except NoCredentials:
        return False


def count_before(account: Credentials, device: Device) -> Count:
    """What stands against this typed account at the device by now, whichever way it was used."""
    on_record = device.count if is_on_record(account, device) else Count()
    return max(on_record, count_of(mark_of(account, device), device), key=lambda count: count.refusals)


@dataclass(frozen=True)
class Tries:
    """How many typed accounts the device may still refuse today; where none, when the next may be typed."""

    left: int
    opens_at: datetime | None = None

    @property
    def locked_words(self) -> str:
        """Why no account may be typed now, until when, and what helps meanwhile; empty while one may be."""
        if self.opens_at is None:
            return ""
        return str(TooManyRefused.message) % {
            "moment": date_format(timezone.localtime(self.opens_at), "j F Y, H.i")
        }


def tries_at(device: Device, now: datetime) -> Tries:
    """As of now: refusals are forgotten after 24 hours, one by one."""
    refused = SettingsWork.objects.filter(device=device, refusals__gt=0, created_at__gt=now - DAY)
    moments = list(refused.order_by("-created_at").values_list("created_at", flat=True)[:REFUSED_PER_DAY])
    left = REFUSED_PER_DAY - len(moments)
    return Tries(left) if left else Tries(0, _opens_at(moments[-1]))


def _opens_at(oldest: datetime) -> datetime:
    """The first full minute at which this one no longer counts: people read minutes."""
    return (oldest + DAY + timedelta(minutes=1)).replace(second=0, microsecond=0)


def holds_our_user(device: Device) -> bool:
    """Whether the secret on record is a user that we made there: then its owner's password was forgotten."""
    if not device.has_secret:
        return False
    made = DeviceChange.objects.filter(device=device, kind=ChangeKind.USER, state=ChangeState.DONE)
    return made.filter(secret_kept_at=device.secret_changed_at).exists()


def needs_account(change: DeviceChange, *, ours: bool) -> bool:
    """Whether this change can be written or restored only with an account that the owner types for it; `ours` as
    `holds_our_user` tells of its device: our user may look and change nothing."""
    return ours or change.needs_account or not change.device.has_secret
