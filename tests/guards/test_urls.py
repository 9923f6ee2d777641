"""Every address answers each person as `policy` says."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.guards.policy import KNOWN_TO_SOME, OPEN_TO_ALL, SENDS, Row, rows
from tests.guards.world import STRANGERS, Everything

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
TAKES_ANY_METHOD = {  # Views that have their answer before they look at the method.
    "bahasa/setlang/",
    "akun/masuk/",
    "akun/ulang/",
    "api/v1/",
    "api/v1/<path:address>",
}
CONVERTER = re.compile(r"<[^>]+>")
TABLE = rows()


# --- the table and the resolver ------------------------------------------------------------------------------


def _patterns(resolver: Any, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        whole = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, whole)
        else:
            assert isinstance(entry, URLPattern)
            yield whole or "/"


def test_every_address_is_in_the_table_and_no_other() -> None:
    known = {row.pattern for row in TABLE}
    routed = set(_patterns(get_resolver("config.urls")))

    assert routed - known == set(), "addresses without a row in tests/guards/policy.py"
    assert known - routed == set(), "rows for addresses that are gone"


def test_what_is_sent_and_what_is_excused_is_in_the_table() -> None:
    assert set(SENDS) - {f"{row.method} {row.pattern}" for row in TABLE} == set()
    assert (OPEN_TO_ALL.keys() | KNOWN_TO_SOME.keys()) - {row.pattern for row in TABLE} == set()


@pytest.mark.parametrize("pattern", sorted({row.pattern for row in TABLE} - TAKES_ANY_METHOD))
def test_every_method_has_a_row(everything: Everything, pattern: str) -> None:
    of_it = [row for row in TABLE if row.pattern == pattern]
    row = next((row for row in of_it if not row.rightful.startswith("4")), of_it[0])

    answer = everything.client(row.person).generic("PROPFIND", path_of(row, everything))

    assert answer.status_code == 405
    allowed = {method.strip() for method in answer["Allow"].split(",")}
    if pattern.startswith("akun/"):
        allowed -= {"PUT"}  # Django's form views take it for a POST, whose form it leaves empty.
    assert allowed & METHODS == {row.method for row in of_it}


def test_each_allowed_row_has_its_refused_twin() -> None:
    lonely = [
        str(row)
        for row in TABLE
        if not row.rightful.startswith("4") and not any(_refuses(status) for status in row.strangers.values())
    ]
    excused = {*OPEN_TO_ALL, "tanda-terima/<str:code>/", "akun/undangan/<str:token>/"}

    assert [line for line in lonely if line.split()[1] not in excused] == []


def test_what_names_an_object_is_404_to_all_strangers() -> None:
    reached = {
        row.pattern
        for row in TABLE
        if CONVERTER.search(row.pattern) and any(row.strangers[part] != "404" for part in STRANGERS)
    }

    assert reached - KNOWN_TO_SOME.keys() == {"api/v1/cases/<uuid:public_id>/close/"}  # Seen, not allowed: 403.


def _refuses(status: str) -> bool:
    return status in {"in", "403", "404", "410"}


# --- the run -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_who_gets_what(everything: Everything, row: Row) -> None:
    asked = {
        **{part: (part, status) for part, status in row.strangers.items()},
        "rightful": (row.person, row.rightful),
    }
    before = _state(everything)

    got, changed, leaked = {}, [], []
    for part, (person, _status) in asked.items():
        point = transaction.savepoint()
        answer = ask(everything.client(person), row, everything)
        got[part] = _told(answer)
        if part != "rightful" and row.method == "POST":
            changed += [f"{part}: {name}" for name in _differences(before, _state(everything))]
        if part != "rightful":
            leaked += [f"{part}: {word}" for word in _leaks(answer, row, everything)]
        transaction.savepoint_rollback(point)

    assert got == {part: status for part, (_person, status) in asked.items()}
    assert changed == [], "a stranger changed something"
    assert leaked == [], "a stranger read something"


CHANGES = [
    row
    for row in TABLE
    if row.method == "POST"
    and not row.rightful.startswith("4")
    and row.person not in {"pending", "halfway", "newcomer"}  # They were just brought here by the sign-in.
]


@pytest.mark.parametrize("row", CHANGES, ids=str)
def test_a_change_from_another_site_is_refused(everything: Everything, row: Row) -> None:
    browser = everything.client(row.person, checks_origin=True)

    assert ask(browser, row, everything).status_code == 403


def test_a_proxy_does_not_hand_out_the_figures(client: Client) -> None:
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def path_of(row: Row, everything: Everything) -> str:
    """The pattern with its converters filled."""
    fills = iter(row.fills)
    filled = CONVERTER.sub(lambda _match: _named(next(fills), everything), row.pattern)
    assert next(fills, None) is None
    return "/" if filled == "/" else f"/{filled}"


def ask(browser: Client, row: Row, everything: Everything) -> HttpResponse:
    """Send what the row says."""
    path, sends = path_of(row, everything), SENDS.get(f"{row.method} {row.pattern}", {})
    if row.method == "GET":
        return browser.get(path, sends)
    body = json.loads(_filled(json.dumps(sends), everything))
    if row.pattern.startswith("api/"):
        return browser.post(path, body, content_type="application/json")
    return browser.post(path, body)


def _named(word: str, everything: Everything) -> str:
    thing = everything.things.get(word, word)
    return str(getattr(thing, "public_id", thing))


def _filled(text: str, everything: Everything) -> str:
    days = {"today": timezone.localdate(), "next_week": timezone.localdate() + timedelta(days=7)}
    duty = {"duty": everything.people["viewer"].duties.get()}
    known = {**everything.things, **days, **duty}
    return re.sub(r"\{(\w+)\}", lambda match: str(getattr(known[match[1]], "public_id", known[match[1]])), text)


def _told(answer: HttpResponse) -> str:
    if answer.status_code == 302 and answer["Location"].partition("?")[0] == "/akun/masuk/":
        return "in"
    return str(answer.status_code)


def _leaks(answer: HttpResponse, row: Row, everything: Everything) -> list[str]:
    """What stands in the answer and is not the stranger's; what he himself named in the address is no news."""
    if row.pattern in KNOWN_TO_SOME and answer.status_code == 200:
        return []
    content = b"" if answer.streaming else answer.content
    text = content.decode(errors="replace") + answer.get("Location", "")
    named = {_named(word, everything) for word in row.fills} | {_named("draft", everything)}
    return [word for word in everything.secrets() if word in text and word not in named]


