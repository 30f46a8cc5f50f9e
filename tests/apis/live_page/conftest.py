"""A live page that is served, with results that tests hand in."""

import http.client
import json
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import numpy as np
import pytest

from stal_plugin.apis.live_page.access import Access
from stal_plugin.apis.live_page.hub import Hub
from stal_plugin.apis.live_page.live_state import LiveState
from stal_plugin.apis.live_page.thresholds import Thresholds
from stal_plugin.evaluation.track_table import Track

CLASSES = ("wave", "jump")


def track_of(track_id: int, scores: Any, box: Any = (10, 10, 30, 40)) -> Track:
    scores = np.asarray(scores, np.float64)
    corners = np.asarray(box, np.float64)
    return Track(track_id, corners, int(scores.argmax()), scores, 1, 1, 1)


@pytest.fixture(scope="session")
def make_track() -> Callable[..., Track]:
    """Maker of tracks: id, score of each class."""
    return track_of


@pytest.fixture
def make_state() -> Callable[..., LiveState]:
    """Maker of states of streams that have no source."""

    def make(*names: str, classes: Any = CLASSES, **others: Any) -> LiveState:
        clients = others.pop("clients", 32)
        sources = others.pop("sources", None) or dict.fromkeys(names or ("door",))
        thresholds = others.pop("thresholds", None) or Thresholds(len(classes))
        return LiveState(classes, sources, thresholds, Hub(clients), **others)

    return make


class Served:
    """A server in a thread, and a client for it."""

    def __init__(self, state: LiveState, token: str | None) -> None:
        from stal_plugin.apis.live_page.app import create_app
        from stal_plugin.apis.live_page.server import LiveServer, bound_socket

        self.state = state
        self._socket = bound_socket("127.0.0.1", 0)
        self.port = self._socket.getsockname()[1]
        self.server = LiveServer(create_app(state, Access(token)), state.hub)
        self._thread = Thread(target=self.server.run, args=([self._socket],))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def open(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> http.client.HTTPResponse:
        """Ask, and return the answer, which can be read bit by bit."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if body is not None:
            names.setdefault("content-type", "application/json")
            body = json.dumps(body)
        connection.request(method, path, body, names)
        return connection.getresponse()

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Return status, and the body: read as JSON, if it is."""
        return _read(self.open(path, **headers))

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        return _read(self.open(path, "POST", body, **headers))

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join()
        self._socket.close()


def _read(response: http.client.HTTPResponse) -> tuple[int, Any]:
    body = response.read()
    is_json = "json" in response.headers.get("content-type", "")
    return response.status, json.loads(body) if is_json else body


def messages_of(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-sent events: kind and data."""
    kind = ""
    for raw in response:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


@pytest.fixture(scope="session")
def messages() -> Callable[..., Iterator[tuple[str, Any]]]:
    return messages_of


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starter of servers of a state."""
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    running: list[Served] = []

    def start(state: LiveState, token: str | None = None) -> Served:
        running.append(Served(state, token))
        return running[-1]

    yield start
    for served in running:
        served.server.force_exit = True  # does not wait for answers that go on
        served.close()
