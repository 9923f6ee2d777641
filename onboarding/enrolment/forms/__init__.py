"""One form for each question. A stored answer is judged again by the same form before it counts."""

from onboarding.enrolment.forms.base import PageForm
from onboarding.enrolment.forms.cameras import DIRECTION_NAMES, CameraForm, CountForm
from onboarding.enrolment.forms.consent import ConsentForm, HoursForm, LevelForm
from onboarding.enrolment.forms.device import ConnectForm, DeviceForm
from onboarding.enrolment.forms.owner import AddressForm, KindForm, NameForm, PartnerForm, PinForm

__all__ = [
    "DIRECTION_NAMES",
    "AddressForm",
    "CameraForm",
    "ConnectForm",
    "ConsentForm",
    "CountForm",
    "DeviceForm",
    "HoursForm",
    "KindForm",
    "LevelForm",
    "NameForm",
    "PageForm",
    "PartnerForm",
    "PinForm",
]
