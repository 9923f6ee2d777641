"""Pages of the demo, under /peragaan/. Joined only in demo mode."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("masuk/<str:token>/", views.sign_in, name="sign-in"),
    path("kotak-surat/", views.letters, name="letters"),
    path("kamera/", views.cameras, name="cameras"),
    path("kamera/<slug:name>/", views.camera_sign, name="camera-sign"),
    path("kamera/<slug:name>/gangguan/", views.camera_fault, name="camera-fault"),
    path("peta/jalan.json", views.streets, name="streets"),
]
