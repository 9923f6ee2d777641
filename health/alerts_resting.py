"""The letter that a device's password is not accepted any more, so that nobody tries it again."""

from datetime import datetime

from django.utils.translation import gettext

from notices.services import in_language_of, tell
from registry.models import Device
from registry.people import KEEPING, people_at
from registry.quiet import letters_leave

CODE = "health.rests"


def tell_that_it_rests(device: Device, now: datetime) -> None:
    """Tell those who keep the device once for each secret. Call inside the transaction that lays it to rest."""
    changed = device.secret_changed_at.timestamp() if device.secret_changed_at else 0
    for person in people_at(device.site, KEEPING):
        with in_language_of(person):
            tell(
                person,
                code=CODE,
                subject=gettext("Kata sandi kamera Anda tidak lagi diterima"),
                body=gettext(
                    "Perangkat Anda di %(place)s dua kali tidak menerima nama pengguna dan kata sandi yang Anda "
                    "berikan. Kami berhenti mencobanya agar akun Anda tidak terkunci; pemeriksaan yang memerlukan "
                    "kata sandi menunggu. Mohon isi kata sandi yang berlaku sekarang, lalu uji perangkatnya."
                )
                % {"place": device.site.address},
                url="/mitra/",
                once_key=f"{CODE}:{device.pk}:{changed:.0f}:{person.pk}",
                now=now,
                mail_from=letters_leave(device.site, now),
            )
