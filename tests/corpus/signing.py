"""Devices that want a password in hostile ways: each is asked for its clock, then refuses whoever asks for more."""

from __future__ import annotations

from collections.abc import Callable

from tests.corpus.hostile import CANARY, OWNER, TRAP, Exchange, Handler, clock_now, fault, information

#: Refusals for the request with this number among those after the clock.
Refusal = Callable[[int], tuple[bytes, str, tuple[str, ...]]]


def refusing(*headers: str, status: str = "401 Unauthorized", body: bytes = b"") -> Handler:
    """Refuses everything but its clock, always with the same headers."""
    return refusing_anew(lambda _: (body, status, headers))


def refusing_anew(refusal: Refusal) -> Handler:
    """Refuses everything but its clock, each time anew."""

    async def handle(exchange: Exchange) -> None:
        number = 0
        while request := await exchange.request():
            if b"GetSystemDateAndTime" in request:
                await exchange.reply(clock_now())
                continue
            number += 1
            body, status, headers = refusal(number)
            await exchange.reply(body, status, *headers)

    return handle


def challenge(rest: str) -> str:
    return f"WWW-Authenticate: {rest}"


async def wants_a_password_for_its_clock(exchange: Exchange) -> None:
    while await exchange.request():
        await exchange.reply(b"", "401 No", challenge('Digest realm="r", nonce="n", qop="auth"'))


def dated(date: str) -> Handler:
    """Refuses even its clock, and has this to say of the time."""

    async def handle(exchange: Exchange) -> None:
        while await exchange.request():
            await exchange.reply(fault(), "401 No", f"Date: {date}")

    return handle


async def takes_it_once(exchange: Exchange) -> None:
    """Takes the first signed request, then wants a new answer for ever."""
    taken = 0
    while request := await exchange.request():
        if b"GetSystemDateAndTime" in request:
            await exchange.reply(clock_now())
        elif b"Authorization" in request and not taken:
            taken += 1
            await exchange.reply(information())
        else:
            number = len(exchange.server.requests)
            await exchange.reply(b"", "401 No", challenge(f'Digest realm="r", nonce="{number}", stale=true'))


DIGEST = 'Digest realm="r", nonce="n", qop="auth"'

NO = "unauthorized"

