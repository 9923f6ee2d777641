"""What pages of lower apps show of a camera that is down."""

from datetime import date

from django import template
from django.utils import timezone

from health.acknowledged import back_on, is_down
from registry.models import Camera

register = template.Library()
register.filter("is_down", is_down)


@register.filter
def known_back_on(camera: Camera) -> date | None:
    """The day on which its owner says that it is back."""
    return back_on([camera], timezone.now()).get(camera.pk)
