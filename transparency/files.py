"""The public numbers for machines: a CSV and a JSON file with the same rows and columns.

Columns: `figure` (its code), `place_kind` (kecamatan, body, polres), `place_code` (Kemendagri), `place`, `period`
(a day for stages, a month `2026-10` for the rest), `value` (empty where held back or nothing was measured),
`at_least`, `held_back` (yes, no), `target`, `rule_id` and `rule_en` (one sentence). Columns are added at the end
and never renamed.
"""

import csv
import io
import json
from collections.abc import Iterator

from django.utils.translation import override

from conduct.cells import plain_cell
from transparency.queries import Figure, Numbers, figures
from transparency.rules import rule_of
from transparency.suppression import FEWEST_OWNERS

COLUMNS = (
    "figure", "place_kind", "place_code", "place", "period", "value", "at_least", "held_back", "target", "rule_id",
    "rule_en",
)  # fmt: skip


def csv_of(numbers: Numbers) -> str:
    """The file for a spreadsheet. No cell begins with a sign that a spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(numbers):
        row["held_back"] = "yes" if row["held_back"] else "no"
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return out.getvalue()


def json_of(numbers: Numbers) -> str:
    """The file for a program."""
    told = {
        "month": f"{numbers.month:%Y-%m}",
        "counted_on": numbers.stages and numbers.stages.counted_on.isoformat(),
        "fewest_owners": FEWEST_OWNERS,
        "figures": list(_rows(numbers)),
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _rows(numbers: Numbers) -> Iterator[dict[str, object]]:
    for figure in figures(numbers):
        yield {
            "figure": figure.code,
            "place_kind": figure.place_kind,
            "place_code": figure.place_code,
            "place": figure.place,
            "period": figure.period,
            "value": figure.value,
            "at_least": figure.at_least,
            "held_back": figure.held_back,
            "target": figure.target,
            "rule_id": _rule(figure, "id"),
            "rule_en": _rule(figure, "en"),
        }


def _rule(figure: Figure, language: str) -> str:
    with override(language):
        return rule_of(figure.code)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return plain_cell(value) if isinstance(value, str) else value
