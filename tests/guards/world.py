"""One world that holds every kind of object at once, so that no refusal can pass for want of the thing refused.

The three strangers stand as near as strangers can: a neighbour in the same kelurahan, a Bhabinkamtibmas of the
same Polsek whose kelurahan is the next one, and somebody of another body over the same city who may look, with the
second factor passed, but whose body has no grant and no consent.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from access.models import Grant, Look
from access.services import ask_for_access, give_grant
from accounts.models import DutyKind, OrganizationKind, User
from accounts.services import invite
from accounts.tokens import make_token
from audit.anchors import make_due_anchors
from audit.models import Anchor
from conduct.judging import Verdict, judge
from conduct.models import Deferral
from conduct.questions import ask_question
from feeds.models import SavedStill
from feeds.store import write_whole
from health.letters import token_of
from health.models import Alert, Audience, Event, Fall, Outage, OutageKind, State, StatusInterval
from notices.models import Notice
from onboarding.models import (
    ChangeKind,
    ChangeState,
    DeviceChange,
    Enrolment,
    Probe,
    ProbeKind,
    ProbeState,
    SettingsWork,
    WorkKind,
)
from onboarding.verification import start_visit
from privacy.services.corrections import correct_site
from privacy.services.protection import note_breach
from registry.models import Camera, Device, PartnerKind, PersonRole, Proposal, Site
from registry.rights import AccessRight, Purpose, Right
from registry.services import ConsentChoice, ask_for_two, attach_device, give_role, propose_consents
from registry.services.networks import attach_network
from registry.targets import seal_credentials
from tests.access.conftest import signed_in
from tests.factories import KELURAHAN, OTHER_KELURAHAN, World, person

OWNER_NAME = "Pemilik Terlindung"
ADDRESS = "Jalan Terlindung 7"
HOST = "kamera-terlindung.contoh.id"
LABEL = "Lensa Terlindung"
PLAIN, STRICT = ClientHandler(enforce_csrf_checks=False), ClientHandler()  # Loaded once: that is slow.
STRANGERS = ("neighbour", "officer", "outsider")


@dataclass
class Everything:
    """The people by the name of their part, and the objects by what they are."""

    people: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def client(self, part: str, *, checks_origin: bool = False) -> Client:
        """A fresh browser with the session of this person, so that no request spoils the next."""
        browser = Client()
        browser.handler = STRICT if checks_origin else PLAIN
        if part != "out":
            browser.cookies.update(self.clients[part].cookies)
        return browser

    def secrets(self) -> list[str]:
        """What no stranger may read anywhere: ids, address, host and names of what is not his."""
        things = self.things
        named = ["camera", "fresh", "site", "partner", "device", "probe", "proof", "consent", "enrolment"]
        named += [
            "offer",
            "change",
            "drawing",
            "visit",
            "grant",
            "waiting_grant",
            "look",
            "own_look",
            "saved_still",
            "question",
            "deferral",
            "explanation",
        ]
        named += ["helper", "outage", "proposal", "vital_camera", "vital_outage", "vital_site"]
        return [str(things[name].public_id) for name in named] + [
            things["receipt"],
            things["number"],
            OWNER_NAME,
            ADDRESS,
            HOST,
            LABEL,
        ]


def build() -> Everything:
    """Everything at once, as it stands now."""
    now = timezone.now()
    world, all_ = World(now=now), Everything()
    _people(world, all_)
    _register(world, all_, now)
    _device(all_, now)
    _helpers(all_, now)
    _grants(world, all_)
    _network(all_, now)
    _vital(world, all_)
    _fallen(all_, now)
    all_.people["protector"] = world.on_duty(DutyKind.PROTECTION, world.polres).user
    all_.things["key"], _secret = make_token(
        duty=all_.people["viewer"].duties.get(),
        name="Layar",
        scopes=["health"],
        expires_at=now + timedelta(days=9),
        by=all_.people["viewer"],
        now=now,
    )
    all_.clients = {part: signed_in(user) for part, user in all_.people.items()}
    _signing_in(world, all_)
    _visit(all_, now)
    _looks(all_)
    make_due_anchors(now=timezone.now())
    all_.things["anchor"] = Anchor.objects.get().last
    _privacy(world, all_)
    return all_


def _people(world: World, all_: Everything) -> None:
    people = all_.people
    kodim = world._body("Kodim Uji", OrganizationKind.MILITARY, "31.73")

    people["neighbour"] = world.site().partner.people.get()
    people["officer"] = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=OTHER_KELURAHAN).user
    world.on_duty(DutyKind.VIEWER, world.polsek, user=people["officer"], area_code=OTHER_KELURAHAN)
    people["outsider"] = world.on_duty(DutyKind.VIEWER, kodim).user

    people["owner"] = person("Pemilik Akun")
    people["verifier"] = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    world.on_duty(DutyKind.VIEWER, world.polres, user=people["verifier"])
    people["viewer"] = world.on_duty(DutyKind.VIEWER, world.polres).user
    people["viewer"].duties.update(emergency=True)
    people["grantor"] = world.on_duty(DutyKind.GRANTOR, world.polres).user
    people["supervisor"] = world.on_duty(DutyKind.SUPERVISOR, world.polres).user
    people["administrator"] = world.on_duty(DutyKind.ADMINISTRATOR, world.polres).user
    people["newcomer"] = person("Pendatang")
    all_.things["post"] = world.on_duty(DutyKind.VIEWER, world.polsek)  # Of somebody who never came.
    all_.things["precinct"] = world.polsek
    all_.things["invitation"] = invite(user=people["newcomer"], now=world.now)


def _signing_in(world: World, all_: Everything) -> None:
    """The viewer has an authenticator, and once typed its code again; one person was sent a sign-in code, and one
    typed it and owes the second factor."""
    TOTP.activate(all_.people["viewer"], generate_totp_secret())
    RecoveryCodes.activate(all_.people["viewer"])
    all_.clients["retyped"] = signed_in(all_.people["viewer"])
    session = all_.clients["retyped"].session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    for part, typed in (("pending", False), ("halfway", True)):
        user = world.on_duty(DutyKind.VIEWER, world.polres).user
        TOTP.activate(user, generate_totp_secret())
        browser = Client()
        browser.post("/akun/masuk/", {"contact": user.email})
        if typed:
            code = re.search(r"^\s*([0-9A-Z]{3}-?[0-9A-Z]{3})\s*$", mail.outbox[-1].body, re.M)
            assert code, "no code in the letter"
            browser.post("/akun/masuk/kode/", {"code": code[1]})
        all_.clients[part] = browser


def _register(world: World, all_: Everything, now: datetime) -> None:
    owner, things = all_.people["owner"], all_.things
    site = world.site(owner=owner, labels=(LABEL, f"{LABEL} 2"))
    Site.objects.filter(pk=site.pk).update(address=ADDRESS)
    site.partner.name = OWNER_NAME
    site.partner.save()
    site.refresh_from_db()
    world.consent(site, Right.STILL_IN_HOURS)
    camera = world.verified(site, by=all_.people["verifier"])
    consent = site.consents.get(right=Right.STILL_IN_HOURS)
    things |= {
        "site": site,
        "partner": site.partner,
        "camera": camera,
        "fresh": site.cameras.exclude(pk=camera.pk).get(),
        "consent": consent,
        "receipt": consent.receipt.code,
        "number": "MK-2026-999999",
        "kelurahan": world.kelurahan,
        "polres": world.polres,
        "notice": Notice.objects.create(
            user=owner, code="uji", subject=f"Tentang {LABEL}", body="Uji", created_at=now
        ),
        "enrolment": Enrolment.objects.create(
            user=owner, number="MK-2026-999999", site=site, receipt=consent.receipt, submitted_at=now
        ),
        "draft": Enrolment.objects.create(user=owner),
    }


def _device(all_: Everything, now: datetime) -> None:
    owner, things = all_.people["owner"], all_.things
    site, camera = things["site"], things["camera"]
    device = attach_device(site=site, by=owner, now=now, host=HOST, cameras=site.cameras.all())
    sealed = seal_credentials(device_id=device.public_id, host=HOST, port=80, user="pemilik", password="Rahasia-1")
    Device.objects.filter(pk=device.pk).update(
        sealed_user=sealed.user, sealed_password=sealed.password, secret_changed_at=now, answered_at=now
    )
    for channel, one in enumerate(site.cameras.order_by("pk"), 1):
        one.channel, one.connected_at, one.connected_by = channel, now, owner
        one.video_source_token = f"source-{channel}"
        one.save()
    StatusInterval.objects.create(camera=camera, state=State.DOWN, since=now - timedelta(hours=1))
    things["device"] = Device.objects.get(pk=device.pk)
    things["camera"], things["fresh"] = (Camera.objects.get(pk=things[name].pk) for name in ("camera", "fresh"))
    things["probe"] = _probe(device, owner, now, ProbeKind.CONNECT)
    _settings(things, owner, now)


def _settings(things: dict[str, Any], owner: User, now: datetime) -> None:
    """A change that is offered, one that was made, and a picture that its owner drew areas on."""
    device = things["device"]
    facts = {"device": device, "kind": ChangeKind.CLOCK, "offered_at": now, "old": {"offset_seconds": 420}}
    facts |= {"address": f"{HOST}:80", "identity": device.identity or {}}
    things["offer"] = DeviceChange.objects.create(**facts, new={"offset_seconds": 0}, why="clock_off")
    things["change"] = DeviceChange.objects.create(
        **facts, new={"offset_seconds": 1}, state=ChangeState.DONE, touched=True, agreed_at=now, agreed_by=owner
    )
    things["drawing"] = SettingsWork.objects.create(
        kind=WorkKind.PICTURE,
        device=device,
        camera=things["camera"],
        requested_by=owner,
        address=f"{HOST}:80",
        state=ProbeState.DONE,
        picture=b"\xff\xd8 a picture",
        created_at=now,
        finished_at=now,
        lease_until=now,
    )


#: A channel of the device that is no camera.
UNLISTED = {"number": 2, "name": "", "video_source_token": "other", "streams": []}


def _probe(device: Device, by: User, now: datetime, kind: ProbeKind, camera: Camera | None = None) -> Probe:
    return Probe.objects.create(
        kind=kind,
        device=device,
        camera=camera,
        requested_by=by,
        address=f"{HOST}:80",
        state=ProbeState.DONE,
        report={"channels": [UNLISTED], "warnings": []},
        picture=b"\xff\xd8 a picture",
        created_at=now,
        finished_at=now,
        lease_until=now,
    )


def _grants(world: World, all_: Everything) -> None:
    for right in (AccessRight.VIEW_STILL, AccessRight.SEE_POSITION, AccessRight.SEE_HEALTH):
        all_.things["grant"] = world.grant(world.kelurahan, right=right)
    all_.things["asked"] = ask_for_access(
        duty=world.on_duty(DutyKind.VIEWER, world.polsek),
        area=world.other_kelurahan,
        right=AccessRight.VIEW_STILL,
        purpose=Purpose.SECURITY,
        case=None,
        words="Pencurian motor berturut-turut",
        now=world.now,
    )
    case = world.case(world.viewer())  # of the Polres: its Polsek may read it, nobody else
    case.number = ""
    case.save()
    all_.things["case"] = case


def _network(all_: Everything, now: datetime) -> None:
    all_.things["network"] = attach_network(
        site=all_.things["site"],
        name=f"VPN {LABEL}",
        text="10.20.30.0/24",
        ports=[80],
        by=all_.people["administrator"],
        now=now,
    )


def _vital(world: World, all_: Everything) -> None:
    """A vital object in the same kelurahan: only its own people and its named verifier know of it."""
    people = all_.people
    people["vital_owner"], people["vital_signer"] = person("Pengelola"), person("Penanda tangan")
    people["named_verifier"] = world.on_duty(DutyKind.VERIFIER, world.polsek, area_code=KELURAHAN).user
    people["named_grantor"] = world.on_duty(DutyKind.GRANTOR, world.polres).user
    people["named_approver"] = world.on_duty(DutyKind.APPROVER, world.polres).user
    site = world.site(owner=people["vital_owner"], kind=PartnerKind.VITAL, labels=(f"{LABEL} vital",))
    named = {name: people[name] for name in ("named_verifier", "named_grantor", "named_approver")}
    Site.objects.filter(pk=site.pk).update(**named, address=f"{ADDRESS} vital")
    all_.things |= {
        "vital_site": site,
        "vital_camera": site.cameras.get(),
        "vital_officer": people["named_verifier"].public_id,
        "waiting_grant": _waiting_grant(world, site),
        "proposal": _proposal(world, all_, site),
    }


def _fallen(all_: Everything, now: datetime) -> None:
    """The camera is part of an outage, of which its owner has a letter; so is the vital object's, of its own."""
    things, since = all_.things, now - timedelta(hours=1)
    things["outage"] = Outage.objects.create(kind=OutageKind.AREA, key=KELURAHAN, since=since)
    Fall.objects.create(device=things["device"], since=since, outage=things["outage"])
    line = Alert.objects.create(
        user=all_.people["owner"],
        audience=Audience.OWNER,
        event=Event.DOWN,
        outage=things["outage"],
        owed_at=since,
        due_at=since,
        letter=uuid4(),
        sent_at=since,
    )
    things["letter"] = token_of(line.letter)
    if "vital_site" in things:
        site = things["vital_site"]
        device = Device.objects.create(site=site, host=HOST)
        site.cameras.update(device=device, channel=1)
        things["vital_outage"] = Outage.objects.create(kind=OutageKind.SITE, key=str(site.public_id), since=since)
        Fall.objects.create(device=device, since=since, outage=things["vital_outage"])


