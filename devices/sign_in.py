"""How we sign in to an ONVIF device: the method is chosen by evidence, and a refused secret rests.

Accounts lock after bad passwords, so a credentialed request is repeated only where the device itself gave a
reason: a Digest challenge that was not there before, a stale nonce, or a clock that reads otherwise now. What was
not clearly accepted counts as refused until the credentials are proven good (see `refusals`).
"""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices import quirks, soap
from devices.count import ONVIF, REFUSALS_MAX
from devices.deadline import Deadline
from devices.digest import Challenge, answer
from devices.errors import DeviceError, Dropped, Misbehaving, Unauthorized
from devices.facts import ClockSettings
from devices.http import HttpClient, Reply
from devices.refusals import UNCLEAR, Refusals, Trial
from devices.replies import clock_time, read_clock_settings
from devices.secrets import Credentials
from devices.words import gettext_noop

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

DEVICE_PATH = "/onvif/device_service"
REQUEST_SECONDS = 8.0
CLOCK_STEP_SECONDS = 5.0
#: So many signed requests may be refused one after the other once the credentials were taken: a device that refuses
#: all of them from then on may be counting towards a lock, whatever it said before.
REFUSED_IN_A_ROW_MAX = 3
_REFUSED = frozenset({"NotAuthorized"})
_UNSUPPORTED = frozenset({"ActionNotSupported", "OptionalActionNotImplemented", "NotSupported", "UnknownAction"})
_GARBLED = re.compile(r"xml.*|not_soap")
_HUNG_UP = re.compile(r"empty|reset|cut_off|http_[45]\d\d|not_onvif")

_LOCKED = (
    gettext_noop("Kamera sedang mengunci akun ini."),
    gettext_noop(
        "Tunggu sampai kuncinya terbuka (sering 30 menit) atau mulai ulang kamera, pastikan kata sandinya benar, "
        "lalu isi kembali."
    ),
)


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The device's time at a moment of our monotonic clock, so that a step of our own clock does no harm."""

    device_time: dt.datetime
    read_at: float
    offset_seconds: float

    @classmethod
    def read_now(cls, device_time: dt.datetime) -> DeviceClock:
        """The clock of a device that told this time (with its zone) just now; its offset is that from our own."""
        return cls(device_time, time.monotonic(), (device_time - dt.datetime.now(dt.UTC)).total_seconds())

    def now(self) -> dt.datetime:
        """What the device's clock shows at this moment."""
        return self.device_time + dt.timedelta(seconds=time.monotonic() - self.read_at)

    def as_local_time(self) -> DeviceClock | None:
        """The clock read as local time wrongly labelled UTC, where its offset looks like a time zone."""
        zone = quirks.zone_in_offset(self.offset_seconds)
        if zone is None:
            return None
        shift = dt.timedelta(seconds=zone)
        return DeviceClock(self.device_time - shift, self.read_at, self.offset_seconds - zone)


class Refused(Exception):
    """The device asks for (other) credentials; carries the challenge it gave."""

    def __init__(self, challenge: Challenge | None, date: str = "") -> None:
        self.challenge = challenge
        self.date = date
        super().__init__("refused")


