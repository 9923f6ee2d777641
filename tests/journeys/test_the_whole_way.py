"""The whole way, through the forms only: an owner shares a camera, and an officer is allowed to look.

One story in the order of the programme, on a product started by its own command, against a virtual camera that
speaks ONVIF through a program nobody here wrote. Nothing writes to the database between the steps.
"""

import os
import re
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import CANARY, Person, Product

pytestmark = pytest.mark.journey

CAMERA = "Depan rumah peraga"


def choose_in(person: Person, legend: str, choice: str) -> None:
    """In the group with this legend, choose this answer."""
    group = person.page.get_by_role("group", name=re.compile(legend))
    group.get_by_label(re.compile(rf"^\s*{re.escape(choice)}(\s|$)")).first.check()


def enrol(owner: Person) -> None:
    """Step 2: one question per page, in the programme's order; no device before the consent."""
    owner.open("/daftar/")
    owner.picture("02-daftar")
    owner.press("Mulai")

    owner.choose("Warga")
    owner.picture("02-siapa")
    owner.press("Lanjut")
    owner.fill("Nama lengkap", "Sari Peraga")
    owner.press("Lanjut")

    owner.page.get_by_label("Kelurahan").select_option(label="Kebon Jeruk")
    owner.fill("Alamat", "Jalan Anggrek Raya 5")
    owner.picture("02-alamat")
    owner.press("Lanjut")
    owner.page.locator("[data-map]").click()
    expect(owner.page.get_by_label("Lintang")).not_to_have_value("")
    owner.picture("02-pin")
    owner.press("Lanjut")

    owner.choose("Langsung pada jam tertentu")
    owner.picture("02-pilihan")
    owner.press("Lanjut")
    owner.fill("Mulai", "00:00")
    owner.fill("Sampai", "23:59")
    owner.press("Lanjut")

    owner.fill("Jumlah kamera", "1")
    owner.fill("Nama yang merawat", "Teknisi Peraga")
    owner.press("Lanjut")
    owner.fill("Nama kamera", CAMERA)
    choose_in(owner, "Letak", "Di luar ruangan")
    choose_in(owner, "Melihat apa", "Jalan umum")
    choose_in(owner, "Menghadap", "TL")
    choose_in(owner, "jalan umum terlihat", "Ya")
    choose_in(owner, "bagian pribadi", "Tidak ada")
    choose_in(owner, "suara", "Tidak")
    owner.picture("02-kamera")
    owner.press("Lanjut")

    ticked = owner.page.locator("input[type=checkbox]:checked").count()
    assert ticked == 0, "a consent was ticked beforehand"
    for title in ("Terdata dan", "Gambar diam pada jam"):
        choose_in(owner, title, "Ya, untuk Polres")
    choose_in(owner, "Terdata dan", "Ya, untuk Polsek")  # So that its staff may read which camera is down.
    owner.picture("02-persetujuan")
    owner.press("Lanjut")

    owner.choose("Saya isi sekarang")
    owner.press("Lanjut")
    owner.fill("Alamat perangkat", "192.168.1.10")
    owner.press("Lanjut")
    expect(owner.page.locator("main")).to_contain_text("jangan membuka port")
    owner.picture("02-alamat-rumah")
    owner.fill("Alamat perangkat", "127.0.0.1")
    owner.fill("Port ONVIF", str(owner.product.device_port + 1))
    owner.fill("Port RTSP", str(owner.product.device_port + 11))
    owner.fill("Nama pengguna", "pemilik")
    owner.fill("Kata sandi pada", CANARY)
    owner.press("Lanjut")

    assert CANARY not in owner.page.content()
    owner.picture("02-periksa")
    owner.press("Setuju dan kirim")
    expect(owner.page.locator("main")).to_contain_text(re.compile(rf"MK-{time.localtime().tm_year}-\d{{6}}"))
    owner.picture("02-selesai")


def connect(owner: Person) -> None:
    """Step 3: each step as it happens, and one picture that only the owner sees."""
    owner.press("Sambungkan")
    owner.press("Sambungkan")
    expect(owner.page.locator("main")).to_contain_text("H264", timeout=40_000)
    expect(owner.page.locator("img.still")).to_be_visible()
    width = owner.page.locator("img.still").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width >= 320
    owner.picture("03-tersambung")


