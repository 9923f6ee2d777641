"""The little servers live with the corpus; their names are kept here for the tests of this folder."""

from tests.corpus.hostile import *  # noqa: F403
