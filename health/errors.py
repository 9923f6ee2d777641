"""Refusals about health, in words for the person who is refused."""

from django.utils.translation import gettext_lazy as _

from registry.errors import RegistryError


class DayOutOfReach(RegistryError):
    code = "day_out_of_reach"
    message = _("Pilih hari ini atau sesudahnya, paling lama 30 hari lagi.")


class AlreadyBack(RegistryError):
    code = "already_back"
    message = _("Kamera ini sudah menjawab lagi. Tidak ada yang perlu dikabarkan.")
