"""What a reader asks of the pages on health."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from health.boards import TROUBLED, AreaRow
from health.causes import Cause
from health.models import State
from health.queries import in_state
from registry.models.cameras import CameraQuerySet

ALL = "semua"
_NO_SUCH = {"invalid_choice": _("Pilihan ini tidak ada. Pilih salah satu dari daftar.")}


class HealthFilter(forms.Form):
    """Which cameras to name, from the address. Without a choice: those that are down or disturbed."""

    use_required_attribute = False

    kelurahan = forms.ChoiceField(label=_("Kelurahan"), required=False, error_messages=_NO_SUCH)
    keadaan = forms.ChoiceField(
        label=_("Keadaan"),
        required=False,
        choices=[("", _("Terputus atau terganggu")), *State.choices, (ALL, _("Semua keadaan"))],
        error_messages=_NO_SUCH,
    )
    sebab = forms.ChoiceField(
        label=_("Sebab"),
        required=False,
        choices=[("", _("Semua sebab")), *Cause.choices],
        error_messages=_NO_SUCH,
    )

    def __init__(self, *args: Any, areas: list[AreaRow], **options: Any) -> None:
        super().__init__(*args, **options)
        names = sorted((row.area.name, row.area.code) for row in areas)
        chosen = cast(forms.ChoiceField, self.fields["kelurahan"])
        chosen.choices = [("", _("Semua kelurahan")), *((code, name) for name, code in names)]

    def narrow(self, cameras: CameraQuerySet) -> CameraQuerySet:
        """Those of these cameras (of `cameras_in_order`) that the filter lets through; none while it cannot be
        read."""
        if not self.is_valid():
            return cameras.none()
        chosen = self.cleaned_data
        if chosen["kelurahan"]:
            cameras = cameras.in_area(chosen["kelurahan"])
        if chosen["sebab"]:
            cameras = cameras.filter(now_open__cause=chosen["sebab"])
        if not chosen["keadaan"]:
            return cameras.filter(now_open__state__in=TROUBLED)
        if chosen["keadaan"] == ALL:
            return cameras
        return in_state(cameras, State(chosen["keadaan"]))

    @property
    def is_used(self) -> bool:
        """Whether anything was chosen."""
        return not self.is_valid() or any(self.cleaned_data.values())

    @property
    def query(self) -> str:
        """What was chosen, for the address of another page."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})
