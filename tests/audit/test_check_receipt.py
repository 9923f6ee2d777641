"""An owner with what he downloaded, the published anchors and the program in docs/: nothing else, no server."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

import audit
from access.models import Look
from access.services.looks import end_look, start_look
from audit import anchors, merkle
from audit.chain import canonical
from audit.models import Anchor
from feeds.keeping import delete_still
from feeds.models import SavedStill
from registry.models import Receipt
from registry.receipts import digest
from registry.rights import AccessRight, Right
from registry.services import withdraw_consent
from tests.access.conftest import signed_in
from tests.conduct.looks import a_look
from tests.factories import World, reason

SCRIPT = Path(__file__).resolve().parent.parent.parent / "docs" / "check_receipt.py"
HOLDS, FALSE, UNREADABLE, WAITS = 0, 1, 2, 3


@pytest.fixture
def world(db):
    return World(now=timezone.now())


@pytest.fixture
def site(world):
    site = world.site()
    world.consent(site, Right.STILL_IN_HOURS)
    return site


@pytest.fixture
def owner(site):
    return signed_in(site.partner.people.get())


@pytest.fixture
def look(world, site):
    """Somebody looked and is done."""
    camera = world.verified(site)
    world.grant(world.kelurahan)
    viewer = world.viewer()
    found = start_look(
        viewer=viewer, camera=camera, right=AccessRight.VIEW_STILL, reason=reason(), case=None, now=world.now
    )  # fmt: skip
    end_look(look=found, how="viewer_done", now=world.now)
    return found


@pytest.fixture
def files(tmp_path, owner, look):
    """The receipt, the look and the anchors as their owner downloads them."""
    anchors.make_due_anchors(now=timezone.now())
    receipt = Receipt.objects.latest("pk")
    return {
        "receipt": download(owner, f"/mitra/tanda-terima/{receipt.code}/catatan.json", tmp_path / "receipt.json"),
        "look": download(owner, f"/mitra/buku-tamu/{look.public_id}/bukti.json", tmp_path / "look.json"),
        "anchors": download(Client(), "/jejak-audit/jangkar.json", tmp_path / "jangkar.json"),
    }


def download(client: Client, address: str, path: Path) -> Path:
    answer = client.get(address)
    assert answer.status_code == 200
    path.write_bytes(answer.content)
    return path


def run(*words: object, code: int) -> str:
    """The script as a program of its own: isolated from this environment, with the standard library alone."""
    argv = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def changed(path: Path, change) -> Path:
    """A tampered copy."""
    said = json.loads(path.read_text())
    change(said)
    copy = path.with_suffix(".changed.json")
    copy.write_text(json.dumps(said))
    return copy


def reseal(said) -> None:
    """The forger writes the fitting SHA-256 into the receipt himself."""
    said["sha256"] = digest(said["record"])


def other_body(proof) -> None:
    """The forger makes the body and the hash fit, and the chain in the anchor cannot."""
    body = json.loads(base64.b64decode(proof["body"]))
    body["at"] = "2020-01-01T00:00:00+00:00"
    raw = canonical(body)
    proof["body"] = base64.b64encode(raw).decode()
    proof["hash"] = hashlib.sha256(bytes.fromhex(proof["previous_hash"]) + raw).hexdigest()


def test_a_receipt_and_a_look_are_in_the_published_trail(files):
    said = run(files["receipt"], files["anchors"], code=HOLDS)
    assert "consent.given" in said

    said = run(files["look"], files["anchors"], code=HOLDS)
    assert "look.started" in said
    assert "look.ended" in said


def _purpose(said):
    said["record"]["consents"][0]["processing"]["purpose"] = "apa saja"


def _resealed_right(said):
    said["record"]["consents"][0]["processing"]["service"] = "live_in_hours"
    reseal(said)


def _resealed_hours(said):
    said["record"]["consents"][0]["processing"]["hours"] = [0, 1]
    reseal(said)


def _resealed_consent(said):
    said["record"]["consents"][0]["id"] = "00000000-0000-0000-0000-000000000000"
    reseal(said)


RECEIPT_CHANGES = {
    "the record": (_purpose, "sidik digital"),
    "the record, resealed": (_resealed_right, "berbeda dari catatan"),
    "the hours, resealed": (_resealed_hours, "berbeda dari catatan"),
    "a consent that never was": (_resealed_consent, "bukan tentang"),
    "a text": (lambda said: said["texts"][0].update(body="lain"), "teks"),
    "no proof": (lambda said: said.update(proofs=[]), "entry is missing"),
    "the body": (lambda said: said["proofs"][0].update(body=base64.b64encode(b'{"number":1}').decode()), "hash"),
    "the body, rehashed": (lambda said: other_body(said["proofs"][0]), "tidak ada dalam jejak"),
    "the number": (lambda said: said["proofs"][0].update(number=9), "hash"),
    "the path": (lambda said: said["proofs"][0]["path"].__setitem__(0, "00" * 32), "tidak ada dalam jejak"),
    "a shorter path": (lambda said: said["proofs"][0]["path"].pop(), "tidak ada dalam jejak"),
    "a longer path": (lambda said: said["proofs"][0]["path"].append("00" * 32), "tidak ada dalam jejak"),
}


@pytest.mark.parametrize("what", RECEIPT_CHANGES)
def test_a_tampered_receipt_is_told(files, what):
    change, words = RECEIPT_CHANGES[what]

    assert words in run(changed(files["receipt"], change), files["anchors"], code=FALSE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said.update(look="00000000-0000-0000-0000-000000000000"), "bukan tentang"),
        (lambda said: said["proofs"].pop(0), "entry is missing"),
        (lambda said: other_body(said["proofs"][0]), "tidak ada dalam jejak"),
    ],
)
def test_a_tampered_look_is_told(files, change, words):
    assert words in run(changed(files["look"], change), files["anchors"], code=FALSE)


def test_the_anchor_that_counts_is_the_one_the_owner_holds(files):
    """A receipt that brings a whole forged trail and its anchor along, against what was published."""

    def other_root(said):
        statement = json.loads(said["anchors"][0]["statement"])
        said["anchors"][0]["statement"] = json.dumps({**statement, "root": "00" * 32})

    assert "tidak ada dalam jejak" in run(files["receipt"], changed(files["anchors"], other_root), code=FALSE)


def test_a_single_anchor_serves_as_well(files, tmp_path):
    one = download(Client(), f"/jejak-audit/jangkar/{Anchor.objects.get().last}.json", tmp_path / "one.json")

    run(files["receipt"], one, code=HOLDS)


def test_an_entry_after_the_last_anchor_waits(files, owner, tmp_path):
    receipt = Receipt.objects.latest("pk")
    now = timezone.now()
    withdraw_consent(consent=receipt.consents.first(), by=receipt.partner.people.get(), now=now)
    address = f"/mitra/tanda-terima/{receipt.code}/catatan.json"

    assert "MENUNGGU" in run(download(owner, address, tmp_path / "r.json"), files["anchors"], code=WAITS)

    anchors.make_due_anchors(now=now + timedelta(days=2))
    later = download(owner, address, tmp_path / "r.json")
    assert "tidak ada di bawah jangkar" in run(later, files["anchors"], code=FALSE)
    both = download(Client(), "/jejak-audit/jangkar.json", tmp_path / "both.json")
    assert "consent.withdrawn" in run(later, both, code=HOLDS)

    def unchained(said):
        statement = json.loads(said["anchors"][1]["statement"])
        said["anchors"][1]["statement"] = json.dumps({**statement, "before": "00" * 32})

    assert "menyambung" in run(later, changed(both, unchained), code=FALSE)


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"record": {}}', '{"look": 1, "proofs": [{}]}', "\udcff"])
def test_what_is_no_receipt_is_told_without_a_traceback(files, tmp_path, text):
    path = tmp_path / "nothing.json"
    path.write_bytes(text.encode(errors="surrogateescape"))

    run(path, files["anchors"], code=UNREADABLE)
    run(files["receipt"], path, code=UNREADABLE)
    run(tmp_path / "missing.json", files["anchors"], code=UNREADABLE)


def openssl(said: str, folder: Path) -> list[bool]:
    """What openssl answers to each command that the script told."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl")
    commands = [line.split() for line in said.splitlines() if line.strip().startswith("openssl ")]
    assert commands
    return [
        subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, check=False).returncode == 0
        for words in commands
    ]


