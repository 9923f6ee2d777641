"""A browser, and a product started by its own command: nothing here writes to the database."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CANARY = "kenari-Rahasia-7419"  # The camera's password in the journey; it may appear nowhere.
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"360": {"width": 360, "height": 780}, "1280": {"width": 1280, "height": 800}}


@dataclass
class Product:
    """A running product: its address, its one-time links, and where it keeps its state."""

    url: str
    links: dict[str, str]
    state: Path
    process: subprocess.Popen[str]
    output: Path
    device_port: int
    archives: Path

    def link(self, role: str) -> str | None:
        """A one-time link for this role that nobody has followed: the printed one first, as a newcomer would."""
        return self.links.pop(role, None) or self.fresh_links().get(role)

    def fresh_links(self) -> dict[str, str]:
        """New one-time links, also for roles beyond those that are printed."""
        command = [sys.executable, "manage.py", "demo_links", "--json", "--base-url", self.url]
        surroundings = {"MITRA_VAR": str(self.state), "MITRA_DEMO": "1", "PATH": ""}
        made = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
        links: dict[str, str] = json.loads(made.stdout)
        return links

    def children(self, word: str) -> list[int]:
        """Process ids whose command line holds this word, below the product."""
        import psutil

        return [
            child.pid
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if word in " ".join(child.cmdline())
        ]


def _free_port(count: int = 1) -> int:
    """The first of `count` ports that nobody uses now."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        if first + count < 65000 and all(_is_free(first + step) for step in range(count)):
            return first
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`manage.py up` on a state folder and ports of its own, until READY and the links are printed."""
    state = tmp_path_factory.mktemp("product")
    port, device_port = _free_port(), _free_port(count=20)
    output = state / "terminal.txt"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with output.open("w") as terminal:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--device-port", str(device_port)],
            cwd=ROOT,
            env={**kept, "MITRA_VAR": str(state), "MITRA_DEMO_PASSWORD": CANARY},
            stdout=terminal,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        links = _wait_until_ready(output, process)
        archives = tmp_path_factory.mktemp("archives")
        yield Product(f"http://127.0.0.1:{port}", links, state, process, output, device_port, archives)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=5)
        finally:
            process.kill()


def _wait_until_ready(output: Path, process: subprocess.Popen[str]) -> dict[str, str]:
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        said = output.read_text()
        if "READY" in said and "Started in" in said:
            return dict(re.findall(r"^sign-in (\w+) (\S+)$", said, re.M))
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail("the product did not start:\n" + output.read_text())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "install chromium (Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield running
        running.close()


class Person:
    """Somebody at a phone: a browser context of his own, signed in by his one-time link."""

    def __init__(self, browser: Browser, product: Product, role: str, pictures: Path) -> None:
        self.product, self.role, self.pictures = product, role, pictures
        self.archive = product.archives / f"{role}-{time.monotonic_ns()}.har"
        self.context: BrowserContext = browser.new_context(
            viewport=SIZES["360"], locale="id-ID", record_har_path=self.archive, record_har_content="embed"
        )
        self.context.grant_permissions(["geolocation"])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        link = product.link(role) if role and "@" not in role else None
        if link:
            self.page.goto(link)

    def _hear(self, message: object) -> None:
        text = message.text  # type: ignore[attr-defined]
        if message.type == "error" and "404" not in text:  # type: ignore[attr-defined]
            self.complaints.append(text)

    def open(self, path: str) -> int:
        """Go to a path; the status of the answer."""
        answer = self.page.goto(self.product.url + path)
        assert answer is not None
        return answer.status

    def press(self, words: str) -> None:
        """Press the button or follow the link with these words."""
        pattern = re.compile(rf"^\s*{re.escape(words)}", re.I)
        button = self.page.get_by_role("button", name=pattern)
        if not button.count():
            button = self.page.get_by_role("link", name=pattern)
        assert button.count(), f"no “{words}” at {self.page.url}:\n{self.page.locator('main').inner_text()}"
        button.first.click()
        self.page.wait_for_load_state()

    def follow(self, words: str) -> None:
        """Follow the link with these words."""
        self.page.get_by_role("link", name=re.compile(rf"^\s*{re.escape(words)}", re.I)).first.click()
        self.page.wait_for_load_state()

    def choose(self, words: str) -> None:
        """Choose the radio or tick the box with these words."""
        self.page.get_by_label(re.compile(rf"^\s*{re.escape(words)}", re.I)).first.check()

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}", re.I)).first.fill(text)

    def picture(self, name: str) -> None:
        """A screenshot at both widths, after checking that nothing runs out of the page."""
        for size, viewport in SIZES.items():
            self.page.set_viewport_size(viewport)  # type: ignore[arg-type]
            overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{name} is {overflow} px too wide at {size}"
            self.page.screenshot(path=self.pictures / f"{name}-{size}.png", full_page=True)
        self.page.set_viewport_size(SIZES["360"])  # type: ignore[arg-type]

    def heading(self) -> str:
        """The page's title."""
        return self.page.locator("h1").first.inner_text()


@pytest.fixture(scope="session")
def pictures(product: Product) -> Path:
    """Where screenshots go: MITRA_SCREENSHOTS, or the product's own folder."""
    folder = Path(os.environ.get("MITRA_SCREENSHOTS", product.state / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def come(browser: Browser, product: Product, pictures: Path) -> Iterator[object]:
    """`come(role)` brings a person; everybody's console must stay quiet."""
    people: list[Person] = []

    def arrive(role: str) -> Person:
        person = Person(browser, product, role, pictures)
        people.append(person)
        return person

    yield arrive
    for person in people:
        person.context.close()
        assert CANARY not in _received(person.archive), f"{person.role} was sent the camera's password"
        assert not person.complaints, f"{person.role}: {person.complaints}"


def _received(archive: Path) -> str:
    """Everything the browser was sent: headers and bodies of every answer, pages and JSON alike."""
    answers = [entry["response"] for entry in json.loads(archive.read_text())["log"]["entries"]]
    said = [json.dumps([answer["headers"], answer["redirectURL"]]) for answer in answers]
    for answer in answers:
        text = answer["content"].get("text", "")
        is_coded = answer["content"].get("encoding") == "base64"
        said.append(base64.b64decode(text).decode("latin-1") if is_coded else text)
    assert any("Mitra Kamera" in text for text in said), "the archive is empty"
    return "\n".join(said)
