"""Every change of who may see what. Split by noun; import them from `access.services`."""

from access.services.approvals import approve_grant, decline_grant
from access.services.cases import close_case, extend_case, number_case, open_case, tell_of_missing_numbers
from access.services.ends import note_grant_ends, tell_of_grant_ends
from access.services.grants import LONGEST_GRANT, give_grant, revoke_grant
from access.services.looks import (
    count_still,
    end_look,
    end_lost_looks,
    end_overdue_looks,
    hold_consents,
    on_news,
    on_person,
    on_signed_out,
    require_running_look,
    rests_on_case,
    start_look,
)
from access.services.reasons import add_reason, change_reason, may_edit_reasons
from access.services.requests import ask_for_access, decline_request, grant_request

__all__ = [
    "LONGEST_GRANT",
    "add_reason",
    "approve_grant",
    "ask_for_access",
    "change_reason",
    "close_case",
    "count_still",
    "decline_grant",
    "decline_request",
    "end_look",
    "end_lost_looks",
    "end_overdue_looks",
    "extend_case",
    "give_grant",
    "grant_request",
    "hold_consents",
    "may_edit_reasons",
    "note_grant_ends",
    "number_case",
    "on_news",
    "on_person",
    "on_signed_out",
    "open_case",
    "require_running_look",
    "rests_on_case",
    "revoke_grant",
    "start_look",
    "tell_of_grant_ends",
    "tell_of_missing_numbers",
]
