"""Pages of the register: what an owner changes, and receipts."""

from django.urls import path

from registry import views
from registry.administration_urls import urlpatterns as administration_patterns
from registry.owner_urls import urlpatterns as owner_patterns
from registry.vital_urls import urlpatterns as vital_patterns

app_name = "registry"
urlpatterns = [
    *owner_patterns,
    *vital_patterns,
    *administration_patterns,
    path("tanda-terima/", views.receipt_find, name="receipt-find"),
    path("tanda-terima/<str:code>/", views.receipt_check, name="receipt-check"),
    path("mitra/tanda-terima/<str:code>/", views.receipt, name="receipt"),
    path("mitra/tanda-terima/<str:code>/catatan.json", views.receipt_json, name="receipt-json"),
    path("mitra/tanda-terima/<str:code>/tanda-terima-<slug:language>.pdf", views.receipt_pdf, name="receipt-pdf"),
    path("peta/wilayah/<str:code>/", views.area_map, name="area-map"),
]
