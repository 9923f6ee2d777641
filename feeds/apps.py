from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedsConfig(AppConfig):
    name = "feeds"
    verbose_name = "Tayangan"

    def ready(self) -> None:
        from feeds import ahead, keeping  # Needs the models, which are loaded by now.
        from registry.endings import owes

        words = _("Gambar yang disimpan dihapus, kecuali yang menjadi bagian sebuah perkara")
        owes("saved_stills", words, keeping.erase_of_ending, ahead.stills_ahead)
