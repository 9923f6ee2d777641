#!/usr/bin/env python3
"""Periksa tanda terima atau bukti kunjungan terhadap jangkar yang diumumkan, tanpa server Mitra Kamera.

    python3 check_receipt.py TANDA-TERIMA.json JANGKAR.json [--openssl FOLDER]

TANDA-TERIMA.json: catatan dari halaman tanda terima Anda, atau bukti satu kunjungan dari Buku Tamu Kamera.
JANGKAR.json: daftar jangkar dari /jejak-audit/, atau satu jangkar yang Anda simpan sendiri.

Checks a receipt, or the proof of one look, against the published anchors; needs nothing but Python 3.8:
- the receipt's record hashes to its own SHA-256, and each text to its;
- each proof is about this receipt, this look or a picture saved in it, and each consent of the receipt has one;
- each entry's body hashes, with the hash of the entry before, to the entry's hash;
- the Merkle path (RFC 6962) leads from that hash to the root in the anchor that you hold, not in the receipt;
- each anchor that you hold goes on where the one before it ended.

The signatures of the anchors over your entries are checked with openssl: --openssl writes what it needs for each
of them, and names its key (see docs/audit.md). Without that, the anchors in your file are taken as they are.
Exit code: 0 all holds; 1 something does not; 2 a file cannot be read; 3 an entry waits for its anchor.
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path

LOOK = "access.look"
HOLDS, FALSE, UNREADABLE, WAITS = 0, 1, 2, 3
ED25519 = bytes.fromhex("302a300506032b6570032100")  # What stands before a raw key in a public key file.


class Untrue(Exception):
    """Something does not hold; the words say what."""


def sha256(data):
    return hashlib.sha256(data).digest()


def canonical(record):
    """The bytes that were hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def root_of(leaf, place, size, path):
    """The root to which the path leads from this leaf; None if it cannot be a path of this tree."""
    made, rest, last = sha256(b"\0" + leaf), [bytes.fromhex(one) for one in path], size - 1
    if not 0 <= place < size:
        return None
    while last:
        if place % 2 or place < last:
            if not rest:
                return None
            beside = rest.pop(0)
            made = sha256(b"\1" + beside + made) if place % 2 else sha256(b"\1" + made + beside)
        place, last = place // 2, last // 2
    return None if rest else made


def read_anchors(found):
    """The anchors in a file by their last entry, each with its own bytes."""
    anchors = {}
    for one in found.get("anchors", [found]):
        said = json.loads(one["statement"])
        if said["last"] in anchors and anchors[said["last"]]["statement"] != one["statement"]:
            raise Untrue(f"dua jangkar berbeda berakhir di entri {said['last']} (two anchors differ)")
        anchors[said["last"]] = {**one, "said": said}
    return anchors


def check_anchors(anchors):
    """Each anchor goes on where the one before it ended."""
    before = None
    for last in sorted(anchors):
        said = anchors[last]["said"]
        if before and said["first"] == before["last"] + 1 and said["before"] != before["head"]:
            raise Untrue(
                f"jangkar {said['first']}–{last} tidak menyambung jangkar sebelumnya (broken chain of anchors)"
            )
        if before and said["first"] <= before["last"]:
            raise Untrue(f"jangkar {said['first']}–{last} menindih jangkar sebelumnya (anchors overlap)")
        before = said


def check_record(receipt):
    """The record and the texts hash to what the receipt says."""
    if sha256(canonical(receipt["record"])).hex() != receipt["sha256"]:
        raise Untrue("catatan tidak sama dengan sidik digitalnya (the record does not hash to its SHA-256)")
    texts = {text["sha256"]: text["body"] for text in receipt["texts"]}
    for consent in receipt["record"]["consents"]:
        text = texts.get(consent["notice"]["sha256"])
        if text is None or sha256(text.encode()).hex() != consent["notice"]["sha256"]:
            raise Untrue("teks persetujuan bukan yang disetujui (a text is not the one that was signed)")


def check_proof(proof, anchors):
    """One entry stands in the trail under an anchor that you hold; returns its body, and whether it waits."""
    body = base64.b64decode(proof["body"], validate=True)
    said = json.loads(body)
    number, own = said["number"], sha256(bytes.fromhex(proof["previous_hash"]) + body)
    if number != proof["number"] or own.hex() != proof["hash"]:
        raise Untrue(f"isi entri {number} tidak sama dengan hash-nya (the entry does not hash to its hash)")
    if proof["anchor"] is None:
        return said, None
    held = [one["said"] for one in anchors.values() if one["said"]["first"] <= number <= one["said"]["last"]]
    if not held:
        raise Untrue(f"entri {number} tidak ada di bawah jangkar dalam berkas Anda (no anchor you hold is over it)")
    anchor = held[0]
    size, place = anchor["last"] - anchor["first"] + 1, number - anchor["first"]
    root = root_of(own, place, size, proof["path"])
    if root is None or root.hex() != anchor["root"]:
        raise Untrue(f"entri {number} tidak ada dalam jejak yang dijangkarkan (not in the anchored trail)")
    return said, anchor


