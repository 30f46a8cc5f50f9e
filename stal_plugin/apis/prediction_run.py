"""A whole run from a source to files, with its progress on the screen."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
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
from stal_plugin.apis.interruption import Interruption
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.run_tally import RunTally
from stal_plugin.apis.sources import Source
from stal_plugin.apis.stopwatch import RateMeter


@dataclass
class PredictionRun:
    """A whole run from a source to files, with its progress on the screen.

    Args:
        detector: The detector.
        events: Finds starts and ends of actions.
        console: Where the progress goes; default: standard error.
        observe: Called with each result, when it is written.
    """

    detector: ActionDetector
    events: ActionEvents = field(default_factory=ActionEvents)
    console: Console = field(default_factory=lambda: Console(stderr=True))
    observe: Callable[[FrameResult], None] | None = None
    tally: RunTally = field(default_factory=RunTally)
    #: To be called at a signal; knows the one that ended the run.
    interrupt: Interruption = field(default_factory=Interruption)

    def __call__(self, source: Source, outputs: Outputs) -> None:
        """Run to the end of the source, or until a window is closed.

        An error or Ctrl-C passes through; what was found before is written.

        Args:
            source: An open source.
            outputs: Where results go, inside its ``with`` statement.
        """
        meter, started = RateMeter(), time.perf_counter()
        results = self.detector.run(source)
        self.tally.num_frames = source.num_frames
        with (
            closing(results),
            Progress(*columns(source.live), console=self.console) as progress,
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
                    self.tally.num_frames = None
            finally:
                self.interrupt.hold_off()  # until the caller has closed the outputs
                outputs.write_events(self.events.close())
                self.tally.seconds = time.perf_counter() - started

    def _write(self, outputs: Outputs, result: FrameResult, *others: Any) -> bool:
        with self.interrupt.held_off():
            go_on = outputs.write(result, *others)
            self.tally.add(result)
            if self.observe:
                self.observe(result)
        return go_on

    @property
    def num_results(self) -> int:
        """Frames that were looked at."""
        return self.tally.num_results

    @property
    def last(self) -> FrameResult | None:
        """The last result."""
        return self.tally.last

    @property
    def signal(self) -> int | None:
        """Number of the signal that ended the run."""
        return self.interrupt.signal

    def summary(self) -> str:
        """Return one line about what was done, two if nothing was detected."""
        if self.tally.last is None:
            return self.tally.line()
        how = f"{self.detector.device}, {self.detector.precision}"
        done = f"{self.tally.line()}, on {how}"
        if self.tally.num_detections:
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


def columns(live: bool) -> tuple[ProgressColumn, ...]:
    """Return what the progress shows: of live sources no end is known."""
    status = TextColumn("{task.fields[status]}")
    if live:
        return (TextColumn("frame {task.completed:.0f}"), status, TimeElapsedColumn())
    left = TextColumn("left:")
    return (BarColumn(), MofNCompleteColumn(), status, left, TimeRemainingColumn())
