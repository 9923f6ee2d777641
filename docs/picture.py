"""Draw docs/picture.png: the owner's page, a look with its reason, and the owner's list of looks, side by side.

Start the product with `./run up` and give what it prints to this script:

    ./run up | tee up.txt
    .venv/bin/python docs/picture.py up.txt

It looks once through a demo camera, so that the list of looks is not empty, and starts nothing else.
"""

import argparse
import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

RECORDER_OWNER = "081200000199"  # The demo's owner whose cameras really answer.
PICTURE = Path(__file__).with_name("picture.png")
PHONE = {"width": 390, "height": 780}
WIDTH, GAP, MARGIN = 1280, 25, 30
GROUND = (216, 228, 232)
COLOURS = 256
LARGEST_BYTES = 300_000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("output", type=Path, help="a file with what `./run up` printed")
    said = options.parse_args().output.read_text()
    ready = re.search(r"^READY (\S+?)/?$", said, re.M)
    link = re.search(r"^sign-in command (\S+)$", said, re.M)
    if not ready or not link:
        print("There is no READY line or no sign-in link of the command centre in that file.", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        look = look_once(browser, link[1])
        mine, book = as_owner(browser, ready[1])
        browser.close()
    compose([mine, look, book]).save(PICTURE, optimize=True)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.name}: {size} bytes")
    return int(size > LARGEST_BYTES)


def phone(browser: Browser) -> Page:
    """A page as wide as a phone."""
    page = browser.new_context(viewport=PHONE, locale="id-ID").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(15_000)
    return page


def look_once(browser: Browser, link: str) -> bytes:
    """The command centre names its reason and looks through the first camera it may see."""
    page = phone(browser)
    page.goto(link)
    page.goto(page.url.rstrip("/") + "/kamera/")
    page.locator("main th a").first.click()
    page.get_by_label(re.compile("Pantauan titik rawan")).check()
    page.get_by_role("button", name="Lihat gambar").click()
    page.locator("img.still").evaluate("image => image.decode()")
    return page.screenshot()


def as_owner(browser: Browser, address: str) -> tuple[bytes, bytes]:
    """The owner's page and his list of looks; he signs in with the code in the demo's letter box."""
    page = phone(browser)
    page.goto(f"{address}/akun/masuk/?next=/mitra/")
    page.get_by_label(re.compile("Nomor HP")).fill(RECORDER_OWNER)
    page.get_by_role("button", name="Kirim kode").click()
    letters = page.context.new_page()
    letters.goto(f"{address}/peragaan/kotak-surat/")
    code = re.search(r"\b\d{6}\b", letters.locator("article").first.inner_text().split("WIB", 1)[1])
    letters.close()
    if code is None:
        raise SystemExit("The letter box holds no code.")
    page.get_by_label(re.compile("Kode")).fill(code[0])
    page.get_by_role("button", name=re.compile("^(Masuk|Lanjut)")).first.click()
    page.wait_for_url("**/mitra/")
    page.reload()  # Without the word that he has signed in.
    mine = page.screenshot()
    page.goto(f"{address}/mitra/buku-tamu/")
    return mine, page.screenshot()


def compose(shots: list[bytes]) -> Image.Image:
    """The screens side by side on one ground, with few colours, so that the file is small."""
    screens = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    wide = (WIDTH - 2 * MARGIN - (len(screens) - 1) * GAP) // len(screens)
    screens = [screen.resize((wide, screen.height * wide // screen.width)) for screen in screens]
    whole = Image.new("RGB", (WIDTH, screens[0].height + 2 * MARGIN), GROUND)
    for place, screen in enumerate(screens):
        whole.paste(screen, (MARGIN + place * (wide + GAP), MARGIN))
    return whole.quantize(COLOURS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
