"""Sign-in by a code: one field takes a phone number or an e-mail address. No password, no NIK."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.phones import parse_phone
from accounts.services import person_reached_by


def read_contact(typed: str) -> str:
    """An e-mail address in small letters, or a number in E.164; raises ValidationError for anything else.

    Numbers are taken only where texts can be sent, so that nobody is asked for a code that cannot reach him.
    """
    contact = typed.strip()
    if "@" in contact:
        contact = contact.lower()
        if "[" in contact:  # An address literal: nobody's mailbox, and a way to reach inside.
            raise ValidationError(_("Tulis alamat surel, misalnya nama@contoh.id."), code="invalid")
        validate_email(contact)
        return contact
    if "phone" not in settings.ACCOUNT_LOGIN_METHODS:
        raise ValidationError(_("Tulis alamat surel, misalnya nama@contoh.id."), code="invalid")
    try:
        return parse_phone(contact)
    except ValueError as problem:
        raise ValidationError(
            _("Nomor atau alamat ini tidak dikenali. Contoh: 0812 3456 7890 atau nama@contoh.id."),
            code="invalid",
        ) from problem


def reached_by(contact: str) -> dict[str, str]:
    """What `accounts.services.person_reached_by` asks for, of what `read_contact` gave."""
    return {"email" if "@" in contact else "phone": contact}


class ContactField(forms.CharField):
    """Where somebody else is reached who is to sign in; gives what `read_contact` does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Alamat surel atau nomor HP"),
            help_text=_("Orang ini masuk dengan kode yang dikirim ke sini. Contoh: nama@contoh.id"),
            max_length=254,
            widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
            **options,
        )

    def clean(self, value: Any) -> str:
        return read_contact(super().clean(value))


class RequestCodeForm(RequestLoginCodeForm):
    """Asks where to send the code.

    Whoever is unknown gets an account by this, so that the answer is the same for known and unknown people; the
    limits of ACCOUNT_RATE_LIMITS stand before it, and accounts that never signed in are swept away.
    """

    contact = forms.CharField(
        label=_("Nomor HP atau alamat surel"),
        help_text=_("Kami kirim kode enam angka. Contoh: 0812 3456 7890"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields = {"contact": self.fields["contact"]}
        if "phone" not in settings.ACCOUNT_LOGIN_METHODS:
            self.fields["contact"].label = _("Alamat surel")
            self.fields["contact"].help_text = _("Kami kirim kode enam angka ke alamat ini.")

    def clean_contact(self) -> str:
        return read_contact(self.cleaned_data["contact"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        contact = data.get("contact")
        if not contact:
            return data
        kind = "email" if "@" in contact else "phone"
        data["email"], data["phone"] = None, None
        data[kind] = contact
        try:
            getattr(self, f"clean_{kind}")()  # allauth's: its limits, and who this is.
        except ValidationError as refusal:
            raise ValidationError(_("Terlalu banyak permintaan kode. Coba lagi nanti.")) from refusal
        if self._user is None:
            self._user = person_reached_by(**{kind: contact})
        return data
