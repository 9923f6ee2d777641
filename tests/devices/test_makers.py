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


def test_utf_16_in_the_declaration_above_utf_8_is_not_believed() -> None:
    reply = soap.parse_body(
        b'<?xml version="1.0" encoding="utf-16"?>\n<Envelope><Body><A>Kios \xc3\xa9</A></Body></Envelope>'
    )

    assert soap.text(reply) == "Kios é"


@pytest.mark.parametrize("declaration", [b"", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_name_that_was_cut_within_a_letter_costs_only_that_letter(declaration: bytes) -> None:
    reply = soap.parse_body(
        declaration + b"<Envelope><Body><A><Name>Pos \xe8\xad</Name><B>25</B></A></Body></Envelope>"
    )

    assert soap.text(reply, "Name") == "Pos \N{REPLACEMENT CHARACTER}"
    assert soap.number(reply, "B") == 25


def test_an_alphabet_that_is_declared_is_read_as_declared() -> None:
    written = '<?xml version="1.0" encoding="GB2312"?><Envelope><Body><A>门口</A></Body></Envelope>'

    assert soap.text(soap.parse_body(written.encode("gb2312"))) == "门口"
