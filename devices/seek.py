"""Where ONVIF is, if not at the port that was typed: a few known ports of the owner's own address, asked for their
clock without credentials. Not a port scanner: the list is short and fixed, and it is asked once per probe."""

from __future__ import annotations

from dataclasses import replace

from devices import quirks, soap
from devices.deadline import Deadline
from devices.dial import Dialler, Endpoint
from devices.errors import DeviceError
from devices.http import HttpClient
from devices.refusals import Refusals
from devices.report import Target
from devices.sign_in import OnvifSession, Refused

#: All of it together; an owner's page waits this long for what may be nothing (see settings.PROBE_FAILURE_SECONDS).
SEEK_SECONDS = 3.0
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 1.5


async def port_that_answers(dialler: Dialler, target: Target, deadline: Deadline) -> int | None:
    """The first other port of this address at which ONVIF answers, among those that the route admits."""
    until = deadline.within(SEEK_SECONDS)
    dialler = replace(dialler, answer_by=None)  # That was for the typed port; a resolved name stays pinned.
    for port in quirks.ports_to_try(target.port):
        if until.passed:
            break
        if await _speaks_onvif(dialler, Target(target.host, port), until):
            return port
    return None


async def _speaks_onvif(dialler: Dialler, target: Target, until: Deadline) -> bool:
    """Whether a clock or a SOAP fault comes. A bare 401 is no evidence: routers say that too."""
    http = HttpClient(dialler, Endpoint(target.host, target.port, target.uses_tls), until.within(CONNECT_SECONDS))
    session = OnvifSession(http, None, until.within(ANSWER_SECONDS), Refusals())
    try:
        await session.read_clock()
    except soap.Fault:
        return True
    except (DeviceError, Refused):
        return False
    finally:
        http.close()
    return session.clock is not None
