"""Where a deferral may be asked for or decided."""

from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from access.models import Look
from conduct.deferrals import ASKED_AND_APPROVED_WITHIN
from conduct.models import Deferral

register = template.Library()


@register.simple_tag
def looks_are_deferred() -> bool:
    """Whether owners may be told later here at all."""
    return bool(settings.LOOK_DEFERRAL)


@register.inclusion_tag("conduct/_defer_link.html")
def defer_link(look: Look, desk: str) -> dict[str, Any]:
    """The way to ask for it, for as long as that can be done; or that it was asked for."""
    now = timezone.now()
    fresh = now < look.started_at + ASKED_AND_APPROVED_WITHIN and not look.emergency
    if not settings.LOOK_DEFERRAL or not fresh:
        return {}
    asked = Deferral.objects.filter(look=look, declined_at__isnull=True).first()
    return {"look": look, "desk": desk, "deferral": asked}
