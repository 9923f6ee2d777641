"""Changing the contact that sign-in rests on: the new one is confirmed by a code first, and the old one is told."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

import audit
from accounts.gateway import reaches_phones, send_text
from accounts.models import User
from notices.services import in_language_of, send_unkept
from privacy.errors import CodeWrong, ContactTaken

KEY = "privacy_new_contact"
CODE_LASTS = timedelta(minutes=10)
TRIES = 3
#: How many codes one session may have sent: nobody uses us to write to strangers.
MOST_CODES = 5


def ask_for_code(*, session: SessionBase, email: str, phone: str, now: datetime) -> None:
    """Send a code to the new contact and keep its digest in the session. The same answer whether or not somebody
    else has the contact: that is told only to who can read its code."""
    sent = int(session.get(f"{KEY}_sent", 0)) + 1
    if sent > MOST_CODES:
        raise ContactTaken(_("Terlalu banyak kode diminta. Masuk ulang, lalu coba lagi nanti."))
    code = f"{secrets.randbelow(1_000_000):06d}"
    session[f"{KEY}_sent"] = sent
    session[KEY] = {
        "email": email,
        "phone": phone,
        "digest": _digest(code),
        "until": (now + CODE_LASTS).timestamp(),
        "tries": 0,
    }
    words = _("Kode untuk mengganti kontak Mitra Kamera: %(code)s. Jangan berikan kepada siapa pun.") % {
        "code": code
    }
    if email:
        send_unkept(to=email, subject=_("Kode untuk mengganti kontak"), body=words)
    else:
        send_text(phone, words)


def waiting(session: SessionBase) -> str:
    """The contact for which a code was sent; empty where none is awaited."""
    kept = session.get(KEY) or {}
    return str(kept.get("email") or kept.get("phone") or "")


def confirm(*, session: SessionBase, code: str, by: User, now: datetime) -> None:
    """Take the new contact; raises CodeWrong, also after too many tries, and ContactTaken."""
    kept: dict[str, Any] = session.get(KEY) or {}
    tries = int(kept.get("tries", 0)) + 1
    over = not kept or kept["until"] <= now.timestamp() or tries > TRIES
    if over or not constant_time_compare(kept["digest"], _digest("".join(code.split()))):
        if kept:
            session[KEY] = {**kept, "tries": tries}
        raise CodeWrong
    del session[KEY]
    before = User.objects.get(pk=by.pk)
    _take(by=by, email=kept["email"], phone=kept["phone"], now=now)
    _tell_of_change(before, changed="email" if kept["email"] else "phone")


def _tell_of_change(before: User, *, changed: str) -> None:
    """To every contact that was there before, the one that was replaced among them: whoever changed it may be
    somebody else, and then only those reach the person. Where no text can be sent, the address is told alone."""
    with in_language_of(before):
        words = _("Surel akun Mitra Kamera Anda baru saja diganti. Bila bukan Anda, hubungi Polsek Anda segera.")
        if changed == "phone":
            words = _(
                "Nomor HP akun Mitra Kamera Anda baru saja diganti. Bila bukan Anda, hubungi Polsek Anda segera."
            )
        subject = _("Kontak Anda diganti")
    if before.email:
        send_unkept(to=before.email, subject=subject, body=words)
    if before.phone and reaches_phones():
        send_text(before.phone, words)


@audit.atomic
def _take(*, by: User, email: str, phone: str, now: datetime) -> None:
    user = User.objects.select_for_update().get(pk=by.pk)
    changed = "email" if email else "phone"
    try:
        with transaction.atomic():
            if email:
                user.email = email
                EmailAddress.objects.filter(user=user).delete()  # Made anew at the next sign-in, if at all.
            else:
                user.phone, user.phone_verified_at = phone, now
            user.save(update_fields=["email", "phone", "phone_verified_at"])
    except IntegrityError as problem:
        raise ContactTaken from problem
    audit.record("person.contact_changed", actor=by, target=user, which=changed)


def _digest(code: str) -> str:
    return salted_hmac("privacy.contacts", code, algorithm="sha256").hexdigest()
