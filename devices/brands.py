"""What is known of makers: where ONVIF listens, what their streams are called, and what an owner has to switch on.

Every fact names its source in the comment above it. What could not be found in a maker's manual, a maker's or
dealer's help page or a thread of people who own the device is left out; a form then says nothing about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.words import gettext_noop

#: The entry point of a device service is http://HOST/onvif/device_service (ONVIF Core Specification, "Device
#: management service"): the port of HTTP, for every maker of whom nothing else is known.
ONVIF_PORT = 80


@dataclass(frozen=True, slots=True)
class Brand:
    """One maker. `streams` is what stands for `{stream}` in `rtsp_path`, main first; an empty path is unknown.

    `switch_on` and `view_user` are short steps in Indonesian; empty where no source tells them.
    """

    code: str
    name: str
    onvif_port: int = ONVIF_PORT
    rtsp_path: str = ""
    streams: tuple[str, str] = ("1", "2")
    switch_on: tuple[str, ...] = ()
    view_user: tuple[str, ...] = ()


HIKVISION = Brand(
    code="hikvision",
    name="Hikvision",
    # ID = channel × 100 + stream, 1 main, 2 sub: Hikvision ISAPI, "/ISAPI/Streaming/channels/<ID>" over RTSP
    # (enpinfo.hikvision.com, GUID-515FF2B5-5E01-4F03-8B81-4CA5BD621965); the path as devices take it:
    # securitycamcenter.com/rtsp-url-address-format-hikvision.
    rtsp_path="/Streaming/Channels/{channel}0{stream}",
    streams=("1", "2"),
    # Cameras: off by default since firmware 5.5.0 (securitycamcenter.com/enable-onvif-hikvision-cameras).
    # Recorders: off by default, Maintenance or System > System Service > ONVIF (Hikvision user manuals of
    # iDS-9600NXI-I16 section 15.12.1 and DS-96064NI-I16 page 164).
    switch_on=(
        gettext_noop(
            "Kamera: Configuration › Network › Advanced Settings › Integration Protocol, centang Enable ONVIF."
        ),
        gettext_noop("Perekam: System › System Service › ONVIF, centang Enable ONVIF."),
    ),
    # An ONVIF user is apart from the camera's users; level "Media User" may watch and read settings, not change
    # them (Hikvision user manual of DS-2XM6726G0 page 82; securitycamcenter.com/enable-onvif-hikvision-cameras).
    view_user=(
        gettext_noop("Di halaman yang sama tekan Add, isi nama dan kata sandi baru, pilih tingkat Media User."),
        gettext_noop("Pengguna ONVIF terpisah dari akun kamera; kata sandi aplikasi tidak berlaku di sini."),
    ),
)

DAHUA = Brand(
    code="dahua",
    name="Dahua",
    # No port is needed to reach ONVIF on a Dahua: AlexxIT/go2rtc internal/onvif/README.md (dahua1).
    onvif_port=80,
    # Subtype 0 main, 1 sub; channels from 1: dahuawiki.com/Remote_Access/RTSP_via_VLC as cited in CamioCam/rtsp#79.
    rtsp_path="/cam/realmonitor?channel={channel}&subtype={stream}",
    streams=("0", "1"),
    # Setting > System > Account > ONVIF User (Dahua operation manual of IPC-HFW2431T-ZS-S2 section 4.8.3.3). The
    # user group may not change other people's rights, the admin group may do everything (DH-SD2AY manual page 167).
    view_user=(
        gettext_noop("Setting › System › Account › ONVIF User › Add User."),
        gettext_noop("Isi nama dan kata sandi baru, lalu pilih grup user (bukan admin)."),
    ),
)

IMOU = Brand(
    code="imou",
    name="Imou",
    # The same path as Dahua's, its parent's: eduard256/StrixCamDB#22 and #29, roflcoopter/viseron#811.
    rtsp_path=DAHUA.rtsp_path,
    streams=DAHUA.streams,
    # ONVIF serves Imou cameras directly: user2684/imou_life#18. Where no password of the device's own was set, its
    # safety code is the password: rroller/dahua#208.
    view_user=(
        gettext_noop(
            "Pakai kata sandi perangkat, bukan kata sandi akun Imou. Bila belum pernah dibuat, pakai kode keamanan "
            "(safety code) perangkat."
        ),
    ),
)

TAPO = Brand(
    code="tapo",
    name="TP-Link Tapo",
    # blakeblackshear/frigate#9905; AlexxIT/go2rtc internal/onvif/README.md (tapo1).
    onvif_port=2020,
    # stream1 main, stream2 sub: tapo.com/en/faq/34 as linked by go2rtc; AlexxIT/WebRTC#114;
    # danielwoz/ubiquiti-protect-onvif-event-listener#6 (C120). A camera has one channel.
    rtsp_path="/stream{stream}",
    streams=("1", "2"),
    # Me > Tapo Lab > Third-Party Compatibility, on newer firmware: README of the npm package @scrypted/tapo.
    switch_on=(
        gettext_noop("Aplikasi Tapo: Saya (Me) › Tapo Lab › nyalakan Third-Party Compatibility, bila ada."),
    ),
    # Settings > Advanced Settings > Camera Account, an account of the camera and not the one of TP-Link:
    # koush/scrypted#327; README of the npm package @scrypted/tapo.
    view_user=(
        gettext_noop("Aplikasi Tapo: Pengaturan kamera › Pengaturan lanjutan › Akun Kamera (Camera Account)."),
        gettext_noop("Isi akun itu di sini, bukan akun TP-Link Anda."),
    ),
)

REOLINK = Brand(
    code="reolink",
    name="Reolink",
    # AlexxIT/go2rtc internal/onvif/README.md (reolink1); home-assistant/core#85455.
    onvif_port=8000,
    # "Preview_<channel number>_<stream type>", number with two digits: Reolink, "Introduction to RTSP",
    # support.reolink.com/hc/en-us/articles/900000630706; an E1 Pro in
    # danielwoz/ubiquiti-protect-onvif-event-listener#6.
    rtsp_path="/Preview_{channel:02}_{stream}",
    streams=("main", "sub"),
    # Off until switched on, on a recorder often at its own screen only: JimStar/reolink_cctv#84. Ports are set in
    # the Reolink Client ("How to Set up Reolink Ports Settings via Reolink Client", named in the article above).
    switch_on=(
        gettext_noop("Reolink Client di komputer: pengaturan port, nyalakan ONVIF dan RTSP."),
        gettext_noop("Pada perekam (NVR), menunya sering hanya ada di layar perekam itu sendiri."),
    ),
)

UNIVIEW = Brand(
    code="uniview",
    name="Uniview",
    # From the user manual of the NVR308-64R: s0 main, s1 sub, channels from 1 (CamioCam/rtsp#133).
    rtsp_path="/unicast/c{channel}/s{stream}/live",
    streams=("0", "1"),
    # Menu > System > User > Add on a recorder; type Guest may only watch by default:
    # support.camerasecuritynow.com/kb/a7/creating-a-new-user.aspx (a dealer's help page).
    view_user=(
        gettext_noop("Pada layar perekam: Menu › System › User › Add."),
        gettext_noop("Pilih jenis Guest, yang hanya boleh melihat."),
    ),
)

OTHER = Brand(code="other", name=gettext_noop("Merek lain"))

BRANDS: tuple[Brand, ...] = (HIKVISION, DAHUA, IMOU, TAPO, REOLINK, UNIVIEW, OTHER)
_BY_CODE = {brand.code: brand for brand in BRANDS}


def brand_of(code: str) -> Brand:
    """The maker of this code; `OTHER` for a code that is unknown or empty."""
    return _BY_CODE.get(code, OTHER)
