"""Pages of conduct."""

from django.urls import path

import access.urls  # noqa: F401  (knows what a desk is)
from conduct import (
    deferrals_views,
    explanations_views,
    guest_book_views,
    judging_views,
    proof_views,
    questions_views,
)

app_name = "conduct"
urlpatterns = [
    path("mitra/buku-tamu/<uuid:public_id>/bukti.json", proof_views.look_proof, name="look-proof"),
    path("mitra/buku-tamu/buku-tamu.csv", guest_book_views.book_file, name="book-file"),
    path("mitra/buku-tamu/<uuid:public_id>/tanya/", questions_views.ask, name="ask"),
    path("mitra/pertanyaan/", questions_views.my_questions, name="my-questions"),
    path("pengawas/pertanyaan/", questions_views.queue, name="questions"),
    path("pengawas/pertanyaan/<uuid:public_id>/", questions_views.question, name="question"),
    path("<desk:desk>/lihat/<uuid:public_id>/tunda/", deferrals_views.defer, name="defer"),
    path("pengawas/penundaan/", deferrals_views.queue, name="deferrals"),
    path("pengawas/penundaan/<uuid:public_id>/", deferrals_views.deferral, name="deferral"),
    path("pengawas/pola/", judging_views.odd_patterns, name="patterns"),
    path("pengawas/tayangan/<uuid:public_id>/", judging_views.look, name="look"),
    path("pengawas/tayangan/<uuid:public_id>/peta.json", judging_views.look_map, name="look-map"),
    path("pengawas/tayangan/<uuid:public_id>/buka-tugas/", judging_views.suspension_lift, name="suspension-lift"),
    path("petugas/penjelasan/<uuid:public_id>/", explanations_views.explanation, name="explanation"),
]
