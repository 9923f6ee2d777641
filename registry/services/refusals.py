"""How often a device refused a secret, also one that is not on record now."""

from registry.models import Device, RefusedSecret
from registry.targets import NoCredentials, credentials_of, mark_of


def refusals_of(mark: str, device: Device) -> int:
    """How often the device has refused the user and password of this mark by now."""
    found = RefusedSecret.objects.filter(device=device, mark=mark)
    return found.values_list("refusals", flat=True).first() or 0


def refusals_on_record(device: Device) -> int:
    """How often the device has refused by now what is sealed for it, whenever it was typed before."""
    mark = _mark_on_record(device)
    return refusals_of(mark, device) if mark else 0


def keep_refusals(mark: str, device: Device, refusals: int) -> None:
    """Remember how often the device has refused the user and password of this mark by now."""
    RefusedSecret.objects.update_or_create(device=device, mark=mark, defaults={"refusals": refusals})


def keep_refusals_on_record(device: Device) -> None:
    """Remember `secret_refusals` beyond the secret that is on record now."""
    if mark := _mark_on_record(device):
        keep_refusals(mark, device, device.secret_refusals)


def _mark_on_record(device: Device) -> str:
    try:
        return mark_of(credentials_of(device), device) if device.has_secret else ""
    except NoCredentials:
        return ""
