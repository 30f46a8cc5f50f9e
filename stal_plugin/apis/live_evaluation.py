"""A detector on the videos of a split: frame by frame, and as if they came live."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.live_scoring import (
    ActionWatch,
    LiveScorer,
    LiveScores,
    write_results,
)
from stal_plugin.apis.sources import open_frames
from stal_plugin.apis.virtual_live import LiveRun, replayed, run_live, without_image
from stal_plugin.evaluation.event_delays import TimedAction


class LiveEvaluation:
    """Run one detector over the videos of a split, and score it.

    Args:
        det: The detector, with all detections (``score_thr=0``). Its stride may be
            changed between runs; then :meth:`frame_by_frame` comes first.
        scorer: Has the ground truth.
        folder: That the names of the videos' files start from.
        score_thr: Of the detections that make an action.
        clock: Seconds, for measuring.
    """

    def __init__(
        self,
        det: ActionDetector,
        scorer: LiveScorer,
        folder: Path,
        score_thr: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.det, self.scorer, self.clock = det, scorer, clock
        self.folder, self.score_thr = folder, score_thr
        self.videos = {name: scorer.header.videos[name] for name in scorer.index.names}
        #: Results of all frames of each video, without their images.
        self.every: dict[str, list[FrameResult]] = {}

    def frame_by_frame(self, csv: Path) -> tuple[LiveScores, float]:
        """Look at every frame, however long it takes.

        Args:
            csv: Where the predictions go.

        Returns:
            Scores, and seconds per frame with decoding.
        """
        reports: list[TimedAction] = []
        seconds = 0.0
        self.every = {}

        def results(name: str) -> Iterator[FrameResult]:
            nonlocal seconds
            info = self.videos[name]
            watch = ActionWatch(name, self.det, self.score_thr)
            own: list[FrameResult] = []
            self.every[name] = own
            begin = self.clock()
            path = self.folder / info.file
            for result in self.det(path, folder_fps=info.fps):
                yield result
                watch(result)
                own.append(without_image(result))
            seconds += self.clock() - begin
            reports.extend(watch.reports())

        write_results(csv, {name: results(name) for name in self.videos})
        count = sum(map(len, self.every.values()))
        return self.scorer(csv, reports), seconds / max(count, 1)

    def live(
        self, csv: Path, latency: float | None
    ) -> tuple[LiveScores, list[LiveRun]]:
        """Let the videos come live.

        Args:
            csv: Where goes what was known when each frame came.
            latency: Seconds for a prediction; None: as long as it takes.

        Returns:
            Scores, and the run of each video.
        """
        reports: list[TimedAction] = []
        runs = {name: self._run_live(name, latency) for name in self.videos}
        for name, run in runs.items():
            watch = ActionWatch(name, self.det, self.score_thr)
            for result, finished in zip(
                run.results, run.schedule.finished.tolist(), strict=True
            ):
                watch(result, finished)
            reports.extend(watch.reports())
        write_results(csv, {name: run.known() for name, run in runs.items()})
        return self.scorer(csv, reports), list(runs.values())

    def _run_live(self, name: str, latency: float | None) -> LiveRun:
        info = self.videos[name]
        arrivals = np.arange(info.num_frames) / info.fps
        if latency is not None and self.det.stride == 1:
            return replayed(self.every[name], arrivals, latency)
        path = self.folder / info.file
        source = open_frames(path, folder_fps=info.fps)
        return run_live(self.det, source, arrivals, latency, self.clock)
