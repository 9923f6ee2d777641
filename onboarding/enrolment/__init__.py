"""Enrolment: one question per page, saved after each, turned into facts of record once."""
