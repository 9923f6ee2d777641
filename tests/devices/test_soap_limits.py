"""What an XML answer may not be, to the very number; counted without walking the tree in Python."""

from __future__ import annotations

import pytest

from devices import soap
from devices.errors import Misbehaving


def refusal(document: bytes) -> str:
    """The detail with which a document is refused; empty where it is read."""
    try:
        soap.parse_xml(document)
    except Misbehaving as error:
        return error.detail
    return ""


def deep(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


def attributes(number: int) -> bytes:
    several = " ".join(f'a{n}=""' for n in range(number))
    return f"<r><b c='1'/><d {several}/><b c='1'/></r>".encode()


def nodes(number: int) -> bytes:
    return b"<r>" + b"<a/>" * (number - 1) + b"</r>"


@pytest.mark.parametrize(
    ("most", "one_more"),
    [
        (deep(soap.DEPTH_MAX), deep(soap.DEPTH_MAX + 1)),
        (attributes(soap.ATTRIBUTES_MAX), attributes(soap.ATTRIBUTES_MAX + 1)),
        (nodes(soap.NODES_MAX), nodes(soap.NODES_MAX + 1)),
    ],
    ids=["depth", "attributes of one element", "nodes"],
)
def test_a_limit_is_met_and_not_passed(most: bytes, one_more: bytes) -> None:
    assert refusal(most) == ""
    assert refusal(one_more) == "xml_size"


def test_what_is_no_markup_hides_none() -> None:
    hidden = b"<r><!-- </a></a></a> --><![CDATA[ </a></a> ]]>" + deep(soap.DEPTH_MAX) + b"</r>"

    assert refusal(hidden) == "xml_size"


@pytest.mark.parametrize(
    "declaration",
    [
        b'<?xml version="1.0" encoding="UTF-7"?>',
        b"<?xml version='1.0' encoding='IBM037'?>",
        b'<?xml version="1.0"\n\tencoding = "ISO-2022-JP"?>',
        b'<?xml encoding="utf-8" version="1.0" encoding="UTF-7"?>',
        b'<?xml version="1.0 encoding=\'utf-8\'" encoding="UTF-7"?>',
    ],
)
def test_an_encoding_that_hides_markup_is_refused(declaration: bytes) -> None:
    assert refusal(declaration + b"+ADw-a/+AD4-<r/>") == "xml_refused"


def test_a_document_in_ebcdic_is_no_xml_of_ours() -> None:
    assert refusal("<?xml version='1.0' encoding='cp037'?><r/>".encode("cp037")) == "xml"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "iso-8859-1", "ISO8859-15", "windows-1252", "gb2312", "us-ascii"]
)
def test_the_encodings_of_real_devices_are_read(encoding: str) -> None:
    assert refusal(f'<?xml version="1.0" encoding="{encoding}"?><r/>'.encode()) == ""


@pytest.mark.parametrize("declaration", [b"<!DOCTYPE r>", b"<!doctype r>", b"<!DocType r [<!ENTITY a 'b'>]>"])
def test_a_document_type_is_refused_in_whatever_case(declaration: bytes) -> None:
    assert refusal(declaration + b"<r/>") == "xml_refused"


def test_an_undeclared_prefix_is_dropped_wherever_it_stands() -> None:
    root = soap.parse_xml(
        b'<s:Envelope xmlns="urn:x"><ter:Body><x:Uri xmlns:x="urn:y">here</x:Uri></ter:Body></s:Envelope>'
    )

    assert soap.local(root) == "Envelope"
    assert soap.text(root, "Body", "Uri") == "here"
    assert [soap.local(node) for node in soap.descendants(root, "Uri")] == ["Uri"]
