"""The owner's page of one device: connect it, watch each step, mend its address."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onboarding.errors import ConsentFirst, HomeOnly, OnboardingError
from onboarding.models import DeviceWork, Probe, ProbeKind
from onboarding.probing import change_device, request_probe, require_dialable
from onboarding.queries import device_is_consented, devices_kept_by, is_outdated, last_reading, sites_acted_for
from onboarding.replaced import why_verification_ended
from onboarding.shown import (
    cameras_without_channel,
    channel_lines,
    facts_of,
    may_be_mended,
    step_lines,
    warnings_of,
)
from onboarding.site_forms import DeviceForm
from registry.models import Device
from registry.networks import network_at
from registry.people import SIGNING
from registry.targets import is_home_only


def _device(request: HttpRequest, public_id: uuid.UUID) -> Device:
    """The device if this person keeps it; for everybody else it does not exist."""
    return get_object_or_404(devices_kept_by(request.user), public_id=public_id)


def _probe(device: Device, probe_id: uuid.UUID, *kinds: ProbeKind) -> Probe:
    probes = Probe.objects.filter(device=device, kind__in=kinds or [ProbeKind.CONNECT]).defer("picture")
    return get_object_or_404(probes, public_id=probe_id)


@never_cache
@require_safe
def connect(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the device is, and its newest probe, unless the address or the password has changed since."""
    device = _device(request, public_id)
    probe = Probe.objects.filter(device=device, kind=ProbeKind.CONNECT).defer("picture").first()
    if probe is not None and is_outdated(probe, device):
        probe = None
    return _page(request, device, probe)


@require_POST
def connect_start(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for a probe and show it. A refusal is said on the page."""
    device = _device(request, public_id)
    try:
        probe = request_probe(device=device, by=request.user, now=timezone.now(), again="again" in request.POST)
    except OnboardingError as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:connect", device.public_id)
    return redirect("onboarding:probe", device.public_id, probe.public_id)


@never_cache
@require_safe
def probe_status(request: HttpRequest, public_id: uuid.UUID, probe_id: uuid.UUID) -> HttpResponse:
    """The probe as it stands: the part that changes for htmx, the whole page for everybody else."""
    device = _device(request, public_id)
    probe = _probe(device, probe_id)
    if request.htmx:
        return render(request, "onboarding/probe_status.html", _shown(request, device, probe))
    return _page(request, device, probe)


@require_safe
def probe_picture(request: HttpRequest, public_id: uuid.UUID, probe_id: uuid.UUID) -> HttpResponse:
    """The picture of a probe, for the owner alone."""
    device = _device(request, public_id)
    probe = _probe(device, probe_id, ProbeKind.CONNECT, ProbeKind.CHANNEL)
    return picture_response(probe)


@never_cache
@require_http_methods(["GET", "POST"])
def connect_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change address, user or password. What is typed for user and password is never shown again."""
    device = _device(request, public_id)
    if not device_is_consented(device.site_id, timezone.now()):
        messages.warning(request, str(ConsentFirst()))
        return redirect("onboarding:connect", device.public_id)
    form = DeviceForm(request.POST or None, device=device)
    if request.method == "POST" and form.is_valid():
        if form.keeps_all:
            messages.success(request, _("Tidak ada yang diubah."))
            return redirect("onboarding:connect", device.public_id)
        try:
            device = change_device(device=device, by=request.user, now=timezone.now(), **form.facts)
        except OnboardingError as refusal:
            form.add_error("user" if refusal.code == "user_needed" else "password", str(refusal))
        else:
            if device.waits_for_agent:
                messages.warning(request, str(HomeOnly()))
            else:
                messages.success(request, _("Data perangkat disimpan. Sekarang Anda dapat menyambungkannya."))
            return redirect("onboarding:connect", device.public_id)
    return render(request, "onboarding/connect_edit.html", {"device": device, "form": form})


def picture_response(work: DeviceWork) -> HttpResponse:
    """A JPEG that nothing on the way may keep."""
    if not work.picture:
        raise Http404
    response = HttpResponse(bytes(work.picture), content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def _page(request: HttpRequest, device: Device, probe: Probe | None) -> HttpResponse:
    shown = _shown(request, device, probe) if probe else {"device": device, "obstacle": _obstacle(device)}
    shown["ended"] = why_verification_ended(device)
    shown["network"] = network_at(device.site, device.host)
    home_only = device.waits_for_agent or (bool(device.host) and is_home_only(device.host, device.site))
    return render(request, "onboarding/connect.html", {**shown, "home_only": home_only, "home_words": HomeOnly()})


def _shown(request: HttpRequest, device: Device, probe: Probe) -> dict[str, Any]:
    report = probe.report if probe.is_over else None
    has_picture = bool(report) and Probe.objects.filter(pk=probe.pk, picture__isnull=False).exists()
    channels = channel_lines(probe, report) if report else []
    now = timezone.now()
    unlisted = sum(line.camera is None for line in channels)
    return {
        "device": device,
        "probe": probe,
        "steps": step_lines(probe),
        "facts": facts_of(report) if report else [],
        "warnings": warnings_of(report) if report else [],
        "may_be_mended": may_be_mended(report) if report else False,
        "channels": channels,
        "unlisted": unlisted,
        "may_list": bool(unlisted) and _may_list(request, device, probe),
        "without_channel": cameras_without_channel(device) if report else [],
        "waits_for_visit": any(line.camera and not line.camera.is_verified(now) for line in channels),
        "has_picture": has_picture,
        "obstacle": _obstacle(device),
    }


def _may_list(request: HttpRequest, device: Device, probe: Probe) -> bool:
    """Whether this person may make cameras of the channels of this probe."""
    signs = sites_acted_for(request.user, SIGNING).filter(pk=device.site_id)
    return last_reading(device) == probe and signs.exists()


def _obstacle(device: Device) -> OnboardingError | None:
    """Why the device cannot be connected as it stands."""
    try:
        require_dialable(device, timezone.now())
    except OnboardingError as refusal:
        return refusal
    return None
