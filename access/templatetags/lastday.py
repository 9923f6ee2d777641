"""The last day of something that has an end."""

from datetime import date, datetime

from django import template

from access import spans

register = template.Library()


@register.filter
def last_day(end: datetime | None) -> date | None:
    """`access.spans.last_day` of what may have no end."""
    return spans.last_day(end) if end else None