def _waiting_grant(world: World, site: Site) -> Grant:
    """Live video through the vital object, which waits for its second person."""
    site.refresh_from_db()
    world.consent(site, Right.LIVE_IN_HOURS)
    now = world.now
    return give_grant(
        by=site.named_grantor,
        organization=world.polres,
        scope=site,
        right=AccessRight.VIEW_LIVE,
        purpose=Purpose.SECURITY,
        letter_number="Sprin/8/XI/2026",
        valid_from=now,
        valid_until=now + timedelta(days=9),
        now=now,
    )


def _helpers(all_: Everything, now: datetime) -> None:
    """A reader whom the owner added at his place."""
    all_.people["helper"] = all_.things["helper"] = person("Pembantu")
    site, owner = all_.things["site"], all_.people["owner"]
    held = give_role(site=site, user=all_.people["helper"], role=PersonRole.READER, by=owner, now=now)
    all_.things["helper_row"] = held.pk


def _proposal(world: World, all_: Everything, site: Site) -> Proposal:
    """At the vital object two people sign, and a consent waits for the second."""
    owner, signer = all_.people["vital_owner"], all_.people["vital_signer"]
    give_role(site=site, user=signer, role=PersonRole.SIGNATORY, by=owner, now=world.now)
    ask_for_two(site=site, by=owner, now=world.now)
    wanted = ConsentChoice(Right.LISTED, world.polres, world.now + timedelta(days=90))
    return propose_consents(site=site, choices=[wanted], by=owner, now=world.now)


