"""Sealing stored secrets anew with the newest key, for `manage.py rotate_keys`."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

import audit
from devices.errors import SecretMoved
from devices.secrets import UnknownKey, open_sealed, seal, sealed_with
from registry.models import Device
from registry.targets import PASSWORD, USER, Sealed

BATCH = 500


class CannotOpen(Exception):
    """A secret does not open with the keys at hand; it stays as it is."""


def reseal(sealed: Sealed, *, device_id: object, host: str, port: int) -> Sealed | None:
    """The same user and password under the newest key, or None if they are already.

    Raises CannotOpen when a key is missing or another one bears its number, or the secret belongs to another
    address; also of what is under the newest key, for else nobody would hear of a wrong key.
    """
    place = {"keys": settings.DEVICE_KEYS, "device": str(device_id), "host": host, "port": port}
    try:
        plain = [(open_sealed(text, field=field, **place), field) for text, field in _fields(sealed)]
    except (SecretMoved, UnknownKey) as problem:
        raise CannotOpen(str(problem)) from problem
    if all(sealed_with(text) == max(settings.DEVICE_KEYS) for text, _field in _fields(sealed)):
        return None
    return Sealed(*(seal(text, field=field, **place) for text, field in plain))


def reseal_rows(rows: "QuerySet[Any]", reseal_row: Callable[..., int]) -> tuple[int, int]:
    """Call `reseal_row(pk=…)` for each row with a secret: how many were sealed anew, and how many do not open. Each
    is a transaction of its own.

    Broken off and run again it finds those before it done. It asks for a few at a time, so that memory and
    the time a statement takes do not grow with the rows.
    """
    left = rows.exclude(sealed_password="")
    done = stuck = last = 0
    while batch := list(left.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        for pk in batch:
            try:
                done += reseal_row(pk=pk)
            except CannotOpen:
                stuck += 1
        last = batch[-1]
    return done, stuck


def reseal_devices() -> tuple[int, int]:
    """Seal every device's secret with the newest key: how many were sealed anew, and how many do not open."""
    return reseal_rows(Device.objects.all(), _reseal_device)


@audit.atomic
def _reseal_device(*, pk: int) -> int:
    device = Device.objects.select_for_update().filter(pk=pk).exclude(sealed_password="").first()
    if device is None:
        return 0
    sealed = Sealed(device.sealed_user, device.sealed_password)
    fresh = reseal(sealed, device_id=device.public_id, host=device.host, port=device.onvif_port)
    if fresh is None:
        return 0
    device.sealed_user, device.sealed_password = fresh.user, fresh.password
    device.save(update_fields=["sealed_user", "sealed_password"])
    audit.record("device.secret_resealed", actor=None, target=device, key=max(settings.DEVICE_KEYS))
    return 1


def _fields(sealed: Sealed) -> Iterable[tuple[str, str]]:
    return (sealed.user, USER), (sealed.password, PASSWORD)
