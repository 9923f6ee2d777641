"""What devices in the field do differently from the standard, one small function for each.

Each names the report it comes from. They decide; dialling, signing and reading stay where they are. That devices
sign their own certificates (FalkTannhaeuser/python-onvif-zeep#85) is known to `devices.dial`, which compares the
fingerprint and stands below this; that a device enforces no password is found by `OnvifReader.open_to_anyone`.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devices.digest import Challenge, digest_challenge
from devices.errors import Dropped, Misbehaving, Unreachable
from devices.http import Reply, safe_path
from devices.words import gettext_noop

if TYPE_CHECKING:
    from devices.replies import Profile
    from devices.sign_in import DeviceClock

#: ONVIF's own, and those of WS-Security 1.0 (section 12) that say something of the token or of its time; in small
#: letters, because makers write them in any.
_NOT_AUTHORIZED = frozenset(
    {
        *("notauthorized", "sendernotauthorized", "operationprohibited", "unauthorized"),
        *("failedauthentication", "invalidsecurity", "invalidsecuritytoken", "unsupportedsecuritytoken"),
        *("failedcheck", "securitytokenunavailable", "messageexpired"),
    }
)
#: Codes that say nothing: who is to blame, in SOAP 1.2 and 1.1.
_BLAME = frozenset({"sender", "receiver", "client", "server"})
_NOT_AUTHORIZED_IN_WORDS = re.compile(r"(?:not|un) ?authori[sz]ed|authority failure|authentication fail", re.I)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"']{0,40})["'][^>]{0,40}\?>""")
_ADDRESS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^\s/?#\[\]]|\[[^\s/?#\[\]]*\])+(?P<path>/[^\s?#]*)?(?:\?(?P<query>[^\s#]*))?"
    r"(?=[ #]|$)"
)
#: A space in an address, unless another address comes after it.
_SPACE_IN_PATH = re.compile(r"(?<=[^ ]) +(?=[^ ])(?![A-Za-z][A-Za-z0-9+.-]*://)")
_BARE_AMPERSAND = re.compile(rb"&(?!#[0-9]{1,8};|#x[0-9A-Fa-f]{1,8};|[A-Za-z_][A-Za-z0-9_.-]{0,60};)")
DECLARATION_MAX = 320
ZONE_STEP_SECONDS = 900
ZONE_MAX_SECONDS = 14 * 3600
READING_SECONDS = 90

#: Where ONVIF listens on the owner's own address when it is not where he typed: 80 by habit, 8000 Reolink
#: (home-assistant/core#85455), 2020 Tapo (frigate PR#9905), 8899 XM (easy_onvif_workspace#33), 8080 white labels,
#: 888 Foscam (Skinah/IpCamera#3), 443 where the maker closed plain HTTP.
VENDOR_PORTS = (80, 8000, 2020, 8899, 8080, 888, 443)

#: One sentence for each, so that the catalogues can hold them.
PORT_WORDS = {
    80: gettext_noop("ONVIF menjawab di port 80. Mohon isi port itu, lalu uji lagi."),
    443: gettext_noop("ONVIF menjawab di port 443. Mohon isi port itu, lalu uji lagi."),
    888: gettext_noop("ONVIF menjawab di port 888. Mohon isi port itu, lalu uji lagi."),
    2020: gettext_noop("ONVIF menjawab di port 2020. Mohon isi port itu, lalu uji lagi."),
    8000: gettext_noop("ONVIF menjawab di port 8000. Mohon isi port itu, lalu uji lagi."),
    8080: gettext_noop("ONVIF menjawab di port 8080. Mohon isi port itu, lalu uji lagi."),
    8899: gettext_noop("ONVIF menjawab di port 8899. Mohon isi port itu, lalu uji lagi."),
}


def signing_time(clock: DeviceClock | None) -> dt.datetime:
    """The time in a WS-UsernameToken: the device's own, because a skewed clock refuses every other.

    Dahua (koush/scrypted#1142), Tapo and many more (lumeohq/onvif-rs#121, home-assistant/core#121952).
    """
    return clock.now() if clock is not None else dt.datetime.now(dt.UTC)


