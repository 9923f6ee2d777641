"""What the test of the queues does inside the product: `python -m tests.ops.tar_pits PITS_PORT GOOD_PORT COUNT`.

Leaves COUNT devices that are known to be slow, each claimed in a batch of its own and sent on its way, and after
them a probe of a device that answers; prints the probe's number.
"""

import os
import sys
from datetime import timedelta


def main(pits: int, good: int, count: int) -> None:
    from django.utils import timezone

    from health import services
    from health.models import CheckState
    from health.tasks import check_slow_batch
    from onboarding.identity import address_of
    from onboarding.models import Probe, ProbeKind, ProbeState
    from onboarding.tasks import run_probe
    from tests.health.world import add_device
    from tests.registry.world import make_city, make_person

    now = timezone.now()
    city, owner = make_city(), make_person("pemilik")
    for _ in range(count):
        add_device(city, owner, pits)
    services.ensure_states(now)
    CheckState.objects.update(slow=True)
    device = add_device(city, owner, good)
    while claim := services.claim_due(now=now, limit=1, slow=True):
        check_slow_batch.delay(lease=str(claim.lease))
    probe = Probe.objects.create(
        kind=ProbeKind.CONNECT,
        device=device,
        requested_by=owner,
        address=address_of(device),
        state=ProbeState.QUEUED,
        created_at=now,
        lease_until=now + timedelta(minutes=10),  # Nobody rescues it: it has to come by itself.
    )
    run_probe.delay(probe.pk)
    sys.stdout.write(f"{probe.pk}\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    main(*map(int, sys.argv[1:]))
