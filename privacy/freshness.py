"""Whether a session's sign-in is fresh enough to hand out or destroy everything at once."""

from datetime import UTC, datetime, timedelta

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

FRESH = timedelta(minutes=15)


def signed_in_freshly(request: HttpRequest, now: datetime) -> bool:
    """Whether a code was typed in this very session within the last 15 minutes, of either factor.

    Whoever finds an open screen can read its pages; he cannot carry all of it away, nor erase it.
    """
    moments = [record["at"] for record in get_authentication_records(request, request.user) if "at" in record]
    return bool(moments) and now - datetime.fromtimestamp(max(moments), tz=UTC) <= FRESH
