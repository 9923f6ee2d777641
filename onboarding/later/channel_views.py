"""A channel that a test of the device found and that is no camera yet: looked through, and listed, by its owner."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from devices.report import Channel
from onboarding.channels import camera_on, channel_of, proposed_label
from onboarding.enrolment.services import camera_facts
from onboarding.errors import ChannelListed, ChannelUnknown, OnboardingError
from onboarding.later import forms, services
from onboarding.later.views import ask, draft_of, typed
from onboarding.models import Probe, ProbeKind
from onboarding.probing import picture_of, request_channel_picture
from onboarding.queries import last_reading, sites_acted_for
from onboarding.shown import step_lines
from registry.errors import ListedNeeded, RegistryError
from registry.people import SIGNING


@never_cache
@require_http_methods(["GET", "POST"])
def channel_camera(request: HttpRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """The questions about one more camera; its owner's yes lists it. For htmx, the picture alone."""
    reading = _reading(request, public_id)
    device = reading.device
    try:
        channel = _unlisted(reading, number)
    except OnboardingError as refusal:
        messages.warning(request, str(refusal))
        return redirect("onboarding:connect", device.public_id)
    shown = {"reading": reading, "number": number, **_picture(reading, channel)}
    if request.htmx:
        return render(request, "onboarding/_channel_picture.html", shown)
    draft = draft_of(request, device.site)
    if not draft.listed:
        messages.warning(request, str(ListedNeeded()))
        return redirect("onboarding:site-consent", device.site.public_id)
    form = forms.ChannelForm(**typed(request), draft=draft, page_key="camera-1")
    form.proposed = proposed_label(device, channel)
    if request.method == "POST" and form.is_valid():
        draft.given["camera-1"] = form.answers()
        try:
            camera = services.add_channel(
                device=device, channel=channel, camera=camera_facts(draft, 1), by=request.user, now=draft.now
            )
        except (OnboardingError, RegistryError) as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("%(camera)s sudah terdata. Petugas kelurahan Anda akan memeriksanya di tempat.")
            messages.success(request, words % {"camera": camera.label})
            return redirect("onboarding:connect", device.public_id)
    return ask(
        request,
        draft,
        form,
        template="onboarding/later_channel.html",
        button=_("Daftarkan kamera"),
        back=reverse("onboarding:connect", args=[device.public_id]),
        **shown,
    )


@require_POST
def channel_picture(request: HttpRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """Ask for one picture of the channel, and show it beside the questions. A refusal is said there."""
    reading = _reading(request, public_id)
    device = reading.device
    try:
        channel = _unlisted(reading, number)
        request_channel_picture(device=device, channel=channel, by=request.user, now=timezone.now())
    except OnboardingError as refusal:
        messages.error(request, str(refusal))
    return redirect("onboarding:channel-camera", public_id, number)


def _reading(request: HttpRequest, public_id: uuid.UUID) -> Probe:
    """The test of a device for whose owner this person signs; for everybody else it does not exist."""
    sites = sites_acted_for(request.user, SIGNING)
    probes = Probe.objects.filter(kind=ProbeKind.CONNECT, device__site__in=sites).defer("picture")
    return get_object_or_404(
        probes.select_related("device__site__partner", "device__site__area"), public_id=public_id
    )


def _unlisted(reading: Probe, number: int) -> Channel:
    """The channel of this number in that test, which must be the device's last reading, if no camera has it."""
    channel = channel_of(reading.report or {}, number) if last_reading(reading.device) == reading else None
    if channel is None:
        raise ChannelUnknown
    if camera_on(reading.device, channel) is not None:
        raise ChannelListed
    return channel


def _picture(reading: Probe, channel: Channel) -> dict[str, object]:
    """The newest picture that was asked for since the device was read, if it is of this channel, as it stands."""
    asked = Probe.objects.filter(device=reading.device, kind=ProbeKind.CHANNEL, created_at__gte=reading.created_at)
    probe = asked.defer("picture").first()
    if probe is None or probe.proves != picture_of(channel):
        return {"probe": None}
    kept = Probe.objects.filter(pk=probe.pk, picture__isnull=False).exists()
    return {"probe": probe, "steps": step_lines(probe), "has_picture": kept}
