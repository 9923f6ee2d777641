"""Replies in the manner of several makers, read by the parsers.

The files in `tests/recordings` are written by hand, with names, numbers and addresses of our own.
"""

from __future__ import annotations

import pytest

from devices import soap
from devices.errors import Misbehaving


def test_an_undeclared_prefix_is_forgiven_whatever_another_device_sent_before() -> None:
    """The log of lxml's exception goes on from document to document; only the parser's own belongs to this one."""
    with pytest.raises(Misbehaving):
        soap.parse_body(b"<Envelope><Body><GetProfilesResponse")

    reply = soap.parse_body(b"<Envelope><Body><trt:GetProfilesResponse/></Body></Envelope>")

    assert soap.local(reply) == "GetProfilesResponse"