def test_openssl_checks_the_signature_with_what_the_script_writes(files, tmp_path):
    folder = tmp_path / "signature"
    last = Anchor.objects.get().last

    said = run(files["receipt"], files["anchors"], "--openssl", folder, code=HOLDS)

    assert openssl(said, folder) == [True]
    page = Client().get("/jejak-audit/").content.decode()
    assert (folder / f"key-{last}.pem").read_text().splitlines()[1] in page
    assert re.search(r"kunci/key ([0-9a-f]{16})", said)[1] in page
    statement = folder / f"statement-{last}"
    statement.write_bytes(statement.read_bytes().replace(b'"first":1', b'"first":2'))
    assert openssl(said, folder) == [False]


def test_the_signatures_are_those_of_the_anchors_that_the_receipt_rests_on(files, tmp_path):
    """A forged receipt under an old anchor that was forged for it; the newest anchor in the file is genuine."""
    now, receipt = timezone.now(), Receipt.objects.latest("pk")
    withdraw_consent(consent=receipt.consents.first(), by=receipt.partner.people.get(), now=now)
    anchors.make_due_anchors(now=now + timedelta(days=2))
    both = download(Client(), "/jejak-audit/jangkar.json", tmp_path / "both.json")
    look = json.loads(files["look"].read_text())
    other_body(look["proofs"][0])

    def forged(said):
        old = json.loads(said["anchors"][0]["statement"])
        level = [bytes.fromhex(one) for one in look["proofs"][0]["path"]]
        place, size = look["proofs"][0]["number"] - old["first"], old["last"] - old["first"] + 1
        root = merkle.root_of_path(bytes.fromhex(look["proofs"][0]["hash"]), place, size, level)
        said["anchors"][0]["statement"] = json.dumps({**old, "root": root.hex()})

    def one_proof(said):
        said["proofs"] = look["proofs"][:1]

    folder = tmp_path / "signature"
    said = run(changed(files["look"], one_proof), changed(both, forged), "--openssl", folder, code=HOLDS)

    assert openssl(said, folder) == [False]


