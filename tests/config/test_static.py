"""Static files as uvicorn's side serves them."""

from __future__ import annotations

import asyncio
import warnings

import pytest
from django.test import AsyncClient

SHEET = "/static/css/access.css"


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_static_file_comes_whole_and_without_a_warning(method: str) -> None:
    async def ask():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return await getattr(AsyncClient(), method)(SHEET)

    response = asyncio.run(ask())

    assert response.status_code == 200
    assert not response.streaming
    assert response["Content-Type"].startswith("text/css")
    assert int(response["Content-Length"]) > 0
    assert bool(response.content) == (method == "get")


def test_a_file_that_is_known_and_a_part_of_one_are_answered_as_asked() -> None:
    async def ask(**headers: str):
        return await AsyncClient().get(SHEET, headers=headers)

    fresh = asyncio.run(ask())
    known = asyncio.run(ask(**{"if-modified-since": fresh["Last-Modified"]}))
    part = asyncio.run(ask(range="bytes=2-5"))

    assert (known.status_code, known.content, known.has_header("Content-Type")) == (304, b"", False)
    assert (part.status_code, part.content) == (206, fresh.content[2:6])
