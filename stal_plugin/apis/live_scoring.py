"""Score what a detector says of streams against the ground truth of videos."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.ava import read_ava_csv
from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.action_events import ActionEvents
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.line_files import PredictionFile
from stal_plugin.apis.person_tracker import PersonTracker
from stal_plugin.evaluation import PROTOCOLS, OnlineLinker, ground_truth_tubes
from stal_plugin.evaluation.evaluation_input import EvaluationInput, join_tables
from stal_plugin.evaluation.event_delays import TimedAction, event_delays
from stal_plugin.evaluation.frame_index import index_of_videos
from stal_plugin.evaluation.protocol_comparison import (
    ComparisonOptions,
    compare_protocols,
)


class LiveScores(NamedTuple):
    """How good live detection was.

    Attributes:
        frame_map: frame-mAP at an IoU of 0.5.
        video_map: video-mAP at 0.5 of the online linker's tubes.
        found: Actions that were reported.
        actions: All actions.
        false: Reports that fit no action.
        delay: Median seconds from the start of an action to its report; NaN if none
            was found.
    """

    frame_map: float
    video_map: float
    found: int
    actions: int
    false: int
    delay: float

    def cells(self) -> list[str]:
        """Texts for a table."""
        return [
            f"{self.frame_map:.3f}",
            f"{self.video_map:.3f}",
            f"{self.found} of {self.actions}",
            str(self.false),
            "-" if np.isnan(self.delay) else f"{self.delay:.2f}",
        ]


class ActionWatch:
    """Report the actions of a video, with the user's threshold.

    Args:
        video: Its name.
        det: The detector whose results are watched.
        score_thr: Of the detections that are reported.
    """

    def __init__(self, video: str, det: ActionDetector, score_thr: float) -> None:
        multilabel = score_thr if det.config.multilabel else None
        self.video, self.score_thr = video, score_thr
        self.events = ActionEvents(multilabel_thr=multilabel)
        self.tracker = PersonTracker(OnlineLinker(len(det.classes)))
        self.known: dict = {}
        self.ended: list = []

    def __call__(self, result: FrameResult, known: float | None = None) -> None:
        """Take in a result that has all detections.

        Args:
            result: Of the next frame.
            known: Seconds at which there was the result; default: those of the frame.
        """
        rows = result.scores >= self.score_thr
        columns = (result.boxes[rows], result.labels[rows], result.scores[rows])
        _, tracks = self.tracker.update(*columns)
        for event in self.events.update(replace(result, tracks=tracks)):
            if event.kind == "end":
                self.ended.append(event)
            else:
                when = result.time if known is None else known
                self.known[event.track_id, event.label, event.start] = when

    def reports(self) -> Iterator[TimedAction]:
        """Return the actions, at the end of the video."""
        for e in [*self.ended, *self.events.close()]:
            known = self.known[e.track_id, e.label, e.start]
            yield TimedAction(self.video, e.label, e.start, e.end, known)


class LiveScorer:
    """Compare predictions with the ground truth of a split.

    Args:
        header: Classes and videos.
        truth: The csv beside it.
        split: Name of the split.
    """

    def __init__(self, header: Annotation, truth: Path, split: str) -> None:
        self.header, self.truth = header, read_ava_csv(truth, False)
        self.index = index_of_videos(header.videos, [split])
        self.sizes = {k: (v.width, v.height) for k, v in header.videos.items()}

    def __call__(self, csv: Path, reports: Sequence[TimedAction]) -> LiveScores:
        """Score the predictions in a file and the reports of actions."""
        table = read_ava_csv(csv, True)
        inputs = join_tables(self.truth, table, self.index, self.sizes)
        options = ComparisonOptions(linker="online")
        names, rules = self.header.classes, [PROTOCOLS["voc"]]
        (scores,) = compare_protocols(inputs, names, rules, options).values()
        events = event_delays(reports, self._actions(inputs))
        delays = events.delays
        return LiveScores(
            float(scores.metrics["frame-mAP@0.5"]),
            float(scores.metrics["video-mAP@0.5"]),
            len(delays),
            len(delays) + events.num_missed,
            events.num_false,
            float(np.median(delays)) if len(delays) else float("nan"),
        )

    def _actions(self, inputs: EvaluationInput) -> list[TimedAction]:
        index = inputs.index
        tubes = ground_truth_tubes(inputs.gts, index.videos)
        ends = np.cumsum(tubes.lengths) - 1
        begins = ends - tubes.lengths + 1
        actions = []
        for label, *ids in zip(
            tubes.labels, tubes.frame_ids[begins], tubes.frame_ids[ends], strict=True
        ):
            video = index.names[index.videos[ids[0]]]
            fps = self.header.videos[video].fps
            first, last = ((index.frames[ids] - 1) / fps).tolist()
            actions.append(TimedAction(video, int(label), first, last, first))
        return actions


def write_results(csv: Path, results: Mapping[str, Iterable[FrameResult]]) -> None:
    """Write the results of videos as ``predictions.csv``; whole, or not at all.

    Args:
        csv: The file.
        results: Of each video by name; may be generators, which are used up.
    """
    file: Any = PredictionFile(csv, "", complete_at_end=True)
    with ExitStack() as stack:
        stack.callback(file.discard)
        for name, own in results.items():
            file.video_id = name
            for result in own:
                file.write(result)
        file.close()
        stack.pop_all()
