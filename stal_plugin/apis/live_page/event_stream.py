"""The answer that does not end: server-sent events for one browser."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from stal_plugin.apis.live_page.hub import Hub, Mailbox, Message

#: Seconds after which a comment tells the browser, and proxies, that all is well.
_HEARTBEAT = 10.0
#: Seconds for which a browser may read nothing.
_PATIENCE = 30.0


class EventStream(Response):
    """Send what comes into a mailbox, until the browser or the server ends.

    Args:
        hub: Where the mailbox is; it is left at the end.
        mailbox: Of the browser.
        first: What is sent at once.
    """

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, mailbox: Mailbox, first: Message) -> None:
        super().__init__(headers={"x-accel-buffering": "no"})  # nginx: do not hold back
        del self.headers["content-length"]
        self._hub, self._mailbox, self._first = hub, mailbox, first

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""
        del scope
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(lambda _: self._mailbox.close())
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": self.raw_headers,
                }
            )
            with suppress(OSError, asyncio.TimeoutError):
                await self._send_all(send)
        finally:
            gone.cancel()
            self._hub.leave(self._mailbox)

    async def _send_all(self, send: Callable[[dict], Awaitable[None]]) -> None:
        body = self._first.sse
        while True:
            part = {"type": "http.response.body", "body": body, "more_body": True}
            await asyncio.wait_for(send(part), _PATIENCE)
            messages = await self._mailbox.take(_HEARTBEAT)
            if self._mailbox.closed:
                await send({"type": "http.response.body", "body": b""})
                return
            body = b"".join(message.sse for message in messages) or b": well\n\n"


async def _until_gone(receive: Callable[[], Awaitable[dict]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
