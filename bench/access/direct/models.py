"""One row for each camera and body, as guardian's documentation has it for large tables."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from registry.models import Camera


class DirectGroupPermission(GroupObjectPermissionBase):
    """A body's right on one camera."""

    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")


class DirectUserPermission(UserObjectPermissionBase):
    """A person's right on one camera; it stays empty."""

    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
