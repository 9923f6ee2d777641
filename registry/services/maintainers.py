"""The named maintainer of a site, and the handover to the next one."""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from notices.services import in_language_of, tell
from registry.errors import AlreadyMaintains, HandoverDay
from registry.models import MaintainerHandover, Site
from registry.people import MANAGING
from registry.services.people import require_person

FURTHEST = timedelta(days=365)
_AT_ONCE = 200


@audit.atomic
def name_maintainer(
    *, site: Site, name: str, phone: str, from_on: date, by: User, now: datetime
) -> MaintainerHandover:
    """Name who looks after the cameras of a site from a day on: today, and it is so at once.

    By a manager of the site: NotYours for others. Raises HandoverDay for a day that is past or more than a year
    ahead, AlreadyMaintains for whoever does already. A plan that has not come true gives way to the new one. Who
    comes and who goes are told once, if the number on record is the confirmed one of an account.
    """
    require_person(by, site, MANAGING)
    today = timezone.localdate(now)
    if not today <= from_on <= today + FURTHEST:
        raise HandoverDay
    place = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    if (name, phone) == (place.maintainer_name, place.maintainer_phone):
        raise AlreadyMaintains
    _drop_planned(place, now)
    planned = MaintainerHandover.objects.create(
        site=place, name=name, phone=phone, from_on=from_on, named_by=by, named_at=now
    )
    audit.record(
        "site.maintainer_named",
        actor=by,
        target=place,
        texts={"name": name, "phone": phone},
        from_on=from_on.isoformat(),
    )
    _tell_both(planned, place, now)
    if from_on == today:
        _hand_over(planned, place, now)
    return planned


@audit.atomic
def drop_handover(*, site: Site, by: User, now: datetime) -> bool:
    """Let a plan that has not come true fall: whoever maintains goes on. False where there is none.

    By a manager of the site: NotYours for others. Who was to come is told that he is not, if he was told before.
    """
    require_person(by, site, MANAGING)
    place = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    dropped = _drop_planned(place, now)
    if dropped:
        audit.record("site.handover_dropped", actor=by, target=place)
    return dropped


def _drop_planned(site: Site, now: datetime) -> bool:
    """With the site locked."""
    plans = list(MaintainerHandover.objects.planned().filter(site=site))
    for planned in plans:
        who = _account(planned.phone)
        if who is not None:
            with in_language_of(who):
                words = _("Anda tidak jadi merawat kamera di %(address)s (%(partner)s) mulai %(day)s.")
                subject = _("Anda tidak jadi merawat kamera di %(address)s")
                _tell(who, planned, site, subject, words, now, "dropped")
        planned.delete()
    return bool(plans)


def hand_over_due(*, now: datetime) -> None:
    """Let the handovers come true whose day has come. Run twice it does nothing twice."""
    for planned in MaintainerHandover.objects.due(timezone.localdate(now)).order_by("from_on", "pk")[:_AT_ONCE]:
        _hand_over_planned(planned, now)


@audit.atomic
def _hand_over_planned(planned: MaintainerHandover, now: datetime) -> None:
    site = Site.objects.select_for_update(no_key=True).get(pk=planned.site_id)
    row = (
        MaintainerHandover.objects.planned().filter(pk=planned.pk).first()
    )  # It may have given way to another plan.
    if row is not None:
        _hand_over(row, site, now)


def _hand_over(planned: MaintainerHandover, site: Site, now: datetime) -> None:
    """With the site locked."""
    planned.before_name, planned.before_phone = site.maintainer_name, site.maintainer_phone
    planned.done_at = now
    planned.save(update_fields=["before_name", "before_phone", "done_at"])
    Site.objects.filter(pk=site.pk).update(maintainer_name=planned.name, maintainer_phone=planned.phone)
    audit.record("site.maintainer_changed", actor=planned.named_by, target=site, handover=str(planned.public_id))


def _tell_both(planned: MaintainerHandover, site: Site, now: datetime) -> None:
    comes, goes = _account(planned.phone), _account(site.maintainer_phone)
    if comes == goes:
        return  # The same person under another name.
    if comes is not None:
        with in_language_of(comes):
            words = _(
                "Mulai %(day)s Anda tercatat sebagai orang yang merawat kamera di %(address)s (%(partner)s). "
                "Pemilik menerima kabar bila kamera terputus, dan menghubungi Anda. Bila ini keliru, mohon hubungi "
                "pemilik."
            )
            _tell(comes, planned, site, _("Anda merawat kamera di %(address)s"), words, now)
    if goes is not None:
        with in_language_of(goes):
            words = _(
                "Mulai %(day)s orang lain merawat kamera di %(address)s (%(partner)s). Terima kasih sudah "
                "merawatnya."
            )
            _tell(goes, planned, site, _("Perawatan kamera di %(address)s diserahkan"), words, now)


def _tell(
    user: User,
    planned: MaintainerHandover,
    site: Site,
    subject: str,
    words: str,
    now: datetime,
    about: str = "planned",
) -> None:
    facts = {"address": site.address, "partner": site.partner, "day": date_format(planned.from_on, "j F Y")}
    tell(
        user,
        code="site.maintainer",
        subject=subject % facts,
        body=words % facts,
        url=reverse("desks:owner"),
        once_key=f"maintainer:{planned.public_id}:{user.pk}:{about}",
        now=now,
    )


def _account(phone: str) -> User | None:
    """Whoever proved that this number is his; a number that somebody only typed says nothing."""
    if not phone:
        return None
    return User.objects.filter(phone=phone, phone_verified_at__isnull=False, is_active=True).first()
