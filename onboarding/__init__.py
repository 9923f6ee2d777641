"""Enrolment, connecting a device, site verification."""
