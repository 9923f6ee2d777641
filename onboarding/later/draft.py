"""A place on record, read as the enrolment's forms read a draft."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from accounts.models import Organization
from onboarding.enrolment.draft import Answers, Draft, end_of_day
from registry.models import Area, Camera, Consent, Partner, SecondSignature, Site
from registry.queries import recipients_for
from registry.renewals import up_for_renewal
from registry.rights import LEVELS, NEEDS_DEVICE, Right
from registry.services import ConsentChoice
from registry.wording import Wording, clock


@dataclass(kw_only=True)
class SiteDraft(Draft):
    """What is in force at the site, and the answers of this visit; nothing is stored until it is signed."""

    site: Site
    given: Answers = field(default_factory=dict)

    @property
    def answers(self) -> Answers:
        return self.given

    @property
    def place(self) -> Site:
        return self.site

    @property
    def area(self) -> Area:
        return self.site.area

    @property
    def partner(self) -> Partner:
        return self.site.partner

    @cached_property
    def asks_two(self) -> bool:
        return SecondSignature.objects.over(self.site).exists()

    @cached_property
    def standing(self) -> list[Consent]:
        """The consents in force, from the least right to the most."""
        found = Consent.objects.in_force(self.now).filter(site=self.site).select_related("recipient", "text")
        return sorted(found, key=lambda row: (Right.values.index(row.right), row.recipient.name))

    @property
    def listed(self) -> frozenset[int]:
        return frozenset(row.recipient_id for row in self.standing if row.right == Right.LISTED)

    @property
    def level_now(self) -> int:
        """The lowest of the four levels that holds everything in force, counted from 1; 0 with nothing in force."""
        rights = {row.right for row in self.standing} - {Right.HEALTH_SNAPSHOT}
        if not rights:
            return 0
        return next(n for n, level in enumerate(LEVELS, 1) if rights <= set(level.rights))

    @property
    def hours_now(self) -> Answers:
        """The hours of a consent in force, as the hours form takes them."""
        row = next((row for row in self.standing if row.hours_from is not None), None)
        if row is None or row.hours_from is None or row.hours_until is None:
            return {}
        return {"begin": clock(row.hours_from), "end": clock(row.hours_until)}

    @cached_property
    def without_device(self) -> list[Camera]:
        """The listed cameras behind which no device stands."""
        return list(Camera.objects.listed().filter(site=self.site, device__isnull=True))

    @property
    def cameras(self) -> int:
        return len(self.without_device)

    @property
    def camera_choices(self) -> list[tuple[str, str]]:
        """By id, not by place in the list: the list may change in another tab."""
        return [(str(camera.public_id), camera.label) for camera in self.without_device]

    @property
    def device_due(self) -> bool:
        """Whether a consent in force needs a device and a camera has none."""
        return any(row.right in NEEDS_DEVICE for row in self.standing) and bool(self.without_device)

    def standing_for(self, choice: ConsentChoice) -> Consent | None:
        """What is in force for the same right and recipient."""
        return next(
            (row for row in self.standing if row.right == choice.right and row.recipient_id == choice.recipient.pk),
            None,
        )

    def offered(self, until: date) -> list[ConsentChoice]:
        """A box only where signing would change something: nothing is in force, or other hours, days or words."""
        return [choice for choice in super().offered(until) if not self.says_the_same(choice)]

    def says_the_same(self, choice: ConsentChoice) -> bool:
        """Whether what is in force already says all that the choice would."""
        return says_the_same(choice, self.standing_for(choice), self.wording)

    @cached_property
    def recipients(self) -> list[Organization]:
        return recipients_for(self.site.area)


@dataclass(kw_only=True)
class RenewalDraft(SiteDraft):
    """The consents in force that end soon or rest on older words, each as it would be signed anew: the same right,
    recipient and hours, for a year from today and in the words in force."""

    @cached_property
    def due(self) -> list[Consent]:
        return up_for_renewal(self.standing, self.wording.version, self.now)

    @property
    def listed(self) -> frozenset[int]:
        """A body whose `listed` is to be renewed here can be given nothing else without it."""
        due = {row.recipient_id for row in self.due if row.right == Right.LISTED}
        return super().listed - due

    def offered(self, until: date) -> list[ConsentChoice]:
        ends = end_of_day(until)
        named = {body.pk: body for body in self.recipients}
        return [
            ConsentChoice(Right(row.right), named[row.recipient_id], ends, row.hours_from, row.hours_until)
            for row in self.due
            if row.recipient_id in named and row.valid_until <= ends
        ]


def says_the_same(choice: ConsentChoice, consent: Consent | None, wording: Wording) -> bool:
    """Whether this consent in force already says all that the choice would, in these words."""
    return (
        consent is not None
        and consent.text.version == wording.version
        and (consent.hours_from, consent.hours_until) == (choice.hours_from, choice.hours_until)
        and consent.valid_until >= choice.valid_until
    )
