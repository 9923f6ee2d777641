"""The settings of a device. Included by `onboarding.urls`."""

from django.urls import path

from onboarding.settings import views

SETTINGS = "mitra/perangkat/<uuid:public_id>/pengaturan/"
CHANGE = f"{SETTINGS}perubahan/<uuid:change_id>/"
CAMERA = f"{SETTINGS}kamera/<uuid:camera_id>/"
WORK = f"{SETTINGS}kerja/<uuid:work_id>/"

urlpatterns = [
    path(SETTINGS, views.settings, name="settings"),
    path(f"{SETTINGS}baca/", views.settings_read, name="settings-read"),
    path(WORK, views.settings_work, name="settings-work"),
    path(f"{WORK}gambar/", views.settings_work_picture, name="settings-work-picture"),
    path(f"{CHANGE}setuju/", views.settings_agree, name="settings-agree"),
    path(f"{CHANGE}kembalikan/", views.settings_undo, name="settings-undo"),
    path(f"{CAMERA}area/", views.settings_masks, name="settings-masks"),
    path(f"{CAMERA}gambar/", views.settings_picture, name="settings-picture"),
]
