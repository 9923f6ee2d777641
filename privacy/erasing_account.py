"""The account of a person: name, contact, ways to sign in, open sessions, and every message to him."""

import json
from datetime import datetime
from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

import audit
from accounts.models import Invitation, User
from audit.models import Text
from notices.models import Notice
from onboarding.models import Enrolment
from privacy.erasing_traces import LONG_ENOUGH
from privacy.models import SubjectRequest


def erase_messages(request: SubjectRequest, now: datetime) -> bool:
    """All messages to this person, and those to others that hold his contact or his full name."""
    user = User.objects.get(pk=request.asked_by_id)
    about = Q(user=user)
    for words in (user.email, user.phone, user.name if len(user.name) >= LONG_ENOUGH else ""):
        if words:
            about |= Q(body__contains=words) | Q(subject__contains=words)
    Notice.objects.filter(about).delete()
    return True


def erase_account(request: SubjectRequest, now: datetime) -> bool:
    """The row stays without a name, for consents and the trail point to it; nobody can sign in to it any more."""
    user = User.objects.get(pk=request.asked_by_id)
    _end_sessions(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    Invitation.objects.filter(user=user).delete()
    for draft in Enrolment.objects.of(user):
        audit.erase_texts(draft)
    Enrolment.objects.of(user).update(answers={}, sealed_user="", sealed_password="")
    asked = SubjectRequest.objects.filter(asked_by=user)
    asked.update(wanted="", answer="", wanted_lat=None, wanted_lng=None)
    audit.erase_texts(user)
    Text.objects.filter(entry__actor=user).delete()  # What he typed as a reason or a note, wherever it was.
    user.groups.clear()
    user.name, user.email, user.phone, user.phone_verified_at = "", None, None, None
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save()
    audit.record("person.erased", actor=None, target=user, request=str(request.public_id))
    return True


def _end_sessions(user: User) -> None:
    """Those of this person, and those of somebody who has just typed his contact to be sent a code."""
    words = [word for word in (user.email, user.phone) if word]
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for session in Session.objects.iterator(chunk_size=500):
        kept = session.get_decoded()
        if kept.get("_auth_user_id") == str(user.pk) or any(
            word in json.dumps(kept, default=str) for word in words
        ):
            store(session.session_key).delete()  # From the cache too, where the engine has one.
