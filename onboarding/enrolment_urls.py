"""The pages of `/daftar/`."""

from django.urls import path

from onboarding.enrolment import views

urlpatterns = [
    path("daftar/", views.start, name="enrol"),
    path("daftar/lanjut/", views.go, name="enrol-go"),
    path("daftar/hapus-draf/", views.drop, name="enrol-drop"),
    path("daftar/periksa/", views.check, name="enrol-check"),
    path("daftar/selesai/<uuid:public_id>/", views.done, name="enrol-done"),
    path("daftar/kamera/<int:number>/", views.question, {"slug": "kamera"}, name="enrol-camera"),
    path("daftar/<slug:slug>/", views.question, name="enrol-page"),
]
