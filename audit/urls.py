"""The public page of the audit trail."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("jejak-audit/", views.trail, name="trail"),
    path("jejak-audit/jangkar.json", views.anchors, name="anchors"),
    path("jejak-audit/sampai/<int:last>/jangkar.json", views.anchors, name="anchors-until"),
    path("jejak-audit/jangkar/<int:last>.json", views.anchor, name="anchor"),
    path("jejak-audit/check_receipt.py", views.checker, name="checker"),
]
