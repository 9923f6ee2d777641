"""Every change of who may see what. Split by noun; import them from `access.services`."""

from access.services.cases import close_case, number_case, open_case
from access.services.grants import LONGEST_GRANT, give_grant, revoke_grant
from access.services.looks import (
    count_still,
    end_look,
    end_lost_looks,
    end_overdue_looks,
    on_news,
    on_person,
    on_signed_out,
    require_running_look,
    start_look,
)

__all__ = [
    "LONGEST_GRANT",
    "close_case",
    "count_still",
    "end_look",
    "end_lost_looks",
    "end_overdue_looks",
    "give_grant",
    "number_case",
    "on_news",
    "on_person",
    "on_signed_out",
    "open_case",
    "require_running_look",
    "revoke_grant",
    "start_look",
]
