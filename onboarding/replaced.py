"""A device that was replaced: its channels are another device's, and the owner is told what ended.

The new device may give its sources the tokens and numbers of the old one, so an old tie proves nothing about it.
"""

import json
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit
from accounts.models import User
from audit.models import Entry
from devices.report import PARTS, Identity
from onboarding.identity import parts_of
from onboarding.letters import tell_of_ended_verification
from onboarding.models import Probe, ProbeKind, ProbeState
from registry.models import Camera, Device
from registry.services import end_verification

STRONG = ("serial", "mac")
REASONS: dict[str, str | Promise] = {
    "address_changed": gettext_lazy("alamat perangkatnya berubah"),
    "secret_changed": gettext_lazy("kata sandi perangkatnya diganti"),
    "device_replaced": gettext_lazy("perangkatnya diganti"),
    "source_changed": gettext_lazy("sumber gambarnya berubah"),
}
_UNTIED: dict[str, Any] = {
    "channel": None,
    "video_source_token": "",
    "profile_token": "",
    "stream_path": "",
    "codec": "",
    "width": None,
    "height": None,
}


def drop_old_ties(*, device: Device, probe: Probe, seen: Identity, by: User) -> bool:
    """Inside the caller's audit block: where another device answers than at the last successful probe, its cameras
    lose channel, source and profile, to be matched anew in its own order. Whether that was so."""
    earlier = Probe.objects.filter(device=device, kind=ProbeKind.CONNECT, state=ProbeState.DONE).exclude(
        pk=probe.pk
    )
    last = earlier.exclude(report=None).defer("picture").first()
    if last is None or not _differs(last, probe, seen):
        return False
    rows = Camera.objects.filter(device=device).exclude(channel=None, video_source_token="")
    tied = list(rows.select_related("site"))
    for camera in tied:
        end_verification(camera=camera, by=by, reason="device_replaced")
    if Camera.objects.filter(pk__in=[camera.pk for camera in tied]).update(**_UNTIED):
        audit.record("device.replaced", actor=by, target=device, cameras=len(tied))
    return True


def _differs(last: Probe, probe: Probe, seen: Identity) -> bool:
    """By serial number and MAC where both devices tell them, else by the rest; two that tell nothing are taken for
    one only at the same address. What ONVIF tells and what RTSP alone tells cannot be compared: the host counts.
    """
    before = (last.report or {}).get("identity") or {}
    if (last.report or {}).get("onvif", True) == probe.device.rtsp_only:
        return _host(last.address) != _host(probe.address)
    apart = tells_apart(before, parts_of(seen))
    return last.address != probe.address if apart is None else apart


def tells_apart(one: dict[str, str], other: dict[str, str]) -> bool | None:
    """Whether two identities, as kept in JSON, are of different devices; None where they cannot be compared."""
    told = [name for name in PARTS if one.get(name) and other.get(name)]
    judged = [name for name in told if name in STRONG] or told
    return any(one[name] != other[name] for name in judged) if judged else None


def _host(address: str) -> str:
    return address.rpartition(":")[0]


def verified_on(device: Device) -> list[int]:
    """The verified cameras of the device, to be compared after a change with `tell_if_ended`."""
    return list(
        Camera.objects.listed().filter(device=device, verified_at__isnull=False).values_list("pk", flat=True)
    )


def tell_if_ended(*, device: Device, before: list[int], reason: str, now: datetime) -> None:
    """Tell the owner of those cameras that are verified no more."""
    ended = Camera.objects.filter(pk__in=before, verified_at__isnull=True).order_by("pk")
    labels = list(ended.values_list("label", flat=True))
    if labels:
        tell_of_ended_verification(device, labels, lambda: ended_words(reason), now)


def why_verification_ended(device: Device) -> str:
    """Why the newest ended verification of the device's cameras ended, in a sentence; empty while none is ended."""
    waiting = Camera.objects.listed().filter(device=device, verified_at__isnull=True)
    ids = [str(public_id) for public_id in waiting.values_list("public_id", flat=True)]
    entries = Entry.objects.filter(
        action="camera.verification_ended", target_kind="registry.camera", target_id__in=ids
    )
    newest = entries.order_by("-number").first()
    return ended_words(json.loads(bytes(newest.body))["facts"].get("reason", "")) if newest else ""


def ended_words(reason: str) -> str:
    """That the verification ended, why, and what comes next; empty for reasons that an owner was told otherwise."""
    if reason not in REASONS:
        return ""
    return _("Verifikasi berakhir karena %(reason)s; petugas akan datang lagi.") % {"reason": REASONS[reason]}
