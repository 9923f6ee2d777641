"""The report as a technician reads it."""

from __future__ import annotations

import re
from dataclasses import replace

from devices.facts import (
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
from devices.report import Channel, DeviceReport, Stream
from devices.report_text import as_text

MAIN = Stream("P1", "H264", 1920, 1080, 25, "/Streaming/101", 554)
SUB = Stream("P2", "H265", 640, 360, None, "/live?user=a&password=sangat-rahasia&channel=1", None, tls=True)
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
    details=Details(
        clock=ClockSettings("NTP", "WIB-7", daylight_saving=False),
        services=(
            "http://www.onvif.org/ver10/device/wsdl",
            "http://www.onvif.org/ver10/media/wsdl",
            "http://www.onvif.org/ver20/media/wsdl",
        ),
        scopes=("onvif://www.onvif.org/name/Ruko%20Anggrek",),
        interfaces=(Interface("eth0", "eth0", "02:00:00:00:00:01", True, ("192.168.1.64",)),),
        encoders=(Encoder("e1", "H264", 1920, 1080, 25, 4096, 50, "Main"), Encoder("e2", "H265", 640, 360, None)),
        encoder_options=(
            EncoderOptions("e1", "H264", ((1920, 1080), (1280, 720)), 1.0, 25.0, 32, 16384, ("Main",)),
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

Jam
  selisih      -7,0 detik
  disetel      NTP
  zona         WIB-7

Masuk
  cara         WS-UsernameToken
  ditolak      0 kali

Saluran (2)
    1  Depan  [src1]
       utama H.264  1920x1080  25 fps  P1                  rtsp:554 /Streaming/101
       sub   H.265  640x360            P2                  rtsps /live?user=***&password=***&channel=1
    2  Lorong  [src2]  (tanpa H.264)
       utama H.265  640x360            P2                  alamat tidak terbaca

Pengaturan aliran
  e1           H.264 1920x1080 25 fps 4096 kbit/s GOP 50 Main
      dapat    H.264  · 1920x1080 1280x720 · 1–25 fps · 32–16384 kbit/s · Main
  dan 1 lagi

Gambar
  1280x720 dari gambar diam, 2 KiB

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
    bare = DeviceReport("203.0.113.7", 554, onvif=False, channels=REPORT.channels, warnings=("rtsp_only",))

    told = as_text(bare)

    assert "ONVIF        tidak, hanya RTSP" in told
    assert "selisih      tidak diketahui" in told
    assert "Kejadian" not in told
    assert "jam dan nomor seri tidak diketahui" in told


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
    assert max(map(len, told.splitlines())) < 140
