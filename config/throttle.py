"""How often the API may be asked."""

from typing import Any

from rest_framework.throttling import UserRateThrottle


class PerPerson(UserRateThrottle):
    """So many requests in a minute for each person or program's key, and for each address of the signed-out."""

    scope = "person"

    def get_cache_key(self, request: Any, view: Any) -> str:
        who = getattr(request.auth, "pk", None)
        ident = f"key-{who}" if who else request.user.pk or self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
