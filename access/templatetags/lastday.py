"""The last day of something that has an end."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def last_day(end: datetime | None) -> date | None:
    """The local day before `end`, or of it: what ends at midnight ends with the day before."""
    return timezone.localtime(end - timedelta(microseconds=1)).date() if end else None