def check_agreed(consent, said):
    """The entry that a consent was given says the same as the record."""
    facts, processing = said["facts"], consent.get("processing", consent)
    recorded = {
        "right": processing.get("service", processing.get("right")),
        "purpose": processing["purpose"],
        "recipient": processing["recipients"][0] if "recipients" in processing else processing["recipient_id"],
        "text": consent["notice"]["sha256"],
    }
    if "hours" in facts:  # Entries of an earlier release have none.
        recorded["hours"] = processing["hours"]
    until = datetime.fromisoformat(processing["valid_until"]) == datetime.fromisoformat(facts["valid_until"])
    if not until or any(facts[name] != value for name, value in recorded.items()):
        raise Untrue(f"entri {said['number']} berbeda dari catatan Anda (the entry differs from your record)")


def is_about(said, kind, wanted):
    """Whether an entry is about one of these, or about a picture that was saved in this look."""
    if said["target"][0] == kind:
        return said["target"][1] in wanted
    return kind == LOOK and said["target"][0] == "feeds.savedstill" and said["facts"].get("look") in wanted


def check(receipt, anchors):
    """All of it; returns the exit code and the last entry of each anchor it rests on, and says each entry."""
    check_anchors(anchors)
    consents, over = {}, set()
    if "record" in receipt:
        check_record(receipt)
        consents = {row["id"]: row for row in receipt["record"]["consents"]}
        kind, wanted, needed = "registry.consent", set(consents), "consent.given"
    else:
        kind, wanted, needed = LOOK, {receipt["look"]}, "look.started"
    shown, answer = set(), HOLDS
    for proof in receipt["proofs"]:
        said, anchor = check_proof(proof, anchors)
        if not is_about(said, kind, wanted):
            raise Untrue(f"entri {said['number']} bukan tentang berkas ini (the entry is about something else)")
        if said["action"] == needed:
            shown.add(said["target"][1])
            if consents:
                check_agreed(consents[said["target"][1]], said)
        under = f"jangkar {anchor['first']}–{anchor['last']}, {anchor['made_at']}" if anchor else "MENUNGGU jangkar"
        print(f"  entri {said['number']}: {said['action']}, {said['at']} ({under})")
        over.update([anchor["last"]] if anchor else [])
        answer = answer if anchor else WAITS
    if shown != wanted:
        raise Untrue(f"tidak ada entri {needed} untuk: {', '.join(sorted(wanted - shown))} (an entry is missing)")
    return answer, sorted(over)


def write_for_openssl(folder, anchors):
    """For each anchor its bytes, its signature and the public key beside it, each in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    print(f"Tanda tangan, di folder {folder} (signatures; the key must be the published one):")
    for one in anchors:
        last, public = one["said"]["last"], base64.b64decode(one["public_key"])
        key = base64.b64encode(ED25519 + public).decode()
        (folder / f"statement-{last}").write_bytes(one["statement"].encode())
        (folder / f"signature-{last}").write_bytes(base64.b64decode(one["signature"]))
        (folder / f"key-{last}.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n")
        print(f"  jangkar {one['said']['first']}–{last}, kunci/key {sha256(public).hex()[:16]}:")
        files = f"-inkey key-{last}.pem -rawin -in statement-{last} -sigfile signature-{last}"
        print(f"  openssl pkeyutl -verify -pubin {files}")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("receipt", type=Path)
    words.add_argument("anchors", type=Path)
    words.add_argument("--openssl", type=Path, metavar="FOLDER")
    asked = words.parse_args()
    try:
        receipt = json.loads(asked.receipt.read_text(encoding="utf-8"))
        anchors = read_anchors(json.loads(asked.anchors.read_text(encoding="utf-8")))
        answer, over = check(receipt, anchors)
        if asked.openssl:
            write_for_openssl(asked.openssl, [anchors[last] for last in over])
    except Untrue as what:
        print(f"TIDAK COCOK: {what}")
        return FALSE
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
        print(f"Berkas tidak dapat dibaca / a file cannot be read: {problem!r}")
        return UNREADABLE
    if answer == WAITS:
        print("Yang lain COCOK, tetapi ada entri yang menunggu jangkar: unduh lagi sesudah jangkar berikutnya.")
        print("(The rest holds; an entry waits for its anchor: download again after the next one.)")
        return WAITS
    print("COCOK: semua entri ada dalam jejak yang diumumkan. (Holds: every entry is in the published trail.)")
    return HOLDS


if __name__ == "__main__":
    sys.exit(main())
