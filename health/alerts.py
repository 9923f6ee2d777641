"""What the owner is told: first of all, once when a camera goes down and once when it is back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts.models import User
from health import words
from health.causes import Change
from health.models import State
from notices.services import tell
from registry.models import Camera, PartnerPerson, PersonRole, Site

OWNER_PAGE = "/mitra/"
_TOLD = frozenset({PersonRole.MANAGER, PersonRole.TECHNICIAN, PersonRole.CONTACT})


@dataclass(frozen=True, slots=True)
class _Story:
    """One device that went down or came back, with its cameras: one letter, however many channels it has."""

    site: Site
    labels: list[str]
    change: Change

    @property
    def is_down(self) -> bool:
        return self.change.verdict.state == State.DOWN


def tell_owners(changes: Sequence[Change], now: datetime) -> None:
    """Tell everyone who looks after these cameras; other changes than down and back are only shown.

    Call inside the transaction that writes the intervals: the notice is there exactly if they are.
    """
    worth = [change for change in changes if State.DOWN in (change.verdict.state, change.before)]
    if not worth:
        return
    stories = _stories(worth)
    people = _people_of({story.site.partner_id for story in stories})
    for story in stories:
        for user in people[story.site.partner_id]:
            with translation.override(user.language or "id"):
                _tell(user, story, now)


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


def _people_of(partner_ids: Iterable[int]) -> dict[int, list[User]]:
    found: dict[int, dict[int, User]] = defaultdict(dict)
    rows = PartnerPerson.objects.filter(
        partner__in=partner_ids, role__in=_TOLD, user__is_active=True
    ).select_related("user")
    for row in rows:
        found[row.partner_id][row.user_id] = row.user
    return defaultdict(list, {partner: list(users.values()) for partner, users in found.items()})


def _tell(user: User, story: _Story, now: datetime) -> None:
    count, change = len(story.labels), story.change
    names = ", ".join(story.labels)
    facts = {"names": names, "count": count, "address": story.site.address}
    if story.is_down:
        code = "health.down"
        subject = ngettext("Kamera terputus: %(names)s", "%(count)d kamera terputus: %(names)s", count) % facts
        happened = gettext("%(names)s di %(address)s terputus sejak %(moment)s.") % {
            **facts,
            "moment": words.moment(change.verdict.since),
        }
        parts = [happened, words.sentence(State.DOWN, change.verdict.cause), _maintainer(story.site)]
    else:
        code = "health.back"
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