class OnvifSession:
    """SOAP requests to one device, plain or signed."""

    def __init__(
        self, http: HttpClient, credentials: Credentials | None, deadline: Deadline, refusals: Refusals
    ) -> None:
        self.http = http
        self.credentials = credentials
        self.deadline = deadline
        self.refusals = refusals
        self.clock: DeviceClock | None = None
        self.clock_settings: ClockSettings | None = None
        self.challenge: Challenge | None = None
        self.guarded = False  # Something was refused to a stranger, so a signed answer proves the credentials.
        self.open = False  # The device told a stranger who it is, so its faults are compared with a stranger's.
        self._trial = Trial(refusals, ONVIF)
        self.local_time_as_utc = False
        self.remembered = ""  # What worked the last time (see `worked`), if anybody remembers.
        self.server = ""
        self._nonce_count = 0
        self._refused_in_a_row = 0  # Of those signed with credentials that were proven good.
        self._unclear: Exception | None = None  # What came of the last signed request that may have been refused.

    @property
    def proven(self) -> bool:
        """Whether the device has shown that the credentials are good."""
        return self._trial.proven

    @property
    def method(self) -> str:
        """How requests are signed at present."""
        if self.credentials is None:
            return ""
        return "digest" if self.challenge is not None else "wsse"

    @property
    def worked(self) -> str:
        """What to begin the next visit with, so that it needs no refusal to find out: "digest", "wsse", or
        "wsse-lt" where local time had to be read for UTC. Empty while no credentials were sent."""
        return "wsse-lt" if self.method == "wsse" and self.local_time_as_utc else self.method

    async def plain(self, request: soap.Operation, path: str = DEVICE_PATH) -> Element:
        """Ask without credentials. Raises `Refused`, after noting what challenge the device gave."""
        try:
            return await self._exchange(request, path, signed=False)
        except Refused as refused:
            if self.challenge is None:
                self._take(refused.challenge)
            raise

    async def signed(self, request: soap.Operation, path: str = DEVICE_PATH) -> Element:
        """Ask with credentials.

        `Unauthorized` when they are refused; `soap.Fault` for any other refusal, also of one operation to
        credentials that were proven good before. After three of those in a row nothing is signed any more.
        """
        if self.credentials is None:
            return await self._uncredentialed(request, path)
        if self.challenge is None and self.remembered == "digest":
            try:
                return await self.plain(request, path)  # To be challenged: costs no refusal.
            except Refused:
                self.remembered = ""
        renewed = False
        doubts = self._trial.doubts
        while True:
            if self._refused_in_a_row >= REFUSED_IN_A_ROW_MAX:
                raise soap.Fault(frozenset({"NotAuthorized"}))
            if self.refusals.used_up and self._unclear is not None:
                raise self._unclear
            before = self.challenge
            try:
                reply = await self._exchange(request, path, signed=True)
            except Refused as refused:
                self._refused_in_a_row += self.proven
                self._unclear = None
                if not renewed and not self.refusals.used_up and self._nonce_expired(before, refused.challenge):
                    renewed = True
                    self._take(refused.challenge)
                    continue
                if self.proven:
                    raise soap.Fault(frozenset({"NotAuthorized"})) from None
                self._trial.refused()
                if self.refusals.used_up or not await self._new_evidence(refused.challenge):
                    raise Unauthorized("credentials", refusals=self.refusals.spent) from None
                continue
            except (soap.Fault, Misbehaving) as problem:
                if not self.proven:
                    await self._doubt(problem, request, path)
                raise
            if not self.proven:
                await self._accept(request, path, doubts)
            self._refused_in_a_row = 0
            return reply

    async def _accept(self, request: soap.Operation, path: str, doubts: int) -> None:
        """Take back the attempts of this question; all of them, and trust the credentials, where a stranger is
        refused what they were given."""
        self._trial.take_back(self._trial.doubts - doubts)
        if not self.guarded and self._trial.in_doubt:
            self.guarded = await self._as_a_stranger(request, path) == _REFUSED
        if self.guarded:
            self._trial.accepted()
            self._unclear = None

    async def _doubt(self, problem: soap.Fault | Misbehaving, request: soap.Operation, path: str) -> None:
        """Leave what may have been a refusal counted. `Unauthorized` where it was the last, and it looks like one.

        A device that tells a stranger who it is, and then the same fault as us, has not refused the credentials.
        """
        codes = problem.codes if isinstance(problem, soap.Fault) else None
        alike = self.open and not self.guarded and codes is not None
        if alike and await self._as_a_stranger(request, path) == codes:
            self._trial.take_back(1)
            return
        if _evades(problem, request):
            self._trial.evaded()
        elif (locked := any("lock" in code.lower() for code in codes or ())) or (
            self.refusals.used_up and _looks_refused(problem)
        ):
            message, remedy = _LOCKED if locked else UNCLEAR
            raise Unauthorized(
                "credentials", message=message, remedy=remedy, refusals=self.refusals.spent
            ) from None
        self._unclear = problem

    async def _as_a_stranger(self, request: soap.Operation, path: str) -> frozenset[str] | None:
        """The codes of the fault that meets the same question without credentials; None for anything else."""
        try:
            await self.plain(request, path)
        except Refused:
            self.guarded = True
            return _REFUSED
        except soap.Fault as fault:
            return fault.codes
        except DeviceError:
            pass
        return None

    async def _uncredentialed(self, request: soap.Operation, path: str) -> Element:
        try:
            return await self.plain(request, path)
        except Refused:
            raise Unauthorized("no_credentials", refusals=self.refusals.spent) from None

    def _nonce_expired(self, before: Challenge | None, after: Challenge | None) -> bool:
        if before is None or after is None:
            return False
        return after.stale or (self.proven and after.nonce != before.nonce)

    async def _new_evidence(self, challenge: Challenge | None) -> bool:
        """Whether the device gave a reason to sign once more, differently."""
        if self.challenge is None and challenge is not None:
            self._take(challenge)
            return True
        if self.challenge is not None or self.local_time_as_utc:
            return False
        old = self.clock
        try:
            await self.read_clock()
        except (DeviceError, soap.Fault, Refused):
            return False
        new = self.clock
        if new is None:
            return False
        if old is None or abs(new.offset_seconds - old.offset_seconds) > CLOCK_STEP_SECONDS:
            return True
        relabelled = new.as_local_time()
        if relabelled is None:
            return False
        self.clock, self.local_time_as_utc = relabelled, True
        return True

    async def read_clock(self, *, signed: bool = False) -> None:
        """Read the device's time, by default without credentials; None where it says nothing believable."""
        ask = self.signed if signed else self.plain
        try:
            reply = await ask(soap.GET_CLOCK)
        except Refused as refused:
            self.clock = _clock_of_header(refused.date)
            raise
        self.clock_settings = read_clock_settings(reply)
        when = clock_time(reply)
        self.clock = None if when is None else DeviceClock.read_now(when)
        if self.remembered == "wsse-lt" and self.clock is not None:
            relabelled = self.clock.as_local_time()
            self.clock, self.local_time_as_utc = relabelled or self.clock, relabelled is not None

    def _take(self, challenge: Challenge | None) -> None:
        if challenge is not None:
            self.challenge, self._nonce_count = challenge, 0

    async def _exchange(self, request: soap.Operation, path: str, *, signed: bool) -> Element:
        reply = await self._send(request, path, signed=signed)
        self.server = self.server or reply.first("server")
        if reply.status in (401, 403):
            raise Refused(quirks.digest_wanted(reply), reply.first("date"))
        if reply.status in (404, 405, 501):
            raise Misbehaving("not_onvif")
        try:
            return soap.parse_body(reply.body)
        except soap.Fault as fault:
            if fault.not_authorized:
                raise Refused(quirks.digest_wanted(reply), reply.first("date")) from None
            raise
        except Misbehaving:
            if reply.status != 200:
                raise Misbehaving(f"http_{reply.status}") from None
            raise

    async def _send(self, request: soap.Operation, path: str, *, signed: bool) -> Reply:
        """One exchange; where the device dropped the line without a byte, once more, stamped anew.

        Each of the two counts as an attempt of its own.
        """
        for attempt in (1, 2):
            headers = soap.headers_of(request)
            token = ""
            if signed and self.credentials is not None:
                await self._begin_signing()
                token = self._token(self.credentials)
                if self.challenge is not None:
                    headers.append(("Authorization", self._digest(self.challenge, self.credentials, path)))
            try:
                return await self.http.send(
                    "POST",
                    path,
                    headers=headers,
                    body=soap.envelope(request, token),
                    deadline=self.deadline.within(REQUEST_SECONDS),
                )
            except Dropped as dropped:
                if attempt == 2 or not quirks.dropped_silently(dropped) or (signed and self.refusals.used_up):
                    raise
        raise Dropped("empty")  # pragma: no cover - the loop returns or raises

    async def _begin_signing(self) -> None:
        """Count an attempt, once there is a line for it: what cannot leave is none. The last one goes over a fresh
        line: on a kept one that the device has given up without saying so, it would be lost."""
        self._trial.require_one_left()
        if self.refusals.spent == REFUSALS_MAX - 1 and not self.proven:
            self.http.close()
        await self.http.connect()
        self._trial.begin()

    def _token(self, credentials: Credentials) -> str:
        """The WS-Security header. It goes along with a Digest answer too: devices check the one they know."""
        return soap.username_token(credentials.user, credentials.password, quirks.signing_time(self.clock))

    def _digest(self, challenge: Challenge, credentials: Credentials, path: str) -> str:
        self._nonce_count += 1
        return answer(
            challenge,
            method="POST",
            uri=path,
            user=credentials.user,
            password=credentials.password,
            count=self._nonce_count,
        )


def _looks_refused(problem: soap.Fault | Misbehaving) -> bool:
    """Whether this is what some devices do to a wrong password: hang up, an error of HTTP without a word of SOAP,
    or a fault that calls it something else."""
    return isinstance(problem, soap.Fault) or _HUNG_UP.fullmatch(problem.detail) is not None


def _evades(problem: soap.Fault | Misbehaving, request: soap.Operation) -> bool:
    """Whether an answer is about the operation, which not every device has, or is garbled but says "200 OK"."""
    if isinstance(problem, soap.Fault):
        return bool(problem.codes & _UNSUPPORTED) and request != soap.GET_INFORMATION
    return _GARBLED.fullmatch(problem.detail) is not None


def _clock_of_header(date: str) -> DeviceClock | None:
    when = quirks.time_of_date_header(date)
    return None if when is None else DeviceClock.read_now(when)
