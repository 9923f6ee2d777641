"""Months by the local calendar, and which of them the page offers."""

from datetime import date, datetime, timedelta

from django.utils import timezone

OFFERED = 12


def month_of(moment: datetime) -> date:
    """The first day of the local month."""
    return timezone.localtime(moment).date().replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def last_month(month: date) -> date:
    """The first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def span_of(month: date) -> tuple[datetime, datetime]:
    """When a month begins, and when the next one does."""
    zone = timezone.get_default_timezone()
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (month, next_month(month)))
    return start, end


def offered(now: datetime) -> list[date]:
    """The last twelve months that are over, the newest first."""
    months, month = [], month_of(now)
    for _number in range(OFFERED):
        month = last_month(month)
        months.append(month)
    return months
