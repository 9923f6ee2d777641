"""The strict fields against everything the corpus of hostile inputs names."""

import unicodedata

import pytest
from django import forms
from django.core.exceptions import ValidationError

from registry.fields import (
    ClockField,
    DegreesField,
    HostField,
    PortField,
    RtspPathField,
    SecretField,
    TextAreaField,
    TextLineField,
    WholeNumberField,
)

REFUSED_TEXTS = {
    "NUL": "Sari\x00",
    "lone surrogate": "Sari\ud800",
    "BEL": "Sari\x07",
    "ESC": "\x1b[2J",
    "direction override": "Sari\u202etxt",
    "direction isolate": "Sari\u2066",
    "only zero-width": "\u200b\u200b",
    "only a no-break space and a joiner": "\u00a0\u200d",
    "line break": "Sari\r\nBcc: x@contoh.id",
    "tab": "Sari\tRekaan",
    "private use": "\ue000",
    "10 MB": "a" * 10_000_000,
}


@pytest.mark.parametrize("text", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS.keys())
def test_text_that_could_do_harm_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TextLineField().clean(text)

    assert refusal.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Sari", "Sari"),
        ("H. Ma'ruf, S.H.", "H. Ma'ruf, S.H."),
        ("  Jalan   Rekaan \u00a0 1 ", "Jalan Rekaan 1"),
        ("Sa\u200bri", "Sari"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{7*7}}", "{{7*7}}"),
        ("=1+1", "=1+1"),
        ("王", "王"),
    ],
)
def test_text_of_people_is_kept(typed: str, kept: str) -> None:
    assert TextLineField().clean(typed) == kept


def test_two_spellings_of_one_name_become_one() -> None:
    assert TextLineField().clean(unicodedata.normalize("NFD", "Renée")) == TextLineField().clean("Renée")


@pytest.mark.parametrize("text", ["   ", "\u00a0", ""])
def test_only_spaces_is_no_answer(text: str) -> None:
    with pytest.raises(ValidationError):
        TextLineField().clean(text)


def test_several_lines_keep_their_breaks_and_nothing_else() -> None:
    assert TextAreaField().clean("satu\r\n dua \rtiga") == "satu\ndua\ntiga"
    with pytest.raises(ValidationError):
        TextAreaField().clean("satu\x00")


@pytest.mark.parametrize("text", ["８０", "٨٠", "8_0", "080", "+80", "0", "22", "65536", "80.0", "1e2", "-1", "²"])
def test_a_port_is_plain_digits_and_one_that_cameras_use(text: str) -> None:
    with pytest.raises(ValidationError):
        PortField().clean(text)


@pytest.mark.parametrize("port", [80, 443, 554, 888, 2020, 8000, 8080, 8443, 8554, 8899])
def test_ports_that_cameras_use_are_taken(port: int) -> None:
    assert PortField().clean(f" {port} ") == port == PortField().clean(port)


def test_the_demo_opens_its_own_ports_only(settings: object) -> None:
    settings.PROBE_ALLOW = "127.0.0.0/8:18080-18085"  # type: ignore[attr-defined]
    with pytest.raises(ValidationError):
        PortField().clean("18080")

    settings.DEMO = True  # type: ignore[attr-defined]

    assert PortField().clean("18080") == 18080
    with pytest.raises(ValidationError):
        PortField().clean("18090")


@pytest.mark.parametrize("text", ["1_0", "１０", "-1", "101", "1.0", "1e1", "9999999999"])
def test_a_whole_number_is_plain(text: str) -> None:
    with pytest.raises(ValidationError):
        WholeNumberField(most=100).clean(text)


@pytest.mark.parametrize("text", ["-6.2088", "-6,2088", " -6.2088 "])
def test_degrees_with_point_or_comma(text: str) -> None:
    assert DegreesField(axis="lat").clean(text) == -6.2088


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-inf", "1e400", "1_0.5", "－６.２", "٦", "-6.2 S", "--6", "6.", ".5", "91", "-12", "\x00"],
)
def test_degrees_that_are_none(text: str) -> None:
    with pytest.raises(ValidationError):
        DegreesField(axis="lat").clean(text)


def test_swapped_degrees_are_called_swapped() -> None:
    for axis, text in (("lat", "106.8"), ("lng", "-6.2")):
        with pytest.raises(ValidationError) as refusal:
            DegreesField(axis=axis).clean(text)
        assert refusal.value.error_list[0].code == "swapped"


def test_null_island_is_outside() -> None:
    with pytest.raises(ValidationError):
        DegreesField(axis="lng").clean("0")