def _visit(all_: Everything, now: datetime) -> None:
    """The verifier's open visit to the camera that is not verified yet, with the proof's picture."""
    things, verifier = all_.things, all_.people["verifier"]
    visit = start_visit(camera=things["fresh"], by=verifier, now=now)
    things["proof"] = _probe(things["device"], verifier, now, ProbeKind.POSSESSION, things["fresh"])
    visit.possession_probe = things["proof"]
    visit.save()
    things["visit"] = visit


def _looks(all_: Everything) -> None:
    """Running looks through the very pages, because a look is bound to its session."""
    for part, desk, name in (("viewer", "pusat-komando", "look"), ("verifier", "petugas", "own_look")):
        answer = all_.client(part).post(
            f"/{desk}/kamera/{all_.things['camera'].public_id}/", {"reason": "technical_check"}
        )
        assert answer.status_code == 302, "the world has no look"
        all_.things[name] = Look.objects.get(viewer=all_.people[part])
    look, own_look = all_.things["look"], all_.things["own_look"]
    all_.things["question"] = ask_question(
        look=own_look, by=all_.people["owner"], text="Untuk apa dilihat?", now=own_look.started_at
    )
    all_.things["deferral"] = Deferral.objects.create(
        look=own_look,
        letter_number="Sprin/7/XI/2026",
        reason="Tertutup",
        requested_by=all_.people["verifier"],
        requested_at=own_look.started_at,
    )
    look = all_.things["look"]
    now = timezone.now()
    asked = judge(
        look=all_.things["own_look"],
        verdict=Verdict.EXPLAIN,
        words="Mengapa?",
        by=all_.people["supervisor"],
        now=now,
    )
    all_.things["explanation"] = asked.explanation
    name = f"stills/uji/{uuid4()}.jpg"
    write_whole(name, b"\xff\xd8 a picture")
    all_.things["saved_still"] = SavedStill.objects.create(
        look=look,
        sha256=sha256(b"\xff\xd8 a picture").hexdigest(),
        size_bytes=12,
        file=name,
        saved_at=look.started_at,
        stored_at=look.started_at,
        delete_at=look.started_at + timedelta(days=30),
    )


def _privacy(world: World, all_: Everything) -> None:
    """The owner asks for another address of what was verified, and something leaked."""
    owner, now = all_.people["owner"], timezone.now()
    facts = {"address": f"{ADDRESS} B"}
    all_.things["correction"] = correct_site(site=all_.things["site"], facts=facts, by=owner, now=now)
    leaked = {"title": "Surel salah kirim", "happened_at": now, "known_at": now, "area_code": KELURAHAN}
    leaked |= dict.fromkeys(("data", "how", "measures"), "Uji")
    all_.things["breach"] = note_breach(facts=leaked, by=all_.people["protector"], now=now)
