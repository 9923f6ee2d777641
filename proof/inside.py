"""What the proof of restore does inside the product, in processes of their own: `python -m proof.inside WORD`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path

SECRETS, FILES, BATCH = 500, 20, 1_000


def fill(entries: int, passwords: Path) -> None:
    """A small world, sealed secrets, saved stills, and so many audit entries; one in ten has a text."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.utils import timezone

    import audit
    from access.services import start_look
    from audit.models import Entry
    from feeds.models import SavedStill
    from registry.models import Device
    from registry.rights import AccessRight, Right
    from registry.targets import seal_credentials
    from tests.factories import World, reason

    world = World(timezone.now())
    site = world.site()
    world.device(site)
    camera = world.verified(site)
    world.consent(site, Right.STILL_IN_HOURS)
    world.grant(world.kelurahan)
    viewer = world.viewer()
    look = start_look(
        viewer=viewer,
        camera=camera,
        right=AccessRight.VIEW_STILL,
        reason=reason(),
        case=None,
        now=world.now,
    )

    plain = {}
    for _ in range(SECRETS):
        device = Device(site=site, host="198.51.100.7")
        plain[str(device.public_id)] = secrets.token_urlsafe(18)
        sealed = seal_credentials(
            device_id=device.public_id,
            host=device.host,
            port=device.onvif_port,
            user="mitra",
            password=plain[str(device.public_id)],
        )
        device.sealed_user, device.sealed_password = sealed.user, sealed.password
        device.save()
    passwords.write_text(json.dumps(plain))

    for number in range(FILES):
        name = default_storage.save(f"proof/{number}.jpg", ContentFile(os.urandom(100_000)))
        SavedStill.objects.create(
            look=look,
            sha256=f"{number:064x}",
            size_bytes=100_000,
            file=name,
            saved_at=world.now,
            stored_at=world.now,
            delete_at=look.until + timedelta(days=30),
        )

    @audit.atomic
    def append(first: int, last: int) -> None:
        for number in range(first, last):
            texts = {"note": f"Catatan {number} {secrets.token_hex(20)}"} if number % 10 == 0 else None
            audit.record("proof.noted", actor=viewer.user, target=camera, texts=texts, number=number, look=look.pk)

    have = Entry.objects.count()
    while have < entries:
        append(have, min(have + BATCH, entries))
        have = min(have + BATCH, entries)


def opening(passwords: Path) -> dict[str, int]:
    """How many of the sealed secrets open with the keys of this process, and to what they were."""
    from registry.models import Device
    from registry.targets import NoCredentials, credentials_of

    plain = json.loads(passwords.read_text())
    right = wrong = shut = 0
    for device in Device.objects.exclude(sealed_password=""):
        try:
            same = credentials_of(device).password == plain[str(device.public_id)]
        except NoCredentials:
            shut += 1
        else:
            right, wrong = right + same, wrong + (not same)
    return {"right": right, "wrong": wrong, "shut": shut}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    word, passwords, *rest = sys.argv[1:]
    if word == "fill":
        fill(int(rest[0]), Path(passwords))
    else:
        print(json.dumps(opening(Path(passwords))))


if __name__ == "__main__":
    main()
