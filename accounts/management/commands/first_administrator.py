"""`manage.py first_administrator EMAIL`: the person who sets up everybody else."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from accounts.services import INVITATION_LASTS, invite, make_first_administrator


class Command(BaseCommand):
    """Prints a one-time link; who opens it is signed in and must set up a second factor before anything else."""

    help = "Make EMAIL an administrator and print a one-time invitation. Asking again gives a fresh invitation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--organization", default="Polres Metro Jakarta Barat", help="the body at the top")
        parser.add_argument("--area", default="31.73", metavar="CODE", help="Kemendagri code of its area (31.73)")

    def handle(self, *args: Any, email: str, organization: str, area: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        now = timezone.now()
        user = make_first_administrator(email=email, organization_name=organization, area_code=area, now=now)
        token = invite(user=user, now=now)
        hours = int(INVITATION_LASTS.total_seconds() // 3600)
        self.stdout.write(f"{settings.BASE_URL}{reverse('invitation', args=[token])}")
        self.stderr.write(f"This link signs {user} in once, within {hours} hours. Hand it to nobody else.")
