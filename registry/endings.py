"""What is owed after consents ended, step by step, and how an owner reads it.

A step is a code, a sentence, and a function that does it. The registry has its own (the device, who is told); an
upper app that keeps something which rests on a consent adds a step in its AppConfig.ready by `owes`, as it would
subscribe to news, and the registry never knows whose it is. The row `Ending` is the record of what is owed: a step
is asked for again until it says that it is done, so it must do no harm when it comes twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.areas import within
from accounts.models import User
from registry.models import Consent, Ending, EndingStep, Site
from registry.models.endings import EndingQuerySet
from registry.networks import attaching_bodies
from registry.rights import NEEDS_DEVICE, Right

STOPPED = _("Akses dihentikan; tidak seorang pun dapat melihat atas persetujuan ini")


Foretelling = Callable[[Site, Sequence[Consent], datetime], list[str]]


@dataclass(frozen=True)
class Step:
    """One thing that is owed. `act(ending, now)` says whether it is done; what it says it has done is never asked
    for again. `ahead(site, consents, now)` says in sentences what it would do if these ended now, for the owner who
    is about to end them."""

    code: str
    words: str | Promise
    act: Callable[[Ending, datetime], bool]
    ahead: Foretelling | None = None


@dataclass(frozen=True)
class Mark:
    """One line of the time line; nothing in `at` while it is owed."""

    words: str | Promise
    at: datetime | None


_of_upper_apps: dict[str, Step] = {}


def owes(
    code: str,
    words: str | Promise,
    act: Callable[[Ending, datetime], bool],
    ahead: Foretelling | None = None,
) -> None:
    """Add a step to every ending from now on."""
    _of_upper_apps[code] = Step(code, words, act, ahead)


def further_steps() -> list[Step]:
    """The steps that upper apps added."""
    return list(_of_upper_apps.values())


def pictures_are_due(site: Site, now: datetime, *, without: Iterable[Consent] = ()) -> bool:
    """Whether nothing in force at the site (once those `without` have ended) needs a device any more: its address,
    its secret and every picture that was taken of it then rest on no consent."""
    needing = Consent.objects.in_force(now).filter(site=site, right__in=NEEDS_DEVICE)
    return not needing.exclude(pk__in=[row.pk for row in without]).exists()


def leaves_register(standing: Sequence[Consent], ended: Sequence[Consent]) -> bool:
    """Whether a site whose consents these are is on the register no longer once some of them have ended."""
    gone = {row.pk for row in ended}
    return not any(row.right == Right.LISTED and row.pk not in gone for row in standing)


def time_line(ending: Ending, steps: Iterable[Step], done: Iterable[EndingStep]) -> list[Mark]:
    """What acted at once, then each step with the moment it was done."""
    moments = {step.code: step.done_at for step in done}
    return [Mark(STOPPED, ending.began_at), *(Mark(step.words, moments.get(step.code)) for step in steps)]


def endings_kept_by(user: User, now: datetime) -> EndingQuerySet:
    """What is owed in the area of the Polres for which this person is administrator; of vital objects nothing."""
    reached = Q(pk__in=[])
    for body in attaching_bodies(user, now):
        reached |= within(body.area_code, "site__area__code")
    return Ending.objects.filter(reached, site__vital=False)
