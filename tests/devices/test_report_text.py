"""The report as a technician reads it."""

from __future__ import annotations

import re
from dataclasses import replace

from devices.facts import (
    NOT_ASKED,
    ClockSettings,
    Details,
    Encoder,
    EncoderOptions,
    Interface,
    Mask,
    MaskOptions,
    Recording,
)
from devices.pictures import Picture
from devices.report import Channel, DeviceReport, Identity, Stream
from devices.report_text import as_text

MAIN = Stream("P1", "H264", 1920, 1080, 25, "/Streaming/101", 554)
SUB = Stream("P2", "H265", 640, 360, None, "/live?user=a&password=sangat-rahasia&channel=1", None, tls=True)
FULL = Encoder("", "H264", 1920, 1080, 25, 4096, 50, "Main")
CHOICE = EncoderOptions("Encoder_101", "H264", ((1920, 1080), (1280, 720)), 1.0, 25.0, 32, 16384, ("Main",))
REPORT = DeviceReport(
    host="203.0.113.7",
    port=8000,
    maker="Pembuat",
    model="NVR-2",
    firmware="1.2",
    serial="SN-1",
    mac="02:00:00:00:00:01",
    clock_offset_seconds=-7.04,
    channels=(Channel(1, "Depan", "src1", (MAIN, SUB)), Channel(2, "Lorong", "src2", (replace(SUB, path=""),))),
    picture=Picture(b"x" * 2048, 1280, 720),
    picture_source="snapshot",
    warnings=("clock_off", "details_unread"),
    seconds=2.345,
    sign_in_method="wsse",
    worked="wsse",
    identity=Identity(tls_fingerprint="abcd" * 8 + "0123" * 8, shape="fc51e244"),
    snapshot_path="/snap.jpg?usr=a&pwd=sangat-rahasia&ch=1",
    details=Details(
        clock=ClockSettings("NTP", "WIB-7", daylight_saving=False),
        services=(
            "http://www.onvif.org/ver10/device/wsdl",
            "http://www.onvif.org/ver10/media/wsdl",
            "http://www.onvif.org/ver20/media/wsdl",
        ),
        scopes=("onvif://www.onvif.org/name/Ruko%20Anggrek",),
        interfaces=(Interface("eth0", "eth0", "02:00:00:00:00:01", True, ("192.168.1.64",)),),
        encoders=(
            *(replace(FULL, token=f"Encoder_{number}01") for number in (1, 2, 3, 4)),
            Encoder("Encoder_402", "H265", 640, 360, None),
        ),
        encoder_options=(
            CHOICE,
            replace(CHOICE, encoder="Encoder_201"),
            EncoderOptions("Encoder_401", "H265", ((640, 360),)),
        ),
        masks=(Mask("m", "c1", "Color", True), Mask("n", "c1", "Color", False)),
        mask_options=(MaskOptions("c1", 4, 8, ("Color",), rectangle_only=True),),
        event_topics=("VideoSource/MotionAlarm",),
        recordings=(Recording("r1", ""),),
        missing=("video_sources",),
    ),
)
EXPECTED = """\
203.0.113.7 port 8000 · Pembuat NVR-2

Perangkat
  merek        Pembuat
  tipe         NVR-2
  firmware     1.2
  nomor seri   SN-1
  MAC          02:00:00:00:00:01
  jaringan     eth0 02:00:00:00:00:01 192.168.1.64
  layanan      device, media, media2
  keterangan   name/Ruko Anggrek
  ONVIF        ya

Tanda pengenal
  sertifikat   abcd abcd abcd abcd abcd abcd abcd abcd
               0123 0123 0123 0123 0123 0123 0123 0123
  jawaban awal fc51 e244

Jam
  selisih      -7,0 detik
  disetel      NTP
  zona         WIB-7

Masuk
  cara         WS-UsernameToken
  ditolak      0 kali

Saluran (2)
    1  Depan  [src1]
       utama H.264  1920x1080  25 fps  P1
             rtsp:554 /Streaming/101
       sub   H.265  640x360            P2
             rtsps /live?user=***&password=***&channel=1
    2  Lorong  [src2]  (tanpa H.264)
       utama H.265  640x360            P2
             alamat tidak terbaca

Pengaturan aliran
  Encoder_101, _201, _301
    H.264 1920x1080 25 fps 4096 kbit/s GOP 50 Main
      dapat H.264  · 1920x1080 1280x720 · 1–25 fps · 32–16384 kbit/s · Main
      (pilihan dibaca pada Encoder_101, _201)
  Encoder_401
    H.264 1920x1080 25 fps 4096 kbit/s GOP 50 Main
      dapat H.265  · 640x360
  Encoder_402
    H.265 640x360

Gambar
  1280x720 dari gambar diam, 2 KiB
  gambar diam  /snap.jpg?usr=***&pwd=***&ch=1

Topeng privasi
  2 topeng, 1 terpasang
  c1           paling banyak 4 · 8 sudut · hanya persegi panjang · Color

Kejadian
  1 topik      VideoSource/MotionAlarm

Rekaman di perangkat
  1 rekaman    r1

Yang kurang
  - Jam perangkat meleset. Mohon setel jam atau nyalakan NTP pada perangkat.
  - Sebagian rincian perangkat tidak terbaca.
  - Tidak terbaca: sumber video.

Selesai dalam 2,3 detik.
"""


