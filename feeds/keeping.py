"""Saving a still: an act of its own, beside looking. The owner reads it in Buku Tamu, and it has a last day."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

import audit
from access.models import Look
from access.rule import person_refused
from access.services import hold_consents, require_running_look
from access.shown import cases_of
from access.viewers import Viewer
from feeds import store
from feeds.errors import KeptTooLong, NotKept
from feeds.models import SavedStill, SavedStillQuerySet
from feeds.services import still_for
from registry.models import Consent, Ending, Site
from registry.models.cameras import HELD_UNTIL
from registry.rights import ANSWERED_BY, NEEDS_DEVICE, AccessRight

WRITING_TAKES = timedelta(minutes=10)  # Longer than any file is being written.
DELETED_AT_ONCE = 200

log = structlog.get_logger(__name__)


def longest_kept(look: Look) -> timedelta:
    """How long a still of this look may be kept: longer where the look rests on a case."""
    return max(settings.STILL_KEPT_FOR_A_CASE, settings.STILL_KEPT) if look.for_case else settings.STILL_KEPT


def save_still(*, look: Look, viewer: Viewer, kept_for: timedelta, now: datetime) -> SavedStill:
    """Take one more still of a running look, watermarked like every other, and keep it for so long.

    The decision is asked before the camera is, before the picture leaves it, and once more as the row is written.
    Row and audit entry are committed before the file is, and until the file is whole nobody can fetch it. Raises
    LookRefused, CameraSilent, KeptTooLong, and NotKept where the storage did not take the file.
    """
    if not timedelta(0) < kept_for <= longest_kept(look):
        raise KeptTooLong
    jpeg = still_for(look, viewer, now)
    saved = _note_saved(look, viewer, jpeg, kept_for, timezone.now())
    try:
        store.write_whole(saved.file.name, jpeg)
        stored = _note_stored(saved, timezone.now())
    except Exception:  # Whatever the storage raises: nothing of it stays, and the tick takes what cannot go now.
        log.exception("feeds.still_not_stored", still=str(saved.public_id))
        stored = False
    if not stored:
        with suppress(Exception):
            delete_still(still=saved, how="not_stored", now=timezone.now())
        raise NotKept
    return saved


@audit.atomic
def _note_saved(look: Look, viewer: Viewer, jpeg: bytes, kept_for: timedelta, now: datetime) -> SavedStill:
    hold_consents(viewer, look.camera)
    require_running_look(look=look, viewer=viewer, now=now)
    public_id = uuid4()
    saved = SavedStill.objects.create(
        public_id=public_id,
        look=look,
        sha256=sha256(jpeg).hexdigest(),
        size_bytes=len(jpeg),
        file=f"stills/{now:%Y/%m}/{public_id}.jpg",
        saved_at=now,
        delete_at=now + kept_for,
    )
    audit.record(
        "look.still_saved",
        actor=viewer.user,
        target=saved,
        look=str(look.public_id),
        camera=str(look.camera.public_id),
        sha256=saved.sha256,
        size_bytes=saved.size_bytes,
        delete_at=saved.delete_at,
        case=str(look.case.public_id) if look.case else None,
    )
    return saved


@audit.atomic
def _note_stored(saved: SavedStill, now: datetime) -> bool:
    """False if it was deleted meanwhile, because its consent ended."""
    won = SavedStill.objects.filter(pk=saved.pk, deleted_at__isnull=True).update(stored_at=now)
    if won:
        Look.objects.filter(pk=saved.look_id).update(stills_saved=F("stills_saved") + 1)
        saved.stored_at = now
    return bool(won)


def readable_stills(viewer: Viewer, now: datetime) -> SavedStillQuerySet:
    """The saved stills that this viewer may fetch: of his own looks, or those that rest on a case of his, for the
    body of his duty.

    Those of vital objects only whoever saved them. Without a case one is closed the moment no consent to stills
    stands any more, though its file is deleted a little later (`erase_of_ending`), and as long as its owner has
    restricted the processing of his data.
    """
    if person_refused(viewer, now):
        return SavedStill.objects.none()
    assert viewer.duty is not None  # noqa: S101  (said by person_refused)
    mine = Q(look__viewer=viewer.user)
    body = viewer.duty.organization
    of_case = Q(
        look__for_case=True, look__case__in=cases_of(viewer.user, now).values("pk"), look__camera__site__vital=False
    )
    agreed = Consent.objects.in_force(now).filter(recipient=body, right__in=ANSWERED_BY[AccessRight.VIEW_STILL])
    held = Q(look__camera__paused_until=HELD_UNTIL)
    stands = Q(look__for_case=True) | (Q(look__camera__site__in=agreed.order_by().values("site")) & ~held)
    return SavedStill.objects.there().filter(mine | of_case, stands, look__organization=body)


@audit.atomic
def fetch_still(*, still: SavedStill, viewer: Viewer, now: datetime) -> bytes:
    """The picture as it was saved; that it was fetched is on the trail before it leaves.

    Raises NotKept where the file is gone or is not what was saved.
    """
    if not readable_stills(viewer, now).filter(pk=still.pk).exists():
        raise NotKept
    try:
        jpeg = store.read(still.file.name)
    except FileNotFoundError:
        raise NotKept from None
    if sha256(jpeg).hexdigest() != still.sha256:
        log.error("feeds.still_altered", still=str(still.public_id))
        raise NotKept
    audit.record("still.fetched", actor=viewer.user, target=still, look=str(still.look.public_id))
    return jpeg


def delete_due_stills(*, now: datetime) -> int:
    """Delete the stills whose time is over, and what a dead writer left; how many.

    A file that the storage would not delete stays owed.
    """
    due = SavedStill.objects.due(now, writing_takes=WRITING_TAKES).select_related("look")
    deleted = 0
    for still in due.order_by("delete_at", "pk")[:DELETED_AT_ONCE]:
        try:
            deleted += delete_still(still=still, how="due" if still.stored_at else "not_stored", now=now)
        except Exception:  # Whatever the storage raises: the others are deleted all the same.
            log.exception("feeds.still_not_deleted", still=str(still.public_id))
    return deleted


def delete_still(*, still: SavedStill, how: str, now: datetime) -> bool:
    """Delete the file, then note it; twice does no harm. False if it was noted before.

    Raises whatever the storage does.
    """
    store.remove(still.file.name)
    return _note_deleted(still, how, now)


@audit.atomic
def _note_deleted(still: SavedStill, how: str, now: datetime) -> bool:
    if not SavedStill.objects.filter(pk=still.pk, deleted_at__isnull=True).update(deleted_at=now):
        return False
    audit.record("still.deleted", actor=None, target=still, how=how, look=str(still.look.public_id))
    return True


def saved_under(site: Site, consents: Iterable[Consent], now: datetime) -> SavedStillQuerySet:
    """The stills not yet deleted of the bodies that keep no consent to stills at the site once these have ended,
    those that rest on a case among them."""
    ending = list(consents)
    staying = Consent.objects.in_force(now).filter(site=site, right__in=ANSWERED_BY[AccessRight.VIEW_STILL])
    staying = staying.exclude(pk__in=[row.pk for row in ending])
    bodies = {row.recipient_id for row in ending if row.right in NEEDS_DEVICE}
    bodies -= set(staying.values_list("recipient", flat=True))
    return SavedStill.objects.filter(
        look__camera__site=site, look__organization__in=bodies, deleted_at__isnull=True
    )


def erase_of_ending(ending: Ending, now: datetime) -> bool:
    """A step of what is owed after consents ended: delete what was saved under them. Whether it is done.

    What was saved in a look that rests on a case is evidence and is kept until its own date (UU 27/2022 art. 15),
    and so is what still rests on a consent to the same body.
    """
    saved = saved_under(ending.site, ending.consents.all(), now)
    orphaned = saved.filter(look__for_case=False, saved_at__lte=ending.began_at)
    for still in orphaned.select_related("look")[:DELETED_AT_ONCE]:
        delete_still(still=still, how="consent_ended", now=now)
    return not orphaned.exists()
