"""Shows on the terminal of `up` the messages that would have gone to phones and mail boxes."""

import time
from email import message_from_bytes, policy
from pathlib import Path

KEPT_SECONDS = 24 * 3600


class Outbox:
    """A folder into which the product puts one file for each message (accounts/gateway.py, config/mail.py)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: set[str] = set()

    def open(self) -> None:
        """Make the folder, drop messages older than a day, and count those that are there as shown."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink(missing_ok=True)
            else:
                self._seen.add(path.name)

    def fresh(self) -> list[str]:
        """The messages that came since the last call, each framed for the terminal."""
        found = []
        for path in sorted(self.folder.iterdir()):
            if path.name in self._seen or path.suffix not in {".text", ".mail"} or not path.stat().st_size:
                continue
            self._seen.add(path.name)
            found.append(_framed(path.read_bytes()))
        return found


def _framed(raw: bytes) -> str:
    head, _, text = raw.decode(errors="replace").partition("\n\n")
    lines = head.splitlines()
    if "Content-Type:" in head:
        letter = message_from_bytes(raw, policy=policy.default)
        body = letter.get_body(("plain", "html"))
        lines = [f"To: {letter['To']}", f"Subject: {letter['Subject']}"]
        text = body.get_content() if body is not None else ""
    rule = "-" * 60
    framed = [f"| {line}".rstrip() for line in (*lines, *text.strip().splitlines())]
    return "\n".join([f"+{rule}", *framed, f"+{rule}"])
