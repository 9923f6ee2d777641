"""Who looked after the cameras of a site before, and who will."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.models.partners import Site


class MaintainerHandoverQuerySet(models.QuerySet["MaintainerHandover"]):
    """Questions about handovers."""

    def planned(self) -> "MaintainerHandoverQuerySet":
        return self.filter(done_at__isnull=True)

    def done(self) -> "MaintainerHandoverQuerySet":
        return self.filter(done_at__isnull=False)

    def due(self, today: date) -> "MaintainerHandoverQuerySet":
        return self.planned().filter(from_on__lte=today)


class MaintainerHandover(models.Model):
    """The care of a site's cameras goes from one person to the next, on a day that its manager named.

    The site itself names who looks after it now. `before_name` and `before_phone` are written when the day has
    come, so that who it was stays readable.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="maintainer_handovers")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, blank=True)
    from_on = models.DateField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    before_name = models.CharField(max_length=120, blank=True)
    before_phone = models.CharField(max_length=20, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = MaintainerHandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.CheckConstraint(name="registry_maintainerhandover_named", condition=~Q(name="")),
            models.UniqueConstraint(
                name="registry_maintainerhandover_one_planned", fields=["site"], condition=Q(done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.from_on}"
