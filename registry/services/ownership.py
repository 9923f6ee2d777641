"""A place changes hands: every consent there ends at once, and none of it passes to whoever comes next."""

from datetime import datetime

from django.utils.translation import gettext as _

import audit
from accounts.models import User
from registry.errors import NoteNeeded, NotYours
from registry.models import Consent, EndingCause, Site
from registry.ownership import sites_to_note
from registry.people import SIGNING, acts_for
from registry.services.consents import end_all
from registry.services.lapses import tell_signers


@audit.atomic
def end_ownership(*, site: Site, by: User, now: datetime, note: str = "") -> list[Consent]:
    """This place is no longer its owner's: all its consents end at once and its cameras leave the register.

    The owner says so himself, or an officer or administrator notes it (`sites_to_note`) and how he knows of it, and
    the owner is told at once: NotYours for everybody else. Who owns the place next enrols afresh; the history
    of who looked stays the old owner's. Raises AlreadyWithdrawn where nothing was left to end.
    """
    own = acts_for(by, site, SIGNING)
    if not own and not sites_to_note(by, now).filter(pk=site.pk).exists():
        raise NotYours
    if not own and not note.strip():
        raise NoteNeeded
    ended = end_all(site, by, now, EndingCause.OWNER_CHANGED)
    audit.record(
        "site.owner_changed", actor=by, target=site, texts={"note": note} if note else None, said_by_owner=own
    )
    if not own:
        _tell(site, now)
    return ended


def _tell(site: Site, now: datetime) -> None:
    def words() -> tuple[str, str]:
        body = _(
            "Petugas mencatat bahwa %(place)s bukan milik Anda lagi. Semua persetujuan Anda di sana berakhir "
            "seketika dan kameranya tidak lagi terdata. Bila ini keliru, daftarkan tempat itu kembali "
            "dan beri tahu Polsek."
        )
        return _("Tempat Anda dicatat berganti pemilik"), body % {"place": site.address}

    tell_signers(site, "site.owner_changed", words, key=f"moved:{now:%Y%m%d%H%M}", now=now)
