"""One visit to one device in order to configure it: known again and signed in before anything is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from lxml import etree

from devices import soap
from devices.changes import Change, Outcome, OutcomeState, Values
from devices.configure.allowed import Own, require_allowed
from devices.configure.camera import ConfiguredCamera, warm
from devices.conversation import Conversation
from devices.deadline import Deadline
from devices.dial import Route
from devices.errors import DeviceError, Misbehaving, Unauthorized, Unreachable
from devices.report import Identity, Target
from devices.secrets import Credentials
from devices.turns import turn_at

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

T = TypeVar("T")

GRACE_SECONDS = 0.3
_UNSUPPORTED = frozenset(("ActionNotSupported", "NotSupported", "UnknownAction", "OptionalActionNotImplemented"))


class Visit:
    """Everything that the writers of one visit share."""

    def __init__(self, talk: Conversation, runner: asyncio.Runner) -> None:
        self.talk = talk
        self.own = Own()
        self.sent = False  # Whether anything that changes the device may have reached it.
        self._runner = runner

    @cached_property
    def camera(self) -> ConfiguredCamera:
        """onvif-zeep's view of the device, for the services that it knows."""
        return ConfiguredCamera(self.ask, self.paths)

    @property
    def paths(self) -> dict[str, str]:
        """Where each service lives, by its namespace."""
        return self.talk.reader.services

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the loop do one piece of work, within the deadline of the whole visit."""

        async def bounded() -> T:
            async with asyncio.timeout(self.talk.deadline.left() + GRACE_SECONDS):
                return await work

        try:
            return self._runner.run(bounded())
        except TimeoutError:
            late = Misbehaving if self.talk.http.answered else Unreachable
            raise late("slow" if self.talk.http.answered else "silent") from None

    def ask(self, request: Element, path: str) -> Element:
        """Sign and send one request that is on the list, about what is ours to write (`own`).

        Raises as `OnvifSession.signed`.
        """
        require_allowed(request, self.own)
        name = etree.QName(request)
        self.sent = self.sent or not name.localname.startswith("Get")
        body = etree.tostring(request, encoding="unicode", with_tail=False)
        operation = soap.Operation(f"{name.namespace}/{name.localname}", body)
        return self.run(self.talk.session.signed(operation, path))

    def media2(self, request: Element) -> Element:
        """The same, to the Media2 service; `Misbehaving("no_service")` where the device has none."""
        if soap.MEDIA2 not in self.paths:
            raise Misbehaving("no_service")
        return self.ask(request, self.paths[soap.MEDIA2])

    def attempt(self, write: Callable[[], object], words: Mapping[str, str] = MappingProxyType({})) -> str:
        """Write, and return the code of a refusal; nothing where the device said yes, or nothing that is clear.

        `words` has codes for the faults that mean something of their own here, by their subcodes.

        What counts is read back afterwards in any case. Only refused credentials come out as an error, and only
        where nothing was written before.
        """
        sent_before = self.sent
        try:
            write()
        except soap.Fault as fault:
            return next((words[code] for code in fault.codes if code in words), refusal_of(fault))
        except Unauthorized:
            if sent_before:
                return "refused"
            self.sent = False
            raise
        except DeviceError:
            pass
        return ""

    def outcome(
        self, state: OutcomeState, change: Change, seen: Values, why: str = "", *, as_before: bool = False
    ) -> Outcome:
        """`as_before`: the device was seen to be as it was, whatever was sent."""
        touched = self.sent and not as_before
        refusals = self.talk.refusals
        doubts = tuple(refusals.doubts)
        return Outcome(state, change, seen, refusals.spent, why, touched, self.talk.session.worked, doubts)

    def judged(self, change: Change, seen: Values, refusal: str, same: Callable[[Values, Values], bool]) -> Outcome:
        """By what was read back: as asked, as before, or something else, which can then be undone from there."""
        if same(seen, change.new):
            return self.outcome("done", change, seen)
        if same(seen, change.old):
            return self.unchanged(change, seen, refusal)
        return self.outcome("failed", change.as_happened(seen), seen, "other_value")

    def unchanged(self, change: Change, seen: Values, refusal: str) -> Outcome:
        """The device is as it was: it refused, or said yes and did nothing."""
        state: OutcomeState = "failed" if refusal else "ignored"
        return self.outcome(state, change, seen, refusal or "ignored", as_before=True)

    def read_back(self, change: Change, read: Callable[[], T]) -> T | Outcome:
        """What `read` finds after a write; a failed outcome where it finds nothing, since something was sent."""
        try:
            return read()
        except (DeviceError, soap.Fault):
            return self.outcome("failed", change, {}, "not_read_back")


def refusal_of(fault: soap.Fault) -> str:
    """The code of a refusal of one operation."""
    if fault.not_authorized:
        return "not_permitted"
    return "not_supported" if fault.codes & _UNSUPPORTED else "refused"


@contextmanager
def visiting(
    target: Target,
    credentials: Credentials,
    *,
    route: Route,
    expected_identity: Identity | None = None,
    refusals_before: int = 0,
    doubts_before: tuple[str, ...] = (),
    sign_in_method: str = "",
    deadline_seconds: float = 30,
) -> Iterator[Visit]:
    """A signed-in visit, for callers without a running loop. Nothing is left open behind it.

    The device is compared with `expected_identity` before any credential is sent, and once more by its hardware
    address before anything is asked. Every `DeviceError` carries the refusals of this secret so far.
    """
    if target.rtsp_path:
        raise Misbehaving("not_onvif", refusals=refusals_before)
    warm()  # Before the deadline begins and a device waits for us.
    talk = Conversation(
        target,
        credentials,
        route=route,
        deadline=Deadline.after(deadline_seconds),
        refusals_before=refusals_before,
        doubts_before=doubts_before,
        expected=expected_identity,
        sign_in_method=sign_in_method,
    )
    with asyncio.Runner() as runner:
        turn = turn_at(target.host, target.port, talk.deadline)
        runner.run(turn.__aenter__())
        try:
            visit = Visit(talk, runner)
            visit.run(_open(talk))
            yield visit
        except DeviceError as error:
            error.refusals, error.doubts = talk.refusals.spent, tuple(talk.refusals.doubts)
            raise
        finally:
            talk.close()
            runner.run(turn.__aexit__(None, None, None))


async def _open(talk: Conversation) -> None:
    await talk.read_clock()
    await talk.greet()
    await talk.sign_in()
    await talk.reader.read_services()
    await talk.require_same_mac()
