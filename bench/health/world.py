"""Devices with a camera each, as a successful probe leaves them, written by COPY."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import Organization, OrganizationKind, User
from accounts.services import add_organization
from bench.copies import copied
from bench.health.addresses import address
from bench.rows import tell
from devices.secrets import Credentials
from health import services
from health.models import CheckGroup, CheckState
from registry import geo
from registry.models import Area, AreaLevel, Camera, Consent, ConsentText, Device, Partner, Receipt, Site
from registry.rights import PURPOSE_OF, Right
from registry.targets import seal_credentials

VACUUMS = 20


def write(
    count: int,
    port_of: Callable[[int], int],
    now: datetime,
    *,
    onvif: bool = False,
    credentials: Credentials | None = None,
) -> None:
    """`count` devices at addresses of their own, one camera each, and the checks that they are owed; with
    `credentials` they can be signed in to, and the camera has a stream to ask for there."""
    tell(f"Writing {count:,} devices ...")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE registry_device, registry_site, registry_partner, registry_area CASCADE")
        cursor.execute("TRUNCATE health_statusinterval")
    area = Area.objects.create(code="31.73", name="Jakarta Barat", level=AreaLevel.CITY, lat=-6.19, lng=106.77)
    owner, _ = User.objects.get_or_create(email="pemilik@contoh.id", defaults={"is_active": True})
    partner = Partner.objects.create(kind="resident", name="Pemilik Uji")
    cells = geo.cells(-6.19, 106.77)
    known = now - timedelta(days=1)
    copied(
        Site,
        (
            Site(
                pk=n + 1,
                partner=partner,
                area=area,
                address=f"Jalan {n}",
                lat=-6.19,
                lng=106.77,
                position_source="gps",
                maintainer_name="Perawat",
                created_at=known,
                **cells,
            )
            for n in range(count)
        ),
    )
    copied(
        Device,
        (
            _with_secret(
                Device(
                    pk=n + 1,
                    site_id=n + 1,
                    host=address(n),
                    onvif_port=port_of(n),
                    rtsp_port=port_of(n),
                    rtsp_path="" if onvif else "/live",
                    answered_at=known,
                ),
                credentials,
            )
            for n in range(count)
        ),
    )
    copied(
        Camera,
        (
            Camera(
                pk=n + 1,
                site_id=n + 1,
                device_id=n + 1,
                channel=1,
                label="Kamera 1",
                sees="street",
                stream_path="/live",
                profile_token="rtsp:1" if credentials else "",
                listed_at=known,
                listed_by=owner,
            )
            for n in range(count)
        ),
    )
    _consented(count, owner, partner, known)
    services.ensure_states(now)
    settle()


def _with_secret(device: Device, credentials: Credentials | None) -> Device:
    if credentials is not None:
        sealed = seal_credentials(
            device_id=device.public_id,
            host=device.host,
            port=device.onvif_port,
            user=credentials.user,
            password=credentials.password,
        )
        device.sealed_user, device.sealed_password = sealed.user, sealed.password
    return device


def _consented(count: int, owner: User, partner: Partner, since: datetime) -> None:
    """A consent at each site that takes a device: without one nobody is asked."""
    body = Organization.objects.first() or add_organization(
        name="Polres Uji", kind=OrganizationKind.POLRES, area_code="31.73"
    )
    text, _ = ConsentText.objects.get_or_create(version="1", language="id", sha256="", defaults={"body": "Uji"})
    receipt = Receipt.objects.create(code="UJI", partner=partner, site_id=1, sha256="", created_at=since)
    copied(
        Consent,
        (
            Consent(
                pk=n + 1,
                site_id=n + 1,
                right=Right.STILL_IN_INCIDENT,
                purpose=PURPOSE_OF[Right.STILL_IN_INCIDENT],
                recipient=body,
                valid_from=since,
                valid_until=since + timedelta(days=365),
                text=text,
                receipt=receipt,
                signed_by=owner,
                signed_at=since,
            )
            for n in range(count)
        ),
    )


def settle() -> None:
    """What autovacuum would do by itself some minutes later. It leaves empty tables alone: one that is known to be
    empty is read whole for each row that is joined to it, until it is looked at again.

    Again, until every page is marked as seen by all: while somebody else (autovacuum's own analysing, mostly) reads
    as of an earlier moment none is, and what can be answered from an index alone goes to the table for each row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE n_live_tup > 0")
        filled = [name for (name,) in cursor.fetchall()]
        for _ in range(VACUUMS):
            cursor.execute(f"VACUUM ANALYZE {', '.join(map(connection.ops.quote_name, filled))}")
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relname = ANY(%s) AND relallvisible < relpages", [filled]
            )
            if not cursor.fetchone()[0]:
                return
            time.sleep(1)
    tell("Some pages are not yet seen by all: what is read from indexes alone may be slower than it is.")


def all_due(now: datetime) -> None:
    """Every device is owed a check now."""
    just = now - timedelta(seconds=1)
    CheckState.objects.filter(group__isnull=True).update(next_check_at=just, lease=None, lease_until=None)
    CheckGroup.objects.update(next_check_at=just, lease=None, lease_until=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM health_checkstate, health_checkgroup")
