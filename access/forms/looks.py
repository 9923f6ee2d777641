"""What is typed before a look."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from access.arrangement import time_boxes
from access.models import Case, Reason
from config.ids import typed_id


class _Cases(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}, {obj.place}"


class _Minutes(forms.TypedChoiceField):
    """One of the time boxes; the longest, where none was sent."""

    def clean(self, value: Any) -> int:
        return super().clean(value or str(time_boxes()[-1]))


class WhyForm(forms.Form):
    """Why somebody wants to look, and for how long at most."""

    use_required_attribute = False

    reason = forms.ModelChoiceField(
        label=_("Alasan melihat"),
        queryset=Reason.objects.none(),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Pilih alasan melihat dari daftar.")},
    )
    minutes = _Minutes(label=_("Paling lama"), coerce=int)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ModelChoiceField, self.fields["reason"]).queryset = Reason.objects.filter(active=True)
        minutes = cast(_Minutes, self.fields["minutes"])
        minutes.choices = [(n, ngettext("%(n)d menit", "%(n)d menit", n) % {"n": n}) for n in time_boxes()]
        self.initial.setdefault("minutes", time_boxes()[-1])


class LookForm(WhyForm):
    """The same for one camera, with the case if there is one around it."""

    case = _Cases(
        label=pgettext_lazy("one", "Perkara"),
        queryset=Case.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("Tanpa perkara"),
        help_text=_("Perkara terbuka di sekitar kamera ini. Wajib bila alasan atau pemilik memintanya."),
    )
    field_order = ["reason", "case", "minutes"]

    def __init__(self, *args: Any, cases: list[Case], **options: Any) -> None:
        super().__init__(*args, **options)
        case = cast(forms.ModelChoiceField, self.fields["case"])
        case.queryset = Case.objects.filter(pk__in=[item.pk for item in cases])


class ArrangementForm(WhyForm):
    """The same for all cameras of a case; `kamera` is the one for which somebody came, if it was one."""

    kamera = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_kamera(self) -> UUID | None:
        """A public id; anything else came from no page of ours and names no camera."""
        return typed_id(self.cleaned_data["kamera"])


class ReasonForm(forms.Form):
    """One entry of the closed list."""

    use_required_attribute = False

    words = forms.CharField(
        label=_("Alasan, dalam bahasa Indonesia"),
        max_length=120,
        help_text=_("Apa yang terjadi dan apa yang dicari. Pemilik membacanya di Buku Tamu Kamera."),
    )
    words_en = forms.CharField(
        label=_("Alasan, dalam bahasa Inggris"),
        max_length=120,
        required=False,
        help_text=_("Untuk pembaca berbahasa Inggris. Bila kosong, yang berbahasa Indonesia dipakai."),
    )
    needs_case = forms.BooleanField(label=_("Wajib dengan perkara"), required=False)


class ReasonChangeForm(ReasonForm):
    """The same for an entry that stands, with its switch."""

    active = forms.BooleanField(label=_("Dipakai (tampil dalam daftar alasan)"), required=False)
