"""What every page's template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from desks.navigation import links


def site(request: HttpRequest) -> dict[str, Any]:
    """`demo`, and `nav`: the pages this person may open."""
    return {"demo": settings.DEMO, "nav": links(request)}
