from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Orang dan organisasi"

    def ready(self) -> None:
        from accounts import second_factor, sessions  # noqa: F401  (their receivers)
