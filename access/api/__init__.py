"""The API of cameras, grants, cases and looks: the same decision and the same services as the pages."""

from access.api.cameras import CameraViewSet
from access.api.cases import CaseViewSet
from access.api.grants import GrantViewSet
from access.api.looks import LookViewSet

routes = [
    ("cameras", CameraViewSet, "camera"),
    ("grants", GrantViewSet, "grant"),
    ("cases", CaseViewSet, "case"),
    ("looks", LookViewSet, "look"),
]
