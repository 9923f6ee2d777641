"""Everything that changes what is owed to a device, and what is known of its cameras. Split by noun."""

from health.services.acknowledgements import LONGEST, acknowledge
from health.services.alerts import first_letter_waits, send_letters
from health.services.falls import end_over, escalate, forget_old
from health.services.outages import name_networks
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
from health.services.results import record_results

__all__ = [
    "LONGEST",
    "Claim",
    "acknowledge",
    "batch_takes",
    "claim_due",
    "end_over",
    "ensure_states",
    "escalate",
    "first_letter_waits",
    "forget_old",
    "lease_lasts",
    "leased_devices",
    "may_wait",
    "name_networks",
    "place_of",
    "postpone",
    "record_results",
    "send_letters",
    "watched_devices",
]
