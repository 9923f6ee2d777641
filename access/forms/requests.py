"""What is typed about a request for access."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Case
from registry.area_words import area_words
from registry.models import Area
from registry.rights import AccessRight, Purpose, purposes_for


class _AreaField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Area) -> str:
        return "\u2003" * (obj.code.count(".") - 1) + area_words(obj)


class AskForm(forms.Form):
    """Which right, where, and why."""

    use_required_attribute = False

    area = _AreaField(
        label=gettext_lazy("Wilayah"),
        queryset=Area.objects.order_by("code").defer("outline"),
        to_field_name="public_id",
        empty_label=gettext_lazy("Pilih wilayah"),
        error_messages={"required": gettext_lazy("Pilih wilayahnya.")},
    )
    right = forms.ChoiceField(
        label=gettext_lazy("Hak"),
        choices=AccessRight.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih haknya.")},
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("Tujuan"),
        choices=Purpose.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih tujuannya.")},
    )
    case = forms.ModelChoiceField(
        label=gettext_lazy("Perkara"),
        queryset=Case.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label=gettext_lazy("Tanpa perkara"),
    )
    words = forms.CharField(
        label=gettext_lazy("Untuk apa?"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Apa yang terjadi, dan mengapa akses itu perlu."),
        error_messages={"required": gettext_lazy("Tulis untuk apa aksesnya.")},
    )

    def __init__(self, *args: Any, cases: list[Case], **options: Any) -> None:
        super().__init__(*args, **options)
        keys = [case.pk for case in cases]
        self.fields["case"].queryset = Case.objects.filter(pk__in=keys)  # type: ignore[attr-defined]
        if not cases:
            del self.fields["case"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        right, purpose = data.get("right"), data.get("purpose")
        if right and purpose and Purpose(purpose) not in purposes_for(AccessRight(right)):
            allowed = ", ".join(str(item.label) for item in purposes_for(AccessRight(right)))
            self.add_error("purpose", _("Untuk hak ini tujuannya: %(purposes)s.") % {"purposes": allowed})
        return data


class DeclineForm(forms.Form):
    """Why not."""

    words = forms.CharField(
        label=gettext_lazy("Mengapa tidak diberi?"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Dibaca oleh yang meminta."),
        error_messages={"required": gettext_lazy("Tulis mengapa tidak diberi.")},
    )
