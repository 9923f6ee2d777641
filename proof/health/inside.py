"""What these proofs do inside the product: `python -m proof.health.inside PORT COUNT` leaves so many cameras, each
at a site of its own, and says the keys of their devices as JSON."""

from __future__ import annotations

import json
import os
import sys


def main(port: int, count: int) -> None:
    from proof.health.cameras import address_of
    from tests.health.world import add_device
    from tests.registry.world import make_city, make_person

    city = make_city()
    owner = make_person("pemilik")
    devices = [add_device(city, owner, port, host=address_of(number)).pk for number in range(count)]
    sys.stdout.write(json.dumps(devices) + "\n")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "proof.health.settings"
    import django

    django.setup()
    main(*map(int, sys.argv[1:]))
