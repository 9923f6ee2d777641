"""The closed list of reasons: administrators at the top edit it. Nothing on it is ever deleted."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

import audit
from access.errors import ReasonKnown, ReasonTooVague
from access.models import Look, Reason
from accounts.duties import duties_in_force
from accounts.errors import NoDuty
from accounts.models import DutyKind, User
from accounts.organizations import is_top

CODE_LETTERS = 30
# Words that name what the police do all day, in both languages, and what pads them: none says why this camera, now.
_EVERY_DAY = """
    penyelidikan penyidikan lidik sidik patroli monitoring monitor pemantauan pantau pantauan pengawasan
    pengecekan cek pemeriksaan periksa pengamatan melihat lihat tugas dinas kedinasan kepentingan keperluan kegiatan
    operasi operasional giat rutin harian biasa umum khusus keamanan kamtibmas polisi kepolisian kamera cctv situasi
    kasus perkara kejadian wilayah lokasi pagi siang sore malam lain lainnya
    dan atau untuk dalam rangka guna pada di ke yang
    investigation investigating patrol patrolling surveillance watching looking checking check duty duties work
    official police routine daily general security operation operations activity activities camera case cases
    incident area place day night other others and or for the a an of on in
"""
SAYS_NOTHING = frozenset(_EVERY_DAY.split())
_DIGITS_AS_LETTERS = str.maketrans("013457", "oieast")  # "patr0li" is read as it is meant.
_SPACED = re.compile(r"\b[^\W\d](?: [^\W\d])+\b")


def may_edit_reasons(user: User, now: datetime) -> bool:
    """Whether the person is an administrator of the Polres at the top."""
    duties = duties_in_force(user, now).filter(kind=DutyKind.ADMINISTRATOR)
    return any(is_top(duty.organization) for duty in duties)


@audit.atomic
def add_reason(*, words: str, words_en: str, needs_case: bool, by: User, now: datetime) -> Reason:
    """Put a reason on the list. Raises NoDuty, ReasonTooVague, and ReasonKnown for words that stand on it."""
    _require_editor(by, now)
    words, words_en = _checked(words, words_en)
    reason = _new(words, words_en, needs_case)
    audit.record(
        "reason.added",
        actor=by,
        target=reason,
        code=reason.code,
        needs_case=needs_case,
        texts={"words": words, "words_en": words_en},
    )
    return reason


@audit.atomic
def change_reason(
    *, reason: Reason, words: str, words_en: str, needs_case: bool, active: bool, by: User, now: datetime
) -> Reason:
    """Change a reason, or switch it off; the reason that stands on the list now.

    Other Indonesian words for one that somebody has looked under make a new entry and switch the old one off: what
    owners have read in Buku Tamu stays as they read it. Raises NoDuty, ReasonTooVague and ReasonKnown.
    """
    _require_editor(by, now)
    kept = Reason.objects.select_for_update().get(pk=reason.pk)
    words, words_en = _checked(words, words_en)
    old = {"old_words": kept.words, "old_words_en": kept.words_en}
    stands = kept
    if words != kept.words and Look.objects.filter(reason=kept).exists():
        kept.active = False
        kept.save(update_fields=["active"])
        if active:
            stands = _new(words, words_en, needs_case)
    else:
        kept.words, kept.words_en, kept.needs_case, kept.active = words, words_en, needs_case, active
        _save_once(kept)
    audit.record(
        "reason.changed",
        actor=by,
        target=kept,
        code=kept.code,
        active=kept.active,
        needs_case=stands.needs_case,
        follows=stands.code if stands != kept else None,
        texts={**old, "words": words, "words_en": words_en},
    )
    return stands


def _require_editor(by: User, now: datetime) -> None:
    if not may_edit_reasons(by, now):
        raise NoDuty


def _checked(words: str, words_en: str) -> tuple[str, str]:
    """Both with single spaces; raises ReasonTooVague."""
    words, words_en = " ".join(words.split()), " ".join(words_en.split())
    if says_nothing(words) or (words_en and says_nothing(words_en)):
        raise ReasonTooVague
    return words, words_en


def says_nothing(words: str) -> bool:
    """Whether these words would fit every look, so that whoever reads them learns nothing."""
    found = re.findall(r"[^\W_]+", words.lower())
    plain = " ".join(word if word.isdigit() else word.translate(_DIGITS_AS_LETTERS) for word in found)
    if all(len(word) == 1 for word in plain.split()):
        return True
    closed = _SPACED.sub(lambda letters: letters[0].replace(" ", ""), plain)
    return all(len(word) == 1 or word.isdigit() or _is_such_words(word) for word in closed.split())


def _is_such_words(letters: str) -> bool:
    """Whether these letters are one such word, or several run together, as after "p a t r o l i" was closed up."""
    reached = {0}
    for at in range(len(letters)):
        if at in reached:
            reached |= {at + len(word) for word in SAYS_NOTHING if letters.startswith(word, at)}
    return len(letters) in reached


def _new(words: str, words_en: str, needs_case: bool) -> Reason:
    reason = Reason(code=_free_code(words), words=words, words_en=words_en, needs_case=needs_case)
    _save_once(reason)
    return reason


def _save_once(reason: Reason) -> None:
    """Save it; two people may write the same words at once, and the database lets one win."""
    try:
        with transaction.atomic():
            reason.save()
    except IntegrityError:
        raise ReasonKnown from None


def _free_code(words: str) -> str:
    """A code of the words, numbered where it is taken."""
    stem = slugify(words).replace("-", "_")[: CODE_LETTERS - 4].rstrip("_") or "alasan"
    taken = set(Reason.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if code not in taken)