def zone_in_offset(offset_seconds: float) -> int | None:
    """The time zone (seconds east) that a clock's offset looks like, where it calls its local time UTC; else None.

    OpenIPC (OpenIPC/majestic-webui#292) and several white-label makers.
    """
    zone = round(offset_seconds / ZONE_STEP_SECONDS) * ZONE_STEP_SECONDS
    if zone == 0 or abs(zone) > ZONE_MAX_SECONDS or abs(offset_seconds - zone) > READING_SECONDS:
        return None
    return zone


def time_of_date_header(date: str) -> dt.datetime | None:
    """The device's time from the Date header of its refusal, where even the clock wants credentials.

    Reported of several makers, each with a fault text of its own (agsh/onvif#178).
    """
    try:
        when = email.utils.parsedate_to_datetime(date)
    except (TypeError, ValueError, OverflowError):
        return None
    if when.tzinfo is None or not 1970 <= when.year <= 2099:
        return None
    return when.astimezone(dt.UTC)


def digest_wanted(reply: Reply) -> Challenge | None:
    """The Digest challenge of a refusal, where HTTP signs in and not WS-UsernameToken.

    Hikvision from firmware 5.7.13 (home-assistant/core#99166), INSTAR (home-assistant/core#119107).
    """
    return digest_challenge(reply.all("www-authenticate"))


def means_not_authorized(codes: Iterable[str], reason: str = "") -> bool:
    """Whether a SOAP fault, whatever its HTTP status, says "sign in": by its codes, by its text only without them.

    The standard's own is NotAuthorized; gSOAP devices send the codes of WS-Security instead, and some no code but a
    text, "Sender not Authorized" or "Authority failure" (agsh/onvif#178).
    """
    known = {code.lower() for code in codes}
    if not _NOT_AUTHORIZED.isdisjoint(known):
        return True
    return known <= _BLAME and _NOT_AUTHORIZED_IN_WORDS.search(reason) is not None


def path_here(uri: str, schemes: tuple[str, ...]) -> str | None:
    """Path and query of an address that a device gave; None unless its scheme is one of those expected.

    Host, port and user part are dropped on purpose and replaced by what was verified: behind a router devices name
    a private address (FalkTannhaeuser/python-onvif-zeep#61), some even 127.0.0.1 (Xiaomi-Dafang-Hacks#1752), and
    a hostile one names our neighbours. Some makers list an IPv4 and an IPv6 address; the first counts. A space that
    is no such list belongs to the path, as in names that owners typed; it is encoded.
    """
    if " " in uri:
        uri = _SPACE_IN_PATH.sub(lambda gap: "%20" * len(gap[0]), uri)
    parts = _ADDRESS.match(uri)
    if parts is None:
        return None
    scheme, path, query = parts["scheme"], parts["path"] or "/", parts["query"]
    if scheme.lower() not in schemes:
        return None
    path = f"{path}?{query}" if query else path
    return path if safe_path(path) else None


def port_named(uri: str) -> int | None:
    """The port in an address that a device gave: that of the streams may differ from the one everybody expects
    (FalkTannhaeuser/python-onvif-zeep#92)."""
    try:
        return urlsplit(uri.split(" ", 1)[0]).port
    except ValueError:
        return None


def ports_to_try(typed: int) -> tuple[int, ...]:
    """The other ports of the owner's own address where his device may speak ONVIF (see `VENDOR_PORTS`)."""
    return tuple(port for port in VENDOR_PORTS if port != typed)


def leaves_hope_elsewhere(problem: Exception) -> bool:
    """Whether what happened at the typed port may mean that ONVIF is at another port of this device: nobody
    listens there, or a web page, a media server or TLS does. A device that drips or floods is left alone."""
    if isinstance(problem, Unreachable):
        return problem.detail in ("closed", "filtered", "silent")
    elsewhere = ("not_onvif", "not_soap", "xml", "xml_refused", "redirect", "status_line", "tls", "empty", "reset")
    return isinstance(problem, Misbehaving) and (
        problem.detail in elsewhere or problem.detail.startswith(("http_4", "http_5"))
    )


