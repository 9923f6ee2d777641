"""Grants on scopes, requests for them, cases, and looks."""

from access.models.cases import Case, CaseKind, CaseQuerySet
from access.models.grants import AreaPermission, CameraPermission, Grant, GrantQuerySet, SitePermission
from access.models.looks import Look, LookQuerySet, Reason
from access.models.requests import AccessRequest, RequestOutcome

__all__ = [
    "AccessRequest",
    "AreaPermission",
    "CameraPermission",
    "Case",
    "CaseKind",
    "CaseQuerySet",
    "Grant",
    "GrantQuerySet",
    "Look",
    "LookQuerySet",
    "Reason",
    "RequestOutcome",
    "SitePermission",
]
