"""The Merkle tree of RFC 6962 (section 2.1) over the hashes of entries: its root, the path of one leaf, and back.

SHA-256; a leaf is hashed behind 0x00 and a node behind 0x01, so that neither can pass for the other.
"""

import hashlib
from collections.abc import Iterable, Sequence


def leaf(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Root:
    """The root over leaves that come one after the other; it keeps one hash for each level of the tree."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []  # Roots of the whole subtrees so far, the largest first.

    def add(self, data: Iterable[bytes]) -> None:
        """Add leaves on the right."""
        sha256, whole, size = hashlib.sha256, self._whole, self.size
        for one in data:
            size += 1
            made = sha256(b"\0" + one).digest()
            rest = size
            while not rest & 1:  # As many subtrees of the same size stand there as `size` ends in zero bits.
                made = sha256(b"\1" + whole.pop() + made).digest()
                rest >>= 1
            whole.append(made)
        self.size = size

    def digest(self) -> bytes:
        """The root over what was added; of nothing the hash of nothing."""
        if not self._whole:
            return hashlib.sha256().digest()
        made = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            made = node(left, made)
        return made


def paths(data: Iterable[bytes], wanted: Sequence[int]) -> list[list[bytes]]:
    """For each of these places (from 0) the hashes that lead from its leaf to the root, the lowest first."""
    level = [leaf(one) for one in data]
    places, found = list(wanted), [[] for _ in wanted]  # type: tuple[list[int], list[list[bytes]]]
    while len(level) > 1:
        for number, place in enumerate(places):
            beside = place ^ 1
            if beside < len(level):
                found[number].append(level[beside])
            places[number] = place >> 1
        pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # A lone subtree on the right stands one level higher as it is: this is the tree of RFC 6962.
        level = pairs + level[len(pairs) * 2 :]
    return found


def root_of_path(data: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which the path leads from the leaf at this place of `size`; None if the path cannot be one."""
    if not 0 <= place < size:
        return None
    made, rest, last = leaf(data), list(path), size - 1
    while last:
        if place & 1:
            if not rest:
                return None
            made = node(rest.pop(0), made)
        elif place < last:
            if not rest:
                return None
            made = node(made, rest.pop(0))
        place, last = place >> 1, last >> 1
    return None if rest else made
