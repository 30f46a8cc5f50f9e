"""The page: its address, and the run of a detector that it shows."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.live_page.access import Access, choose_token
from stal_plugin.apis.live_page.hub import Hub
from stal_plugin.apis.live_page.live_run import LiveRun
from stal_plugin.apis.live_page.live_state import LiveState
from stal_plugin.apis.live_page.thresholds import Thresholds
from stal_plugin.apis.many_streams import run_streams
from stal_plugin.apis.stream_metrics import StreamMetrics
from stal_plugin.apis.stream_result import StreamResult


class LivePage:
    """A page that shows what a detector sees, with a JSON API beside it.

    ::

        page = LivePage(port=8080)
        print(page.address)
        sources = live_sources({"door": "rtsp://..."})
        page.run(ActionDetector("best.pth", score_thr=0.05), sources)

    Args:
        host: Address of this computer; others than 127.0.0.1 need a token.
        port: 0: any that is free.
        token: See ``choose_token``.
        clients: Browsers that are served at a time.

    Raises:
        ImportError: FastAPI or uvicorn is not installed.
        ValueError: The address cannot be had, or the token is unfit.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8080,
        token: str | None = None,
        clients: int = 32,
    ) -> None:
        require_packages()
        from stal_plugin.apis.live_page.server import bound_socket, page_address

        token = choose_token(host, token)
        self.hub = Hub(clients)
        self._access = Access(token)
        self._socket: socket.socket = bound_socket(host, port)
        self.port: int = self._socket.getsockname()[1]
        #: What is opened in a browser; it holds the token, if there is one.
        self.address = page_address(host, self.port, token)
        self._server: Any = None

    def run(
        self,
        detector: ActionDetector,
        sources: Mapping[str, Any],
        score_thr: float = 0.3,
        fps: float = 10.0,
        width: int = 960,
        metrics: StreamMetrics | None = None,
    ) -> list[str]:
        """Detect and serve until Ctrl-C, or until all have ended and one has failed.

        Args:
            detector: Its ``score_thr`` is the lowest threshold that can be chosen.
            sources: By the names of the streams, see ``live_sources``.
            score_thr: Thresholds at first.
            fps: Pictures per second and stream, at most.
            width: Of the pictures, at most.
            metrics: Counts for Prometheus.

        Returns:
            Why streams have failed.

        Raises:
            KeyboardInterrupt: After Ctrl-C, when everything has ended.
        """
        from stal_plugin.apis.live_page.app import create_app
        from stal_plugin.apis.live_page.server import LiveServer

        thresholds = Thresholds(len(detector.classes), score_thr, detector.score_thr)
        multilabel = detector.config.multilabel
        state = LiveState(
            *(detector.classes, sources, thresholds, self.hub, multilabel, fps, width)
        )
        self._server = LiveServer(create_app(state, self._access), self.hub)

        def detect(srcs: Mapping[str, Any]) -> Iterator[StreamResult]:
            items = run_streams(detector, srcs)
            return metrics.counted(items, srcs) if metrics else items

        running = LiveRun(detect, sources, state, self.stop)
        running.start()
        try:
            with closing(self._socket):
                self._server.run([self._socket])
        finally:
            running.stop()
        return running.errors

    def stop(self) -> None:
        """End ``run``, from any thread."""
        if self._server is not None:
            self._server.should_exit = True


def require_packages() -> None:
    """Check that the packages of the extra ``live`` are there.

    Raises:
        ImportError: They are not.
    """
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"the live page needs the package {error.name}: pip install -e .[live]"
        ) from None
