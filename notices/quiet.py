"""When residents are left in peace: letters wait until morning."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


def loud_from(moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours (`QUIET_HOURS`, local) in which it lies."""
    begin, end = settings.QUIET_HOURS
    local = timezone.localtime(moment)
    quiet = begin <= local.hour < end if begin <= end else local.hour >= begin or local.hour < end
    if not quiet:
        return moment
    morning = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)
