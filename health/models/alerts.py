"""What people are owed to be told of falls, outages and disturbances."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from health.models.disturbances import Disturbance
from health.models.falls import Fall
from health.models.outages import Outage


class Audience(models.TextChoices):
    """As what somebody is told: one person may be several, and each gets letters of its own."""

    OWNER = "owner", _("pemilik")
    OFFICER = "officer", _("Bhabinkamtibmas")
    PRECINCT = "precinct", _("Polsek")


class Event(models.TextChoices):
    DOWN = "down", _("terputus")
    BACK = "back", _("kembali")
    DISTURBED = "disturbed", _("terganggu")
    MENDED = "mended", _("normal kembali")


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about alerts."""

    def unsent(self) -> "AlertQuerySet":
        return self.filter(sent_at__isnull=True)

    def sent(self) -> "AlertQuerySet":
        return self.filter(sent_at__isnull=False)


class Alert(models.Model):
    """One person is owed one line about one fall, outage or disturbance, once; the letter gathers several of them.

    `owed_at` is when it would be told at any hour, `due_at` when quiet hours are over too; `quiet`: it leaves in
    none, however late it is. `letter` is the letter that carried it: its link leads back to these lines.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="health_alerts")
    audience = models.CharField(max_length=8, choices=Audience)
    event = models.CharField(max_length=9, choices=Event)
    fall = models.ForeignKey(Fall, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    outage = models.ForeignKey(Outage, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts")
    disturbance = models.ForeignKey(
        Disturbance, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    owed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    quiet = models.BooleanField(default=False, db_default=False)
    letter = models.UUIDField(null=True, blank=True, db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["owed_at", "pk"]
        indexes = [
            models.Index(fields=["due_at"], name="health_alert_unsent_due", condition=Q(sent_at__isnull=True)),
            models.Index(fields=["user", "audience", "sent_at"], name="health_alert_last_sent"),
        ]
        constraints = [
            models.CheckConstraint(name="health_alert_audience_known", condition=Q(audience__in=Audience.values)),
            models.CheckConstraint(name="health_alert_event_known", condition=Q(event__in=Event.values)),
            models.CheckConstraint(
                name="health_alert_about_one_thing",
                condition=Q(fall__isnull=False, outage__isnull=True, disturbance__isnull=True)
                | Q(fall__isnull=True, outage__isnull=False, disturbance__isnull=True)
                | Q(fall__isnull=True, outage__isnull=True, disturbance__isnull=False),
            ),
            models.UniqueConstraint(
                name="health_alert_fall_once",
                fields=["user", "audience", "event", "fall"],
                condition=Q(fall__isnull=False),
            ),
            models.UniqueConstraint(
                name="health_alert_outage_once",
                fields=["user", "audience", "event", "outage"],
                condition=Q(outage__isnull=False),
            ),
            models.UniqueConstraint(
                name="health_alert_disturbance_once",
                fields=["user", "audience", "event", "disturbance"],
                condition=Q(disturbance__isnull=False),
            ),
            models.CheckConstraint(
                name="health_alert_sent_in_a_letter",
                condition=Q(sent_at__isnull=True, letter__isnull=True)
                | Q(sent_at__isnull=False, letter__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.event} {self.fall_id or self.outage_id or self.disturbance_id}"
