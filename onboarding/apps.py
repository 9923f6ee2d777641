from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = "Pendataan"

    def ready(self) -> None:
        import audit
        from onboarding.visits import release_visits

        for action in ("duty.ended", "duty.lapsed"):
            audit.subscribe(action, release_visits)