def _state(everything: Everything) -> dict[str, Any]:
    """The columns of every object, as they stand in the database."""
    found = {}
    for name, thing in everything.things.items():
        if hasattr(thing, "pk"):
            found[name] = type(thing).objects.filter(pk=thing.pk).values().first()
    return found


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name, columns in before.items() if columns != after[name]]


# --- the lists -----------------------------------------------------------------------------------------------

LISTS = sorted(
    row.pattern
    for row in TABLE
    if row.method == "GET" and row.rightful == "200" and row.pattern.startswith("api/v1/") and not row.fills
)


@pytest.mark.parametrize("part", STRANGERS)
@pytest.mark.parametrize("pattern", LISTS)
def test_the_lists_of_strangers_hold_nothing_of_others(everything: Everything, pattern: str, part: str) -> None:
    answer = everything.client(part).get(f"/{pattern}", {"page_size": 200})

    text = answer.content.decode()
    assert [word for word in everything.secrets() if word in text] == []


@pytest.mark.parametrize(
    "pattern", [p for p in LISTS if p.split("/")[-2] not in {"schema", "docs", "areas", "organizations", "texts"}]
)
def test_the_lists_of_the_rightful_hold_what_is_theirs(everything: Everything, pattern: str) -> None:
    person = next(row.person for row in TABLE if row.pattern == pattern and row.method == "GET")

    text = everything.client(person).get(f"/{pattern}", {"page_size": 200}).content.decode()

    assert any(word in text for word in [*everything.secrets(), str(everything.things["case"].public_id)])
