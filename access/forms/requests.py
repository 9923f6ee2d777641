"""What is typed about a request for access."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from access.forms.grants import refuse_other_purposes
from access.models import Case
from registry.area_words import indented
from registry.models import Area
from registry.rights import AccessRight, Purpose


class _AreaField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Area) -> str:
        return indented(obj)


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
    owner = forms.CharField(
        label=gettext_lazy("Tempat milik lembaga mana?"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Kosongkan untuk seluruh wilayah. Tulis namanya sendiri; tidak ada daftar di sini."),
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
        case = cast(forms.ModelChoiceField, self.fields["case"])
        case.queryset = Case.objects.filter(pk__in=[item.pk for item in cases])
        if not cases:
            del self.fields["case"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        refuse_other_purposes(self, data)
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
