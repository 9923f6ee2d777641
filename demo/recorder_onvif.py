"""What the virtual recorder answers over ONVIF: the device service, Media 1 and Media 2.

What can be changed, and who may, is in `recorder_settings`.

Element order follows the WSDL and schema files of the standard; `tests/demo/test_devices.py` walks all of
it with onvif-zeep, which refuses an answer that does not follow them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from demo import program, soap
from demo.auth import WIB
from demo.recorder_settings import Refusal, Settings, SettingsOnvif, text
from demo.recorder_shapes import (
    Channel,
    encoder,
    encoder2,
    media_uri,
    moment,
    profile,
    profile2,
    resolution,
)

NAMESPACES = {
    "env": "http://www.w3.org/2003/05/soap-envelope",
    "ter": "http://www.onvif.org/ver10/error",
    "tt": "http://www.onvif.org/ver10/schema",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
}
DEVICE, MEDIA1, MEDIA2 = NAMESPACES["tds"], NAMESPACES["trt"], NAMESPACES["tr2"]
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


@dataclass(frozen=True)
class Facts:
    """What the recorder knows of itself."""

    name: str
    serial: str
    host: str
    onvif_port: int
    rtsp_port: int

    @property
    def mac(self) -> str:
        """A locally administered address, made from the serial number so that it stays the same."""
        tail = hashlib.sha256(self.serial.encode()).hexdigest()[:10]
        return "02:" + ":".join(tail[at : at + 2] for at in range(0, 10, 2))

    def http(self, path: str) -> str:
        return f"http://{self.host}:{self.onvif_port}{path}"

    def rtsp(self, path: str) -> str:
        return f"rtsp://{self.host}:{self.rtsp_port}{path}"


def fault(refusal: Refusal) -> bytes:
    """The envelope that says no."""
    return (
        f"<env:Envelope {_DECLARED}><env:Body><env:Fault><env:Code><env:Value>env:Sender</env:Value>"
        f"<env:Subcode><env:Value>{refusal.subcode}</env:Value></env:Subcode></env:Code>"
        f'<env:Reason><env:Text xml:lang="en">{escape(refusal.reason)}</env:Text></env:Reason>'
        "</env:Fault></env:Body></env:Envelope>"
    ).encode()


Answer = Callable[[etree._Element], str]


class RecorderOnvif:
    """Turns a request envelope into the bytes of its answer; raises `Refusal` for what it does not know."""

    def __init__(self, facts: Facts, settings: Settings, channels: list[Channel]) -> None:
        self.facts = facts
        self.settings = settings
        self.channels = channels
        self.by_token = {channel.token: channel for channel in channels}
        self.mains = [channel for channel in channels if channel.stream == 1]
        change = SettingsOnvif(settings, {f"{channel.source}_config": channel.source for channel in channels})
        self._answers: dict[tuple[str, str], Answer] = {
            (DEVICE, "GetSystemDateAndTime"): self._date_and_time,
            (DEVICE, "GetServices"): self._services,
            (DEVICE, "GetCapabilities"): self._capabilities,
            (DEVICE, "GetDeviceInformation"): self._information,
            (DEVICE, "GetNTP"): change.ntp,
            (DEVICE, "GetScopes"): self._scopes,
            (DEVICE, "GetHostname"): self._hostname,
            (DEVICE, "GetEndpointReference"): self._endpoint_reference,
            (DEVICE, "GetNetworkInterfaces"): self._interfaces,
            (MEDIA1, "GetProfiles"): self._profiles,
            (MEDIA1, "GetProfile"): self._profile,
            (MEDIA1, "GetVideoSources"): self._video_sources,
            (MEDIA1, "GetVideoEncoderConfigurations"): self._encoders,
            (MEDIA1, "GetStreamUri"): self._stream_uri,
            (MEDIA1, "GetSnapshotUri"): self._snapshot_uri,
            (MEDIA2, "GetProfiles"): self._profiles2,
            (MEDIA2, "GetStreamUri"): self._stream_uri2,
            (MEDIA2, "GetSnapshotUri"): self._snapshot_uri2,
            (MEDIA1, "GetVideoEncoderConfiguration"): self._encoder1,
            (MEDIA1, "GetVideoEncoderConfigurationOptions"): change.options1,
            (MEDIA2, "GetVideoEncoderConfigurations"): self._encoders2,
            (MEDIA2, "GetVideoEncoderConfigurationOptions"): change.options2,
            (MEDIA2, "GetMaskOptions"): change.mask_options,
            (MEDIA2, "GetMasks"): change.masks,
        }
        self._for_administrators: dict[tuple[str, str], Answer] = {
            (DEVICE, "GetUsers"): change.users,
            (DEVICE, "CreateUsers"): change.create_users,
            (DEVICE, "DeleteUsers"): change.delete_users,
            (DEVICE, "SetSystemDateAndTime"): change.set_clock,
            (DEVICE, "SetNTP"): change.set_ntp,
            (MEDIA1, "SetVideoEncoderConfiguration"): partial(change.set_encoder, prefix="trt"),
            (MEDIA2, "SetVideoEncoderConfiguration"): partial(change.set_encoder, prefix="tr2"),
            (MEDIA2, "CreateMask"): change.create_mask,
            (MEDIA2, "DeleteMask"): change.delete_mask,
        }

    def is_open(self, envelope: etree._Element) -> bool:
        """Whether anybody may ask this: the clock, needed before anything can be signed, and who the device is."""
        return self._key(envelope) in {(DEVICE, "GetSystemDateAndTime"), (DEVICE, "GetEndpointReference")}

    def answer(self, envelope: etree._Element, level: str) -> bytes:
        """The answer to somebody of this level."""
        request = soap.request_of(envelope)
        key = self._key(envelope)
        answer = self._answers.get(key) or self._for_administrators.get(key)
        if request is None or answer is None:
            raise Refusal("ter:ActionNotSupported", "This device does not support that action.")
        if key in self._for_administrators and level != "Administrator":
            raise Refusal("ter:NotAuthorized", "That is for administrators.")
        with self.settings.lock:
            said = answer(request)
        whole = f"<env:Envelope {_DECLARED}><env:Body>{said}</env:Body></env:Envelope>"
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + whole.encode()

    def _key(self, envelope: etree._Element) -> tuple[str, str]:
        request = soap.request_of(envelope)
        if request is None:
            return "", ""
        name = etree.QName(request)
        return name.namespace or "", name.localname

    # The device service

    def _date_and_time(self, request: etree._Element) -> str:
        now = self.settings.clock.now()
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            f"<tt:DateTimeType>{self.settings.clock_type}</tt:DateTimeType>"
            f"<tt:DaylightSavings>{str(self.settings.daylight).lower()}</tt:DaylightSavings>"
            f"<tt:TimeZone><tt:TZ>{escape(self.settings.zone)}</tt:TZ></tt:TimeZone>"
            f"<tt:UTCDateTime>{moment(now)}</tt:UTCDateTime>"
            f"<tt:LocalDateTime>{moment(now.astimezone(WIB))}</tt:LocalDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _services(self, request: etree._Element) -> str:
        services = ((DEVICE, "device_service"), (MEDIA1, "media_service"), (MEDIA2, "media2_service"))
        listed = "".join(
            f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace>"
            f"<tds:XAddr>{self.facts.http('/onvif/' + path)}</tds:XAddr>"
            f"<tds:Version><tt:Major>23</tt:Major><tt:Minor>12</tt:Minor></tds:Version></tds:Service>"
            for namespace, path in services
        )
        return f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>"

    def _capabilities(self, request: etree._Element) -> str:
        device, media = self.facts.http("/onvif/device_service"), self.facts.http("/onvif/media_service")
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities>"
            f"<tt:Device><tt:XAddr>{device}</tt:XAddr></tt:Device>"
            f"<tt:Media><tt:XAddr>{media}</tt:XAddr><tt:StreamingCapabilities>"
            "<tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>false</tt:RTP_TCP>"
            "<tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>"
            "</tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _information(self, request: etree._Element) -> str:
        return (
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>Mitra Demo</tds:Manufacturer>"
            f"<tds:Model>VirtualRecorder-{len(self.mains)}</tds:Model>"
            "<tds:FirmwareVersion>1.0</tds:FirmwareVersion>"
            f"<tds:SerialNumber>{escape(self.facts.serial)}</tds:SerialNumber>"
            "<tds:HardwareId>VR-1</tds:HardwareId></tds:GetDeviceInformationResponse>"
        )

    def _scopes(self, request: etree._Element) -> str:
        scopes = (
            "onvif://www.onvif.org/Profile/Streaming",
            "onvif://www.onvif.org/type/video_encoder",
            "onvif://www.onvif.org/name/" + quote(self.facts.name),
        )
        listed = "".join(
            f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{scope}</tt:ScopeItem></tds:Scopes>"
            for scope in scopes
        )
        return f"<tds:GetScopesResponse>{listed}</tds:GetScopesResponse>"

    def _hostname(self, request: etree._Element) -> str:
        return (
            "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>"
            f"<tt:Name>{escape(self.facts.serial.lower())}</tt:Name>"
            "</tds:HostnameInformation></tds:GetHostnameResponse>"
        )

    def _endpoint_reference(self, request: etree._Element) -> str:
        guid = program.endpoint_of(self.facts.serial)
        return f"<tds:GetEndpointReferenceResponse><tds:GUID>{guid}</tds:GUID></tds:GetEndpointReferenceResponse>"

    def _interfaces(self, request: etree._Element) -> str:
        return (
            '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0">'
            "<tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>"
            f"<tt:HwAddress>{self.facts.mac}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
            "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config>"
            f"<tt:Manual><tt:Address>{self.facts.host}</tt:Address><tt:PrefixLength>8</tt:PrefixLength>"
            "</tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4>"
            "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
        )

    # Media 1

    def _profiles(self, request: etree._Element) -> str:
        listed = "".join(profile("Profiles", channel) for channel in self.channels)
        return f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>"

    def _profile(self, request: etree._Element) -> str:
        return f"<trt:GetProfileResponse>{profile('Profile', self._asked(request))}</trt:GetProfileResponse>"

    def _video_sources(self, request: etree._Element) -> str:
        listed = "".join(
            f"<trt:VideoSources token={quoteattr(channel.source)}><tt:Framerate>{channel.fps}</tt:Framerate>"
            f"{resolution(channel)}</trt:VideoSources>"
            for channel in self.mains
        )
        return f"<trt:GetVideoSourcesResponse>{listed}</trt:GetVideoSourcesResponse>"

    def _encoders(self, request: etree._Element) -> str:
        listed = "".join(encoder("trt:Configurations", channel) for channel in self.channels)
        return f"<trt:GetVideoEncoderConfigurationsResponse>{listed}</trt:GetVideoEncoderConfigurationsResponse>"

    def _encoder1(self, request: etree._Element) -> str:
        inner = encoder("trt:Configuration", self._with_encoder(request)[0])
        return f"<trt:GetVideoEncoderConfigurationResponse>{inner}</trt:GetVideoEncoderConfigurationResponse>"

    def _with_encoder(self, request: etree._Element) -> list[Channel]:
        """The channels whose encoder is asked for; all of them where none is named."""
        token = text(request, "ConfigurationToken")
        found = [channel for channel in self.channels if token in ("", channel.encoder)]
        if not found:
            raise Refusal("ter:NoConfig", "There is no encoder with that token.")
        return found

    def _stream_uri(self, request: etree._Element) -> str:
        uri = self.facts.rtsp(self._asked(request).path)
        return f"<trt:GetStreamUriResponse>{media_uri(uri)}</trt:GetStreamUriResponse>"

    def _snapshot_uri(self, request: etree._Element) -> str:
        uri = self._snapshot_address(request)
        return f"<trt:GetSnapshotUriResponse>{media_uri(uri)}</trt:GetSnapshotUriResponse>"

    # Media 2

    def _profiles2(self, request: etree._Element) -> str:
        token = request.findtext(f"{{{MEDIA2}}}Token")
        kinds = {kind.text for kind in request.iterfind(f"{{{MEDIA2}}}Type")}
        channels = [self._find(token)] if token else self.channels
        listed = "".join(profile2(channel, kinds) for channel in channels)
        return f"<tr2:GetProfilesResponse>{listed}</tr2:GetProfilesResponse>"

    def _encoders2(self, request: etree._Element) -> str:
        listed = "".join(encoder2("tr2:Configurations", channel) for channel in self._with_encoder(request))
        return f"<tr2:GetVideoEncoderConfigurationsResponse>{listed}</tr2:GetVideoEncoderConfigurationsResponse>"

    def _stream_uri2(self, request: etree._Element) -> str:
        uri = self.facts.rtsp(self._asked(request).path)
        return f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>"

    def _snapshot_uri2(self, request: etree._Element) -> str:
        uri = self._snapshot_address(request)
        return f"<tr2:GetSnapshotUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetSnapshotUriResponse>"

    def _snapshot_address(self, request: etree._Element) -> str:
        return self.facts.http(f"/onvif/snapshot/{self._asked(request).number}")

    def _asked(self, request: etree._Element) -> Channel:
        """The channel that the request names by its `ProfileToken`."""
        return self._find(request.findtext(f"{{{etree.QName(request).namespace}}}ProfileToken"))

    def _find(self, token: str | None) -> Channel:
        channel = self.by_token.get((token or "").strip())
        if channel is None:
            raise Refusal("ter:InvalidArgVal", "There is no profile with that token.")
        return channel
