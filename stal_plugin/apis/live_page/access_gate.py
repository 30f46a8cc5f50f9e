"""The gate in front of the page: refuses requests, and sets the headers of answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from stal_plugin.apis.live_page.access import Access

#: No script but the page's own files, nothing from elsewhere, in no frame.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_Scope = dict[str, Any]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


class AccessGate:
    """ASGI middleware in front of everything: lets requests pass, or refuses them.

    Args:
        app: What is behind it.
        access: The rules.
    """

    def __init__(self, app: Callable, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: _Scope, receive: Callable, send: _Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        query_token = None
        if scope["path"] == "/" and scope["method"] == "GET":
            query_token = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        token = query_token[-1] if query_token else None
        refused = (400, "a header is there twice") if headers is None else None
        refused = refused or self.access.refusal(scope["method"], headers or {}, token)
        if refused:
            await _answer(send, *refused)
        elif token is not None and all(self.access.cookie):
            await _welcome(send, *self.access.cookie)
        else:
            await self.app(scope, receive, _with_headers(send))


def _headers(scope: _Scope) -> dict[str, str] | None:
    """Headers by name; None if one that matters is there twice."""
    pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
    names = [k for k, _ in pairs if k in ("host", "origin", "authorization", "cookie")]
    return None if len(names) != len(set(names)) else dict(pairs)


async def _answer(send: _Send, status: int, text: str) -> None:
    extra = {"www-authenticate": "Bearer"} if status == 401 else {}
    body = f"{text}\n".encode()
    await _respond(send, status, {"content-type": "text/plain", **extra}, body)


async def _welcome(send: _Send, name: str, value: str) -> None:
    """Give the browser its cookie, and take the token out of its address."""
    # Lax: also whoever comes by a link gets in; other sites' requests are refused
    cookie = f"{name}={value}; Path=/; HttpOnly; SameSite=Lax"
    await _respond(send, 303, {"location": "/", "set-cookie": cookie}, b"")


async def _respond(
    send: _Send, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    length = {"content-length": str(len(body))}
    raw = _encoded({**HEADERS, **headers, **length})
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: _Send) -> _Send:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), *_encoded(HEADERS)]
            message = {**message, "headers": headers}
        await send(message)

    return sending


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
