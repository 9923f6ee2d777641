"""What stands against a secret at a device, also against one that is not on record now (`devices.count`)."""

from datetime import datetime, timedelta

import audit
from accounts.models import User
from devices.count import Count
from registry.models import Device, RefusedSecret
from registry.people import KEEPING
from registry.services.people import require_person
from registry.targets import NoCredentials, credentials_of, mark_of

AGAIN_AFTER = timedelta(minutes=30)
"""How long an owner waits before a secret in doubt is tried once more: locks of cameras last about as long."""


def count_of(mark: str, device: Device) -> Count:
    """What stands against the user and password of this mark by now."""
    found = RefusedSecret.objects.filter(device=device, mark=mark).first()
    return Count(found.refusals, tuple(found.doubts)) if found else Count()


def count_on_record(device: Device) -> Count:
    """What stands by now against what is sealed for the device, whenever it was typed before."""
    mark = _mark_on_record(device)
    return count_of(mark, device) if mark else Count()


def keep_count(mark: str, device: Device, count: Count) -> None:
    """Remember what stands against the user and password of this mark by now; of those without blame, nothing."""
    if not count.refusals:
        RefusedSecret.objects.filter(device=device, mark=mark).delete()
        return
    RefusedSecret.objects.update_or_create(
        device=device, mark=mark, defaults={"refusals": count.refusals, "doubts": list(count.doubts)}
    )


@audit.atomic
def note_refusals(*, device: Device, count: Count | None, by: User | None, now: datetime) -> None:
    """Keep what a visit changed of what stands against the secret; at two it rests (`Count.rests`).

    `device` is as it was dialled, and ends as it is then on record; `count` is how it stood by the end of the
    visit, None where nothing was dialled. A visit with an earlier secret changes nothing.
    """
    if count is None:
        return
    kept = Device.objects.select_for_update().get(pk=device.pk)
    if kept.secret_changed_at == device.secret_changed_at:
        _keep(kept, kept.count.after(device.count, count), by, now)
        device.secret_refusals, device.secret_doubts = kept.secret_refusals, kept.secret_doubts
        device.secret_doubted_at = kept.secret_doubted_at


@audit.atomic
def add_doubt(*, device: Device, way: str, now: datetime) -> None:
    """Count an attempt of which nobody knows whether the device refused it."""
    kept = Device.objects.select_for_update().get(pk=device.pk)
    if kept.has_secret:
        _keep(kept, kept.count.with_doubt(way), None, now)


@audit.atomic
def lift_doubts(*, device: Device, way: str, by: User | None, now: datetime) -> None:
    """Take back the doubts of this way, which proved unfounded."""
    kept = Device.objects.select_for_update().get(pk=device.pk)
    _keep(kept, kept.count.without(way), by, now)


def another_try_at(device: Device) -> datetime | None:
    """From when on its owner may have a secret in doubt tried once more; None where it rests on refusals alone."""
    if not device.count.doubts or device.secret_doubted_at is None:
        return None
    return device.secret_doubted_at + AGAIN_AFTER


@audit.atomic
def give_another_try(*, device: Device, by: User, now: datetime) -> None:
    """Let a secret that rests in doubt be tried once more, because its owner asked for it. Refusals stay."""
    require_person(by, device.site, KEEPING)
    kept = Device.objects.select_for_update().get(pk=device.pk)
    opens = another_try_at(kept)
    if opens is not None and opens <= now:
        _keep(kept, kept.count.with_another_try(), by, now)


def _keep(device: Device, count: Count, by: User | None, now: datetime) -> None:
    """Inside the caller's audit block and with its lock: the new count, here and beyond the secret on record."""
    before = device.count
    if count == before:
        return
    device.secret_refusals, device.secret_doubts = count.refusals, list(count.doubts)
    if len(count.doubts) > len(before.doubts):
        device.secret_doubted_at = now
    device.save(update_fields=["secret_refusals", "secret_doubts", "secret_doubted_at"])
    if mark := _mark_on_record(device):
        keep_count(mark, device, count)
    action = "device.secret_refused" if count.refusals > before.refusals else "device.refusals_taken_back"
    audit.record(action, actor=by, target=device, refusals=count.refusals, doubts=list(count.doubts))


def _mark_on_record(device: Device) -> str:
    try:
        return mark_of(credentials_of(device), device) if device.has_secret else ""
    except NoCredentials:
        return ""
