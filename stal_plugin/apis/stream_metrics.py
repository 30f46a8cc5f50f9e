"""Numbers of streams for Prometheus, served on this computer."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.sources import Source
from stal_plugin.apis.stream_result import StreamResult
from stal_plugin.files.addresses import without_passwords

#: Upper ends of the bins of the latency, seconds.
BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: Only programs on this computer may read the numbers.
ADDRESS = "127.0.0.1"


class StreamMetrics:
    """Numbers of streams, each with the label ``stream``, in the form of Prometheus.

    A name that is an address is shown without its password. The numbers:

    ``stal_frames_total`` (looked at), ``stal_frames_skipped_total`` (only part of a
    clip), ``stal_frames_lost_total`` (dropped), ``stal_reconnects_total``,
    ``stal_stream_up`` (1 while it is connected), the histogram ``stal_latency_seconds``
    from the arrival of a frame to its result; and memory and processor time of the
    process (``process_*``, on Linux).

    Raises:
        ImportError: The package prometheus-client is not installed.
    """

    def __init__(self) -> None:
        client = _client()
        self.registry = client.CollectorRegistry()
        client.ProcessCollector(registry=self.registry)

        def counter(name: str, text: str) -> Any:
            return client.Counter(
                f"stal_{name}", text, ["stream"], registry=self.registry
            )

        self._frames = counter("frames", "Frames that were looked at")
        self._skipped = counter("frames_skipped", "Frames that only completed a clip")
        self._lost = counter("frames_lost", "Frames that were dropped")
        self._latency = client.Histogram(
            "stal_latency_seconds",
            "Seconds from the arrival of a frame to its result",
            ["stream"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._states = _SourceStates()
        self.registry.register(self._states)
        self._lost_before: dict[str, int] = {}
        self._server: tuple[Any, Any] | None = None

    def watch(self, stream: str, source: Source | None) -> None:
        """Show whether a stream is up, and how often it was connected again.

        Args:
            stream: Its name.
            source: Where its frames come from; None: it is not open.
        """
        label = without_passwords(stream)
        self._states.sources[label] = source
        for numbers in (self._frames, self._skipped, self._lost, self._latency):
            numbers.labels(label)  # 0 until there is more

    def observe(self, stream: str, result: FrameResult) -> None:
        """Count a result."""
        label = without_passwords(stream)
        self._frames.labels(label).inc()
        self._skipped.labels(label).inc(result.skipped)
        self._latency.labels(label).observe(result.latency)
        before = self._lost_before.get(label, 0)
        self._lost.labels(label).inc(max(0, result.lost - before))
        self._lost_before[label] = result.lost

    def counted(
        self, items: Iterable[StreamResult], sources: Mapping[str, Any]
    ) -> Iterator[StreamResult]:
        """Pass results of streams on, and count them.

        Args:
            items: Of ``run_streams``.
            sources: By the names of the streams; shown as up from the first result on.
        """
        for name in sources:
            self.watch(name, None)
        for item in items:
            if item.result is None:
                self.ended(item.stream)
            else:
                self.watch(item.stream, sources[item.stream])
                self.observe(item.stream, item.result)
            yield item

    def ended(self, stream: str) -> None:
        """Show a stream as down from now on."""
        self._states.ended.add(without_passwords(stream))

    def serve(self, port: int) -> int:
        """Answer on ``http://127.0.0.1:PORT/metrics`` until the program ends.

        Args:
            port: 0: any that is free.

        Returns:
            The port.

        Raises:
            ValueError: It is in use, or no port.
        """
        try:
            self._server = _client().start_http_server(
                port, ADDRESS, registry=self.registry
            )
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(
                f"metrics cannot be served at {ADDRESS}:{port}: {reason}"
            ) from None
        return int(self._server[0].server_port)

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            with suppress(OSError):
                self._server[0].shutdown()
                self._server[0].server_close()
            self._server = None


def served_metrics(port: int | None, process: int = 0) -> StreamMetrics | None:
    """Return numbers that are served at a port plus the process's number.

    Args:
        port: None: none are served.
        process: Of several, counted from 0.
    """
    if port is None:
        return None
    metrics = StreamMetrics()
    metrics.serve(port + process)
    return metrics


class _SourceStates:
    """What the sources themselves know, asked when somebody reads the numbers."""

    def __init__(self) -> None:
        self.sources: dict[str, Source | None] = {}
        self.ended: set[str] = set()

    def collect(self) -> list[Any]:
        """Return the families of numbers."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        up = GaugeMetricFamily(
            "stal_stream_up", "1 while the stream is connected", labels=["stream"]
        )
        reconnects = CounterMetricFamily(
            "stal_reconnects", "Times the stream was connected again", labels=["stream"]
        )
        for name, source in list(self.sources.items()):
            there = source is not None and getattr(source, "lost_since", None) is None
            up.add_metric([name], float(there and name not in self.ended))
            times = getattr(source, "num_reconnects", 0)
            reconnects.add_metric([name], float(times))
        return [up, reconnects]


def _client() -> Any:
    try:
        import prometheus_client
    except ImportError:
        raise ImportError(
            "--metrics needs the package prometheus-client: pip install -e .[metrics]"
        ) from None
    return prometheus_client