#: Name → device, the code in which its probe ends, and how often at most something signed may reach it.
#: (An answer whose header cannot be read may have been a refusal, but nobody is told so.)
SIGNING: dict[str, tuple[Handler, str, int]] = {
    "Basic": (refusing(challenge('Basic realm="camera"')), NO, 1),
    "Basic with our name in the realm": (refusing(challenge(f'Basic realm="{OWNER.user}"')), NO, 1),
    "Basic first, then Digest": (refusing(challenge('Basic realm="c"'), challenge(DIGEST)), NO, 1),
    "Basic and Digest in one line": (refusing(challenge(f'Basic realm="c", {DIGEST}')), NO, 1),
    "Basic dressed up as Digest": (refusing(challenge('Digest Basic realm="c"')), NO, 1),
    "a Bearer": (refusing(challenge(f'Bearer realm="http://{TRAP}/token", service="x"')), NO, 1),
    "Negotiate and NTLM": (refusing(challenge("Negotiate"), challenge("NTLM")), NO, 1),
    "100 challenges": (
        refusing(*(challenge(f'Digest realm="{n}", nonce="{n}"') for n in range(95))),
        NO,
        1,
    ),
    "1,000 challenges in one line": (
        refusing(challenge(",".join(f'Digest a{n}="n"' for n in range(900)))),
        NO,
        1,
    ),
    "integrity alone": (refusing(challenge('Digest realm="r", nonce="n", qop="auth-int"')), NO, 1),
    "integrity, too": (refusing(challenge('Digest realm="r", nonce="n", qop="auth-int,auth"')), NO, 1),
    "a hashed user": (refusing(challenge(f"{DIGEST}, userhash=true")), NO, 1),
    "SHA-512-256": (refusing(challenge(f"{DIGEST}, algorithm=SHA-512-256")), NO, 1),
    "a hash that is none": (refusing(challenge(f"{DIGEST}, algorithm=NONE")), NO, 1),
    "a session's hash": (refusing(challenge(f"{DIGEST}, algorithm=MD5-sess")), NO, 1),
    "no nonce": (refusing(challenge('Digest realm="r"')), NO, 1),
    "an empty nonce": (refusing(challenge('Digest realm="r", nonce=""')), NO, 1),
    "a nonce of 7 kB": (refusing(challenge(f'Digest realm="r", nonce="{"n" * 7000}"')), NO, 1),
    "a nonce of 100 kB": (refusing(challenge(f'Digest realm="r", nonce="{"n" * 100_000}"')), "misbehaving", 2),
    "a nonce that never ends": (refusing(challenge('Digest realm="r", nonce="n')), NO, 1),
    "a word of 8,000 letters": (refusing(challenge(f"{DIGEST}, {'a' * 8000}")), NO, 1),
    "commas for ever": (refusing(challenge(DIGEST + "," * 7000)), NO, 1),
    "quotes for ever": (refusing(challenge(DIGEST + ', x="' * 1500)), NO, 1),
    "a realm with quotes": (
        refusing(challenge(r'Digest realm="a\"b\\", nonce="n", evil="\", uri=/x"')),
        NO,
        1,
    ),
    "a realm in other letters": (refusing(challenge('Digest realm="k\u00e4mera", nonce="n"')), NO, 1),
    "a realm with a control": (refusing(challenge('Digest realm="a\x1bb", nonce="n"')), NO, 1),
    "a realm with CR": (refusing(challenge('Digest realm="a\rX: y", nonce="n"')), "misbehaving", 2),
    "a folded realm": (refusing('WWW-Authenticate: Digest realm="a', ' b", nonce="n"'), NO, 1),
    "a domain at the trap": (refusing(challenge(f'{DIGEST}, domain="http://{TRAP}/"')), NO, 1),
    "another realm each time": (
        refusing_anew(lambda n: (b"", "401 No", (challenge(f'Digest realm="r{n}", nonce="n"'),))),
        NO,
        2,
    ),
    "another nonce each time": (
        refusing_anew(lambda n: (b"", "401 No", (challenge(f'Digest realm="r", nonce="{n}"'),))),
        NO,
        2,
    ),
    "another nonce each time, and stale": (
        refusing_anew(lambda n: (b"", "401 No", (challenge(f'Digest realm="r", nonce="{n}", stale=true'),))),
        NO,
        2,
    ),
    "another hash each time": (
        refusing_anew(
            lambda n: (b"", "401 No", (challenge(f"{DIGEST}, algorithm={('MD5', 'SHA-256')[n % 2]}"),)),
        ),
        NO,
        2,
    ),
    "WS-Security first, then Digest": (
        refusing_anew(lambda n: (fault(), "400 No", ()) if n < 4 else (b"", "401 No", (challenge(DIGEST),))),
        NO,
        2,
    ),
    "Digest first, then WS-Security": (
        refusing_anew(lambda n: (b"", "401 No", (challenge(DIGEST),)) if n < 3 else (fault(), "400 No", ())),
        NO,
        2,
    ),
    "a password for its clock": (wants_a_password_for_its_clock, NO, 1),
    "forbidden": (refusing(status="403 Forbidden"), NO, 1),
    "a fault that wants the password in clear": (
        refusing(status="400 No", body=fault().replace(b">no<", b">Use PasswordText or Basic<")),
        NO,
        1,
    ),
    "a fault that repeats our password": (
        refusing(status="400 No", body=fault().replace(b">no<", f">{CANARY}<".encode())),
        NO,
        1,
    ),
    "a fault whose code is our password": (
        refusing(status="500 No", body=fault(f"ter:NotAuthorized</s:Value><s:Value>{CANARY}")),
        NO,
        1,
    ),
    "a fault of 10,000 codes": (
        refusing(status="400 No", body=fault("ter:NotAuthorized</s:Value><s:Value>x" * 5000)),
        NO,
        1,
    ),
    "a cookie": (refusing("Set-Cookie: a=b; Domain=evil", challenge(DIGEST)), NO, 1),
    "a Date of no day": (dated("Fri, 31 Feb 2026 25:61:61 GMT"), NO, 1),
    "a Date in a zone beyond reason": (dated("Mon, 1 Jan 2026 00:00:00 +99999999999999999999"), NO, 1),
    "a Date of many digits": (dated("Mon, 1 Jan 99999999999999999999 00:00:00 GMT"), NO, 1),
    "a Date of letters": (dated("a.b.c x-y 1.2.3 ::"), NO, 1),
    "a Date of 10 kB": (dated("1 " * 5000), NO, 1),
}
