"""The second signature that an owner may ask for: switching it on and off, proposing, countersigning.

Giving takes two people then. Withdrawing takes one and asks for nothing of this.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

import audit
from accounts.models import Organization, User
from notices.services import in_language_of, tell
from registry import texts
from registry.errors import (
    NobodyToCountersign,
    OwnProposal,
    ProposalOutdated,
    ProposalOver,
)
from registry.models import (
    Camera,
    Consent,
    Partner,
    PartnerPerson,
    Proposal,
    ProposalEnd,
    ProposalKind,
    SecondSignature,
    Site,
)
from registry.people import MANAGING, SIGNING, acts_for
from registry.rights import Right
from registry.services.consents import ConsentChoice, check_choices, give_consents
from registry.services.people import require_person
from registry.wording import Wording

#: How long a proposal waits for its second signature.
LASTS = timedelta(days=7)
AT_ONCE = 200


# --- the switch --------------------------------------------------------------------------------------------


@audit.atomic
def ask_for_two(*, site: Site, by: User, now: datetime, everywhere: bool = False) -> SecondSignature:
    """From now on consent at this site, or `everywhere` at all of the owner's, is given by two people.

    A manager switches it on. Raises NobodyToCountersign unless two people may sign there: with one, nobody could
    ever give a consent again. Switched on twice, it is one switch.
    """
    partner = Partner.objects.select_for_update(no_key=True).get(pk=site.partner_id)
    require_person(by, partner if everywhere else site, MANAGING)
    standing = SecondSignature.objects.on().filter(partner=partner, site=None if everywhere else site).first()
    if standing is not None:
        return standing
    if len(_signers(partner, None if everywhere else site)) < 2:
        raise NobodyToCountersign
    switch = SecondSignature.objects.create(partner=partner, site=None if everywhere else site, on_at=now, on_by=by)
    audit.record("site.signatory_switch", actor=by, target=site, on=True, everywhere=everywhere)
    others = [user for user in _signers(partner, switch.site) if user.pk != by.pk]
    _tell(others, _words_of_switch(switch), code="signatures.on", url=reverse("desks:owner"), now=now)
    return switch


def _signers(partner: Partner, site: Site | None) -> list[User]:
    """The active people who may sign at this site; without one, at all sites of the partner."""
    held = PartnerPerson.objects.in_roles(SIGNING).over(partner.pk, site)
    return list(User.objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("pk"))


# --- proposing ---------------------------------------------------------------------------------------------


@audit.atomic
def propose_consents(
    *,
    site: Site,
    choices: Sequence[ConsentChoice],
    by: User,
    now: datetime,
    language: str = "id",
    how: str = "web_form",
    wording: Wording | None = None,
) -> Proposal:
    """Sign these consents as the first of two. They are in force once another person has countersigned them within
    LASTS; until then nothing has changed. Refused where `give_consents` would refuse them.

    Whatever else of the same kind waits for this site is taken back by it: one page, one question.
    """
    require_person(by, site, SIGNING)
    check_choices(site, choices, now)
    wording = wording or texts.in_force()
    shown = [choice.text(language, wording) for choice in choices]
    _take_back_others(site, by, now)
    proposal = Proposal.objects.create(
        kind=ProposalKind.CONSENTS,
        partner=site.partner,
        site=site,
        choices=[_kept(choice, text) for choice, text in zip(choices, shown, strict=True)],
        language=language,
        signed_how=how,
        proposed_by=by,
        proposed_at=now,
        expires_at=now + LASTS,
    )
    audit.record(
        "consent.proposed",
        actor=by,
        target=proposal,
        site=str(site.public_id),
        expires_at=proposal.expires_at,
        choices=proposal.choices,
    )
    _tell_of_proposal(proposal, now)
    return proposal


@audit.atomic
def propose_one_signature(*, switch: SecondSignature, by: User, now: datetime) -> Proposal:
    """Ask to switch the second signature off; somebody else who signs has to agree."""
    partner = Partner.objects.select_for_update(no_key=True).get(pk=switch.partner_id)
    require_person(by, switch.site or partner, SIGNING)
    if not SecondSignature.objects.on().filter(pk=switch.pk).exists():
        raise ProposalOver
    waiting = Proposal.objects.open_at(now).filter(switch=switch).first()
    if waiting is not None:
        return waiting
    proposal = Proposal.objects.create(
        kind=ProposalKind.SWITCH_OFF,
        partner=partner,
        site=switch.site,
        switch=switch,
        proposed_by=by,
        proposed_at=now,
        expires_at=now + LASTS,
    )
    audit.record("consent.proposed", actor=by, target=proposal, kind="switch_off", expires_at=proposal.expires_at)
    _tell_of_proposal(proposal, now)
    return proposal


def _take_back_others(site: Site, by: User, now: datetime) -> None:
    for other in Proposal.objects.select_for_update().open_at(now).filter(site=site, kind=ProposalKind.CONSENTS):
        _end(other, ProposalEnd.TAKEN_BACK, by, now)


def _kept(choice: ConsentChoice, shown: texts.ShownText) -> dict[str, Any]:
    return {
        "right": choice.right.value,
        "recipient": str(choice.recipient.public_id),
        "valid_until": choice.valid_until.isoformat(),
        "hours_from": choice.hours_from,
        "hours_until": choice.hours_until,
        "version": shown.version,
        "sha256": shown.sha256,
    }


# --- the second person -------------------------------------------------------------------------------------


def choices_of(proposal: Proposal) -> list[ConsentChoice]:
    """What was proposed; raises ProposalOutdated where a recipient is no longer there."""
    named = {
        str(body.public_id): body
        for body in Organization.objects.filter(public_id__in=[row["recipient"] for row in proposal.choices])
    }
    found = []
    for row in proposal.choices:
        until, body = parse_datetime(row["valid_until"]), named.get(row["recipient"])
        if until is None or body is None:
            raise ProposalOutdated
        found.append(ConsentChoice(Right(row["right"]), body, until, row["hours_from"], row["hours_until"]))
    return found


def texts_of(proposal: Proposal) -> list[texts.ShownText]:
    """The words that were proposed, if they are still the words in force; else ProposalOutdated: what nobody would
    be shown today is not signed today."""
    wording = texts.in_force()
    shown = [choice.text(proposal.language, wording) for choice in choices_of(proposal)]
    if [(text.version, text.sha256) for text in shown] != [
        (row["version"], row["sha256"]) for row in proposal.choices
    ]:
        raise ProposalOutdated
    return shown


@audit.atomic
def countersign(*, proposal: Proposal, by: User, now: datetime) -> Proposal:
    """Sign as the second person: what was proposed holds from now, under both names.

    Raises OwnProposal for whoever proposed it, ProposalOver once it has ended or run out, ProposalOutdated where
    the words, a recipient or the first person's role have changed since, else what `give_consents` raises.
    """
    proposal = _waiting(proposal, by, now)
    if proposal.proposed_by_id == by.pk:
        raise OwnProposal
    if not acts_for(proposal.proposed_by, proposal.site or proposal.partner, SIGNING):
        raise ProposalOutdated
    if proposal.kind == ProposalKind.CONSENTS:
        proposal.receipt = _given(proposal, by, now)
    else:
        _switch_off(proposal, by, now)
    _end(proposal, ProposalEnd.COUNTERSIGNED, by, now)
    _tell_proposer(proposal, now)
    return proposal


@audit.atomic
def decline(*, proposal: Proposal, by: User, now: datetime) -> Proposal:
    """End it without a second signature: the second person says no, or the first takes it back."""
    proposal = _waiting(proposal, by, now)
    own = proposal.proposed_by_id == by.pk
    _end(proposal, ProposalEnd.TAKEN_BACK if own else ProposalEnd.DECLINED, by, now)
    if not own:
        _tell_proposer(proposal, now)
    return proposal


def _waiting(proposal: Proposal, by: User, now: datetime) -> Proposal:
    """The proposal, locked, if it waits and this person signs there."""
    locked = Proposal.objects.select_for_update(of=("self",)).select_related(
        "site__area", "site__partner", "partner"
    )
    found = locked.select_related("proposed_by", "switch__site").get(pk=proposal.pk)
    require_person(by, found.site or found.partner, SIGNING)
    if found.ended_at is not None or found.expires_at <= now:
        raise ProposalOver
    return found


def _given(proposal: Proposal, by: User, now: datetime) -> Any:
    site = proposal.site
    assert site is not None  # noqa: S101  (said by a constraint)
    if not Camera.objects.listed().filter(site=site).exists() and not Consent.objects.in_force(now).filter(
        site=site
    ):
        raise ProposalOver
    texts_of(proposal)
    return give_consents(
        site=site,
        choices=choices_of(proposal),
        by=proposal.proposed_by,
        now=now,
        language=proposal.language,
        how=proposal.signed_how,
        signed_at=proposal.proposed_at,
        countersigned_by=by,
    )


def _switch_off(proposal: Proposal, by: User, now: datetime) -> None:
    switch = proposal.switch
    assert switch is not None  # noqa: S101  (said by a constraint)
    won = SecondSignature.objects.on().filter(pk=switch.pk)
    if not won.update(off_at=now, off_by=proposal.proposed_by, off_countersigned_by=by):
        raise ProposalOver
    audit.record(
        "site.signatory_switch",
        actor=by,
        target=switch.site or proposal.partner,
        on=False,
        everywhere=switch.site is None,
        proposed_by=str(proposal.proposed_by.public_id),
    )


def _end(proposal: Proposal, how: ProposalEnd, by: User | None, now: datetime) -> None:
    proposal.ended_at, proposal.ended_how, proposal.ended_by = now, how, by
    proposal.save(update_fields=["ended_at", "ended_how", "ended_by", "receipt"])
    action = "consent.countersigned" if how == ProposalEnd.COUNTERSIGNED else "consent.proposal_ended"
    audit.record(action, actor=by, target=proposal, how=str(how), kind=proposal.kind)


def lapse_proposals(*, now: datetime) -> int:
    """End the proposals whose time has run out, and tell whoever made them; how many."""
    return sum(_lapse(pk, now) for pk in list(Proposal.objects.run_out(now).values_list("pk", flat=True)[:AT_ONCE]))


@audit.atomic
def _lapse(pk: int, now: datetime) -> bool:
    proposal = (
        Proposal.objects.select_for_update(of=("self",))
        .run_out(now)
        .select_related("site", "partner", "proposed_by", "switch__site")
        .filter(pk=pk)
        .first()
    )
    if proposal is None:
        return False
    _end(proposal, ProposalEnd.LAPSED, None, now)
    _tell_proposer(proposal, now)
    return True


# --- letters -----------------------------------------------------------------------------------------------


def _place(proposal: Proposal) -> str:
    return proposal.site.address if proposal.site else str(proposal.partner)


def _tell_of_proposal(proposal: Proposal, now: datetime) -> None:
    def words() -> tuple[str, str]:
        body = _("%(place)s: %(what)s menunggu tanda tangan Anda sebagai orang kedua, paling lama %(days)s hari.")
        what = proposal.get_kind_display()
        facts = {"place": _place(proposal), "what": what, "days": LASTS.days}
        return _("Menunggu tanda tangan kedua"), body % facts

    others = [user for user in _signers(proposal.partner, proposal.site) if user.pk != proposal.proposed_by_id]
    _tell(
        others, words, code="consent.proposed", url=reverse("registry:proposal", args=[proposal.public_id]), now=now
    )


def _tell_proposer(proposal: Proposal, now: datetime) -> None:
    def words() -> tuple[str, str]:
        said = {
            ProposalEnd.COUNTERSIGNED: _("Orang kedua sudah menandatangani. Berlaku mulai sekarang."),
            ProposalEnd.DECLINED: _("Orang kedua tidak menandatangani. Tidak ada yang berubah."),
            ProposalEnd.LAPSED: _("Tidak ada tanda tangan kedua dalam waktunya. Tidak ada yang berubah."),
        }[ProposalEnd(proposal.ended_how)]
        subject = _("Usul Anda: %(how)s") % {"how": proposal.get_ended_how_display().lower()}
        return subject, f"{_place(proposal)}: {proposal.get_kind_display()}. {said}"

    _tell([proposal.proposed_by], words, code="consent.proposal_ended", url=reverse("desks:owner"), now=now)


def _words_of_switch(switch: SecondSignature) -> Callable[[], tuple[str, str]]:
    def words() -> tuple[str, str]:
        place = switch.site.address if switch.site else str(switch.partner)
        body = _(
            "%(place)s: memberi persetujuan kini perlu dua orang. Yang satu mengusulkan, yang lain ikut "
            "menandatangani. Menarik persetujuan tetap cukup satu orang, seketika."
        )
        return _("Tanda tangan kedua dinyalakan"), body % {"place": place}

    return words


def _tell(
    users: Iterable[User], words: Callable[[], tuple[str, str]], *, code: str, url: str, now: datetime
) -> None:
    for user in users:
        with in_language_of(user):
            subject, body = words()
            tell(user, code=code, subject=subject, body=body, url=url, now=now)
