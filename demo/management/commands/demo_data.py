"""`manage.py demo_data`: add what is missing of the demo's data. `./run up` calls it at each start."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from demo import live
from demo.data import seed
from transparency.services import count_what_is_due


class Command(BaseCommand):
    help = "Add the invented bodies, people, owners and cameras of the demo. Never changes what is there."

    def handle(self, *args: Any, **options: Any) -> None:
        new = seed(timezone.now())
        self.stdout.write(
            f"Demo data added: {new.areas_drawn} outlines, {new.bodies} bodies, {new.people} people, "
            f"{new.owners} owners."
        )
        self.stdout.write(f"Live demo site: {live.connect(timezone.now())}")
        self.stdout.write(f"Site that waits for its visit: {live.connect_waiting(timezone.now())}")
        count_what_is_due(timezone.now())
