"""The only place where onboarding speaks to a device, through the public functions of `devices`.

No transaction is open while these run, and nothing in clear leaves them: they answer with a report or a picture,
or raise one of `devices.errors`.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from django.conf import settings

from devices.pictures import Still
from devices.probe import Step, probe_device, take_still_now
from devices.report import DeviceReport, Identity, without_secrets
from registry.models import Camera, Device
from registry.targets import credentials_of, identity_of, route_of, target_of


def read_device(device: Device, *, on_step: Callable[[Step], None]) -> DeviceReport:
    """Read the whole device, with one picture. A verified device is compared with what was kept of it.

    Stream paths into which the maker or the device wrote a secret come back empty: they are asked anew when needed.
    """
    credentials = credentials_of(device)
    report = probe_device(
        target_of(device),
        credentials,
        route=route_of(device),
        deadline_seconds=settings.PROBE_DEADLINE_SECONDS,
        on_step=on_step,
        expected_identity=identity_of(device),
        refusals_before=device.secret_refusals,
        doubts_before=device.count.doubts,
        sign_in_method=device.sign_in_method,
        seek_port=True,
    )
    return _without_secret_paths(report, credentials.password)


def take_picture(camera: Camera, *, expected: dict[str, str]) -> Still:
    """One fresh picture of this camera, from the device that is expected, in every part, and no other."""
    device = camera.device
    assert device is not None  # noqa: S101  (asked for by the caller)
    return _still(device, camera.profile_token, camera.video_source_token, Identity(**expected))


def take_channel_picture(device: Device, *, source: str, profile: str) -> Still:
    """One picture of a channel that is no camera yet. A verified device is compared with what was kept of it."""
    return _still(device, profile, source, identity_of(device))


def _still(device: Device, profile: str, source: str, expected: Identity | None) -> Still:
    return take_still_now(
        target_of(device),
        credentials_of(device),
        route=route_of(device),
        profile_token=profile,
        video_source_token=source,
        deadline_seconds=settings.PROBE_DEADLINE_SECONDS,
        expected_identity=expected,
        refusals_before=device.secret_refusals,
        doubts_before=device.count.doubts,
        sign_in_method=device.sign_in_method,
    )


def _without_secret_paths(report: DeviceReport, password: str) -> DeviceReport:
    channels = tuple(
        replace(
            channel,
            streams=tuple(
                stream if is_plain_path(stream.path, password) else replace(stream, path="")
                for stream in channel.streams
            ),
        )
        for channel in report.channels
    )
    return replace(report, channels=channels)


def is_plain_path(path: str, password: str) -> bool:
    """Whether a stream path carries no secret: no password-like parameter, and not this password itself."""
    return without_secrets(path) == path and (not password or password not in unquote(path))