def verify(officer: Person, product: Product) -> None:
    """Step 4: the officer sees his kelurahan's queue; a code before the lens proves possession."""
    officer.open("/petugas/")
    officer.picture("04-petugas")
    officer.follow(CAMERA)
    officer.press("Mulai kunjungan")
    code = "".join(re.findall(r"\d", officer.page.locator(".big-code").inner_text()))
    assert len(code) == 4

    for check in ("Identitas pemilik", "Arah kamera", "Kamera menghadap", "Area pribadi", "Stiker"):
        officer.choose(check)
    officer.page.context.set_geolocation({"latitude": -6.2084, "longitude": 106.7655, "accuracy": 12})
    officer.press("Gunakan lokasi saya")
    expect(officer.page.get_by_label("Lintang")).not_to_have_value("")
    officer.press("Sesuai")
    assert officer.page.locator("[role=alert]").count(), "it passed without proof of possession"

    hold_before_the_lens(officer, code)
    officer.press("Ambil gambar")
    seen = officer.page.get_by_role("button", name="Kode terlihat di gambar")
    seen.wait_for(timeout=40_000)
    officer.picture("04-bukti")
    seen.click()
    officer.page.wait_for_load_state()
    officer.press("Sesuai")
    expect(officer.page.locator("main")).to_contain_text("Sesuai")
    officer.picture("04-diverifikasi")


def hold_before_the_lens(person: Person, code: str) -> None:
    """Somebody at the camera holds up a sheet with the code (in the demo: by a form of the virtual camera)."""
    other = person.context.new_page()
    other.goto(person.product.url + "/peragaan/kamera/")
    other.get_by_label(re.compile("Tulisan di depan lensa")).first.fill(code)
    other.get_by_role("button", name=re.compile("Simpan Gerbang Utama")).click()
    other.wait_for_load_state()
    other.close()
    time.sleep(1.5)  # The sheet is in the picture within a second.


def grant(precinct: Person) -> None:
    """Step 5: an area, one right, one purpose, a letter and dates; who will see what is shown first."""
    precinct.open("/polsek/")
    precinct.picture("05-polsek")
    precinct.press("Beri akses")
    precinct.page.get_by_label("Lembaga yang diberi akses").select_option(label="Polres Metro Jakarta Barat")
    precinct.choose("Satu wilayah")
    precinct.page.get_by_label("Wilayah").last.select_option(label=_kelurahan_option(precinct))
    on_the_line: list[Route] = []
    precinct.page.route("**/akses/baru/tujuan/*", lambda route: on_the_line.append(route))
    with precinct.page.expect_request("**/akses/baru/tujuan/*"):
        precinct.choose("Melihat gambar diam")
    precinct.choose("Keamanan lingkungan")  # On a slow line he is faster than the purposes of the right.
    on_the_line.pop().continue_()
    precinct.page.unroute("**/akses/baru/tujuan/*")
    expect(precinct.page.locator("#purposes [id^=id_view_still]").first).to_be_attached()
    precinct.fill("Nomor Surat Perintah", "Sprin/123/XI/2026")
    precinct.picture("05-beri-akses")
    precinct.press("Periksa siapa akan melihat apa")
    precinct.picture("05-siapa-melihat-apa")
    precinct.press("Beri akses")
    expect(precinct.page.locator("main")).to_contain_text("Sprin/123/XI/2026")
    precinct.picture("05-akses")


def _kelurahan_option(person: Person) -> str:
    options = person.page.get_by_label("Wilayah").last.locator("option").all_inner_texts()
    return next(text for text in options if "Kebon Jeruk" in text and text != "---------")


def look(command: Person) -> None:
    """Step 6: a reason first, then the still."""
    command.open("/pusat-komando/")
    command.picture("06-pusat-komando")
    command.open("/pusat-komando/kamera/")
    command.picture("06-kamera")
    command.follow(CAMERA)
    command.press("Lihat gambar")
    assert command.page.locator("[role=alert]").count(), "a look began without a reason"
    command.choose("Pantauan titik rawan")
    command.picture("06-alasan")
    command.press("Lihat gambar")
    still = command.page.locator("img.still")
    expect(still).to_be_visible()
    assert still.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 320
    command.picture("06-gambar")


