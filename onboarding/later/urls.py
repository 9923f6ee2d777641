"""Changing a place that is on record. Included by `onboarding.urls`."""

from django.urls import path

from onboarding.later import views

SITE = "mitra/tempat/<uuid:public_id>/"

urlpatterns = [
    path(f"{SITE}izin/", views.site_consent, name="site-consent"),
    path(f"{SITE}perangkat/", views.site_device, name="site-device"),
    path(f"{SITE}kamera/tambah/", views.site_camera, name="site-camera"),
]
