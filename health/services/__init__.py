"""Everything that changes what is owed to a device, and what is known of its cameras. Split by noun."""

from health.services.owed import (
    Claim,
    batch_takes,
    claim_due,
    ensure_states,
    lease_lasts,
    leased_devices,
    may_wait,
    place_of,
    postpone,
    watched_devices,
)
from health.services.results import record_results, tell_held_back

__all__ = [
    "Claim",
    "batch_takes",
    "claim_due",
    "ensure_states",
    "lease_lasts",
    "leased_devices",
    "may_wait",
    "place_of",
    "postpone",
    "record_results",
    "tell_held_back",
    "watched_devices",
]
