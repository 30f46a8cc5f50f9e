"""Score live detection on videos with ground truth: eval_live.py GT CHECKPOINT.

Streams each video of a split, frame by frame as tools/predict.py does, once for each
stride, and shows what the stride costs: frame-mAP and video-mAP of the live tubes (IoU
0.5), how many actions were reported, how many reports fit no action, the median delay
of a report after the start of its action, and the time per frame.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stal_plugin.engine.cli import add_overwrite_argument, one_line_errors
from stal_plugin.files.output_files import check_outputs


class Run(NamedTuple):
    """What a run over all videos left."""

    csv: Path
    reports: list
    seconds: float
    num_frames: int


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("truth", metavar="GT", type=Path, help="annotations.csv; its json beside it")
    add("checkpoint", help="checkpoint file")
    add("--config", help="for a checkpoint that carries none")
    add("--split", default="test", help="default: test")
    add("--strides", type=int, nargs="+", default=[1, 2, 4, 8])
    add("--device", help="default: the best there is")
    add("--precision", choices=["fp32", "amp", "auto"], default="fp32")
    add(
        "--score-thr",
        type=float,
        default=0.3,
        help="of the reported actions; frames and tubes are scored with all detections",
    )
    add("--out", type=Path, help="folder for the predictions of each stride")
    add_overwrite_argument(parser)
    add("--debug", action="store_true", help="show the traceback of every error")
    return parser.parse_args()


def stream(det: Any, args: argparse.Namespace, videos: dict, csv: Path) -> Run:
    """Stream all videos and write the predictions."""
    from stal_plugin.apis import PredictionFile

    reports: list = []
    seconds, count = 0.0, 0
    file = PredictionFile(csv, "", complete_at_end=True)
    with ExitStack() as stack:
        stack.callback(file.discard)
        for name, info in videos.items():
            file.video_id = name
            path = args.truth.parent / info.file
            watch = Watch(name, det, args.score_thr)
            start = time.perf_counter()
            for result in det(path, folder_fps=info.fps):
                count += 1
                file.write(result)
                watch(result)
            seconds += time.perf_counter() - start
            reports += watch.reports()
        file.close()
        stack.pop_all()
    return Run(csv, reports, seconds, count)


class Watch:
    """Report the actions of a video, with the user's threshold."""

    def __init__(self, video: str, det: Any, score_thr: float) -> None:
        from stal_plugin.apis import ActionEvents
        from stal_plugin.apis.person_tracker import PersonTracker
        from stal_plugin.evaluation import OnlineLinker

        multilabel = score_thr if det.config.multilabel else None
        self.video, self.score_thr = video, score_thr
        self.events = ActionEvents(multilabel_thr=multilabel)
        self.tracker = PersonTracker(OnlineLinker(len(det.classes)))
        self.known: dict = {}
        self.ended: list = []

    def __call__(self, result: Any) -> None:
        """Take in a result that has all detections."""
        rows = result.scores >= self.score_thr
        columns = (result.boxes[rows], result.labels[rows], result.scores[rows])
        _, tracks = self.tracker.update(*columns)
        for event in self.events.update(replace(result, tracks=tracks)):
            if event.kind == "end":
                self.ended.append(event)
            else:
                self.known[event.track_id, event.label, event.start] = result.time

    def reports(self) -> Iterator[Any]:
        """Return the actions, at the end of the video."""
        from stal_plugin.evaluation.event_delays import TimedAction

        for e in [*self.ended, *self.events.close()]:
            known = self.known[e.track_id, e.label, e.start]
            yield TimedAction(self.video, e.label, e.start, e.end, known)


class Scorer:
    """Compare runs with the ground truth of a split."""

    def __init__(self, header: Any, truth: Path, split: str) -> None:
        from stal_plugin.annotations.importers.ava import read_ava_csv
        from stal_plugin.evaluation.frame_index import index_of_videos

        self.header, self.truth = header, read_ava_csv(truth, False)
        self.index = index_of_videos(header.videos, [split])
        self.sizes = {k: (v.width, v.height) for k, v in header.videos.items()}

    def __call__(self, run: Run) -> list[str]:
        """Return the cells of a table for a run."""
        from stal_plugin.annotations.importers.ava import read_ava_csv
        from stal_plugin.evaluation import PROTOCOLS
        from stal_plugin.evaluation.evaluation_input import join_tables
        from stal_plugin.evaluation.event_delays import event_delays
        from stal_plugin.evaluation.protocol_comparison import (
            ComparisonOptions,
            compare_protocols,
        )

        table = read_ava_csv(run.csv, True)
        inputs = join_tables(self.truth, table, self.index, self.sizes)
        options = ComparisonOptions(linker="online")
        names, rules = self.header.classes, [PROTOCOLS["voc"]]
        (scores,) = compare_protocols(inputs, names, rules, options).values()
        events = event_delays(run.reports, self._actions(inputs))
        delay = f"{np.median(events.delays):.2f}" if len(events.delays) else "-"
        return [
            f"{scores.metrics['frame-mAP@0.5']:.3f}",
            f"{scores.metrics['video-mAP@0.5']:.3f}",
            f"{len(events.delays)} of {len(events.delays) + events.num_missed}",
            str(events.num_false),
            delay,
            f"{1000 * run.seconds / max(run.num_frames, 1):.1f}",
        ]

    def _actions(self, inputs: Any) -> list:
        from stal_plugin.evaluation import ground_truth_tubes
        from stal_plugin.evaluation.event_delays import TimedAction

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


COLUMNS = (
    "stride",
    "frame-mAP",
    "video-mAP",
    "found",
    "false",
    "delay, s",
    "ms/frame",
)


@one_line_errors
def main() -> None:
    """Stream, evaluate, print a table."""
    args = parse_args()
    if args.out:
        files = [args.out / f"stride{stride}.csv" for stride in args.strides]
        check_outputs(files, (args.truth, args.checkpoint), args.overwrite)
    from rich.console import Console
    from rich.table import Table

    from stal_plugin.annotations.annotation_json import header_from_json
    from stal_plugin.apis import ActionDetector

    header = header_from_json(args.truth.with_suffix(".json"))
    scorer = Scorer(header, args.truth, args.split)
    videos = {name: header.videos[name] for name in scorer.index.names}
    det = ActionDetector(
        args.checkpoint,
        args.config,
        args.device,
        score_thr=0.0,
        precision=args.precision,
    )
    console = Console()
    table = Table(title=f"{len(videos)} videos of split {args.split} on {det.device}")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for det.stride in args.strides:
            csv = (args.out or Path(folder)) / f"stride{det.stride}.csv"
            with console.status(f"stride {det.stride}"):
                run = stream(det, args, videos, csv)
            table.add_row(str(det.stride), *scorer(run))
    console.print(table)


if __name__ == "__main__":
    main()
