"""`python -m bench.audit PART WORDS…`: a part of the bench in a process of its own, with the product set up."""

import importlib
import sys

import django

if __name__ == "__main__":
    django.setup()
    importlib.import_module(f"bench.audit.{sys.argv[1]}").main(*sys.argv[2:])
