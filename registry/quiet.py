"""Which letters wait for the morning: those about the homes of residents."""

from datetime import datetime

from notices.quiet import loud_from
from registry.models import PartnerKind, Site


def wants_quiet(site: Site) -> bool:
    """Whether letters about this site wait for the morning. Expects `site.partner` to be loaded."""
    return site.partner.kind == PartnerKind.RESIDENT


def letters_leave(site: Site, now: datetime) -> datetime:
    """From when on a letter about this site may leave that is written now."""
    return loud_from(now) if wants_quiet(site) else now
