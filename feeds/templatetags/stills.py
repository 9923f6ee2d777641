"""Saved stills on the page of a look, and how owners read of them."""

from typing import Any

from django import template
from django.conf import settings

from access.models import Look
from feeds.keeping import longest_kept
from feeds.models import SavedStill

register = template.Library()


@register.inclusion_tag("feeds/_saved.html")
def saved_stills(look: Look) -> dict[str, Any]:
    """The stills that were saved of this look, for those who may look."""
    return {"stills": list(SavedStill.objects.there().filter(look=look))}


@register.filter
def days_to_keep(look: Look) -> list[int]:
    """For how many days a still of this look may be kept."""
    return sorted({settings.STILL_KEPT.days, longest_kept(look).days})