def test_a_whole_report() -> None:
    assert as_text(REPORT) == EXPECTED


def test_what_is_not_offered_is_told_from_what_could_not_be_read() -> None:
    told = as_text(replace(REPORT, details=Details(missing=("recordings",))))

    assert "Topeng privasi\n  tidak ditawarkan" in told
    assert "Rekaman di perangkat\n  tidak terbaca" in told


def test_a_device_without_onvif_says_what_is_not_known() -> None:
    bare = DeviceReport(
        "203.0.113.7",
        554,
        onvif=False,
        channels=(Channel(1, "", "rtsp:1", (MAIN,)),),
        warnings=("rtsp_only",),
        identity=Identity(shape="rtsp:\x1b[31mIPC"),
        sign_in_method="digest",
        details=NOT_ASKED,
    )

    told = as_text(bare)

    assert "ONVIF        tidak, hanya RTSP" in told
    assert "selisih      tidak diketahui" in told
    assert "Kejadian" not in told
    assert "jam dan nomor seri tidak diketahui" in told
    assert "1  Kanal 1  [rtsp:1]" in told
    assert "cara         Digest (RTSP)" in told
    assert "jawaban awal rtsp: [31mIPC" in told
    assert "Tidak terbaca:" not in told


def test_nothing_that_a_terminal_obeys_and_no_flood_of_names_comes_from_a_device() -> None:
    odd = "\x1b[31m\u202e\nx"
    details = Details(
        scopes=(f"onvif://www.onvif.org/name/{odd}%1b[2J%0a",),
        interfaces=(Interface(odd, "", "", True),),
        encoders=(Encoder(odd, "", None, None, None),),
        masks=(),
        mask_options=(MaskOptions(odd, None, None),),
        event_topics=tuple(f"Topik/{number}" for number in range(250)),
        recordings=(Recording(odd, ""),),
    )
    stream = replace(MAIN, profile_token=odd)
    report = replace(REPORT, channels=(Channel(1, odd, odd, (stream,)),), details=details)

    told = as_text(report)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", told)
    assert "dan 202 lagi" in told
    assert max(map(len, told.splitlines())) <= 80


def test_it_fits_80_columns_but_for_a_path_which_is_copied_whole() -> None:
    path = "/cam/realmonitor?channel=1&subtype=0&unicast=true&proto=Onvif&" + "x" * 80
    choices = tuple(
        replace(CHOICE, codec=codec, sizes=tuple((4000 + number, 3000) for number in range(12)))
        for codec in ("H264", "H265")
    )
    details = replace(REPORT.details, encoder_options=choices)
    report = replace(
        REPORT, details=details, channels=(Channel(1, "a" * 60, "s", (MAIN, replace(MAIN, path=path))),)
    )

    lines = as_text(report).splitlines()

    assert [line.strip() for line in lines if len(line) > 80] == [path]


def test_short_streams_take_one_line_each() -> None:
    told = as_text(replace(REPORT, channels=(Channel(1, "Depan", "src1", (MAIN,)),)))

    assert "       utama H.264  1920x1080  25 fps  P1            rtsp:554 /Streaming/101\n" in told


def test_the_object_for_programs_names_the_snapshot_without_secrets() -> None:
    told = REPORT.to_dict()

    assert told["snapshot_path"] == "/snap.jpg?usr=***&pwd=***&ch=1"
    assert "sangat-rahasia" not in repr(told) + repr(REPORT)
    assert replace(REPORT, snapshot_path=None).to_dict()["snapshot_path"] is None
