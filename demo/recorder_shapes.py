"""The XML of one stream of the virtual recorder, in the shapes of Media 1 and Media 2."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from demo.recorder_settings import CODECS, Coding

GOV_LENGTH = 8


@dataclass(frozen=True)
class Channel:
    """One stream (1 is the large one, 2 the small one) of one video source."""

    number: int
    stream: int
    path: str
    coding: Coding

    @property
    def width(self) -> int:
        return self.coding.width

    @property
    def height(self) -> int:
        return self.coding.height

    @property
    def fps(self) -> int:
        return self.coding.fps

    @property
    def kbit(self) -> int:
        return self.coding.kbit

    @property
    def token(self) -> str:
        return f"Profile_{self.number}0{self.stream}"

    @property
    def source(self) -> str:
        return f"VideoSource_{self.number}"

    @property
    def encoder(self) -> str:
        return f"Encoder_{self.number}0{self.stream}"

    @property
    def name(self) -> str:
        return f"Channel {self.number} {'main' if self.stream == 1 else 'sub'}"


def moment(moment: datetime) -> str:
    return (
        f"<tt:Time><tt:Hour>{moment.hour}</tt:Hour><tt:Minute>{moment.minute}</tt:Minute>"
        f"<tt:Second>{moment.second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{moment.year}</tt:Year><tt:Month>{moment.month}</tt:Month>"
        f"<tt:Day>{moment.day}</tt:Day></tt:Date>"
    )


def resolution(channel: Channel) -> str:
    size = f"<tt:Width>{channel.width}</tt:Width><tt:Height>{channel.height}</tt:Height>"
    return f"<tt:Resolution>{size}</tt:Resolution>"


def media_uri(uri: str) -> str:
    return (
        f"<trt:MediaUri><tt:Uri>{uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
        "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri>"
    )


def source_parts(channel: Channel) -> str:
    """The inside of a video source configuration, the same in both media services."""
    return (
        f"<tt:Name>{channel.source}</tt:Name><tt:UseCount>2</tt:UseCount>"
        f"<tt:SourceToken>{channel.source}</tt:SourceToken>"
        f'<tt:Bounds x="0" y="0" width="{channel.width}" height="{channel.height}"/>'
    )


def encoder(element: str, channel: Channel) -> str:
    """A Media 1 encoder. The schema has no H.265; like many makers, this one writes it all the same."""
    codec, h264 = channel.coding.codec, ""
    if codec == "H264":
        profile = CODECS[codec]
        h264 = f"<tt:GovLength>{GOV_LENGTH}</tt:GovLength><tt:H264Profile>{profile}</tt:H264Profile>"
        h264 = f"<tt:H264>{h264}</tt:H264>"
    return (
        f'<{element} token="{channel.encoder}"><tt:Name>{channel.encoder}</tt:Name>'
        f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{codec}</tt:Encoding>{resolution(channel)}"
        f"<tt:Quality>4</tt:Quality><tt:RateControl><tt:FrameRateLimit>{channel.fps}</tt:FrameRateLimit>"
        "<tt:EncodingInterval>1</tt:EncodingInterval>"
        f"<tt:BitrateLimit>{channel.kbit}</tt:BitrateLimit></tt:RateControl>"
        f"{h264}"
        "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
        "<tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
        f"<tt:SessionTimeout>PT60S</tt:SessionTimeout></{element}>"
    )


def profile(element: str, channel: Channel) -> str:
    return (
        f'<trt:{element} token="{channel.token}" fixed="true"><tt:Name>{channel.name}</tt:Name>'
        f'<tt:VideoSourceConfiguration token="{channel.source}_config">{source_parts(channel)}'
        f"</tt:VideoSourceConfiguration>{encoder('tt:VideoEncoderConfiguration', channel)}</trt:{element}>"
    )


def encoder2(element: str, channel: Channel) -> str:
    codec = channel.coding.codec
    return (
        f'<{element} token="{channel.encoder}" GovLength="{GOV_LENGTH}" Profile="{CODECS[codec]}">'
        f"<tt:Name>{channel.encoder}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{codec}</tt:Encoding>"
        f"{resolution(channel)}<tt:RateControl><tt:FrameRateLimit>{channel.fps}</tt:FrameRateLimit>"
        f"<tt:BitrateLimit>{channel.kbit}</tt:BitrateLimit></tt:RateControl>"
        f"<tt:Quality>4</tt:Quality></{element}>"
    )


def profile2(channel: Channel, kinds: set[str | None]) -> str:
    """A Media 2 profile, with only those configurations that were asked for, as the standard has it."""
    parts = ""
    if kinds & {"All", "VideoSource"}:
        parts += f'<tr2:VideoSource token="{channel.source}_config">{source_parts(channel)}</tr2:VideoSource>'
    if kinds & {"All", "VideoEncoder"}:
        parts += encoder2("tr2:VideoEncoder", channel)
    configurations = f"<tr2:Configurations>{parts}</tr2:Configurations>" if parts else ""
    return (
        f'<tr2:Profiles token="{channel.token}" fixed="true"><tr2:Name>{channel.name}</tr2:Name>'
        f"{configurations}</tr2:Profiles>"
    )
