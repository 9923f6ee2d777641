"""What is typed before a look."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import Case, Reason


class _Cases(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj}, {obj.place}"


class LookForm(forms.Form):
    """Why somebody wants to look."""

    reason = forms.ModelChoiceField(
        label=_("Alasan melihat"),
        queryset=Reason.objects.none(),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Pilih alasan melihat dari daftar.")},
    )
    case = _Cases(
        label=pgettext_lazy("one", "Perkara"),
        queryset=Case.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=_("Tanpa perkara"),
        help_text=_("Perkara terbuka di sekitar kamera ini. Wajib bila alasan atau pemilik memintanya."),
    )

    def __init__(self, *args: Any, cases: list[Case], **options: Any) -> None:
        super().__init__(*args, **options)
        reason, case = (cast(forms.ModelChoiceField, self.fields[name]) for name in ("reason", "case"))
        reason.queryset = Reason.objects.filter(active=True)
        case.queryset = Case.objects.filter(pk__in=[item.pk for item in cases])
