"""What the owner is told: first of all, once when a camera goes down and once when it is back.

A wobbling line is not worth a letter each time: see `tell_owners`. The state in the app follows at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext, ngettext

from accounts.models import User
from health import words
from health.causes import Change, Verdict
from health.models import State, StatusInterval
from notices.models import Notice
from notices.services import in_language_of, tell
from registry.models import Camera, PersonRole, Site
from registry.models.people import PartnerPerson

OWNER_PAGE = "/mitra/"
DOWN, BACK = "health.down", "health.back"
_TOLD = frozenset({PersonRole.MANAGER, PersonRole.TECHNICIAN, PersonRole.CONTACT})


@dataclass(frozen=True, slots=True)
class _Story:
    """One device that went down or came back, with its cameras: one letter, however many channels it has."""

    site: Site
    labels: list[str]
    change: Change

    def key_of(self, user_id: int) -> str:
        """What a letter on this device to this person is found by."""
        return f"{self.change.device_id}:{self.site.pk}:{user_id}"

    @property
    def is_down(self) -> bool:
        return self.change.verdict.state == State.DOWN


def tell_owners(changes: Sequence[Change], now: datetime) -> None:
    """Tell everyone who looks after these cameras; other changes than down and back are only shown.

    A device that falls again and again is told of once in DOWN_LETTER_PAUSE, and that it is back only to whoever
    was told that it was down. What is held back is sent by `tell_held_back` if it lasts. Call inside the
    transaction that writes the intervals: the notice is there exactly if they are.
    """
    worth = [change for change in changes if State.DOWN in (change.verdict.state, change.before)]
    if worth:
        _tell_stories(_stories(worth), now)


def tell_held_back(now: datetime) -> None:
    """Tell of devices that are still down although their letter had to wait for an earlier one's pause to end."""
    lately = now - 2 * settings.DOWN_LETTER_PAUSE  # An older one has long been told of.
    down = StatusInterval.objects.open().filter(state=State.DOWN, since__gte=lately, camera__device__isnull=False)
    rows = down.values_list("camera_id", "camera__device_id", "cause", "since")
    changes = [
        Change(camera, device, State.DOWN, since, Verdict(State.DOWN, cause, since))
        for camera, device, cause, since in rows
    ]
    _tell_stories(_stories(changes), now)


def _tell_stories(stories: Sequence[_Story], now: datetime) -> None:
    people = _people_at([story.site for story in stories])
    sent = _letters_to({user.pk for users in people.values() for user in users}, stories)
    for story in stories:
        for user in people[story.site.pk]:
            if not _is_due(story, sent[story.key_of(user.pk)], now):
                continue
            with in_language_of(user):
                _tell(user, story, now)


def _is_due(story: _Story, letters: Sequence[tuple[str, datetime]], now: datetime) -> bool:
    """`letters` are those to this person on this device, (code, moment), the latest last."""
    if not story.is_down:
        return bool(letters) and letters[-1][0] == DOWN
    told_at = max((moment for code, moment in letters if code == DOWN), default=None)
    return told_at is None or (told_at < story.change.verdict.since and told_at <= now - settings.DOWN_LETTER_PAUSE)


def _letters_to(user_ids: set[int], stories: Sequence[_Story]) -> dict[str, list[tuple[str, datetime]]]:
    """The letters on these devices to these people, by `_Story.key_of`."""
    wanted = {story.key_of(user_id) for story in stories for user_id in user_ids}
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    rows = Notice.objects.filter(user__in=user_ids, code__in=(DOWN, BACK), once_key__isnull=False)
    for key, code, moment in rows.order_by("created_at", "pk").values_list("once_key", "code", "created_at"):
        _code, device, site, _since, user = key.split(":")
        if (short := f"{device}:{site}:{user}") in wanted:
            found[short].append((code, moment))
    return found


def _stories(changes: Sequence[Change]) -> list[_Story]:
    cameras = {
        camera.pk: camera
        for camera in Camera.objects.filter(pk__in=[change.camera_id for change in changes]).select_related("site")
    }
    grouped: dict[tuple[int, int, State], list[Change]] = defaultdict(list)
    for change in changes:
        grouped[change.device_id, cameras[change.camera_id].site_id, change.verdict.state].append(change)
    return [
        _Story(cameras[group[0].camera_id].site, [cameras[one.camera_id].label for one in group], group[0])
        for group in grouped.values()
    ]


def _people_at(sites: Sequence[Site]) -> dict[int, list[User]]:
    """By site: who looks after the cameras there. One query for all sites."""
    held = PartnerPerson.objects.at_any(sites).in_roles(_TOLD).filter(user__is_active=True).select_related("user")
    of_partner: dict[int, list[PartnerPerson]] = defaultdict(list)
    for row in held.order_by("user_id"):
        of_partner[row.partner_id].append(row)
    return {
        site.pk: list({row.user_id: row.user for row in of_partner[site.partner_id] if row.holds_at(site)}.values())
        for site in sites
    }


def _tell(user: User, story: _Story, now: datetime) -> None:
    count, change = len(story.labels), story.change
    names = ", ".join(story.labels)
    facts = {"names": names, "count": count, "address": story.site.address}
    if story.is_down:
        code = DOWN
        subject = ngettext("Kamera terputus: %(names)s", "%(count)d kamera terputus: %(names)s", count) % facts
        happened = gettext("%(names)s di %(address)s terputus sejak %(moment)s.") % {
            **facts,
            "moment": words.moment(change.verdict.since),
        }
        parts = [happened, words.sentence(State.DOWN, change.verdict.cause), _maintainer(story.site)]
    else:
        code = BACK
        subject = ngettext("Kamera kembali: %(names)s", "%(count)d kamera kembali: %(names)s", count) % facts
        parts = [
            gettext("%(names)s di %(address)s menjawab lagi sejak %(moment)s.")
            % {**facts, "moment": words.moment(change.verdict.since)}
        ]
        if change.verdict.cause:
            parts.append(words.sentence(change.verdict.state, change.verdict.cause))
    tell(
        user,
        code=code,
        subject=_short(subject),
        body="\n\n".join(parts),
        url=OWNER_PAGE,
        once_key=f"{code}:{change.device_id}:{story.site.pk}:{change.verdict.since.timestamp():.0f}:{user.pk}",
        now=now,
    )


def _maintainer(site: Site) -> str:
    phone = f" ({site.maintainer_phone})" if site.maintainer_phone else ""
    return gettext("Yang merawat kamera ini: %(name)s.") % {"name": site.maintainer_name + phone}


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
