"""Phone numbers as people in Indonesia type them."""

import re
import unicodedata

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def parse_phone(text: str) -> str:
    """The number in E.164 form (`+6281234567890`).

    Takes `0812…`, `62812…`, `+62 812…`, with spaces, dots, dashes. Raises ValueError for anything else.
    """
    if not re.fullmatch(r"\s*\+?[0-9 .()/-]{5,30}\s*", text, re.ASCII):
        raise ValueError("not a phone number")
    digits = text.strip()
    if digits.startswith("62"):
        digits = "+" + digits
    try:
        number = phonenumbers.parse(digits, "ID")
    except phonenumbers.NumberParseException as problem:
        raise ValueError("not a phone number") from problem
    if not phonenumbers.is_valid_number(number):
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PhoneField(forms.CharField):
    """A form field that cleans to E.164."""

    def __init__(self, **options: object) -> None:
        options.setdefault("label", _("Nomor HP"))
        options.setdefault("help_text", _("Contoh: 0812 3456 7890"))
        options.setdefault("max_length", 40)
        options.setdefault(
            "widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        )
        super().__init__(**options)

    def clean(self, value: object) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return parse_phone(unicodedata.normalize("NFC", text))
        except ValueError as problem:
            raise ValidationError(
                _("Nomor ini tidak dikenali. Tulis seperti 0812 3456 7890."), code="invalid"
            ) from problem
