"""The columns of the product's person, and the history of each change."""

import uuid

from django.db import models
from simple_history.models import HistoricalRecords


class Person(models.Model):
    """As `accounts.User`."""

    password = models.CharField(max_length=128, blank=True)
    last_login = models.DateTimeField(null=True, blank=True)
    is_superuser = models.BooleanField(default=False)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(max_length=254, null=True, blank=True)
    phone = models.CharField(max_length=20, null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=2, default="id")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="kept_person_email_once"),
            models.UniqueConstraint(fields=["phone"], name="kept_person_phone_once"),
        ]

    def __str__(self) -> str:
        return self.name
