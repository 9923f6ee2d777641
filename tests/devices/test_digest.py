"""HTTP Digest against the vectors of the RFCs."""

from __future__ import annotations

import hashlib
import re

import pytest

from devices.digest import Challenge, answer, digest_challenge

NONCE_7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE_7616 = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def response(header: str) -> str:
    return re.search(r'response="([0-9a-f]+)"', header)[1]


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(algorithm: str, expected: str) -> None:
    challenge = Challenge("http-auth@example.org", NONCE_7616, algorithm, OPAQUE_7616, "auth")

    header = answer(
        challenge, method="GET", uri="/dir/index.html", user="Mufasa", password="Circle of Life", cnonce=CNONCE_7616
    )

    assert response(header) == expected


def test_rfc_2617_section_3_5() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth")

    header = answer(
        challenge, method="GET", uri="/dir/index.html", user="Mufasa", password="Circle Of Life", cnonce="0a4f113b"
    )

    assert response(header) == "6629fae49393a05397450978507c4ef1"


def test_rfc_2069_without_qop() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")

    header = answer(challenge, method="GET", uri="/dir/index.html", user="Mufasa", password="CircleOfLife")

    assert response(header) == "1949323746fe6a43ef61f9606e7febea"
    assert "qop" not in header


def test_the_strongest_digest_challenge_is_taken_and_basic_never() -> None:
    basic, md5 = 'Basic realm="a, Digest nonce=1"', 'Digest realm="r", nonce="n1", qop="auth,auth-int"'
    sha = 'Digest realm="r", nonce="n2", qop="auth", algorithm=SHA-256, stale=TRUE'

    chosen = digest_challenge([f"{basic}, {md5}, {sha}"])

    assert chosen == Challenge("r", "n2", "SHA-256", "", "auth", stale=True)
    assert digest_challenge(['Basic realm="x"', "Negotiate"]) is None
    assert digest_challenge(['Digest realm="r", nonce="n", qop="auth-int"']) is None
    assert digest_challenge(['Digest realm="r", nonce="n", algorithm=SHA-512-256']) is None
    assert digest_challenge(['Digest realm="a\r\nX: y", nonce="n"']) is None


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_realm_in_other_letters_goes_back_as_the_bytes_that_came(encoding: str) -> None:
    realm, password = "Kamera Caf\u00e9".encode(encoding), "s\u00e4ndi"
    head = b'Digest realm="' + realm + b'", nonce="n", qop="auth"'

    challenge = digest_challenge([head.decode("latin-1")])
    assert challenge is not None
    sent = answer(challenge, method="GET", uri="/", user="u", password=password, cnonce="c").encode("latin-1")

    first = md5(b"u:" + realm + b":" + password.encode())
    second = md5(b"GET:/")
    assert b'realm="' + realm + b'"' in sent
    assert md5(f"{first}:n:00000001:c:auth:{second}".encode()).encode() in sent


def test_a_challenge_may_name_another_encoding_for_user_and_password() -> None:
    challenge = digest_challenge(['Digest realm="r", nonce="n", charset="ISO-8859-1"'])
    assert challenge is not None

    sent = answer(challenge, method="GET", uri="/", user="\u00e4", password="p", cnonce="c")

    assert 'username="\u00e4"' in sent
