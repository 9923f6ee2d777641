"""Changing a place that is on record. Included by `onboarding.urls`."""

from django.urls import path

from onboarding.later import channel_views, views

SITE = "mitra/tempat/<uuid:public_id>/"
CHANNEL = "mitra/uji/<uuid:public_id>/saluran/<int:number>/"

urlpatterns = [
    path(f"{SITE}izin/", views.site_consent, name="site-consent"),
    path(f"{SITE}perbarui/", views.site_renew, name="site-renew"),
    path(f"{SITE}perangkat/", views.site_device, name="site-device"),
    path(f"{SITE}kamera/tambah/", views.site_camera, name="site-camera"),
    path(f"{CHANNEL}daftarkan/", channel_views.channel_camera, name="channel-camera"),
    path(f"{CHANNEL}gambar/", channel_views.channel_picture, name="channel-picture"),
]
