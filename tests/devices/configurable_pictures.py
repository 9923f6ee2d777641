"""What the little device of `configurable` says of its pictures: encoders in both media services, and masks."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from tests.devices.configurable_wire import SPACES, Refusal, texts


@dataclass
class Encoder:
    codec: str
    width: int
    height: int
    fps: float = 15
    kbps: int = 512
    gov: int = 30
    profile: str = "Main"


@dataclass
class Mask:
    points: list[tuple[float, float]]
    enabled: bool = True
    kind: str = "Color"
    colour: dict[str, str] = field(default_factory=dict)


class Pictures:
    """Encoders, the profiles that use them, and masks."""

    encoders: dict[str, Encoder]
    profiles: dict[str, tuple[str, str]]
    masks: dict[str, Mask]
    masks_most: int
    masks_points: int
    boxes_only: bool
    h264_sizes: tuple[tuple[int, int], ...]

    # Media1

    def _encoder1(self, element: str, token: str) -> str:
        e = self.encoders[token]
        inner = f"<tt:GovLength>{e.gov}</tt:GovLength><tt:H264Profile>{e.profile}</tt:H264Profile>"
        own = {"H264": f"<tt:H264>{inner}</tt:H264>", "MPEG4": f"<tt:MPEG4>{inner}</tt:MPEG4>"}.get(e.codec, "")
        own = own.replace("H264Profile", "Mpeg4Profile") if e.codec == "MPEG4" else own
        return (
            f'<{element} token="{token}"><tt:Name>{token}</tt:Name><tt:UseCount>1</tt:UseCount>'
            f"<tt:Encoding>{e.codec}</tt:Encoding><tt:Resolution><tt:Width>{e.width}</tt:Width>"
            f"<tt:Height>{e.height}</tt:Height></tt:Resolution><tt:Quality>3</tt:Quality><tt:RateControl>"
            f"<tt:FrameRateLimit>{int(e.fps)}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            f"<tt:BitrateLimit>{e.kbps}</tt:BitrateLimit></tt:RateControl>{own}<tt:Multicast><tt:Address>"
            "<tt:Type>IPv4</tt:Type><tt:IPv4Address>239.0.0.1</tt:IPv4Address></tt:Address><tt:Port>4000</tt:Port>"
            "<tt:TTL>5</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
            f"<tt:SessionTimeout>PT30S</tt:SessionTimeout></{element}>"
        )

    def _trt_GetProfiles(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
            f'<tt:VideoSourceConfiguration token="vsc_{source}"><tt:Name>v</tt:Name><tt:UseCount>2</tt:UseCount>'
            f"<tt:SourceToken>{source}</tt:SourceToken>"
            '<tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration>'
            f"{self._encoder1('tt:VideoEncoderConfiguration', encoder)}</trt:Profiles>"
            for token, (source, encoder) in self.profiles.items()
        )
        return f"<trt:GetProfilesResponse>{listed}</trt:GetProfilesResponse>"

    def _trt_GetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        inner = self._encoder1("trt:Configuration", self._token(asked))
        return f"<trt:GetVideoEncoderConfigurationResponse>{inner}</trt:GetVideoEncoderConfigurationResponse>"

    def _trt_GetVideoEncoderConfigurationOptions(self, asked: etree._Element) -> str:
        h264 = (
            f"{self._sizes()}<tt:GovLengthRange><tt:Min>1</tt:Min><tt:Max>60</tt:Max></tt:GovLengthRange>"
            "<tt:FrameRateRange><tt:Min>1</tt:Min><tt:Max>12</tt:Max></tt:FrameRateRange><tt:EncodingIntervalRange>"
            "<tt:Min>1</tt:Min><tt:Max>1</tt:Max></tt:EncodingIntervalRange>"
            "<tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported>"
            "<tt:H264ProfilesSupported>Main</tt:H264ProfilesSupported>"
        )
        offered = (
            f"<tt:H264>{h264}</tt:H264><tt:Extension><tt:H264>{h264}<tt:BitrateRange><tt:Min>32</tt:Min>"
            "<tt:Max>512</tt:Max></tt:BitrateRange></tt:H264></tt:Extension>"
        )
        return (
            "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options><tt:QualityRange><tt:Min>1</tt:Min>"
            f"<tt:Max>6</tt:Max></tt:QualityRange>{offered if self.h264_sizes else ''}</trt:Options>"
            "</trt:GetVideoEncoderConfigurationOptionsResponse>"
        )

    def _sizes(self) -> str:
        return "".join(
            f"<tt:ResolutionsAvailable><tt:Width>{w}</tt:Width><tt:Height>{h}</tt:Height></tt:ResolutionsAvailable>"
            for w, h in self.h264_sizes
        )

    def _trt_SetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        configuration = asked[0]
        if texts(configuration, "IPv4Address") != ["239.0.0.1"] or texts(configuration, "Port") != ["4000"]:
            raise Refusal("ConfigModify")  # What was not to change came back otherwise.
        e = self._take(configuration)
        for name, target in (("GovLength", "gov"), ("H264Profile", "profile"), ("Mpeg4Profile", "profile")):
            if found := texts(configuration, name):
                setattr(e, target, type(getattr(e, target))(found[0]))
        return "<trt:SetVideoEncoderConfigurationResponse/>"

    def _take(self, configuration: etree._Element) -> Encoder:
        e = self.encoders[configuration.get("token") or ""]
        e.codec = texts(configuration, "Encoding")[0]
        e.width, e.height = int(texts(configuration, "Width")[0]), int(texts(configuration, "Height")[0])
        e.fps = float(texts(configuration, "FrameRateLimit")[0])
        e.kbps = int(texts(configuration, "BitrateLimit")[0])
        return e

    def _token(self, asked: etree._Element) -> str:
        token = (texts(asked, "ConfigurationToken") or [""])[0]
        if token not in self.encoders:
            raise Refusal("NoConfig")
        return token

    # Media2

    def _encoder2(self, element: str, token: str) -> str:
        e = self.encoders[token]
        return (
            f'<{element} token="{token}" GovLength="{e.gov}" Profile="{e.profile}"><tt:Name>{token}</tt:Name>'
            f"<tt:UseCount>1</tt:UseCount><tt:Encoding>{e.codec}</tt:Encoding><tt:Resolution>"
            f"<tt:Width>{e.width}</tt:Width><tt:Height>{e.height}</tt:Height></tt:Resolution>"
            f'<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>{e.fps}</tt:FrameRateLimit>'
            f"<tt:BitrateLimit>{e.kbps}</tt:BitrateLimit></tt:RateControl><tt:Quality>3</tt:Quality></{element}>"
        )

    def _tr2_GetProfiles(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Profiles token="{token}" fixed="true"><tr2:Name>{token}</tr2:Name><tr2:Configurations>'
            f'<tr2:VideoSource token="vsc_{source}"><tt:Name>v</tt:Name><tt:UseCount>2</tt:UseCount>'
            f"<tt:SourceToken>{source}</tt:SourceToken></tr2:VideoSource>"
            f"{self._encoder2('tr2:VideoEncoder', encoder)}</tr2:Configurations></tr2:Profiles>"
            for token, (source, encoder) in self.profiles.items()
        )
        return f"<tr2:GetProfilesResponse>{listed}</tr2:GetProfilesResponse>"

    def _tr2_GetVideoEncoderConfigurations(self, asked: etree._Element) -> str:
        inner = self._encoder2("tr2:Configurations", self._token(asked))
        return f"<tr2:GetVideoEncoderConfigurationsResponse>{inner}</tr2:GetVideoEncoderConfigurationsResponse>"

    def _tr2_GetVideoEncoderConfigurationOptions(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Options GovLengthRange="1 60" FrameRatesSupported="12.5 8 1" ProfilesSupported="{profiles}">'
            f"<tt:Encoding>{codec}</tt:Encoding><tt:QualityRange><tt:Min>1</tt:Min><tt:Max>6</tt:Max>"
            f"</tt:QualityRange>{self._sizes() if codec == 'H264' else ''}<tt:BitrateRange><tt:Min>32</tt:Min>"
            "<tt:Max>800</tt:Max></tt:BitrateRange></tr2:Options>"
            for codec, profiles in (("H265", "Main"), *((("H264", "Baseline High"),) if self.h264_sizes else ()))
        ).replace('"12.5 8 1"', '"20 12.5 8 1"', 1)
        return (
            "<tr2:GetVideoEncoderConfigurationOptionsResponse>"
            f"{listed}</tr2:GetVideoEncoderConfigurationOptionsResponse>"
        )

    def _tr2_SetVideoEncoderConfiguration(self, asked: etree._Element) -> str:
        e = self._take(asked[0])
        e.gov, e.profile = int(asked[0].get("GovLength") or 0), asked[0].get("Profile") or ""
        return "<tr2:SetVideoEncoderConfigurationResponse/>"

    def _tr2_GetMaskOptions(self, asked: etree._Element) -> str:
        return (
            f'<tr2:GetMaskOptionsResponse><tr2:Options RectangleOnly="{str(self.boxes_only).lower()}">'
            f"<tr2:MaxMasks>{self.masks_most}</tr2:MaxMasks><tr2:MaxPoints>{self.masks_points}</tr2:MaxPoints>"
            "<tr2:Types>Pixelated</tr2:Types><tr2:Types>Color</tr2:Types>"
            '<tr2:Color><tt:ColorList X="16" Y="128" Z="128"/></tr2:Color></tr2:Options>'
            "</tr2:GetMaskOptionsResponse>"
        )

    def _tr2_GetMasks(self, asked: etree._Element) -> str:
        listed = "".join(
            f'<tr2:Masks token="{token}"><tr2:ConfigurationToken>vsc_src</tr2:ConfigurationToken><tr2:Polygon>'
            + "".join(f'<tt:Point x="{x}" y="{y}"/>' for x, y in mask.points)
            + f"</tr2:Polygon><tr2:Type>{mask.kind}</tr2:Type>"
            f"<tr2:Enabled>{str(mask.enabled).lower()}</tr2:Enabled></tr2:Masks>"
            for token, mask in self.masks.items()
        )
        return f"<tr2:GetMasksResponse>{listed}</tr2:GetMasksResponse>"

    def _tr2_CreateMask(self, asked: etree._Element) -> str:
        points = [
            (round(float(p.get("x") or 9), 2), round(float(p.get("y") or 9), 2))
            for p in asked.iter(f"{{{SPACES['tt']}}}Point")
        ]
        token = next(f"m{i}" for i in range(1, 99) if f"m{i}" not in self.masks)
        colours = [dict(c.attrib) for c in asked.iter(f"{{{SPACES['tr2']}}}Color")]
        self.masks[token] = Mask(
            points, texts(asked, "Enabled") == ["true"], texts(asked, "Type")[0], colours[0] if colours else {}
        )
        return f"<tr2:CreateMaskResponse><tr2:Token>{token}</tr2:Token></tr2:CreateMaskResponse>"

    def _tr2_DeleteMask(self, asked: etree._Element) -> str:
        del self.masks[texts(asked, "Token")[0]]
        return "<tr2:DeleteMaskResponse/>"
