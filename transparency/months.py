"""The months that the public numbers are told for; they are counted as in `conduct.months`."""

from datetime import date, datetime, timedelta

from conduct.months import month_of

OFFERED = 12


def last_month(month: date) -> date:
    """The first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def offered(now: datetime) -> list[date]:
    """The last twelve months that are over, the newest first."""
    months, month = [], month_of(now)
    for _number in range(OFFERED):
        month = last_month(month)
        months.append(month)
    return months
