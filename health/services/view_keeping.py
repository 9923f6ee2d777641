"""What is kept of a camera's view, and what its pictures show.

A picture is judged by two references. The one of the day is the picture in which the officer saw the code on his
visit; as that shows the paper with the code too, the first later picture that surely shows the same view takes its
place, once. The one of the night is the first picture of a night that still lies on the day's edges: nobody marks
it, and where no night is that clear there is none, and a picture at night speaks only by what it shows by itself
and by a view that has plainly moved. Where the consent came after the visit, whose picture is gone by then, the
first picture that shows anything is the day's reference: a camera turned in between is not found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext

from health.causes import Cause
from health.models import CameraView, DaySource
from health.models.camera_view import CameraViewQuerySet
from health.pictures.judging import FINE, Finding, judge_picture, lies_on
from health.pictures.measures import shows_details
from health.pictures.sealing import DAY, LAST, NIGHT, PLACES, is_under_newest_key, opened, sealed
from health.pictures.small import NotSmall, Small, small_of_jpeg
from health.services import groups
from registry.models import Camera, Consent, Ending, Site
from registry.models.consents import ConsentQuerySet
from registry.rights import Right

NIGHT_FROM, NIGHT_UNTIL = time(18, 30), time(5, 0)
"""Dark in Jakarta the whole year round: the sun sets between 17.28 and 18.15 and rises between 5.25 and 6.06, and
twilight lasts some twenty minutes."""

DAY_FROM, DAY_UNTIL = time(6, 30), time(17, 0)

FROZEN_APART = timedelta(minutes=5)
"""Two pictures nearer than that may be one and the same frame, or the same task run twice."""

AT_ONCE = 500


@transaction.atomic
def keep_verified_view(*, camera: Camera, jpeg: bytes, now: datetime) -> bool:
    """The officer has verified this camera by this picture: its view is the reference from now on.

    Whatever was kept of an earlier view goes. False, and nothing is kept, without the consent, or where the picture
    is none or shows too little to know a view by.
    """
    CameraView.objects.filter(camera=camera).delete()
    if not _agreed(camera.site_id, now).exists():
        return False
    try:
        picture = small_of_jpeg(jpeg)
    except NotSmall:
        return False
    if not shows_details(picture):
        return False
    CameraView.objects.create(
        camera=camera, sealed_day=sealed(picture, camera, DAY), day_source=DaySource.VISIT, day_taken_at=now
    )
    return True


@transaction.atomic
def record_picture(*, camera: Camera, picture: Small, now: datetime) -> Finding | None:
    """Judge a fresh picture of a camera, keep it as the last one, and say what it means for the camera.

    Something wrong is the camera's cause only when a second picture, `PICTURE_AGAIN_AFTER` later and with no good
    one between, shows that too: until then the finding names it as suspected. None, and nothing is kept, where the
    consent has ended meanwhile.
    """
    # Held until the commit, so that no withdrawal passes by.
    if not list(_agreed(camera.site_id, now).order_by("pk").select_for_update(of=("self",))):
        return None
    view, _ = CameraView.objects.select_for_update(of=("self",)).get_or_create(camera=camera)
    view.camera = camera
    day, night, last = (opened(view, place) for place in PLACES)
    soon = min(FROZEN_APART, settings.PICTURE_AGAIN_AFTER)
    apart = view.last_taken_at is not None and now - view.last_taken_at >= soon
    finding = judge_picture(picture, [one for one in (day, night) if one is not None], last if apart else None)
    if last is None or apart:
        view.sealed_last, view.last_taken_at = sealed(picture, camera, LAST), now
    unsure = day is not None and night is None and _is_unsure_by_night(finding, now)
    if unsure or (view.found == Cause.FROZEN and not finding.cause and not apart):
        finding = _found_before(view)
    else:
        if not finding.cause:
            _learn(view, picture, day, night, now)
        _note(view, finding, now)
    view.save()
    if not finding.cause or view.confirmed_at:
        return finding
    return replace(finding, cause="", suspected=finding.cause)


def causes_of(camera_ids: Iterable[int]) -> dict[int, str]:
    """What is confirmed to be wrong with the pictures of these cameras; those with nothing are left out."""
    rows = CameraView.objects.at_fault().filter(camera__in=list(camera_ids))
    return dict(rows.values_list("camera_id", "found"))


def forget_unfounded(now: datetime) -> int:
    """Delete every picture whose camera is not verified any more or whose consent has ended; how many rows.

    The step of an ending does it for the record; this finds whatever else left one behind.
    """
    kept = CameraView.objects.founded(now).filter(pk=OuterRef("pk"))
    lost = CameraView.objects.filter(~Exists(kept)).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    return _forget(CameraView.objects.filter(pk__in=list(lost)), now)


def _forget(views: CameraViewQuerySet, now: datetime) -> int:
    """Delete them; what their pictures showed to be wrong is no longer said from the next check on."""
    told = list(views.at_fault().values_list("camera__device", flat=True))
    groups.leave([device for device in told if device is not None], now)
    return views.delete()[0]


def views_ahead(site: Site, consents: Sequence[Consent], now: datetime) -> list[str]:
    """What `erase_views` would do if these consents ended now."""
    if _agreed(site.pk, now).exclude(pk__in=[row.pk for row in consents]).exists():
        return []
    kept = CameraView.objects.filter(camera__site=site).exists()
    return [gettext("Gambar acuan untuk pemeriksaan kesehatan dihapus.")] if kept else []


def erase_views(ending: Ending, now: datetime) -> bool:
    """A step of what is owed after consents ended: without `health_snapshot` no picture of the site's views stays.

    Whoever judges one at this moment has locked the consent, so he is over or finds it ended.
    """
    if not _agreed(ending.site_id, now).exists():
        _forget(CameraView.objects.filter(camera__site=ending.site_id), now)
    return True


def reseal_views() -> tuple[int, int]:
    """Seal every kept picture with the newest key, for `manage.py rotate_keys`: how many anew, and none stuck, for
    one that does not open is worth nothing and goes."""
    done = last = 0
    while batch := list(
        CameraView.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    ):
        done += sum(_reseal_view(pk) for pk in batch)
        last = batch[-1]
    return done, 0


@transaction.atomic
def _reseal_view(pk: int) -> int:
    view = CameraView.objects.select_for_update(of=("self",)).select_related("camera").filter(pk=pk).first()
    if view is None:
        return 0
    old = [place for place in PLACES if not is_under_newest_key(getattr(view, f"sealed_{place}"))]
    for place in old:
        _put(view, place, opened(view, place))
    if old:
        view.save()
    return len(old)


def _put(view: CameraView, place: str, picture: Small | None) -> None:
    """The picture in its place, sealed anew; without one the place is empty."""
    setattr(view, f"sealed_{place}", "" if picture is None else sealed(picture, view.camera, place))
    if picture is None:
        setattr(view, f"{place}_taken_at", None)
        if place == DAY:
            view.day_source = ""


def _agreed(site_id: int, now: datetime) -> ConsentQuerySet:
    """The consents in force on which all of this rests."""
    return Consent.objects.in_force(now).filter(site=site_id, right=Right.HEALTH_SNAPSHOT)


def _is_unsure_by_night(finding: Finding, now: datetime) -> bool:
    """Without a reference of the night, a night that merely looks unlike the day proves nothing, nor that what was
    found by day is over."""
    return finding.measured in {"match", "details_lost"} and not _is_day(now)


def _learn(view: CameraView, picture: Small, day: Small | None, night: Small | None, now: datetime) -> None:
    """Let a good picture become a reference, each at most once."""
    if not shows_details(picture):
        return
    if _is_day(now):
        if day is None:
            view.day_source, view.day_taken_at = DaySource.FIRST, now
            view.sealed_day = sealed(picture, view.camera, DAY)
        elif view.day_source == DaySource.VISIT and lies_on(picture, day):
            view.day_source, view.day_taken_at = DaySource.MATCHED, now
            view.sealed_day = sealed(picture, view.camera, DAY)
    elif _is_night(now) and night is None and day is not None and lies_on(picture, day):
        view.sealed_night, view.night_taken_at = sealed(picture, view.camera, NIGHT), now


def _found_before(view: CameraView) -> Finding:
    """What stands, where a picture neither shows it again nor that it is over."""
    return Finding(view.found, view.measured, view.measure or 0.0, view.threshold or 0.0) if view.found else FINE


def _note(view: CameraView, finding: Finding, now: datetime) -> None:
    if not finding.cause:
        view.found, view.measured = "", ""
        view.found_since = view.confirmed_at = view.measure = view.threshold = None
        return
    if view.found_since is None:
        view.found_since = now
    elif view.confirmed_at is None and now - view.found_since >= settings.PICTURE_AGAIN_AFTER:
        view.confirmed_at = now
    view.found, view.measured = finding.cause, finding.measured
    view.measure, view.threshold = finding.measure, finding.threshold


def _is_day(now: datetime) -> bool:
    return DAY_FROM <= timezone.localtime(now).time() < DAY_UNTIL


def _is_night(now: datetime) -> bool:
    local = timezone.localtime(now).time()
    return local >= NIGHT_FROM or local < NIGHT_UNTIL