def test_the_page_gives_the_very_script():
    assert b"".join(Client().get("/jejak-audit/check_receipt.py").streaming_content) == SCRIPT.read_bytes()


def test_a_look_is_proved_to_its_own_owner_alone_and_names_no_officer(world, look, owner, files):
    stranger = signed_in(world.site().partner.people.get())
    address = f"/mitra/buku-tamu/{look.public_id}/bukti.json"

    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    bodies = [base64.b64decode(proof["body"]).decode() for proof in owner.get(address).json()["proofs"]]
    assert all(json.loads(body)["actor"] in {look.viewer_id, None} for body in bodies)
    assert not any(str(look.viewer) in body or str(look.viewer.public_id) in body for body in bodies)


@audit.atomic
def saved_and_fetched(look: Look, number: int) -> SavedStill:
    """A still of this look, with what the trail says of it while it is there."""
    at = look.started_at
    still = SavedStill.objects.create(
        look=look, sha256="a" * 64, size_bytes=9, file=f"stills/{number}.jpg", saved_at=at, stored_at=at,
        delete_at=at + timedelta(days=30),
    )  # fmt: skip
    for action in ("look.still_saved", "still.fetched"):
        audit.record(action, actor=look.viewer, target=still, look=str(look.public_id))
    return still


def test_the_proof_of_a_look_goes_on_with_each_picture_saved_in_it(world, site, look, owner, tmp_path):
    other = a_look(look.duty, site.cameras.get(), world.now)
    stills = [saved_and_fetched(look, 1), saved_and_fetched(look, 2)]
    saved_and_fetched(other, 3)
    delete_still(still=stills[0], how="due", now=world.now)
    anchors.make_due_anchors(now=timezone.now())
    proof = download(owner, f"/mitra/buku-tamu/{look.public_id}/bukti.json", tmp_path / "look.json")
    published = download(Client(), "/jejak-audit/jangkar.json", tmp_path / "jangkar.json")

    shown = run(proof, published, code=HOLDS)

    told = [shown.count(f": {action},") for action in ("look.still_saved", "still.fetched", "still.deleted")]
    assert told == [2, 2, 1]
    one_more = json.loads(
        download(owner, f"/mitra/buku-tamu/{other.public_id}/bukti.json", tmp_path / "other.json").read_text()
    )
    mixed = changed(proof, lambda said: said["proofs"].extend(one_more["proofs"]))
    assert "bukan tentang berkas ini" in run(mixed, published, code=FALSE)


def test_the_pages_say_which_entry_and_which_anchor(world, site, owner):
    code = Receipt.objects.latest("pk").code
    pages = ((owner, f"/mitra/tanda-terima/{code}/"), (Client(), f"/tanda-terima/{code}/"))
    assert all("menunggu jangkar" in client.get(page).content.decode() for client, page in pages)

    anchors.make_due_anchors(now=timezone.now())

    assert all("dijangkarkan" in client.get(page).content.decode() for client, page in pages)
