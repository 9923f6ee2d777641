"""What we ask beyond the essential (that is in `devices.soap`), prebuilt. All of it reads; nothing is set here.

Tests hold each equal to the one zeep builds from the standard's WSDL.
"""

from __future__ import annotations

from devices.soap import DEVICE, MEDIA, MEDIA2, Operation, escape, operation

EVENTS = "http://www.onvif.org/ver10/events/wsdl"
RECORDING = "http://www.onvif.org/ver10/recording/wsdl"

GET_SCOPES = operation(DEVICE, "GetScopes")
GET_VIDEO_SOURCES = operation(MEDIA, "GetVideoSources")
GET_ENCODERS = operation(MEDIA, "GetVideoEncoderConfigurations")
GET_ENCODERS2 = operation(MEDIA2, "GetVideoEncoderConfigurations")
GET_MASKS = operation(MEDIA2, "GetMasks")
GET_RECORDINGS = operation(RECORDING, "GetRecordings")
#: Reads the tree of topics; it makes no subscription. Its action is the one of WS-Addressing.
GET_EVENT_PROPERTIES = Operation(
    f"{EVENTS}/EventPortType/GetEventPropertiesRequest",
    f'<GetEventProperties xmlns="{EVENTS}"></GetEventProperties>',
)


def get_encoder_options(token: str) -> Operation:
    inner = f"<ConfigurationToken>{escape(token)}</ConfigurationToken>"
    return operation(MEDIA, "GetVideoEncoderConfigurationOptions", inner)


def get_encoder_options2(token: str) -> Operation:
    inner = f"<ConfigurationToken>{escape(token)}</ConfigurationToken>"
    return operation(MEDIA2, "GetVideoEncoderConfigurationOptions", inner)


def get_mask_options(configuration: str) -> Operation:
    inner = f"<ConfigurationToken>{escape(configuration)}</ConfigurationToken>"
    return operation(MEDIA2, "GetMaskOptions", inner)
