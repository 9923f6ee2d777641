"""A good camera that is busy, or loses its line, at one of the first questions of a stranger."""

from __future__ import annotations

from tests.corpus.hostile import Exchange, Handler, camera, fault, information, soap

MAC = "aa:bb:cc:dd:ee:01"
BUSY = b"HTTP/1.1 503 Busy\r\nServer: cam/1\r\nContent-Length: 4\r\n\r\nbusy"
CUT = b"HTTP/1.1 200 OK\r\nServer: cam/1\r\nContent-Length: 9000\r\nConnection: close\r\n\r\n<s:Envelope"
OPEN = "GetDeviceInformation, to anyone"


def interfaces(*macs: str) -> bytes:
    listed = "".join(
        f"<tds:NetworkInterfaces><tt:Enabled>true</tt:Enabled><tt:Info><tt:HwAddress>{mac}</tt:HwAddress>"
        "</tt:Info></tds:NetworkInterfaces>"
        for mac in macs
    )
    return soap(f"<tds:GetNetworkInterfacesResponse>{listed}</tds:GetNetworkInterfacesResponse>")


def hiccup(first: dict[str, bytes]) -> Handler:
    """A camera with an endpoint reference that answers one of its first strangers' questions like that, once.

    `OPEN` among them makes it one that gives its information to anyone.
    """
    left = dict(first)
    told = soap(
        "<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:4b0c</tds:GUID></tds:GetEndpointReferenceResponse>"
    )
    onvif = camera(GetNetworkInterfaces=interfaces(MAC))

    async def handle(exchange: Exchange) -> None:
        really = exchange.request

        async def request() -> bytes:
            while data := await really():
                name = next(
                    (one for one in ("GetEndpointReference", "GetDeviceInformation") if one.encode() in data), ""
                )
                if not name or b"UsernameToken" in data:
                    return data
                if answer := left.pop(name, b""):
                    await exchange.send(answer)
                    if b"Connection: close" in answer:
                        return b""
                elif name == "GetEndpointReference":
                    await exchange.reply(told, "200 OK", "Server: cam/1")
                elif OPEN in first:
                    await exchange.reply(information(serial="S-1"), "200 OK", "Server: cam/1")
                else:
                    await exchange.reply(fault(), "400 Bad Request", "Server: cam/1")
            return b""

        exchange.request = request  # type: ignore[method-assign]
        await onvif(exchange)

    return handle
