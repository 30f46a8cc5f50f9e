"""Messages to many browsers, none of which can slow the sender."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

from stal_plugin.apis.live_page.wakeup import Wakeup, happens


class Message:
    """What is told to all browsers; written out once, and only if somebody reads it.

    Args:
        kind: Name of the server-sent event.
        data: Returns what becomes JSON; called in the server's thread.
        replaces: Messages with the same key make each other obsolete: of these only
            the newest is kept. None: every one counts.
    """

    def __init__(
        self, kind: str, data: Callable[[], Any], replaces: str | None = None
    ) -> None:
        self.kind = kind
        self.replaces = replaces
        self._data = data

    @cached_property
    def sse(self) -> bytes:
        """The message in the form of server-sent events; JSON has no line breaks."""
        return f"event: {self.kind}\ndata: {json.dumps(self._data())}\n\n".encode()


class Mailbox:
    """Messages that a browser has not read yet; their number is bounded.

    Args:
        results: Whether messages of the kind ``result`` are wanted too.
        capacity: Messages that all count; if more wait, the oldest are dropped.
    """

    def __init__(self, results: bool = False, capacity: int = 256) -> None:
        self.results = results
        self.closed = False
        self.num_dropped = 0
        self._told = 0
        self._queue: deque[Message] = deque()
        self._newest: dict[str, Message] = {}
        self._capacity = capacity
        self._lock = Lock()
        self._wakeup = Wakeup()

    def put(self, message: Message) -> None:
        """Add a message, from any thread, at once."""
        if message.kind == "result" and not self.results:
            return
        with self._lock:
            if message.replaces is not None:
                self._newest[message.replaces] = message
            else:
                self._queue.append(message)
                if len(self._queue) > self._capacity:
                    self._queue.popleft()
                    self.num_dropped += 1
        self._wakeup.notify()

    def close(self) -> None:
        """Tell the reader that there is no more to come."""
        self.closed = True
        self._wakeup.notify()

    async def take(self, timeout: float) -> list[Message]:
        """Return what has come in; that messages were dropped is a message first.

        Args:
            timeout: Seconds after which it returns nothing.
        """
        with self._wakeup.listening() as news:
            messages = self._pop()
            if messages or self.closed:
                return messages
            await happens(news, timeout)
        await asyncio.sleep(0)  # what comes with it, such as several events of a frame
        return self._pop()

    def _pop(self) -> list[Message]:
        with self._lock:
            messages = [*self._queue, *self._newest.values()]
            self._queue.clear()
            self._newest.clear()
            missed, self._told = self.num_dropped - self._told, self.num_dropped
        if missed:
            messages.insert(0, Message("missed", lambda: {"events": missed}))
        return messages


class TooManyClients(Exception):
    """No further browser is served."""


class Hub:
    """Hands messages to the mailboxes of all browsers.

    Args:
        most: Browsers that are served at a time.
    """

    def __init__(self, most: int = 32) -> None:
        self.most = most
        self._mailboxes: set[Mailbox] = set()
        self._num_dropped = 0  # of those who have left
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._mailboxes)

    @property
    def num_dropped(self) -> int:
        """Messages that slow browsers have missed so far."""
        with self._lock:
            boxes = list(self._mailboxes)
        return self._num_dropped + sum(box.num_dropped for box in boxes)

    def join(self, results: bool = False) -> Mailbox:
        """Return a new mailbox.

        Args:
            results: See ``Mailbox``.

        Raises:
            TooManyClients: There are ``most`` already.
        """
        mailbox = Mailbox(results)
        with self._lock:
            if len(self._mailboxes) >= self.most:
                raise TooManyClients
            self._mailboxes.add(mailbox)
        return mailbox

    def leave(self, mailbox: Mailbox) -> None:
        """Forget a mailbox."""
        with self._lock:
            if mailbox in self._mailboxes:
                self._mailboxes.remove(mailbox)
                self._num_dropped += mailbox.num_dropped

    def publish(self, message: Message) -> None:
        """Hand a message to all, from any thread, at once."""
        with self._lock:
            boxes = list(self._mailboxes)
        for mailbox in boxes:
            mailbox.put(message)

    def close(self) -> None:
        """End all, as the server ends."""
        with self._lock:
            boxes = list(self._mailboxes)
        for mailbox in boxes:
            mailbox.close()
