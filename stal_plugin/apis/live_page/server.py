"""The server: its address, its start and its end."""

import errno
import socket
from collections.abc import Callable

import uvicorn

from stal_plugin.apis.live_page.hub import Hub

#: Connections: listeners, and for each of them a picture and some small requests.
_CONNECTIONS_PER_CLIENT = 4
_CURES = {
    errno.EADDRINUSE: "is in use: choose another one with --port, or end the program "
    "that uses it",
    errno.EACCES: "is for the administrator only: choose one from 1024 on with --port",
    errno.EADDRNOTAVAIL: "is not an address of this computer: choose another --host, "
    "or 0.0.0.0 for all of them",
}


def bound_socket(host: str, port: int) -> socket.socket:
    """Take an address, before anything that takes long is begun.

    Args:
        host: Name or number of an address of this computer.
        port: 0: any that is free.

    Raises:
        ValueError: The address cannot be had.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"port {port} must be from 0 to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ValueError(f"host '{host}' is not known: {error}") from None
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        cure = _CURES.get(error.errno or 0, f"cannot be used: {error.strerror}")
        raise ValueError(f"port {port} of {host} {cure}") from None
    return bound


def page_address(host: str, port: int, token: str | None) -> str:
    """Return what is opened in a browser.

    Args:
        host: Of the server; of all addresses of this computer its name is taken.
        port: Of the server.
        token: If one is needed.
    """
    name = socket.gethostname() if host in ("0.0.0.0", "::", "") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}/{f'?token={token}' if token else ''}"


class LiveServer(uvicorn.Server):
    """Serves an application until Ctrl-C, and ends at once then.

    Nothing is logged of requests: an address may hold a token.

    Args:
        app: The application.
        hub: Its listeners, whose answers would not end by themselves.
    """

    def __init__(self, app: Callable, hub: Hub) -> None:
        self._hub = hub
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS_PER_CLIENT * hub.most,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the listeners, then the server."""
        self._hub.close()
        await super().shutdown(sockets)
