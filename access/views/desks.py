"""The three desks from which people look: the same pages under three addresses."""

from django.utils import timezone

from access.viewers import Viewer, viewing_duties
from accounts.duties import has_duty
from accounts.models import DutyKind, OrganizationKind

COMMAND, PRECINCT, OFFICER = "pusat-komando", "polsek", "petugas"


def desks_of(viewer: Viewer) -> list[str]:
    """The desks this person may sit at, his own first; empty without a viewing duty."""
    now = timezone.now()
    duties = viewing_duties(viewer.user, now)
    if not duties:
        return []
    desks = [PRECINCT]
    if any(duty.organization.kind == OrganizationKind.POLRES for duty in duties):
        desks.insert(0, COMMAND)
    if has_duty(viewer.user, now, DutyKind.VERIFIER):
        desks.insert(0, OFFICER)
    return desks


def desk_for(viewer: Viewer) -> str:
    """The desk to which links of this person lead."""
    return (desks_of(viewer) or [PRECINCT])[0]
