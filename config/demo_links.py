"""What `up` runs in a process of its own, in demo mode: the demo's data, then its one-time sign-in links.

The last line on standard output is one JSON object, role to link.
"""

import json
import sys

import django
from django.core.management import call_command


def main(base_url: str) -> None:
    """Write the data (again: it changes nothing) and print the links."""
    django.setup()
    from demo.links import sign_in_links  # Its app is loaded in demo mode only.

    call_command("demo_data", stdout=sys.stderr)
    sys.stdout.write(json.dumps(sign_in_links(base_url)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
