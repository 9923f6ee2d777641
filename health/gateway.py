"""The one place where health asks devices: a batch of answers for a batch of devices, within a deadline."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from devices.checks import CheckResult, CheckTarget, check_many_now
from devices.errors import AddressRefused
from devices.report import Identity
from devices.routes import Route
from devices.signed_in import SessionResult, SessionTarget, sign_in_to_many_now
from health.causes import Answer, Cause
from registry.models import Camera, Device
from registry.targets import Dialled, NoCredentials, credentials_of, identity_of, routes_of, target_of

_CAUSES = {
    "address_refused": Cause.ADDRESS_REFUSED,
    "different_device": Cause.DIFFERENT_DEVICE,
    "misbehaving": Cause.MISBEHAVING,
    "unreachable": Cause.NO_ANSWER,
}
_UNREACHABLE = {"closed": Cause.REFUSED, "no_name": Cause.NO_NAME, "unrouted": Cause.NO_ROUTE}
_SLOW_SHARE = 0.8  # Of the deadline: whoever used more goes among the slow.


def ask(devices: Iterable[Dialled] | Iterable[Device]) -> list[Answer]:
    """One answer per device, without credentials: its ONVIF clock, or RTSP OPTIONS where it has no ONVIF. Call it
    outside any transaction.

    Rows that name the same endpoint by the same route share one question, so that a crowd of them cannot hold the
    batch: each question has its own deadline, and the batch ends after a known number of rounds of them.
    """
    answers: list[Answer] = []
    questions: list[CheckTarget] = []
    asked: list[list[int]] = []
    places: dict[tuple[str, int, bool, bool, Route], list[int]] = {}
    asked_for = list(devices)
    deadline = settings.SWEEP_DEADLINE_SECONDS
    routes = routes_of(asked_for)
    for device in asked_for:
        try:
            target = target_of(device)
        except AddressRefused:
            answers.append(Answer(device.pk, answered=False, cause=Cause.ADDRESS_REFUSED))
            continue
        route = routes[device.pk]
        key = (target.host.lower(), target.port, bool(target.rtsp_path), target.rtsp_tls, route)
        sharing = places.setdefault(key, [])
        if not sharing:
            questions.append(CheckTarget(len(asked), target, route, deadline))
            asked.append(sharing)
        sharing.append(device.pk)
    for result in check_many_now(questions) if questions else []:
        slow = result.seconds >= deadline * _SLOW_SHARE
        answers += [_answer(device_id, result, slow) for device_id in asked[int(result.key)]]
    return answers


def sign_in(asked: Sequence[tuple[Device, list[Camera]]]) -> list[SessionResult]:
    """One signed-in session with each of these devices, about the streams of its cameras, all at once. Call it
    outside any transaction, with the turn at each host.

    One whose address may not be dialled, or whose secret does not open, is in the answer too, and was not dialled.
    """
    routes = routes_of([device for device, _ in asked])
    sessions, results = [], []
    for device, cameras in asked:
        try:
            session = SessionTarget(
                device.pk,
                target_of(device),
                credentials_of(device) if device.has_secret else None,
                tuple(camera.profile_token for camera in cameras if camera.profile_token),
                route=routes[device.pk],
                expected=identity_of(device) or Identity(),
                count=device.count,
                sign_in_method=device.sign_in_method,
            )
        except AddressRefused as refused:
            results.append(SessionResult(device.pk, refused.code))
        except NoCredentials:
            results.append(SessionResult(device.pk, "no_credentials"))
        else:
            sessions.append(session)
    if sessions:
        results += sign_in_to_many_now(sessions, deadline_seconds=settings.SIGNED_IN_DEADLINE_SECONDS)
    return results


def _answer(device_id: int, result: CheckResult, slow: bool) -> Answer:
    if result.reached:
        return Answer(device_id, answered=True, clock_offset_seconds=result.clock_offset_seconds, slow=slow)
    cause = _CAUSES.get(result.code, Cause.NO_ANSWER)
    if result.code == "unreachable":
        cause = _UNREACHABLE.get(result.detail, cause)
    return Answer(device_id, answered=cause == Cause.DIFFERENT_DEVICE, cause=cause, slow=slow)
