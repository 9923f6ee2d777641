"""Every change of the facts of record. Split by noun; import them from `registry.services`."""

from registry.services.cameras import (
    LONGEST_PAUSE,
    hold_camera,
    hold_cameras,
    pause_camera,
    release_cameras,
    resume_camera,
    withdraw_camera,
)
from registry.services.consents import ConsentChoice, ended_with, give_consents, withdraw_all, withdraw_consent
from registry.services.devices import (
    attach_device,
    change_device_address,
    forget_device_secret,
    note_sign_in,
    set_device_brand,
    set_device_secret,
    stream_place,
)
from registry.services.endings import do_what_is_owed, what_follows
from registry.services.lapses import ask_for_renewal, lapse_consents, tell_of_new_words
from registry.services.maintainers import drop_handover, hand_over_due, name_maintainer
from registry.services.ownership import end_ownership
from registry.services.people import require_person
from registry.services.refusals import (
    add_doubt,
    another_try_at,
    count_of,
    give_another_try,
    keep_count,
    lift_doubts,
    note_refusals,
)
from registry.services.roles import end_role, give_role
from registry.services.signatures import (
    ask_for_two,
    countersign,
    decline,
    lapse_proposals,
    propose_consents,
    propose_one_signature,
)
from registry.services.sites import CameraFacts, PartnerFacts, SiteFacts, list_camera, list_site
from registry.services.standing import (
    end_verification,
    forget_identity,
    mark_device_different,
    mark_source_changed,
    renew_connections,
)
from registry.services.stills import note_no_still, note_still
from registry.services.texts import publish_words

__all__ = [
    "LONGEST_PAUSE",
    "CameraFacts",
    "ConsentChoice",
    "PartnerFacts",
    "SiteFacts",
    "add_doubt",
    "another_try_at",
    "ask_for_renewal",
    "ask_for_two",
    "attach_device",
    "change_device_address",
    "count_of",
    "countersign",
    "decline",
    "do_what_is_owed",
    "drop_handover",
    "end_ownership",
    "end_role",
    "end_verification",
    "ended_with",
    "forget_device_secret",
    "forget_identity",
    "give_another_try",
    "give_consents",
    "give_role",
    "hand_over_due",
    "hold_camera",
    "hold_cameras",
    "keep_count",
    "lapse_consents",
    "lapse_proposals",
    "lift_doubts",
    "list_camera",
    "list_site",
    "mark_device_different",
    "mark_source_changed",
    "name_maintainer",
    "note_no_still",
    "note_refusals",
    "note_sign_in",
    "note_still",
    "pause_camera",
    "propose_consents",
    "propose_one_signature",
    "publish_words",
    "release_cameras",
    "renew_connections",
    "require_person",
    "resume_camera",
    "set_device_brand",
    "set_device_secret",
    "stream_place",
    "tell_of_new_words",
    "what_follows",
    "withdraw_all",
    "withdraw_camera",
    "withdraw_consent",
]
