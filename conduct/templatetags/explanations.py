"""What somebody owes a supervisor, wherever he sits."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from conduct.models import Explanation

register = template.Library()


@register.inclusion_tag("conduct/_owed_explanations.html", takes_context=True)
def owed_explanations(context: Context) -> dict[str, Any]:
    """What this reader was asked to explain and has not, and for what his duty is suspended."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"owed": []}
    owed = Explanation.objects.owed_by(user).select_related("card__look__organization").order_by("due_at", "pk")
    return {"owed": list(owed), "now": timezone.now()}