@pytest.mark.parametrize(
    "text",
    [
        "http://kamera.contoh.id",
        "kamera.contoh.id:80",
        "user@kamera.contoh.id",
        "127.1",
        "0x7f.1",
        "2130706433",
        "kamera .contoh.id",
        "kamera\u3002contoh.id",
        "kamera.contoh.id\r\nHost: x",
        "a" * 400,
        "[2001:db8::1]",
        "fe80::1%eth0/",
    ],
)
def test_a_host_is_a_host_and_nothing_else(text: str) -> None:
    from registry import targets

    field = HostField()
    try:
        host = field.clean(text)
    except ValidationError:
        return
    assert targets.is_home_only(host)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("Kamera.Contoh.ID", "kamera.contoh.id"),
        ("203.0.113.7", "203.0.113.7"),
        ("kamera.contoh.id.", "kamera.contoh.id"),
    ],
)
def test_a_public_host_is_written_one_way(typed: str, host: str) -> None:
    assert HostField().clean(typed) == host


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("192.168.1.10", "192.168.1.10"),
        ("http://192.168.1.10:8000/lihat", "192.168.1.10"),
        ("100.64.0.1", "100.64.0.1"),
        ("NVR.local", "nvr.local"),
        ("169.254.3.4", "169.254.3.4"),
        ("[FD00:0:0::5]:8000", "fd00::5"),
    ],
)
def test_a_home_address_comes_back_bare_to_be_told_honestly(typed: str, host: str) -> None:
    assert HostField().clean(typed) == host


@pytest.mark.parametrize("secret", [" rahasia ", "a:b@c%d", "pässwörd", "密码", "x" * 256, "<b>", "\"'|"])
def test_a_secret_is_kept_exactly(secret: str) -> None:
    assert SecretField().clean(secret) == secret


@pytest.mark.parametrize("secret", ["x" * 257, "a\x00b", "a\ud800", "a\nb"])
def test_a_secret_that_no_camera_has_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError):
        SecretField().clean(secret)


def test_a_secret_is_never_rendered() -> None:
    assert "rahasia" not in SecretField().widget.render("sandi", "rahasia")


@pytest.mark.parametrize(
    ("typed", "kept"), [("22:00", "22:00"), ("7.30", "07:30"), ("00:00", "00:00"), ("7", "07:00")]
)
def test_a_clock_as_people_write_it(typed: str, kept: str) -> None:
    assert ClockField().clean(typed) == kept


@pytest.mark.parametrize("text", ["24:00", "7:", "24", "٠٧:٠٠", "22:60", "22:00:00", "-1:00"])
def test_a_clock_that_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        ClockField().clean(text)


def test_no_draft_of_an_address_is_kept_in_the_browser() -> None:
    class AddressForm(forms.Form):
        host = HostField()

    assert "data-no-draft" in str(AddressForm()["host"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/live/ch0",
        "/Streaming/Channels/{channel}0{stream}",
        "/Preview_{channel:02}_{stream}",
        "/cam/realmonitor?channel={channel}&subtype={stream}&unicast=true",
        " /video1 ",
    ],
)
def test_a_path_of_a_stream_is_taken_as_it_is(path: str) -> None:
    assert RtspPathField().clean(path) == path.strip()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("live", "address"),
        ("rtsp://203.0.113.7/live", "address"),
        ("//203.0.113.7/live", "address"),
        ("/%2f203.0.113.7/live", "address"),
        ("/live@203.0.113.7", "address"),
        ("/\\203.0.113.7\\live", "address"),
        ("rtsp://admin:rahasia@203.0.113.7/live?password=rahasia", "secret"),
        ("/user=admin&password=rahasia&channel=1&stream=0.sdp", "secret"),
        ("/live?%70assword=rahasia", "secret"),
        ("/live?authToken=rahasia", "secret"),
        ("/live/{host}", "placeholder"),
        ("/live/{channel!r}", "placeholder"),
        ("/live/{channel:99999}", "placeholder"),
        ("/live/{channel", "placeholder"),
        ("/live ch0", "characters"),
        ("/live\r\nX: y", "characters"),
        ("/live\x00", ""),
        ("/siaran/kaméra", "characters"),
        ("/live#1", "characters"),
        ("/" + "x" * 250, "length"),
    ],
)
def test_a_path_with_a_host_a_secret_or_a_strange_place_is_refused(path: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        RtspPathField().clean(path)

    assert not code or refusal.value.code == code
    if "rahasia" in path:
        assert "rahasia" not in str(RtspPathField().prepare_value(path))
        assert "rahasia" not in str(refusal.value)
