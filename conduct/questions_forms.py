"""What is typed about a question."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


def words_field(label: Any, most: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.Textarea({"rows": 4}),
        error_messages={
            "required": _("Bagian ini belum diisi."),
            "max_length": ngettext_lazy(
                "Paling banyak %(limit_value)d huruf; sekarang %(show_value)d.",
                "Paling banyak %(limit_value)d huruf; sekarang %(show_value)d.",
                "limit_value",
            ),
        },
        **options,
    )


class QuestionForm(forms.Form):
    """What the owner asks."""

    use_required_attribute = False

    text = words_field(
        _("Pertanyaan Anda"),
        500,
        help_text=_(
            "Misalnya: mengapa kamera saya dilihat, atau untuk apa gambarnya disimpan. Paling banyak 500 huruf."
        ),
    )


class AnswerForm(forms.Form):
    """What the supervisor answers."""

    use_required_attribute = False

    answer = words_field(
        _("Jawaban untuk pemilik"),
        1000,
        help_text=_("Dibaca pemilik. Jangan menyebut nama petugas atau orang lain. Paling banyak 1.000 huruf."),
    )
