"""What the answers given so far mean: the area, the level, the boxes that can be ticked and those that are."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Organization, User
from audit.chain import canonical
from onboarding.models import Enrolment
from registry.fields import minutes_of
from registry.models import Area, AreaLevel, Partner, PartnerKind, PartnerPerson, SecondSignature, Site
from registry.people import SIGNING
from registry.queries import kelurahan_by_kecamatan, recipients_for, rights_offered
from registry.rights import IN_HOURS, NEEDS_DEVICE, Level, Right, level
from registry.services import ConsentChoice
from registry.texts import ShownText, in_force
from registry.wording import Wording

Answers = dict[str, Any]


@dataclass
class Draft:
    """An enrolment's answers, read. Answers a page did not give are empty, never an error."""

    user: User
    now: datetime
    language: str
    enrolment: Enrolment | None = None

    @cached_property
    def wording(self) -> Wording:
        """The words in force when this draft was read: those that are shown, and those that are signed."""
        return in_force()

    @property
    def answers(self) -> Answers:
        return self.enrolment.answers if self.enrolment else {}

    @property
    def place(self) -> Site | None:
        """The site on record; None while it is being enrolled, so that an enrolment never chooses a network."""
        return None

    def get(self, page: str, field: str, default: Any = "") -> Any:
        return (self.answers.get(page) or {}).get(field, default)

    def parked(self, page: str) -> Answers:
        """What was typed on a page that was left by "Kembali"."""
        return (self.answers.get("parked") or {}).get(page) or {}

    @cached_property
    def partners(self) -> list[Partner]:
        """The partners for whom this person may sign at every site, so at a new one too."""
        mine = PartnerPerson.objects.of(self.user).in_roles(SIGNING).for_all_sites().values("partner")
        return list(Partner.objects.filter(pk__in=mine).order_by("name", "pk"))

    @cached_property
    def partner(self) -> Partner | None:
        """The existing partner the site is for; None for a new one."""
        chosen = self.get("partner", "partner")
        return next((item for item in self.partners if str(item.public_id) == chosen), None)

    @property
    def kind(self) -> str:
        return self.partner.kind if self.partner else self.get("kind", "kind", PartnerKind.RESIDENT)

    @cached_property
    def area(self) -> Area | None:
        code = self.get("address", "area")
        return (
            Area.objects.select_related("parent").filter(code=code, level=AreaLevel.KELURAHAN).first()
            if code
            else None
        )

    @cached_property
    def level(self) -> Level | None:
        code = self.get("level", "level")
        return level(code) if code else None

    @property
    def rights(self) -> list[Right]:
        return rights_offered(self.level) if self.level else []

    @property
    def asks_hours(self) -> bool:
        return bool(set(self.rights) & IN_HOURS)

    @property
    def cameras(self) -> int:
        return int(self.get("count", "cameras", 0) or 0)

    @property
    def camera_choices(self) -> list[tuple[str, str]]:
        """The cameras a device may stand behind, as the device form offers them."""
        return [(str(n), self.get(f"camera-{n}", "label") or str(n)) for n in range(1, self.cameras + 1)]

    @property
    def listed(self) -> frozenset[int]:
        """The bodies (by row) that hold a consent `listed` already; none while enrolling."""
        return frozenset()

    @property
    def until(self) -> date:
        """The last day of the consents: as it was shown when they were ticked, else a year from today."""
        kept = self.get("consent", "until")
        return date.fromisoformat(kept) if kept else self.fresh_until

    @property
    def fresh_until(self) -> date:
        return timezone.localdate(self.now) + settings.CONSENT_LASTS

    def offered(self, until: date) -> list[ConsentChoice]:
        """Every box of the consent page, right by right; nothing is pre-ticked."""
        if not self.area:
            return []
        hours_from, hours_until = self.get("hours", "begin"), self.get("hours", "end")
        ends = end_of_day(until)
        return [
            ConsentChoice(
                right=right,
                recipient=body,
                valid_until=ends,
                hours_from=minutes_of(hours_from) if right in IN_HOURS and hours_from else None,
                hours_until=minutes_of(hours_until) if right in IN_HOURS and hours_until else None,
            )
            for right in self.rights
            for body in self.recipients
        ]

    @cached_property
    def ticked(self) -> list[ConsentChoice]:
        """The boxes that were ticked, in the order they stand."""
        return [choice for choice in self.offered(self.until) if self.get("consent", box(choice), False)]

    @property
    def consent_language(self) -> str:
        """The language in which the boxes were read."""
        return self.get("consent", "language") or self.language

    @cached_property
    def recipients(self) -> list[Organization]:
        return recipients_for(self.area) if self.area else []

    @cached_property
    def area_choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Every kelurahan under its kecamatan, as a select takes them."""
        return [
            (kecamatan, [(area.code, area.name) for area in areas]) for kecamatan, areas in kelurahan_by_kecamatan()
        ]

    @cached_property
    def asks_two(self) -> bool:
        """Whether the owner asks for two signatures here: then nothing holds before the second."""
        return self.partner is not None and SecondSignature.objects.over_all_of(self.partner).exists()

    @property
    def needs_device(self) -> bool:
        """Whether a device is asked for now: consent comes before any device."""
        return any(choice.right in NEEDS_DEVICE for choice in self.ticked) and not self.asks_two

    @property
    def has_secret(self) -> bool:
        return bool(self.enrolment and self.enrolment.sealed_password)

    @property
    def seen(self) -> str:
        """A hash of all answers, so that what is sent is what was read."""
        answers = {key: value for key, value in self.answers.items() if key != "parked"}
        sealed = self.enrolment.sealed_password if self.enrolment else ""
        return hashlib.sha256(canonical({"answers": answers, "sealed": sealed})).hexdigest()


def end_of_day(day: date) -> datetime:
    """The last second of a local day: until then a consent holds."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def box(choice: ConsentChoice) -> str:
    """The name of a box in the form."""
    return f"{choice.right}-{choice.recipient.public_id.hex}"


def digest_of(shown: list[ShownText]) -> str:
    """One hash over every text on the consent page, ticked or not."""
    return hashlib.sha256("\n\n".join(text.body for text in shown).encode()).hexdigest()
