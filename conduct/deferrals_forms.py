"""What is typed about a deferral."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.letters import validate_letter_number
from conduct.questions_forms import words_field


class _Letter(forms.CharField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {"required": _("Tulis nomor suratnya.")})
        super().__init__(max_length=60, validators=[validate_letter_number], **options)


class DeferralForm(forms.Form):
    """Why the owner should be told later."""

    use_required_attribute = False

    letter_number = _Letter(
        label=_("Nomor surat"), help_text=_("Contoh: Sprin/123/XI/2026. Pemilik membacanya nanti.")
    )
    reason = words_field(_("Mengapa pemilik diberi tahu kemudian?"), 500, help_text=_("Dibaca pengawas."))


class DecisionForm(forms.Form):
    """What the supervisor decides."""

    use_required_attribute = False

    decision = forms.ChoiceField(
        label=_("Keputusan"),
        widget=forms.RadioSelect,
        choices=[("approve", _("Setujui penundaan 14 hari")), ("decline", _("Tolak; pemilik tetap membacanya"))],
        error_messages={"required": _("Pilih keputusan Anda.")},
    )


class RenewalForm(forms.Form):
    """The letter on which the body that looked asks that a deferral go on, once."""

    use_required_attribute = False

    letter_number = _Letter(label=_("Nomor surat perpanjangan"), help_text=_("Surat lain daripada yang pertama."))


class RenewalDecisionForm(forms.Form):
    """A supervisor's yes to what was asked; without it the look appears on its day."""
