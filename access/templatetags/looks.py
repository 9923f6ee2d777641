"""How a look is told in words."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import Look

register = template.Library()


@register.filter
def duration_in_words(look: Look) -> str:
    """How long the look lasted, or that it goes on."""
    if look.ended_at is None and look.until > timezone.now():
        return _("sedang berlangsung")
    seconds = int(((look.ended_at or look.until) - look.started_at).total_seconds())
    if seconds < 60:
        return ngettext("%(n)d detik", "%(n)d detik", seconds) % {"n": max(seconds, 1)}
    minutes = round(seconds / 60)
    return ngettext("%(n)d menit", "%(n)d menit", minutes) % {"n": minutes}
