"""Pages of onboarding: enrolling, changing a place later, connecting a device, the officer's visit."""

from django.urls import include, path

app_name = "onboarding"
urlpatterns = [
    path("", include("onboarding.enrolment_urls")),
    path("", include("onboarding.later.urls")),
    path("", include("onboarding.settings.urls")),
    path("", include("onboarding.site_urls")),
]
