"""The one permission backend that knows about grants."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import models
from django.utils import timezone

from access.scopes import holding_of
from accounts.duties import duties_in_force
from accounts.models import DutyKind
from registry.models import Area, Camera, Site
from registry.rights import AccessRight


class ScopeBackend(BaseBackend):
    """Answers `user.has_perm("registry.view_still_area", area)` within the window of grant and duty.

    guardian's stock backend is not installed: an expired row would still answer there. A yes here says that the
    organization holds the grant; whether a camera may be looked through is asked of `access.decide`, which adds
    verification, consent, pause and reason.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        if obj is None or not user_obj.is_active or not isinstance(obj, Area | Site | Camera):
            return False
        name, _, kind = perm.removeprefix("registry.").rpartition("_")
        if kind != obj._meta.model_name or name not in AccessRight.values:
            return False
        now = timezone.now()
        for duty in duties_in_force(user_obj, now).filter(kind=DutyKind.VIEWER):
            for (right, _purpose), reach in holding_of(duty.organization, now).reach.items():
                if right == name and self._reached(obj, reach):
                    return True
        return False

    @staticmethod
    def _reached(obj: Area | Site | Camera, reach: Any) -> bool:
        if isinstance(obj, Area):
            return any(obj.code == code or obj.code.startswith(code + ".") for code in reach.areas)
        if isinstance(obj, Site):
            return obj.pk in reach.sites
        return Camera.objects.filter(reach.as_filter(), pk=obj.pk).exists()
