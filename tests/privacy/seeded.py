"""An owner of whom every table holds something, each piece of it marked with a word that stands nowhere else."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.db import models
from django.db.models import Model

import audit
from access.models import AccessRequest, Look
from accounts.models import DutyKind, Invitation, User
from conduct.deferrals import request_deferral
from conduct.judging import Verdict, explain, judge
from conduct.models import Explanation, Question
from feeds.models import SavedStill
from feeds.store import write_whole
from health.models import CameraView, CheckState
from notices.models import Notice
from onboarding.models import DeviceChange, Enrolment, Probe, SettingsWork, Verification
from onboarding.models.probes import ProbeKind
from onboarding.models.settings import ChangeKind, WorkKind
from onboarding.models.work import ProbeState
from privacy.law import Kind
from privacy.models import SubjectRequest
from registry.models import (
    Device,
    MaintainerHandover,
    Network,
    Partner,
    PartnerPerson,
    PersonRole,
    Proposal,
    RefusedSecret,
    SecondSignature,
    Site,
)
from registry.models.signatures import ProposalEnd
from registry.rights import AccessRight, Purpose, Right
from registry.services import CameraFacts, PartnerFacts, SiteFacts, attach_device, give_role, list_site
from tests.factories import World, person, reason

MARK = "ZQX7WKJV"
#: Fields that are no choice, and hold nothing that a person typed or a device of his said; with why.
NOT_PERSONAL = {
    "*.public_id": "an id",
    "auth.Permission": "names of rights",
    "auth.Group": "names of bodies",
    "contenttypes.ContentType": "names of tables",
    "guardian.UserObjectPermission": "unused",
    "guardian.GroupObjectPermission": "unused",
    "access.AreaPermission": "keys alone",
    "audit.Entry": "codes, ids and hashes: what the trail is",
    "audit.Text.field": "the name of a field",
    "audit.Text.salt": "random",
    "accounts.User.password": "nobody has one",
    "accounts.User.language": "a choice",
    "accounts.Organization": "bodies, not people",
    "accounts.Duty": "a service title; whoever carried a duty stays known",
    "accounts.ApiToken": "of somebody with a duty",
    "accounts.Invitation.token_sha256": "a hash; the row goes whole",
    "account.EmailConfirmation": "never made: sign-in is by code",
    "sessions.Session": "looked into apart",
    "notices.Notice.code": "a code",
    "notices.Notice.language": "a choice",
    "notices.Notice.url": "a path",
    "notices.Notice.once_key": "ids",
    "registry.Area": "public places",
    "registry.EndingStep": "codes",
    "registry.TextVersion": "words of the programme",
    "registry.ConsentText": "words of the programme, with bodies and days",
    "registry.Receipt": "a code and a hash",
    "registry.Consent": "codes",
    "registry.Device.sign_in_method": "a code",
    "registry.Device.secret_doubts": "codes",
    "registry.RefusedSecret.doubts": "codes",
    "registry.Proposal.language": "a choice",
    "registry.Proposal.signed_how": "a code",
    "access.Case": "typed by officers about an incident: theirs to answer for, and a case of its own",
    "access.Grant": "typed by officers about an order",
    "access.Reason": "the closed list",
    "access.AccessRequest.answer": "typed by a grantor about an officer's request",
    "access.Look": "codes and the digest of an officer's session",
    "health.CheckState.cause": "a code",
    "health.Fall": "ids and codes",
    "health.Outage": "codes; of a network the range of a provider or an id",
    "health.Disturbance": "ids and codes",
    "health.Alert": "ids and codes",
    "health.StatusInterval": "codes",
    "health.CameraDay": "seconds and codes",
    "health.TierCheck": "codes, and keys of cameras",
    "health.CameraView.found": "a code",
    "health.CameraView.measured": "a code",
    "feeds.SavedStill.sha256": "a hash",
    "feeds.SavedStill.file": "a name made of a random id; what it holds is looked for in the store",
    "onboarding.Enrolment.number": "a running number",
    "onboarding.Probe.code": "a code",
    "onboarding.SettingsWork.code": "a code",
    "onboarding.SettingsWork.sealed_user": "a constraint empties it once the work is finished",
    "onboarding.SettingsWork.sealed_password": "a constraint empties it once the work is finished",
    "onboarding.Verification.possession_code": "four random digits",
    "audit.Anchor": "hashes and signatures over the trail",
    "conduct.Sample": "hashes and counts",
    "conduct.Deferral.letter_number": "the number of an order",
    "conduct.Deferral.renewal_letter_number": "the number of an order",
    "mfa.Authenticator.type": "a choice",
    "privacy.RequestStep": "codes",
    "privacy.Activity": "typed by the officer for data protection about the programme",
    "privacy.Breach": "typed by the officer for data protection about the programme",
}


def free_fields(model: type[Model]) -> "list[models.Field[Any, Any]]":
    """The fields of a model that hold text or bytes of any kind, choices apart."""
    kinds = (models.CharField, models.TextField, models.BinaryField, models.JSONField, models.FileField)
    label, exempt = model._meta.label, set(NOT_PERSONAL)
    if label in exempt:
        return []
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, kinds)
        and not field.choices
        and not {f"{label}.{field.name}", f"*.{field.name}"} & exempt
    ]


@dataclass
class Seeded:
    """The owner and what was made of him."""

    owner: User
    partner: Partner
    site: Site
    helper: User
    evidence: SavedStill
    gone: SavedStill


def seed(world: World) -> Seeded:
    """Rows through the services where the trail and the store matter, then a mark in every free field of them."""
    now = world.now
    owner, helper, officer = person(f"{MARK} Nama"), person("Orang Lain Sekali"), person("Petugas")
    owner.email, owner.phone = f"{MARK.lower()}@contoh.id", "+6281200000000"
    owner.save()
    site = list_site(
        partner=PartnerFacts("business", f"{MARK} Toko", f"{MARK} Orang", f"{MARK} Jabatan", f"{MARK} Surat"),
        site=SiteFacts(world.kelurahan, f"{MARK} Jalan", -6.19, 106.77, f"{MARK} Perawat"),
        cameras=[CameraFacts(f"{MARK} Gerbang", "street")],
        by=owner,
        now=now - timedelta(days=2),
    )
    world.consent(site, Right.STILL_IN_HOURS)
    world.verified(site, by=officer)
    camera = site.cameras.get()
    device = attach_device(
        site=site, by=owner, now=now, host=f"{MARK}.contoh.id", rtsp_path=f"/{MARK}", cameras=[camera]
    )
    give_role(site=site, user=helper, role=PersonRole.READER, by=owner, now=now, called=f"{MARK} Panggilan")
    _rows(world, owner, helper, officer, site, device)
    looks = [_look(world, camera, for_case) for for_case in (False, True)]
    gone, evidence = (
        _still(look, f"{MARK} {look.for_case}" if not look.for_case else "bukti", now) for look in looks
    )
    _judged(world, looks)
    _asked(world, owner, site, looks)
    _trail(owner, site)
    _mark_all(site, owner)
    return Seeded(owner, site.partner, site, helper, evidence, gone)


def _rows(world: World, owner: User, helper: User, officer: User, site: Site, device: Device) -> None:
    now, camera = world.now, site.cameras.get()
    at = {"created_at": now, "finished_at": now, "lease_until": now, "state": ProbeState.DONE}
    Probe.objects.create(kind=ProbeKind.CONNECT, device=device, requested_by=owner, **at)
    change = DeviceChange.objects.create(device=device, kind=ChangeKind.CLOCK, offered_at=now)
    SettingsWork.objects.create(kind=WorkKind.READ, device=device, requested_by=owner, **at)
    assert change.pk
    Verification.objects.create(
        camera=camera, officer=officer, started_at=now, decided_at=now, outcome="fix", note="x", lat=1.0, lng=1.0
    )
    consent = site.consents.first()
    assert consent is not None
    Enrolment.objects.create(
        user=owner, number="MK-2026-000777", site=site, receipt=consent.receipt, submitted_at=now
    )
    Enrolment.objects.create(user=owner)
    Network.objects.create(
        site=site, name="x", range="10.0.0.0/24", ports=[80], attached_at=now, attached_by=officer
    )
    switch = SecondSignature.objects.create(
        partner=site.partner, on_at=now, on_by=owner, off_at=now, off_by=owner, off_countersigned_by=helper
    )
    assert switch.pk
    Proposal.objects.create(
        kind="consents",
        partner=site.partner,
        site=site,
        proposed_by=owner,
        proposed_at=now,
        expires_at=now + timedelta(days=1),
        ended_at=now,
        ended_how=ProposalEnd.DECLINED,
        ended_by=helper,
    )
    handover = {"site": site, "named_by": owner, "named_at": now, "from_on": now.date()}
    MaintainerHandover.objects.create(name="x", done_at=now, before_name="x", **handover)
    MaintainerHandover.objects.create(name="x", **handover)
    RefusedSecret.objects.create(device=device, mark="x", refusals=1)
    Device.objects.filter(pk=device.pk).update(identity={}, identity_kept_at=now)
    CheckState.objects.create(device=device, next_check_at=now, address="x")
    pictures = {f"sealed_{place}": "x" for place in ("day", "night", "last")}
    taken = {f"{place}_taken_at": now for place in ("day", "night", "last")}
    CameraView.objects.create(camera=camera, day_source="visit", **pictures, **taken)
    Notice.objects.create(user=owner, code="x", subject="x", body="x", created_at=now)
    Notice.objects.create(
        user=officer, code="x", subject="Kunjungan", body=f"Datang ke {MARK} Jalan", created_at=now, mail_due_at=now
    )
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    Invitation.objects.create(user=owner, token_sha256="0" * 64, expires_at=now)
    SubjectRequest.objects.create(
        kind=Kind.CORRECT, asked_by=owner, partner=site.partner, site=site, asked_at=now, due_at=now + timedelta(3)
    )


def _look(world: World, camera: Any, for_case: bool) -> Look:
    viewer = world.viewer()
    return Look.objects.create(
        viewer=viewer.user,
        duty=viewer.duty,
        organization=world.polres,
        camera=camera,
        right=AccessRight.VIEW_STILL,
        reason=reason(),
        case=world.case(viewer) if for_case else None,
        for_case=for_case,
        session_key_hash="s" * 64,
        started_at=world.now - timedelta(minutes=5),
        until=world.now,
    )


def _asked(world: World, owner: User, site: Site, looks: list[Look]) -> None:
    """What the owner asked a supervisor, answered and not, and what an officer asked about the owner."""
    answered, waiting = (
        Question.objects.create(
            look=look, asked_by=owner, text=f"{MARK} tanya", asked_at=world.now, due_at=world.now + timedelta(7)
        )
        for look in looks
    )
    Question.objects.filter(pk=answered.pk).update(
        answered_at=world.now, answered_by=world.viewer().user, answer=f"{MARK} jawaban"
    )
    assert waiting.pk
    duty = world.viewer().duty
    assert duty is not None
    AccessRequest.objects.create(
        asked_by=duty.user,
        duty=duty,
        organization=duty.organization,
        area=site.area,
        owner=f"Pemilik {MARK} Toko",
        right=AccessRight.VIEW_STILL,
        purpose=Purpose.SECURITY,
        words="x",
        asked_at=world.now,
    )


def _judged(world: World, looks: list[Look]) -> None:
    """What supervisors and officers wrote of the looks: a deferral asked for, an explanation given, a verdict."""
    deferred, explained = looks
    supervisor = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    request_deferral(
        look=deferred, by=deferred.viewer, letter_number="Sprin/1", reason=f"{MARK} menampung", now=world.now
    )
    asks = {"look": explained, "by": supervisor, "now": world.now}
    judge(verdict=Verdict.EXPLAIN, words=f"Mengapa {MARK}?", **asks)
    explain(explanation=Explanation.objects.get(), words=f"{MARK} di sana", by=explained.viewer, now=world.now)
    judge(verdict=Verdict.NOT_IN_ORDER, words=f"{MARK} tidak terlibat", **asks)


def _still(look: Look, content: str, now: Any) -> SavedStill:
    data, name = content.encode(), f"stills/uji/{look.public_id}.jpg"
    write_whole(name, data)
    return SavedStill.objects.create(
        look=look,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        file=name,
        saved_at=now - timedelta(minutes=4),
        stored_at=now - timedelta(minutes=4),
        delete_at=now + timedelta(days=30),
    )


@audit.atomic
def _trail(owner: User, site: Site) -> None:
    """Free text in the trail about every kind of thing of his, and by his own hand about something else."""
    things: list[Model] = [owner, site, site.partner, site.cameras.get(), *site.consents.all(), *site.devices.all()]
    things += [*site.networks.all(), *Verification.objects.all(), *Enrolment.objects.all()]
    for thing in things:
        audit.record("uji.dicatat", actor=owner, target=thing, texts={"note": f"{MARK} catatan"})
    audit.record("uji.dicatat", actor=owner, target=site.area, texts={"note": f"{MARK} tentang kelurahan"})


#: The rows that are somebody else's though their table is seeded.
def _own(model: type[Model], site: Site, owner: User) -> models.QuerySet[Model]:
    rows = model._default_manager.all()
    if model is User:
        return rows.filter(pk=owner.pk)
    if model is Notice:
        return rows.filter(user=owner)
    if model is Question:
        return rows.filter(answered_at__isnull=False)  # No answer stands in one that waits for it.
    if model is PartnerPerson:
        return rows.filter(partner=site.partner)
    return rows


def _mark_all(site: Site, owner: User) -> None:
    """A mark in every free field of every seeded row that has not got one."""
    for model in apps.get_models():
        if model._meta.label in {"audit.Text"}:
            continue
        for field in free_fields(model):
            for row in _own(model, site, owner):
                if MARK.lower() not in str(getattr(row, field.attname)).lower():
                    model._default_manager.filter(pk=row.pk).update(**{field.attname: _value(field, row)})


def _value(field: "models.Field[Any, Any]", row: Model) -> object:
    if isinstance(field, models.JSONField):
        return {"marked": MARK}
    if isinstance(field, models.BinaryField):
        return MARK.encode()
    if field.model is User and field.name == "phone":
        return f"+62{MARK}"
    return f"{MARK} {row.pk}"[: field.max_length or 40]
