"""Counting: once a day the stages, once a month the withdrawals. What was counted stays."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from conduct.months import month_of, span_of
from health.models import State, StatusInterval
from registry.models import Area, AreaLevel, Camera, Consent
from transparency.models import AreaStageCount, Stage, WithdrawalCount
from transparency.months import last_month


def count_what_is_due(now: datetime) -> None:
    """Write today's counts of stages and last month's of withdrawals, where they are not written yet.

    Two workers at once do no harm: of two rows for the same day and place one is kept, and none is ever changed.
    """
    today = timezone.localtime(now).date()
    if not AreaStageCount.objects.filter(counted_on=today).exists():
        _count_stages(today, now)
    month = last_month(month_of(now))
    if not WithdrawalCount.objects.filter(month=month).exists():
        _count_withdrawals(month)


@transaction.atomic
def _count_stages(today: date, now: datetime) -> None:
    rows = {}
    for stage, cameras in cameras_in_stages(now).items():
        counted = cameras.values(code=F("site__area__parent__code")).annotate(
            cameras=Count("pk", distinct=True), owners=Count("site__partner", distinct=True)
        )
        for row in counted.order_by():
            rows[stage, row["code"]] = row["cameras"], row["owners"]
    AreaStageCount.objects.bulk_create(
        [
            AreaStageCount(area=area, stage=stage, counted_on=today, cameras=cameras, owners=owners)
            for area in Area.objects.filter(level=AreaLevel.KECAMATAN)
            for stage in Stage
            for cameras, owners in [rows.get((stage, area.code), (0, 0))]
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def _count_withdrawals(month: date) -> None:
    start, end = span_of(month)
    withdrawn = Consent.objects.withdrawn().filter(withdrawn_at__gte=start, withdrawn_at__lt=end, site__vital=False)
    counted = withdrawn.values(code=F("site__area__parent__code")).annotate(
        places=Count("site", distinct=True), owners=Count("site__partner", distinct=True)
    )
    rows = {row["code"]: (row["places"], row["owners"]) for row in counted.order_by()}
    WithdrawalCount.objects.bulk_create(
        [
            WithdrawalCount(area=area, month=month, places=places, owners=owners)
            for area in Area.objects.filter(level=AreaLevel.KECAMATAN)
            for places, owners in [rows.get(area.code, (0, 0))]
        ],
        ignore_conflicts=True,
    )


def cameras_in_stages(now: datetime) -> dict[Stage, QuerySet[Camera]]:
    """The cameras of each stage, by its own rule. No vital object is among them: to the public it does not exist.

    The sentences of these rules stand in `transparency.rules`; who changes one changes the other.
    """
    listed = Camera.objects.listed().filter(site__vital=False)
    verified = Camera.objects.verified(now).filter(site__vital=False)
    connected = verified.filter(connected_at__isnull=False)
    up = StatusInterval.objects.open().filter(state=State.NORMAL)
    return {
        Stage.LISTED: listed,
        Stage.VERIFIED: verified,
        Stage.AIMED: listed.filter(aimed_at__isnull=False),
        Stage.CONNECTED: connected,
        Stage.NORMAL: connected.filter(pk__in=up.values("camera_id")),
    }
