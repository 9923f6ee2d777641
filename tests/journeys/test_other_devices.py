"""Devices that are not the good camera: each failure says what to do, and only what is listed becomes a camera."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Person, Product
from tests.journeys.test_the_whole_way import choose_in

pytestmark = pytest.mark.journey


def sign_in_by_code(person: Person, address: str) -> None:
    """Ask for a code and read it in the demo's letter box."""
    person.open("/akun/masuk/?next=/daftar/")
    person.fill("Nomor HP atau", address)
    person.picture("01-masuk")
    person.press("Kirim kode")
    letters = person.context.new_page()
    letters.goto(person.product.url + "/peragaan/kotak-surat/")
    newest = letters.locator("article", has_text=address).first.inner_text()
    letters.close()
    code = re.search(r"\b\d{6}\b", newest.split("WIB", 1)[1])
    assert code, newest
    person.page.get_by_label(re.compile("Kode")).fill(code[0])
    person.picture("01-kode")
    person.page.get_by_role("button", name=re.compile("^(Masuk|Lanjut)")).first.click()
    person.page.wait_for_load_state()


def enrol_a_shop(person: Person, product: Product) -> None:
    person.press("Mulai")
    person.choose("Usaha")
    person.press("Lanjut")
    person.fill("Nama usaha", "Toko Peraga")
    person.fill("Penanggung jawab", "Budi Peraga")
    person.fill("Jabatan", "Pemilik")
    person.fill("Nomor surat", "001/SK/2026")
    person.press("Lanjut")
    person.page.get_by_label("Kelurahan").select_option(label="Kamal")
    person.fill("Alamat", "Ruko Peraga 3")
    person.press("Lanjut")
    person.page.locator("[data-map]").click()
    expect(person.page.get_by_label("Lintang")).not_to_have_value("")
    person.press("Lanjut")
    person.choose("Langsung saat ada kejadian")
    person.press("Lanjut")
    person.fill("Jumlah kamera", "1")
    person.fill("Nama yang merawat", "Teknisi Toko")
    person.press("Lanjut")
    person.fill("Nama kamera", "Kasir")
    choose_in(person, "Letak", "Di dalam")
    choose_in(person, "Melihat apa", "Kasir")
    choose_in(person, "jalan umum terlihat", "Tidak")
    choose_in(person, "bagian pribadi", "Tidak ada")
    choose_in(person, "suara", "Tidak")
    person.press("Lanjut")
    choose_in(person, "Terdata dan", "Ya, untuk Polsek")
    choose_in(person, "Gambar diam saat ada", "Ya, untuk Polsek")
    person.press("Lanjut")
    person.choose("Saya isi sekarang")
    person.press("Lanjut")
    fill_device(person, product, number=2, password="kata-sandi-demo")
    person.press("Lanjut")
    person.press("Setuju dan kirim")


def fill_device(person: Person, product: Product, *, number: int, password: str) -> None:
    """The address of the demo's device of this number; 0 names ports where nothing answers."""
    person.fill("Alamat perangkat", "127.0.0.1")
    person.fill("Port ONVIF", str(product.device_port + number if number else 8899))
    person.fill("Port RTSP", str(product.device_port + 10 + number if number else 8554))
    person.fill("Nama pengguna", "pemilik")
    person.fill("Kata sandi", password)


def change_device(person: Person, product: Product, *, number: int) -> None:
    person.press("Ubah alamat atau kata sandi")
    fill_device(person, product, number=number, password="kata-sandi-demo")
    person.press("Simpan")
    person.press("Sambungkan sekarang")


def read_by_rtsp_alone(person: Person, product: Product) -> None:
    """The recorder once more, as one without ONVIF: its maker's path is filled in."""
    person.press("Ubah alamat atau kata sandi")
    expect(person.page.get_by_label("Jalur RTSP")).not_to_be_visible()
    person.page.get_by_label("Merek").select_option("hikvision")
    expect(person.page.locator("[data-brand=hikvision]")).to_be_visible()
    expect(person.page.locator("[data-brand=tapo]")).not_to_be_visible()
    person.page.get_by_text("Perangkat saya tidak mendukung ONVIF").click()
    person.choose("Perangkat ini tidak mendukung ONVIF")
    expect(person.page.get_by_label("Port ONVIF")).not_to_be_visible()
    person.fill("Port RTSP", str(product.device_port + 15))
    person.fill("Nama pengguna", "pemilik")
    person.fill("Kata sandi", "kata-sandi-demo")
    person.picture("03-tanpa-onvif")
    person.press("Simpan")
    person.press("Sambungkan sekarang")


def list_a_channel(person: Person) -> None:
    """The owner listed one camera; the recorder has four channels. He looks through the second, and lists it."""
    expect(person.page.locator("main")).to_contain_text("3 saluran belum Anda daftarkan")
    person.picture("03-belum-didaftarkan")
    person.page.get_by_role("link", name=re.compile(r"^\s*Daftarkan\s+saluran 2")).click()
    person.press("Lihat gambar saluran ini")
    expect(person.page.locator("#gambar img")).to_be_visible(timeout=40_000)
    person.picture("03-gambar-saluran")
    person.fill("Nama kamera", "Lorong")
    choose_in(person, "Letak", "Di dalam")
    choose_in(person, "Melihat apa", "Lainnya")
    choose_in(person, "jalan umum terlihat", "Tidak")
    choose_in(person, "bagian pribadi", "Tidak ada")
    choose_in(person, "suara", "Tidak")
    person.press("Daftarkan kamera")
    expect(person.page.locator("main")).to_contain_text("2 saluran belum Anda daftarkan")
    person.picture("03-satu-didaftarkan")


def test_each_device_is_told_apart_in_words(come, product: Product) -> None:
    owner = come("toko@contoh.id")
    sign_in_by_code(owner, "toko@contoh.id")
    enrol_a_shop(owner, product)

    owner.press("Sambungkan")
    owner.press("Sambungkan")
    main = owner.page.locator("main")
    expect(main).to_contain_text(re.compile("kata sandi.*(ditolak|salah|tidak)", re.I), timeout=40_000)
    owner.picture("03-kata-sandi-salah")

    owner.press("Perbaiki nama pengguna")
    fill_device(owner, product, number=3, password="kata-sandi-demo")
    owner.press("Simpan")
    owner.press("Sambungkan sekarang")
    expect(main).to_contain_text("H264", timeout=40_000)
    expect(main).to_contain_text(re.compile(r"7 menit"))
    owner.picture("03-jam-melenceng")

    change_device(owner, product, number=0)
    expect(main).to_contain_text(re.compile("tidak dapat kami hubungi", re.I), timeout=40_000)
    owner.picture("03-tidak-menjawab")

    change_device(owner, product, number=5)
    expect(main).to_contain_text("H264", timeout=40_000)
    owner.picture("03-perekam")
    list_a_channel(owner)

    read_by_rtsp_alone(owner, product)
    expect(main).to_contain_text("jam dan nomor seri tidak diketahui", timeout=40_000)
    owner.picture("03-perekam-tanpa-onvif")
    owner.open("/mitra/")
    expect(owner.page.get_by_role("heading", level=3).filter(has=owner.page.get_by_role("link"))).to_have_count(2)
    owner.picture("03-dua-kamera")
