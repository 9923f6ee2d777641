"""The tree of RFC 6962: its root by the RFC's own recursion, and each leaf's path to it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

# The leaves and roots that the test suites of Certificate Transparency use.
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(data):
    """Section 2.1, word for word."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\1" + mth(data[:k]) + mth(data[k:])).digest()


@pytest.mark.parametrize("size", ROOTS)
def test_the_roots_are_those_of_certificate_transparency(size):
    root = merkle.Root()
    root.add(LEAVES[:size])

    assert root.digest().hex() == ROOTS[size]


@given(data=st.lists(st.binary(max_size=40), max_size=70), cut=st.integers(0, 70))
def test_the_root_is_that_of_the_rfc_however_the_leaves_come(data, cut):
    root = merkle.Root()
    root.add(data[:cut])
    root.add(data[cut:])

    assert root.digest() == mth(data)
    assert root.size == len(data)


@given(data=st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=40, unique=True), draw=st.data())
def test_a_path_leads_its_own_leaf_to_the_root_and_no_other(data, draw):
    place = draw.draw(st.integers(0, len(data) - 1))
    (path,) = merkle.paths(data, [place])
    root = mth(data)

    assert merkle.root_of_path(data[place], place, len(data), path) == root
    assert merkle.root_of_path(data[place] + b"!", place, len(data), path) != root
    for other in range(len(data)):
        if other != place:
            assert merkle.root_of_path(data[place], other, len(data), path) != root
    assert merkle.root_of_path(data[place], place, len(data), [*path, bytes(32)]) is None
    assert merkle.root_of_path(data[place], len(data), len(data), path) is None
    if path:
        assert merkle.root_of_path(data[place], place, len(data), path[:-1]) is None
