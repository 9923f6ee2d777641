"""Pages of conduct."""

from django.urls import path

from conduct import proof_views

app_name = "conduct"
urlpatterns = [
    path("mitra/buku-tamu/<uuid:public_id>/bukti.json", proof_views.look_proof, name="look-proof"),
]