def test_an_owner_shares_a_camera_and_an_officer_is_allowed_to_look(come, product: Product) -> None:
    owner, officer, precinct, command, supervisor = (
        come(role) for role in ("owner", "officer", "precinct", "command", "supervisor")
    )

    enrol(owner)
    connect(owner)
    camera_id = _camera_id(owner)

    grant(precinct)
    assert command.open(f"/pusat-komando/kamera/{camera_id}/") == 404, "granted, but not verified yet"
    verify(officer, product)
    assert command.open(f"/pusat-komando/kamera/{camera_id}/") == 200
    assert officer.open(f"/petugas/kamera/{camera_id}/") == 404, "the consent to stills names the Polres only"
    look(command)

    owner.open("/mitra/")
    owner.picture("07-mitra")
    owner.open("/mitra/buku-tamu/")
    expect(owner.page.locator("main")).to_contain_text("Pantauan titik rawan")
    expect(owner.page.locator("main")).to_contain_text("Polres Metro Jakarta Barat")
    owner.picture("07-buku-tamu")
    supervisor.open("/pengawas/")
    expect(supervisor.page.locator("main")).to_contain_text(CAMERA)
    supervisor.picture("07-pengawas")

    pulled = product.children("demo.camera")[0:1] and _unplug(product)
    for person, path in (
        (owner, "/mitra/"),
        (officer, "/petugas/"),
        (precinct, "/polsek/"),
        (command, "/pusat-komando/"),
    ):
        _wait_for(person, path, "Terputus", CAMERA)
        person.picture(f"08-terputus-{person.role}")
    os.kill(pulled, signal.SIGCONT)
    _wait_for(owner, "/mitra/", "Normal", CAMERA)

    owner.open(f"/mitra/kamera/{camera_id}/")
    owner.picture("07-jeda")
    owner.press("Jeda kamera")
    assert command.open(f"/pusat-komando/kamera/{camera_id}/") == 404, "paused"
    owner.press("Buka jeda")
    assert command.open(f"/pusat-komando/kamera/{camera_id}/") == 200

    look_again = command.page
    command.choose("Pantauan titik rawan")
    command.press("Lihat gambar")
    still_url = look_again.locator("img.still").get_attribute("src")
    owner.open("/mitra/")
    owner.page.get_by_role("link", name=re.compile("Tarik persetujuan.*Gambar diam")).click()
    owner.picture("07-tarik")
    owner.press("Tarik persetujuan")
    assert command.open(f"/pusat-komando/kamera/{camera_id}/") == 404, "withdrawn"
    refused = command.page.request.get(product.url + str(still_url))
    assert refused.headers["content-type"] != "image/jpeg" or refused.status != 200, "the look went on"

    owner.open("/mitra/")
    owner.press("Tanda terima")
    owner.picture("07-tanda-terima")

    assert_canary_is_nowhere(product)


def _camera_id(owner: Person) -> str:
    owner.open("/mitra/")
    href = owner.page.get_by_role("link", name=CAMERA, exact=True).first.get_attribute("href")
    return str(href).rstrip("/").rsplit("/", 1)[-1]


def _unplug(product: Product) -> int:
    """Pull the plug of the good camera: its program stands still and answers nobody."""
    found = [pid for pid in product.children("demo.camera") if str(product.device_port + 1) in _command(pid)]
    os.kill(found[0], signal.SIGSTOP)
    return found[0]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def _wait_for(person: Person, path: str, word: str, camera: str) -> None:
    """Open the page until the word stands in the camera's own card or row, a minute at most."""
    limit, said = time.monotonic() + 60, []
    while time.monotonic() < limit:
        person.open(path)
        own = person.page.locator("main .inset, main tr").filter(has_text=camera)
        said = own.all_inner_texts()
        if any(word in text for text in said):
            return
        time.sleep(1)
    raise AssertionError(f"{person.role} never read {word} of {camera} at {path}, but: {said}")


def assert_canary_is_nowhere(product: Product) -> None:
    """The camera's password is in no file of the product: database, logs, letters, broker, terminal."""
    with sqlite3.connect(product.state / "db.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(FULL)")
        dump = "\n".join(database.iterdump())
    assert "Sari Peraga" in dump, "the dump is empty"
    assert CANARY not in dump
    for file in product.state.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
