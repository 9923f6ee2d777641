"""Words that people write in two ways."""

import re

_BHABIN = re.compile("bh?abin", re.IGNORECASE)


def spellings(words: str) -> list[str]:
    """The words as typed, and with Bhabinkamtibmas spelled the other way: many write "Babinkamtibmas".

    A Babinsa is somebody else, and is found as typed.
    """
    return sorted({words, _BHABIN.sub("babin", words), _BHABIN.sub("bhabin", words)})
