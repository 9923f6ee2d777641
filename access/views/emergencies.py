"""Emergency looks: for duties marked for them, with the second factor typed once more."""

from datetime import datetime

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access import services
from access.decision import emergency_cameras, usable_cases
from access.errors import LookRefused
from access.models import Case, Reason
from access.viewers import Viewer
from access.views.looks import at_desk
from config.ids import typed_id
from registry.geo import distance_m
from registry.models import Camera
from registry.rights import AccessRight


class EmergencyForm(forms.Form):
    """Why, and which of the cameras around."""

    reason = forms.ModelChoiceField(
        label=_("Alasan melihat"),
        queryset=Reason.objects.filter(active=True),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Pilih alasan melihat dari daftar.")},
    )
    camera = forms.UUIDField(error_messages={"required": _("Pilih kameranya.")})


@require_http_methods(["GET", "POST"])
@never_cache
@at_desk
def emergency(request: HttpRequest, desk: str, viewer: Viewer) -> HttpResponse:
    """Choose the case, type the second factor again, then open one camera of those around it."""
    if viewer.duty is None or not viewer.duty.emergency:
        raise Http404
    now = timezone.now()
    cases = usable_cases(viewer.duty.organization, now)
    case = _chosen(cases, request.GET.get("perkara", ""))
    near = _near(viewer, case, now) if case else []
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    if case is not None and form.is_valid():
        camera = next((one for one, _far in near if one.public_id == form.cleaned_data["camera"]), None)
        if camera is None:
            raise Http404
        try:
            look = services.start_look(
                viewer=viewer,
                camera=camera,
                right=AccessRight.VIEW_STILL,
                reason=form.cleaned_data["reason"],
                case=case,
                now=now,
                emergency=True,
            )
        except LookRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("access:look", desk, look.public_id)
    here = request.get_full_path()
    return render(
        request,
        "access/emergency.html",
        {
            "desk": desk,
            "viewer": viewer,
            "cases": cases,
            "case": case,
            "near": near,
            "form": form,
            "is_fresh": _is_fresh(viewer, now),
            "again_url": f"{reverse('mfa_reauthenticate')}?next={here}",
            "minutes": int(settings.EMERGENCY_LASTS.total_seconds() // 60),
        },
    )


def _is_fresh(viewer: Viewer, now: datetime) -> bool:
    """Whether the second factor was typed just now."""
    passed = viewer.second_factor_at
    return passed is not None and now - passed < settings.EMERGENCY_SECOND_FACTOR_LASTS


def _chosen(cases: list[Case], typed: str) -> Case | None:
    """The open case that was chosen; one that is not open to him does not exist."""
    found = next((case for case in cases if case.public_id == typed_id(typed)), None)
    if typed and found is None:
        raise Http404
    return found


def _near(viewer: Viewer, case: Case, now: datetime) -> list[tuple[Camera, int]]:
    """The cameras that would open in this case, the nearest first, with their distance in metres."""
    cameras = emergency_cameras(viewer, AccessRight.VIEW_STILL, case, now)
    found = [
        (camera, round(distance_m(case.lat, case.lng, camera.site.lat, camera.site.lng)))
        for camera in cameras.select_related("site__area", "site__partner", "device")
    ]
    return sorted(found, key=lambda pair: pair[1])