def dropped_silently(problem: Exception) -> bool:
    """Whether a kept connection was closed before a byte of the answer came: asked once more on a fresh one.

    Several makers close without saying so (openvideolibs/python-onvif-zeep-async PR#140).
    """
    return isinstance(problem, Dropped) and problem.detail in ("empty", "reset")


def snapshot_challenge(reply: Reply) -> Challenge | None:
    """How to ask for a snapshot again: with Digest where it is challenged, and not at all with Basic.

    The first question goes without: some serve it to anyone and refuse whoever signs (agsh/onvif#190). None: the
    answer stands. Raises `Misbehaving("basic_only")`.
    """
    if reply.status != 401:
        return None
    challenge = digest_wanted(reply)
    if challenge is None:
        raise Misbehaving("basic_only")
    return challenge


def only_undeclared_prefixes(domains: Iterable[str]) -> bool:
    """Whether all that is wrong with an answer are prefixes never declared: `ter:` in faults
    (mvantellingen/python-zeep#1205). `domains` are libxml2's names for the kinds of its errors."""
    return set(domains) == {"NAMESPACE"}


def without_trailing_nuls(document: bytes) -> bytes:
    """A document without the NULs behind it: some count the end of their C string as part of it.

    The standard of XML has no NUL at all: elsewhere in a document they stay, and it is refused.
    """
    return document.rstrip(b"\0 \t\r\n") if document.endswith(b"\0") else document


def with_ampersands_escaped(document: bytes) -> bytes:
    """A broken document with each `&` escaped that begins no entity, as in <Uri>rtsp://h/x?a=1&b=2</Uri>.

    Makers paste such addresses in as they are, though the standard of XML does not allow it. Only for documents
    that do not parse: in others an `&` is as it should be.
    """
    return _BARE_AMPERSAND.sub(b"&amp;", document)


def as_utf8(document: bytes) -> bytes:
    """A document whose letters are readable, whatever it says of them.

    UTF-16 declared above UTF-8 (a recorded encoder in agsh/onvif, GetCapabilitiesEncoder.xml) is left out.
    Bytes that are no UTF-8, as in names that were cut or typed in another alphabet (home-assistant/core#89620,
    openvideolibs/python-onvif-zeep-async PR#44), become U+FFFD: a name in pieces must not cost its whole reply.
    """
    declaration = document[: document.find(b"?>", 0, DECLARATION_MAX) + 2] if document.startswith(b"<?xml") else b""
    encoding = _encoding_of(declaration)
    if encoding.startswith(b"utf-16"):
        document = document[len(declaration) :].lstrip()
    elif encoding not in (b"utf-8", b"utf8"):
        return document
    if document.isascii():
        return document
    return document.decode("utf-8", "replace").encode()


@functools.lru_cache(maxsize=128)
def _encoding_of(declaration: bytes) -> bytes:
    declared = _DECLARED.match(declaration)
    return declared[1].lower() if declared else b"utf-8"


def largest_first(profiles: list[Profile]) -> list[Profile]:
    """The profiles of one video source, the main one first: the largest picture.

    A first profile whose encoder keeps its size to itself stays first: Media1 has no word for H.265, so Dahua
    lists its main stream with a name alone (cdavis-code/easy_onvif_workspace#20).
    """
    ordered = sorted(profiles, key=lambda profile: -profile.pixels)
    first = profiles[0]
    if first.pixels == 0 and first.encoder.token:
        ordered.remove(first)
        ordered.insert(0, first)
    return ordered


def configurations_left_out(profiles: list[Profile]) -> bool:
    """Whether none of the listed profiles says what it shows, though all of it was asked for.

    Recorded so of a Hikvision relative and two others (easy_onvif_workspace, ENP1A14-IR, IPG-8150PSS and the
    program of happytimesoft). Media1 of the same device tells; without it the tokens must do.
    """
    return not any(profile.shows_something for profile in profiles)
