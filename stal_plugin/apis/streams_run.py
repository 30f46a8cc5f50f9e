"""A whole run of several sources to files, with its progress on the screen."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.action_events import ActionEvents
from stal_plugin.apis.interruption import Interruption
from stal_plugin.apis.many_streams import run_streams
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.prediction_run import columns
from stal_plugin.apis.run_tally import RunTally
from stal_plugin.apis.sources import Source
from stal_plugin.apis.stopwatch import RateMeter
from stal_plugin.apis.stream_metrics import StreamMetrics
from stal_plugin.apis.stream_result import StreamResult


@dataclass
class _Stream:
    """What a run knows of one of its streams."""

    events: ActionEvents
    tally: RunTally = field(default_factory=RunTally)
    source: Source | None = None
    outputs: Outputs | None = None
    error: str | None = None
    has_ended: bool = False
    is_closed: bool = False


@dataclass
class StreamsRun:
    """A whole run of several sources to files.

    Args:
        detector: The detector.
        outputs_of: Makes the outputs of a stream, at its first result.
        new_events: Makes what finds starts and ends of actions.
        console: Where the progress goes; default: standard error.
        metrics: Counts for Prometheus.
    """

    detector: ActionDetector
    outputs_of: Callable[[str, Source], Outputs]
    new_events: Callable[[], ActionEvents] = ActionEvents
    console: Console = field(default_factory=lambda: Console(stderr=True))
    metrics: StreamMetrics | None = None
    interrupt: Interruption = field(default_factory=Interruption)
    seconds: float = 0.0
    _streams: dict[str, _Stream] = field(default_factory=dict)

    def __call__(self, sources: Mapping[str, Callable[[], Source]]) -> None:
        """Run to the end of all sources.

        The files of a stream are complete when it ends. Ctrl-C passes through, and
        those of all others are complete then.

        Args:
            sources: For the name of each stream what opens its source.
        """
        self._streams = {name: _Stream(self.new_events()) for name in sources}
        opened = {name: self._opening(name, open_) for name, open_ in sources.items()}
        for name in sources:
            self._watch(name, None)
        started = time.perf_counter()
        try:
            self._run(opened, started)
        finally:
            self.interrupt.hold_off()
            self.seconds = time.perf_counter() - started
            with ExitStack() as stack:  # calls all of them, whatever happens
                for stream in self._streams.values():
                    stack.callback(_close, stream)

    def _run(self, sources: Mapping[str, Callable[[], Source]], started: float) -> None:
        meter = RateMeter()
        with (
            closing(run_streams(self.detector, sources)) as items,
            Progress(*columns(live=True), console=self.console) as progress,
        ):
            task = progress.add_task("", total=None, status="")
            for item in items:
                with self.interrupt.held_off():
                    self._take(item, time.perf_counter() - started)
                if item.result is not None:
                    status = self._status(meter.tick())
                    progress.update(task, advance=1, status=status)

    def _opening(self, name: str, opened: Callable[[], Source]) -> Callable[[], Source]:
        def opening() -> Source:
            source = opened()
            self._streams[name].source = source
            self._watch(name, source)
            return source

        return opening

    def _watch(self, name: str, source: Source | None) -> None:
        if self.metrics:
            self.metrics.watch(name, source)

    def _take(self, item: StreamResult, seconds: float) -> None:
        stream = self._streams[item.stream]
        stream.tally.seconds = seconds
        if item.result is None:
            stream.error, stream.has_ended = item.error, True
            if self.metrics:
                self.metrics.ended(item.stream)
            _close(stream)
            return
        if stream.outputs is None:
            assert stream.source is not None  # as it gave a frame
            stream.tally.num_frames = stream.source.num_frames
            stream.outputs = self.outputs_of(item.stream, stream.source)
        stream.outputs.write(item.result, stream.events.update(item.result))
        stream.tally.add(item.result)
        if self.metrics:
            self.metrics.observe(item.stream, item.result)

    def _status(self, fps: float) -> str:
        streams = self._streams.values()
        going_on = sum(not stream.has_ended for stream in streams)
        last = [s.tally.last for s in streams if s.tally.last is not None]
        latency = max(r.latency for r in last)
        lost = sum(r.lost for r in last)
        text = f"{going_on} of {len(streams)} streams  {fps:.1f} fps"
        text = f"{text}  latency up to {latency * 1000:.0f} ms"
        return f"{text}  {lost} lost" if lost else text

    @property
    def signal(self) -> int | None:
        """Number of the signal that ended the run."""
        return self.interrupt.signal

    def summary(self) -> str:
        """Return a line for each stream, and one for all."""
        lines = [f"{n}: {_line(stream)}" for n, stream in self._streams.items()]
        total = sum(stream.tally.num_results for stream in self._streams.values())
        rate = total / max(self.seconds, 1e-9)
        how = f"on {self.detector.device}, {self.detector.precision}"
        all_ = f"all together: {total} frames in {self.seconds:.1f} s"
        return "\n".join([*lines, f"{all_} ({rate:.1f} per second), {how}"])

    @property
    def written(self) -> list[Path]:
        """Files that are complete."""
        outputs = (stream.outputs for stream in self._streams.values())
        return [path for o in outputs if o is not None for path in o.written]

    @property
    def failures(self) -> dict[str, str]:
        """Why a stream failed, for each that did; also one without a frame."""
        reasons = {}
        for name, stream in self._streams.items():
            if stream.error or (stream.has_ended and not stream.tally.num_results):
                reasons[name] = stream.error or "it gave no frame"
        return reasons


def _line(stream: _Stream) -> str:
    text = stream.tally.line()
    return f"{text}; failed" if stream.error else text


def _close(stream: _Stream) -> None:
    """Make the files of a stream complete."""
    outputs = stream.outputs
    if outputs is None or stream.is_closed:
        return
    stream.is_closed = True
    with outputs:
        outputs.write_events(stream.events.close())
