"""What is typed about a look that is judged."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conduct.errors import WordsNeeded
from conduct.judging import Verdict

MOST_WORDS = 2000  # Characters.


class VerdictForm(forms.Form):
    """In order needs no words; the two others are told to somebody, so they do."""

    use_required_attribute = False

    words = forms.CharField(
        label=_("Apa yang tidak sesuai, atau apa yang harus dijelaskan?"),
        help_text=_("“Tidak sesuai” dibaca administrator unitnya dan petugasnya; pertanyaan dibaca petugasnya."),
        error_messages={"required": WordsNeeded.message},
        max_length=MOST_WORDS,
        widget=forms.Textarea({"rows": 4}),
    )
    verdict = forms.ChoiceField(
        choices=Verdict.choices,
        widget=forms.HiddenInput,
        error_messages={"required": _("Pilih penilaiannya."), "invalid_choice": _("Pilih penilaiannya.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"].required = self.data.get("verdict") != Verdict.IN_ORDER


class ExplanationForm(forms.Form):
    """The answer of the one who looked."""

    use_required_attribute = False

    words = forms.CharField(
        label=_("Penjelasan Anda"),
        help_text=_("Apa yang terjadi, dan mengapa kamera ini dibuka. Dibaca pengawas."),
        error_messages={"required": _("Tulis penjelasan Anda.")},
        max_length=MOST_WORDS,
        widget=forms.Textarea({"rows": 4}),
    )
