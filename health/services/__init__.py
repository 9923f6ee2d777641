"""Everything that changes what is owed to a device, and what is known of its cameras. Split by noun."""

from health.services.acknowledgements import LONGEST, acknowledge
from health.services.alerts import first_letter_waits, send_letters
from health.services.days import pack_days, repack
from health.services.disturbances import follow_disturbances
from health.services.falls import end_over, escalate, forget_old
from health.services.groups import Claim, drop_empty
from health.services.outages import name_networks
from health.services.owed import (
    batch_of,
    batch_takes,
    claim_due,
    ensure_states,
    furthest,
    lease_lasts,
    leased_devices,
    may_wait,
    place_of,
    postpone,
    room,
    watched_devices,
)
from health.services.results import judge_again, record_results
from health.services.tiers import MAY_WAIT as TIER_MAY_WAIT
from health.services.tiers import (
    begin_tier,
    claim_tier,
    follow_tiers,
    hand_back,
    leased_for_tier,
    period_of,
    record_full,
    record_sessions,
    room_of,
)
from health.services.view_keeping import (
    causes_of,
    erase_views,
    forget_unfounded,
    keep_verified_view,
    record_picture,
    reseal_views,
    views_ahead,
)

__all__ = [
    "LONGEST",
    "TIER_MAY_WAIT",
    "Claim",
    "acknowledge",
    "batch_of",
    "batch_takes",
    "begin_tier",
    "causes_of",
    "claim_due",
    "claim_tier",
    "drop_empty",
    "end_over",
    "ensure_states",
    "erase_views",
    "escalate",
    "first_letter_waits",
    "follow_disturbances",
    "follow_tiers",
    "forget_old",
    "forget_unfounded",
    "furthest",
    "hand_back",
    "judge_again",
    "keep_verified_view",
    "lease_lasts",
    "leased_devices",
    "leased_for_tier",
    "may_wait",
    "name_networks",
    "pack_days",
    "period_of",
    "place_of",
    "postpone",
    "record_full",
    "record_picture",
    "record_results",
    "record_sessions",
    "repack",
    "reseal_views",
    "room",
    "room_of",
    "send_letters",
    "views_ahead",
    "watched_devices",
]
