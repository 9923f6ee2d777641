"""The facts of record. Split by noun; import them from `registry.models`."""

from registry.models.areas import Area, AreaLevel
from registry.models.cameras import Camera, Device, PrivateAreas, Sees
from registry.models.consents import Consent, ConsentText, EndedHow, Receipt, TextVersion
from registry.models.endings import Ending, EndingCause, EndingStep
from registry.models.maintainers import MaintainerHandover
from registry.models.networks import Network
from registry.models.partners import Partner, PartnerKind, Site
from registry.models.people import PartnerPerson, PersonRole
from registry.models.refused import RefusedSecret
from registry.models.signatures import Proposal, ProposalEnd, ProposalKind, SecondSignature

__all__ = [
    "Area",
    "AreaLevel",
    "Camera",
    "Consent",
    "ConsentText",
    "Device",
    "EndedHow",
    "Ending",
    "EndingCause",
    "EndingStep",
    "MaintainerHandover",
    "Network",
    "Partner",
    "PartnerKind",
    "PartnerPerson",
    "PersonRole",
    "PrivateAreas",
    "Proposal",
    "ProposalEnd",
    "ProposalKind",
    "Receipt",
    "RefusedSecret",
    "SecondSignature",
    "Sees",
    "Site",
    "TextVersion",
]
