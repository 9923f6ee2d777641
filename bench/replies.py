"""What the replay camera says: complete ONVIF answers, written from the standard, as large as a real camera's.

The shapes are those of ONVIF's Device Management, Media and Event services (ver10). A fixed dome camera with five
profiles, analytics modules and rules says about 18 KB in GetProfiles, which is what makes parsing cost something.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

USER, PASSWORD = "pemilik", "sandi-replay-7"
PROFILES = 5
SOURCE = "source_1"
#: The encoder that `configure` changes: the last, which is the smallest.
ENCODER = "encoder_4"
PROFILES_BYTES = 18_000
NAMESPACES = " ".join(
    (
        'xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"',
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
        'xmlns:wsa5="http://www.w3.org/2005/08/addressing"',
        'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"',
        'xmlns:tt="http://www.onvif.org/ver10/schema"',
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
        'xmlns:trt="http://www.onvif.org/ver10/media/wsdl"',
        'xmlns:tev="http://www.onvif.org/ver10/events/wsdl"',
        'xmlns:ter="http://www.onvif.org/ver10/error"',
    )
)
SERVICES = (
    ("http://www.onvif.org/ver10/device/wsdl", "device_service", "2", "60"),
    ("http://www.onvif.org/ver10/media/wsdl", "media_service", "2", "60"),
    ("http://www.onvif.org/ver10/events/wsdl", "event_service", "2", "60"),
    ("http://www.onvif.org/ver20/imaging/wsdl", "imaging_service", "2", "50"),
    ("http://www.onvif.org/ver10/deviceIO/wsdl", "deviceio_service", "2", "50"),
    ("http://www.onvif.org/ver20/analytics/wsdl", "analytics_service", "2", "20"),
    ("http://www.onvif.org/ver10/recording/wsdl", "recording_service", "2", "50"),
    ("http://www.onvif.org/ver10/search/wsdl", "search_service", "2", "42"),
    ("http://www.onvif.org/ver10/replay/wsdl", "replay_service", "2", "21"),
)


@dataclass(slots=True)
class Encoder:
    """The settings of one video encoder that SetVideoEncoderConfiguration changes."""

    token: str
    width: int
    height: int
    fps: int
    kbps: int

    def xml(self, tag: str) -> str:
        return (
            f'<{tag} token="{self.token}"><tt:Name>{self.token}</tt:Name><tt:UseCount>1</tt:UseCount>'
            "<tt:Encoding>H264</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{self.width}</tt:Width><tt:Height>{self.height}</tt:Height></tt:Resolution>"
            f"<tt:Quality>50</tt:Quality><tt:RateControl><tt:FrameRateLimit>{self.fps}</tt:FrameRateLimit>"
            "<tt:EncodingInterval>1</tt:EncodingInterval>"
            f"<tt:BitrateLimit>{self.kbps}</tt:BitrateLimit></tt:RateControl>"
            "<tt:H264><tt:GovLength>50</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
            f"{multicast()}<tt:SessionTimeout>PT60S</tt:SessionTimeout></{tag}>"
        )


def multicast() -> str:
    return (
        "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
        "<tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
    )


def envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope {NAMESPACES}><SOAP-ENV:Header/>'
        f"<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def fault(subcode: str, reason: str) -> bytes:
    return envelope(
        "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode>"
        f"<SOAP-ENV:Value>ter:{subcode}</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason>"
        f'<SOAP-ENV:Text xml:lang="en">{reason}</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>'
    )


def _profile(number: int, encoder: Encoder) -> str:
    cells = "".join(
        f'<tt:AnalyticsModule Name="Module{n}" Type="tt:CellMotionEngine"><tt:Parameters>'
        f'<tt:SimpleItem Name="Sensitivity" Value="{60 + n}"/><tt:ElementItem Name="Layout">'
        '<tt:CellLayout Columns="22" Rows="18"><tt:Transformation><tt:Translate x="-1.000000" y="-1.000000"/>'
        '<tt:Scale x="0.090909" y="0.111111"/></tt:Transformation></tt:CellLayout></tt:ElementItem>'
        "</tt:Parameters></tt:AnalyticsModule>"
        for n in range(2)
    )
    rules = "".join(
        f'<tt:Rule Name="Rule{n}" Type="tt:CellMotionDetector"><tt:Parameters>'
        '<tt:SimpleItem Name="MinCount" Value="5"/><tt:SimpleItem Name="AlarmOnDelay" Value="1000"/>'
        '<tt:SimpleItem Name="AlarmOffDelay" Value="1000"/>'
        '<tt:SimpleItem Name="ActiveCells" Value="zwA="/></tt:Parameters></tt:Rule>'
        for n in range(2)
    )
    return (
        f'<trt:Profiles fixed="true" token="profile_{number}"><tt:Name>Profile {number}</tt:Name>'
        '<tt:VideoSourceConfiguration token="source_config"><tt:Name>Video source</tt:Name>'
        f"<tt:UseCount>5</tt:UseCount><tt:SourceToken>{SOURCE}</tt:SourceToken>"
        '<tt:Bounds x="0" y="0" width="3072" height="1728"/></tt:VideoSourceConfiguration>'
        '<tt:AudioSourceConfiguration token="audio_source"><tt:Name>Audio source</tt:Name>'
        "<tt:UseCount>5</tt:UseCount><tt:SourceToken>audio_1</tt:SourceToken></tt:AudioSourceConfiguration>"
        f"{encoder.xml('tt:VideoEncoderConfiguration')}"
        '<tt:AudioEncoderConfiguration token="audio_encoder"><tt:Name>Audio</tt:Name><tt:UseCount>5</tt:UseCount>'
        "<tt:Encoding>G711</tt:Encoding><tt:Bitrate>64</tt:Bitrate><tt:SampleRate>8</tt:SampleRate>"
        f"{multicast()}<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:AudioEncoderConfiguration>"
        '<tt:VideoAnalyticsConfiguration token="analytics"><tt:Name>Analytics</tt:Name><tt:UseCount>5</tt:UseCount>'
        f"<tt:AnalyticsEngineConfiguration>{cells}</tt:AnalyticsEngineConfiguration>"
        f"<tt:RuleEngineConfiguration>{rules}</tt:RuleEngineConfiguration></tt:VideoAnalyticsConfiguration>"
        '<tt:MetadataConfiguration token="metadata"><tt:Name>Metadata</tt:Name><tt:UseCount>5</tt:UseCount>'
        "<tt:PTZStatus><tt:Status>false</tt:Status><tt:Position>false</tt:Position></tt:PTZStatus>"
        f"<tt:Analytics>true</tt:Analytics>{multicast()}<tt:SessionTimeout>PT60S</tt:SessionTimeout>"
        "</tt:MetadataConfiguration></trt:Profiles>"
    )


def clock() -> bytes:
    def moment(name: str, t: time.struct_time) -> str:
        return (
            f"<tt:{name}><tt:Time><tt:Hour>{t.tm_hour}</tt:Hour><tt:Minute>{t.tm_min}</tt:Minute>"
            f"<tt:Second>{t.tm_sec}</tt:Second></tt:Time><tt:Date><tt:Year>{t.tm_year}</tt:Year>"
            f"<tt:Month>{t.tm_mon}</tt:Month><tt:Day>{t.tm_mday}</tt:Day></tt:Date></tt:{name}>"
        )

    now = time.time()
    return envelope(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>WIB-7</tt:TZ></tt:TimeZone>"
        f"{moment('UTCDateTime', time.gmtime(now))}{moment('LocalDateTime', time.gmtime(now + 7 * 3600))}"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


@dataclass
class Camera:
    """One replay camera: its answers are made once and anew when its encoders change."""

    port: int
    number: int
    encoders: list[Encoder] = field(default_factory=list)
    subscriptions: set[int] = field(default_factory=set)
    fixed: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = [(2560, 1440), (1280, 720), (640, 360), (1920, 1080), (704, 576)]
        self.encoders = [
            Encoder(f"encoder_{n}", *sizes[n % len(sizes)], fps=25, kbps=4096) for n in range(PROFILES)
        ]
        self.redraw()

    @property
    def serial(self) -> str:
        return f"REPLAY-{self.number:06d}"

    @property
    def mac(self) -> str:
        return f"02:00:00:00:{self.number >> 8:02x}:{self.number & 255:02x}"

    @property
    def stream(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live/{self.number}?profile=profile_0&amp;proto=tcp"

    @property
    def snapshot(self) -> str:
        return f"http://127.0.0.1:{self.port}/snapshot/{self.number}.jpg?profile=profile_0"

    def address(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port}/onvif/{service}"

    def redraw(self) -> None:
        """Make the answers from the present settings."""
        profiles = "".join(_profile(n, encoder) for n, encoder in enumerate(self.encoders))
        self.fixed = {
            "GetServices": self._services(),
            "GetCapabilities": self._capabilities(),
            "GetDeviceInformation": envelope(
                "<tds:GetDeviceInformationResponse><tds:Manufacturer>Replay</tds:Manufacturer>"
                "<tds:Model>Dome 3 MP IR</tds:Model><tds:FirmwareVersion>7.80.0129</tds:FirmwareVersion>"
                f"<tds:SerialNumber>{self.serial}</tds:SerialNumber><tds:HardwareId>F0050041</tds:HardwareId>"
                "</tds:GetDeviceInformationResponse>"
            ),
            "GetNetworkInterfaces": self._interfaces(),
            "GetProfiles": envelope(f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"),
            "GetStreamUri": envelope(self._uri("GetStreamUri", self.stream)),
            "GetSnapshotUri": envelope(self._uri("GetSnapshotUri", self.snapshot)),
            "SetVideoEncoderConfiguration": envelope("<trt:SetVideoEncoderConfigurationResponse/>"),
            "GetVideoEncoderConfigurations": envelope(
                "<trt:GetVideoEncoderConfigurationsResponse>"
                + "".join(encoder.xml("trt:Configurations") for encoder in self.encoders)
                + "</trt:GetVideoEncoderConfigurationsResponse>"
            ),
            "GetVideoEncoderConfigurationOptions": envelope(_options()),
        }
        if len(self.fixed["GetProfiles"]) < PROFILES_BYTES:
            raise ValueError("The profiles are smaller than a real camera's.")

    def encoder(self, token: str) -> bytes:
        found = next((encoder for encoder in self.encoders if encoder.token == token), None)
        if found is None:
            return fault("NoConfig", "No such configuration")
        return envelope(
            "<trt:GetVideoEncoderConfigurationResponse>"
            f"{found.xml('trt:Configuration')}</trt:GetVideoEncoderConfigurationResponse>"
        )

    def subscribe(self) -> bytes:
        key = max(self.subscriptions, default=0) + 1
        self.subscriptions.add(key)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return envelope(
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            f"<wsa5:Address>{self.address(f'subscription/{key}')}</wsa5:Address></tev:SubscriptionReference>"
            f"<wsnt:CurrentTime>{now}</wsnt:CurrentTime><wsnt:TerminationTime>{now}</wsnt:TerminationTime>"
            "</tev:CreatePullPointSubscriptionResponse>"
        )

    def _services(self) -> bytes:
        return envelope(
            "<tds:GetServicesResponse>"
            + "".join(
                f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{self.address(path)}</tds:XAddr>"
                f"<tds:Version><tt:Major>{major}</tt:Major><tt:Minor>{minor}</tt:Minor></tds:Version></tds:Service>"
                for namespace, path, major, minor in SERVICES
            )
            + "</tds:GetServicesResponse>"
        )

    def _capabilities(self) -> bytes:
        def flags(*names: str) -> str:
            return "".join(f"<tt:{name}>true</tt:{name}>" for name in names)

        return envelope(
            "<tds:GetCapabilitiesResponse><tds:Capabilities>"
            f"<tt:Analytics><tt:XAddr>{self.address('analytics_service')}</tt:XAddr>"
            f"{flags('RuleSupport', 'AnalyticsModuleSupport')}</tt:Analytics>"
            f"<tt:Device><tt:XAddr>{self.address('device_service')}</tt:XAddr>"
            f"<tt:Network>{flags('IPFilter', 'ZeroConfiguration', 'IPVersion6', 'DynDNS')}</tt:Network>"
            f"<tt:System>{flags('DiscoveryResolve', 'DiscoveryBye', 'RemoteDiscovery', 'SystemBackup')}"
            f"{flags('SystemLogging', 'FirmwareUpgrade')}"
            "<tt:SupportedVersions><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tt:SupportedVersions></tt:System>"
            "<tt:IO><tt:InputConnectors>1</tt:InputConnectors><tt:RelayOutputs>1</tt:RelayOutputs></tt:IO>"
            f"<tt:Security>{flags('TLS1.1', 'TLS1.2', 'OnboardKeyGeneration', 'AccessPolicyConfig')}"
            f"{flags('X.509Token', 'SAMLToken', 'KerberosToken', 'RELToken')}</tt:Security></tt:Device>"
            f"<tt:Events><tt:XAddr>{self.address('event_service')}</tt:XAddr>"
            f"{flags('WSSubscriptionPolicySupport', 'WSPullPointSupport')}"
            f"{flags('WSPausableSubscriptionManagerInterfaceSupport')}</tt:Events>"
            f"<tt:Imaging><tt:XAddr>{self.address('imaging_service')}</tt:XAddr></tt:Imaging>"
            f"<tt:Media><tt:XAddr>{self.address('media_service')}</tt:XAddr>"
            f"<tt:StreamingCapabilities>{flags('RTPMulticast', 'RTP_TCP', 'RTP_RTSP_TCP')}"
            "</tt:StreamingCapabilities></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _interfaces(self) -> bytes:
        return envelope(
            '<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled>'
            f"<tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>{self.mac}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
            "<tt:Link><tt:AdminSettings><tt:AutoNegotiation>true</tt:AutoNegotiation><tt:Speed>100</tt:Speed>"
            "<tt:Duplex>Full</tt:Duplex></tt:AdminSettings><tt:OperSettings>"
            "<tt:AutoNegotiation>true</tt:AutoNegotiation><tt:Speed>100</tt:Speed><tt:Duplex>Full</tt:Duplex>"
            "</tt:OperSettings><tt:InterfaceType>6</tt:InterfaceType></tt:Link>"
            "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>192.0.2.10</tt:Address>"
            "<tt:PrefixLength>24</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4>"
            "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"
        )

    def _uri(self, operation: str, address: str) -> str:
        return (
            f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{address}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false"
            f"</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:{operation}Response>"
        )


def _options() -> str:
    def span(name: str, low: int, high: int) -> str:
        return f"<tt:{name}><tt:Min>{low}</tt:Min><tt:Max>{high}</tt:Max></tt:{name}>"

    sizes = "".join(
        f"<tt:ResolutionsAvailable><tt:Width>{w}</tt:Width><tt:Height>{h}</tt:Height></tt:ResolutionsAvailable>"
        for w, h in ((2560, 1440), (1920, 1080), (1280, 720), (704, 576), (640, 360))
    )
    return (
        "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options>"
        f"{span('QualityRange', 0, 100)}<tt:H264>{sizes}{span('GovLengthRange', 1, 255)}"
        f"{span('FrameRateRange', 1, 30)}{span('EncodingIntervalRange', 1, 1)}"
        "<tt:H264ProfilesSupported>Main</tt:H264ProfilesSupported></tt:H264>"
        "</trt:Options></trt:GetVideoEncoderConfigurationOptionsResponse>"
    )
