"""Which channel is which: a recorder may list its profiles in another order tomorrow, or lose a camera."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from devices.errors import DeviceError, DifferentDevice, Misbehaving
from devices.pictures import Still
from devices.probe import take_still
from devices.report import Target
from tests.corpus.hostile import LOOPBACK, OWNER, camera, probe_server, serving, soap


def profiles(*pairs: tuple[str, str]) -> bytes:
    """A GetProfilesResponse with these (profile token, video source token)."""
    listed = "".join(
        f'<trt:Profiles token="{token}"><tt:Name>{token}</tt:Name><tt:VideoSourceConfiguration token="c">'
        f"<tt:SourceToken>{source}</tt:SourceToken></tt:VideoSourceConfiguration></trt:Profiles>"
        for token, source in pairs
    )
    return soap(f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>")


def numbers(*sources: str) -> list[tuple[int, str]]:
    listed = profiles(*((f"p{n}", source) for n, source in enumerate(sources)))
    outcome = probe_server(camera(GetProfiles=listed, GetSnapshotUri=soap("<x/>")), deadline=3.0)
    assert outcome.report is not None
    return [(channel.number, channel.video_source_token) for channel in outcome.report.channels]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["VideoSource_1", "VideoSource_2"], [(1, "VideoSource_1"), (2, "VideoSource_2")]),
        (["VideoSource_2", "VideoSource_1"], [(1, "VideoSource_1"), (2, "VideoSource_2")]),
        (["VideoSource_2", "VideoSource_3"], [(2, "VideoSource_2"), (3, "VideoSource_3")]),
        (["src10", "src9"], [(9, "src9"), (10, "src10")]),
        (["001", "000"], [(1, "000"), (2, "001")]),
        (["front", "back"], [(1, "front"), (2, "back")]),
        (["a1", "b1"], [(1, "a1"), (2, "b1")]),
        (["front", "back7"], [(1, "front"), (2, "back7")]),
        (["x1732450011", "x1732450012"], [(1, "x1732450011"), (2, "x1732450012")]),
    ],
    ids=["in order", "turned round", "first lost", "two digits", "from nought", "words", "twice", "mixed", "huge"],
)
def test_a_channels_number_is_that_of_its_video_source(sources: list[str], expected: list[tuple[int, str]]) -> None:
    assert numbers(*sources) == expected


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#557766").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("profile", "source", "problem"),
    [
        ("gate", "VideoSource_1", None),
        ("", "VideoSource_2", None),
        ("gate", "", None),
        ("gate", "VideoSource_2", DifferentDevice),
        ("", "VideoSource_9", DifferentDevice),
        ("gone", "VideoSource_1", Misbehaving),
    ],
)
def test_a_still_comes_from_the_video_source_that_was_verified_or_not_at_all(
    profile: str, source: str, problem: type[DeviceError] | None
) -> None:
    recorder = camera(GetProfiles=profiles(("gate", "VideoSource_1"), ("room", "VideoSource_2")), snapshot=jpeg())

    async def run() -> tuple[Still | DeviceError, list[bytes]]:
        async with serving(recorder) as server:
            try:
                answer: Still | DeviceError = await take_still(
                    Target("127.0.0.1", server.port),
                    OWNER,
                    route=LOOPBACK,
                    profile_token=profile,
                    video_source_token=source,
                )
            except DeviceError as error:
                answer = error
            return answer, server.requests

    answer, asked = asyncio.run(run())

    if problem is None:
        assert isinstance(answer, Still)
        assert any(((profile or "room").encode() + b"</ProfileToken>") in r for r in asked if b"GetSnapshot" in r)
    else:
        assert isinstance(answer, problem)
        assert answer.detail in ("video_source", "no_such_profile")
        assert not any(b"GetSnapshotUri" in request or request.startswith(b"GET ") for request in asked)
