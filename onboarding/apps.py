from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = "Pendataan"

    def ready(self) -> None:
        import audit
        from onboarding import erasing  # Needs the models, which are loaded by now.
        from onboarding.visits import release_visits

        erasing.subscribe()
        for action in ("duty.ended", "duty.lapsed"):
            audit.subscribe(action, release_visits)
