"""Months as the police count them: by the local calendar."""

from datetime import date, datetime, timedelta

from django.utils import timezone


def month_of(moment: datetime) -> date:
    """The first day of the local month."""
    return timezone.localtime(moment).date().replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def span_of(month: date) -> tuple[datetime, datetime]:
    """When a month begins, and when the next one does."""
    zone = timezone.get_default_timezone()
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (month, next_month(month)))
    return start, end
