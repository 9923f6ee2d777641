"""Everything that changes what is owed to a device, and what is known of its cameras. Split by noun."""

from health.services.days import pack_days, repack
from health.services.groups import Claim
from health.services.owed import (
    batch_of,
    batch_takes,
    claim_due,
    ensure_states,
    lease_lasts,
    leased_devices,
    may_wait,
    place_of,
    postpone,
    room,
    watched_devices,
)
from health.services.results import judge_again, record_results, tell_held_back
from health.services.tiers import MAY_WAIT as TIER_MAY_WAIT
from health.services.tiers import (
    begin_tier,
    claim_tier,
    follow_tiers,
    hand_back,
    leased_for_tier,
    period_of,
    record_sessions,
    room_of,
)

__all__ = [
    "TIER_MAY_WAIT",
    "Claim",
    "batch_of",
    "batch_takes",
    "begin_tier",
    "claim_due",
    "claim_tier",
    "ensure_states",
    "follow_tiers",
    "hand_back",
    "judge_again",
    "lease_lasts",
    "leased_devices",
    "leased_for_tier",
    "may_wait",
    "pack_days",
    "period_of",
    "place_of",
    "postpone",
    "record_results",
    "record_sessions",
    "repack",
    "room",
    "room_of",
    "tell_held_back",
    "watched_devices",
]
