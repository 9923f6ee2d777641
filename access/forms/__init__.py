"""What people type about grants, cases and reasons. Split by noun; import the forms from `access.forms`."""

from access.forms.cases import CaseForm, CaseNumberForm
from access.forms.grants import GrantForm
from access.forms.looks import ArrangementForm, LookForm, ReasonChangeForm, ReasonForm, WhyForm
from access.forms.requests import AskForm, DeclineForm

__all__ = [
    "ArrangementForm",
    "AskForm",
    "CaseForm",
    "CaseNumberForm",
    "DeclineForm",
    "GrantForm",
    "LookForm",
    "ReasonChangeForm",
    "ReasonForm",
    "WhyForm",
]
