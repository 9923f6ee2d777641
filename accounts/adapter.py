"""How allauth keeps and reaches the people of this product."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.gateway import send_text
from accounts.models import User
from accounts.phones import PhoneField


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by a code to the phone or the e-mail address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed: a person is added by asking for a code (`accounts.forms.RequestCodeForm`)."""
        return False

    def phone_form_field(self, **options: Any) -> forms.Field:
        return PhoneField(**options)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone or None
        user.phone_verified_at = timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at"])

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user: User, phone: str, code: str, **context: Any) -> None:
        send_text(
            phone,
            _("Kode masuk Mitra Kamera: %(code)s. Jangan berikan kepada siapa pun, juga kepada petugas.")
            % {"code": code},
        )

    def send_unknown_account_sms(self, phone: str, **context: Any) -> None:
        send_text(phone, _("Seseorang mencoba masuk ke Mitra Kamera dengan nomor ini, tetapi belum terdaftar."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        send_text(phone, _("Nomor ini sudah terdaftar di Mitra Kamera. Silakan pilih Masuk."))
