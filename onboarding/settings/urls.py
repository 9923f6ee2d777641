"""The settings of a device. Included by `onboarding.urls`."""

from django.urls import path

from onboarding.settings import views

SETTINGS = "mitra/perangkat/<uuid:public_id>/pengaturan/"
CHANGE, WORK = "mitra/perubahan/<uuid:public_id>/", "mitra/percakapan/<uuid:public_id>/"
CAMERA = "mitra/kamera/<uuid:public_id>/"

urlpatterns = [
    path(SETTINGS, views.settings, name="settings"),
    path(f"{SETTINGS}baca/", views.settings_read, name="settings-read"),
    path(f"{CHANGE}setuju/", views.settings_agree, name="settings-agree"),
    path(f"{CHANGE}kembalikan/", views.settings_undo, name="settings-undo"),
    path(WORK, views.settings_work, name="settings-work"),
    path(f"{WORK}gambar/", views.settings_work_picture, name="settings-work-picture"),
    path(f"{CAMERA}area/", views.settings_masks, name="settings-masks"),
    path(f"{CAMERA}gambar/", views.settings_picture, name="settings-picture"),
]
