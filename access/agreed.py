"""Whether a consent answers at a camera, as a condition on cameras that is written out.

Put together from parts of the ORM it would take longer than the rest of a list does. What is written here consists
of the product's own words and of numbers; nothing that somebody typed comes near it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, F, Func, Value
from django.db.models.sql.compiler import SQLCompiler

from access.scopes import CONSENT_IN_FORCE
from accounts.models import Organization
from registry.rights import Purpose, Right

#: What the camera needs, in the words of an answer.
CONNECTED, STICKERED = "{connected} IS NOT NULL", "{stickered} IS NOT NULL"


class AgreedHere(Func):
    """Whether a consent `c` in force to the organization stands at the camera and is one of these answers.

    An answer is SQL over `c`; it may say `CONNECTED` and `STICKERED` of the camera.
    """

    def __init__(self, answers: Iterable[str], organization: Organization, now: datetime) -> None:
        super().__init__(
            F("site_id"),
            F("connected_at"),
            F("stickered_at"),
            Value(now, DateTimeField()),
            output_field=BooleanField(),
        )
        self.answers = " OR ".join(f"({answer})" for answer in answers)
        self.body = organization.pk

    def as_sql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:  # type: ignore[override]
        """The condition, and the moment as often as it is asked for."""
        parts = [compiler.compile(part) for part in self.get_source_expressions()]
        (site, _), (connected, _), (stickered, _), (now, moment) = parts
        in_force = CONSENT_IN_FORCE % {"body": self.body, "now": now}
        answers = self.answers.format(connected=connected, stickered=stickered)
        agreed = f"SELECT 1 FROM registry_consent c WHERE c.site_id = {site} AND {in_force} AND ({answers})"  # noqa: S608  # nosec B608
        return f"EXISTS ({agreed})", [*moment, *moment]


def words(values: Iterable[Right | Purpose]) -> str:
    """A list of the product's own words."""
    return "(" + ", ".join(f"'{value.value}'" for value in sorted(values)) + ")"


def numbers(values: Iterable[int]) -> str:
    """A list of keys; that of nothing holds none."""
    return "(" + (", ".join(f"{value:d}" for value in sorted(values)) or "NULL") + ")"


def hours_hold(minute: int) -> str:
    """`Consent.holds_at_minute`. Hours over midnight can't pass its first half, which therefore need not ask for
    them: what a database can't estimate, it plans badly for."""
    by_day = f"c.hours_from <= {minute:d} AND c.hours_until > {minute:d}"
    over_midnight = f"c.hours_from > c.hours_until AND (c.hours_from <= {minute:d} OR c.hours_until > {minute:d})"
    return f"({by_day} OR {over_midnight})"
