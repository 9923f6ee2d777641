"""The page of one case: what it is, and the cameras around it with what may be done and how they are."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.arrangement import arrangement_for
from access.decision import usable_cases
from access.forms import CaseNumberForm
from access.maps import background_urls
from access.shown import cases_of
from access.viewers import Viewer
from access.views.cases import body_of, for_viewers, may_extend
from access.views.desks import desk_for
from desks.cases import around


@require_safe
@never_cache
@for_viewers
def case(request: HttpRequest, viewer: Viewer, public_id: UUID) -> HttpResponse:
    """A case, and the cameras around it that this viewer has a right on."""
    now = timezone.now()
    found = get_object_or_404(cases_of(viewer.user, now), public_id=public_id)
    is_open, mine = found.is_open(now), found.organization_id == body_of(viewer)
    usable = is_open and viewer.duty is not None and found in usable_cases(viewer.duty.organization, now)
    return render(
        request,
        "desks/case.html",
        {
            "case": found,
            "viewer": viewer,
            "desk": desk_for(viewer),
            "is_open": is_open,
            "around": around(viewer, found, now) if is_open else None,
            "may_look": usable,
            "arranged": arrangement_for(request.session, found, now) if usable else None,
            "may_close": is_open and mine,
            "may_extend": is_open and may_extend(viewer, found) and found.opened_by_id != viewer.user.pk,
            "background": background_urls(),
            "number_form": CaseNumberForm() if mine and not found.number else None,
        },
    )
