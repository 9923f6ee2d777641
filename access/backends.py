"""The one permission backend that knows about grants; see `access.decision` for the rule itself."""

from django.contrib.auth.backends import BaseBackend


class ScopeBackend(BaseBackend):
    """Grants no model permissions at all: whether someone may look is asked of `access.decide` only.

    guardian's stock backend is not installed: an expired row would still answer `has_perm` there.
    """
