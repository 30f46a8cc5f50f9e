"""A whole run from a source to files, with its progress on the screen."""

import time
from contextlib import closing
from dataclasses import dataclass, field
from signal import SIGINT
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.action_events import ActionEvents
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.sources import Source
from stal_plugin.apis.stopwatch import RateMeter


@dataclass
class PredictionRun:
    """A whole run from a source to files, with its progress on the screen.

    Args:
        detector: The detector.
        events: Finds starts and ends of actions.
        console: Where the progress goes; default: standard error.
    """

    detector: ActionDetector
    events: ActionEvents = field(default_factory=ActionEvents)
    console: Console = field(default_factory=lambda: Console(stderr=True))
    num_results: int = 0
    num_detections: int = 0
    last: FrameResult | None = None
    num_frames: int | None = None  # of a source that was not read to its end
    seconds: float = 0.0
    signal: int | None = None  # that ended the run
    _writing: bool = False
    _interrupted: bool = False

    def interrupt(self, number: int = SIGINT, *_: object) -> None:
        """Handle a signal: stop now, but not within the writing of a result.

        At the end of the run, when files are closed, nothing is stopped any more.

        Args:
            number: Of the signal.

        Raises:
            KeyboardInterrupt: Now, or when the result is written.
        """
        self.signal = number
        if not self._writing:
            raise KeyboardInterrupt
        self._interrupted = True

    def __call__(self, source: Source, outputs: Outputs) -> None:
        """Run to the end of the source, or until a window is closed.

        An error or Ctrl-C passes through; what was found before is written.

        Args:
            source: An open source.
            outputs: Where results go, inside its ``with`` statement.
        """
        meter, started = RateMeter(), time.perf_counter()
        results = self.detector.run(source)
        self.num_frames = source.num_frames
        with (
            closing(results),
            Progress(*_columns(source.live), console=self.console) as progress,
        ):
            task = progress.add_task("", total=source.num_frames, status="")
            try:
                for result in results:
                    status = status_line(result, meter.tick(), source.live)
                    events = self.events.update(result)
                    progress.update(task, completed=result.frame, status=status)
                    on_picture = status.replace("  ", "\n") if source.live else ""
                    if not self._write(outputs, result, events, on_picture):
                        break
                else:
                    self.num_frames = None
            finally:
                self._writing = True  # until the caller has closed the outputs
                outputs.write_events(self.events.close())
                self.seconds = time.perf_counter() - started

    def _write(self, outputs: Outputs, *result: Any) -> bool:
        self._writing = True
        try:
            go_on = outputs.write(*result)
        finally:
            self._writing = False
        self.num_results, self.last = self.num_results + 1, result[0]
        self.num_detections += len(result[0])
        if self._interrupted:
            raise KeyboardInterrupt
        return go_on

    def summary(self) -> str:
        """Return one line about what was done, two if nothing was detected."""
        if self.last is None:
            return "no frame was read"
        rate = self.num_results / max(self.seconds, 1e-9)
        frames = self.num_frames or self.last.frame
        text = f"{self.num_results} of {frames} frames in {self.seconds:.1f} s"
        lost = f", {self.last.lost} lost" if self.last.lost else ""
        how = f"{self.detector.device}, {self.detector.precision}"
        done = f"{text} ({rate:.1f} per second){lost}, on {how}"
        if self.num_detections:
            return done
        thr = self.detector.score_thr
        return f"{done}\nno action reached score {thr:g}; --score-thr lowers the bar"


def status_line(result: FrameResult, fps: float, live: bool) -> str:
    """Tell how fast a run is.

    Args:
        result: The last result.
        fps: Results per second.
        live: Whether latency and skipped frames matter.
    """
    text = f"{fps:.1f} fps"
    if not live:
        return text
    lost = f"  {result.lost} lost" if result.lost else ""
    latency = f"latency {result.latency * 1000:.0f} ms"
    return f"{text}  {latency}  {result.skipped} skipped{lost}"


def _columns(live: bool) -> tuple[ProgressColumn, ...]:
    status = TextColumn("{task.fields[status]}")
    if live:
        return (TextColumn("frame {task.completed:.0f}"), status, TimeElapsedColumn())
    left = TextColumn("left:")
    return (BarColumn(), MofNCompleteColumn(), status, left, TimeRemainingColumn())
