"""When something with an end ends, as people say it."""

from datetime import date, datetime, timedelta

from django.utils import timezone


def last_day(end: datetime) -> date:
    """The local day before `end`, or of it: what ends at midnight ends with the day before."""
    return timezone.localtime(end - timedelta(microseconds=1)).date()
