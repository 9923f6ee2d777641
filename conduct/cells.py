"""Cells of a CSV file that no spreadsheet calculates."""

import re

#: What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), in ASCII and full width.
_SIGNS = "=+\\-@＝＋－＠"
#: Where a formula may begin: at the start of the cell, and behind what a spreadsheet of another language takes for
#: the end of one. In Indonesian that is the semicolon, which nobody quotes in a file whose cells end with a comma.
_BEGINS = re.compile(rf"^(?=[\t\r\n]|\s*[{_SIGNS}])|(?<=[;,\t\r\n])(?=\s*[{_SIGNS}])")


def plain_cell(value: object) -> str:
    """The text of a cell that no spreadsheet calculates: before what begins a formula stands an apostrophe."""
    return _BEGINS.sub("'", str(value))
