"""The one permission backend that knows about grants."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import models
from django.utils import timezone

from access.scopes import Reach, holding_of
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
            holding = holding_of(duty, now)
            reaches = [reach for (right, _purpose), reach in holding.reach.items() if right == name]
            if any(self._reached(obj, reach, holding.narrow) for reach in reaches):
                return True
        return False

    @staticmethod
    def _reached(obj: Area | Site | Camera, reach: Reach, narrow: frozenset[int] | None) -> bool:
        if isinstance(obj, Camera):
            return Camera.objects.filter(reach.as_filter(narrow), pk=obj.pk).exists()
        area = obj.pk if isinstance(obj, Area) else obj.area_id
        granted = reach.areas if isinstance(obj, Area) else reach.sites
        return obj.pk in granted and (narrow is None or area in narrow)
