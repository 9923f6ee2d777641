"""Camera passwords at rest."""

from __future__ import annotations

import pytest

from devices.errors import SecretMoved
from devices.secrets import Credentials, UnknownKey, open_sealed, seal, sealed_with

KEYS = {1: b"1" * 32, 2: b"2" * 32}
PLACE = {"device": "dev-1", "host": "cam.toko.id", "port": 80, "field": "password"}


@pytest.mark.parametrize("secret", ["x", " outer spaces ", "p:@%/é漢", "a" * 256, ""])
def test_a_sealed_secret_opens_where_it_was_sealed(secret: str) -> None:
    sealed = seal(secret, keys=KEYS, **PLACE)

    assert open_sealed(sealed, keys=KEYS, **PLACE) == secret
    assert sealed_with(sealed) == 2


@pytest.mark.parametrize("moved", [{"device": "dev-2"}, {"host": "x.id"}, {"port": 81}, {"field": "user"}])
def test_a_secret_does_not_open_anywhere_else(moved: dict[str, object]) -> None:
    sealed = seal("rahasia", keys=KEYS, **PLACE)

    with pytest.raises(SecretMoved):
        open_sealed(sealed, keys=KEYS, **{**PLACE, **moved})


def test_an_altered_secret_does_not_open() -> None:
    sealed = seal("rahasia", keys=KEYS, **PLACE)

    for broken in (sealed[:-4] + "AAA=", "2:", "2:!!", sealed.replace("2:", "1:", 1)):
        with pytest.raises(SecretMoved):
            open_sealed(broken, keys=KEYS, **PLACE)


def test_old_keys_still_open_and_missing_ones_say_so() -> None:
    sealed = seal("rahasia", keys={1: KEYS[1]}, **PLACE)

    assert open_sealed(sealed, keys=KEYS, **PLACE) == "rahasia"
    with pytest.raises(UnknownKey):
        open_sealed(sealed, keys={2: KEYS[2]}, **PLACE)


def test_the_separator_cannot_be_smuggled_into_the_associated_data() -> None:
    with pytest.raises(ValueError, match="separator"):
        seal("x", keys=KEYS, device="a|b", host="h", port=1, field="f")


def test_credentials_never_print_their_password() -> None:
    credentials = Credentials("pemilik", "kenari")

    assert "kenari" not in f"{credentials!r} {credentials} {[credentials]}"
