"""What the law gives a data subject: which right rests on which article, and how long the answer may take.

UU 27/2022 (Pelindungan Data Pribadi). Counsel must confirm the wording before it is relied on.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: "3 x 24 (tiga kali dua puluh empat) jam": art. 30, 32, 40, 41 and 46.
CLOCK = timedelta(hours=3 * 24)


class Kind(models.TextChoices):
    """What a person may ask for."""

    COPY = "copy", _("Unduh data saya")
    CORRECT = "correct", _("Betulkan data")
    RESTRICT = "restrict", _("Batasi pemrosesan")
    ERASE = "erase", _("Hapus data")


@dataclass(frozen=True)
class Rule:
    """The articles a right rests on, and by when it is answered. `promised`: the law says "segera" or names no
    hours for it, and the clock is the one we bind ourselves to."""

    articles: str | Promise
    lasts: timedelta = CLOCK
    promised: bool = False


RULES: dict[Kind, Rule] = {
    Kind.COPY: Rule(_("pasal 7 dan 32")),
    Kind.CORRECT: Rule(_("pasal 6 dan 30")),
    Kind.RESTRICT: Rule(_("pasal 11 dan 41")),
    # Art. 43 names no hours for erasing; ending the processing itself has 3×24 hours by art. 40.
    Kind.ERASE: Rule(_("pasal 8, 40, dan 43"), promised=True),
}

#: Telling the subjects and the authority of a breach, counted from when it is known: art. 46 (1).
BREACH_TOLD_WITHIN = CLOCK
