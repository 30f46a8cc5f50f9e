"""From files of boxes to the arrays that are evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table


@dataclass(frozen=True)
class EvaluationInput:
    """Detections and ground truth of the same frames (F frames).

    Args:
        dets: Detections; ``frames`` are ids of the index.
        gts: Ground truth; ``frames`` are ids of the index.
        index: The frames.
        sizes: ``(F, 2)`` width and height of each frame in pixels; NaN where unknown.
        in_pixels: Whether the boxes are in pixels, or normalised.
        outside: Rows of ground truth and of predictions that are on none of the
            frames, and were left out.
    """

    dets: BoxTable
    gts: BoxTable
    index: FrameIndex
    sizes: np.ndarray
    in_pixels: bool
    outside: tuple[int, int]

    @property
    def frame_areas(self) -> np.ndarray | None:
        """``(F,)`` area of each frame in the boxes' unit; None where unknown."""
        if not self.in_pixels:
            return np.ones(len(self.index))
        return None if np.isnan(self.sizes).any() else self.sizes.prod(1)

    def without(self, labels: Sequence[int]) -> "EvaluationInput":
        """Return the same without the boxes of some classes."""
        dets, gts = (
            table.take(~np.isin(table.labels, labels))
            for table in (self.dets, self.gts)
        )
        return replace(self, dets=dets, gts=gts)


def join_tables(
    truth: BoxFile,
    predictions: BoxFile,
    index: FrameIndex | None = None,
    sizes: Mapping[str, tuple[int, int]] | None = None,
    default_size: tuple[int, int] | None = None,
) -> EvaluationInput:
    """Bring ground truth and predictions together.

    Boxes become pixels where the sizes of the videos are known, and stay normalised
    where they are not, if both tables are normalised.

    Args:
        truth: Ground truth.
        predictions: BoxTable.
        index: Frames to evaluate; rows on others are left out and counted. Default:
            all frames that either table names.
        sizes: Width and height in pixels by video. Those in the tables count, too.
        default_size: Width and height of all other videos.

    Returns:
        The arrays.

    Raises:
        ValueError: One table is in pixels, the other normalised, and the size of a
            video is unknown.
    """
    index = index or _all_frames(truth, predictions)
    known = {**predictions.sizes, **truth.sizes, **(sizes or {})}
    unknown = (np.nan, np.nan) if default_size is None else default_size
    by_video = np.array([known.get(v, unknown) for v in index.names], np.float64)
    frame_sizes = by_video.reshape(-1, 2)[index.videos]
    gt_ids, det_ids = (
        index.ids(file.rows.video_ids, file.rows.frames)
        for file in (truth, predictions)
    )
    used = np.unique(np.concatenate([gt_ids, det_ids]))
    to_pixels = not np.isnan(frame_sizes[used[used >= 0]]).any()
    if truth.in_pixels != predictions.in_pixels and not to_pixels:
        name = index.names[index.videos[np.isnan(frame_sizes[:, 0])][0]]
        kind = "ground truth" if truth.in_pixels else "predictions"
        raise ValueError(
            f"the {kind} is in pixels, the other file normalised, and the size of "
            f"video {name!r} is unknown: give --videos or --size WIDTHxHEIGHT"
        )
    gts = _evaluated_rows(truth, gt_ids, frame_sizes, to_pixels)
    dets = _evaluated_rows(predictions, det_ids, frame_sizes, to_pixels)
    check_table(gts, "ground truth")
    check_table(dets, "detections")
    outside = (len(truth.rows) - len(gts), len(predictions.rows) - len(dets))
    in_pixels = to_pixels or truth.in_pixels
    return EvaluationInput(dets, gts, index, frame_sizes, in_pixels, outside)


def _all_frames(*files: BoxFile) -> FrameIndex:
    videos = [part for f in files for part in (f.rows.video_ids, f.listed_videos)]
    frames = [part for f in files for part in (f.rows.frames, f.listed_frames)]
    return FrameIndex.build(np.concatenate(videos), np.concatenate(frames))


def _evaluated_rows(
    file: BoxFile, frame_ids: np.ndarray, sizes: np.ndarray, to_pixels: bool
) -> BoxTable:
    """Rows whose frame is evaluated, by its id."""
    evaluated = frame_ids >= 0
    rows, frame_ids = file.rows.take(evaluated), frame_ids[evaluated]
    boxes = rows.boxes
    if to_pixels and not file.in_pixels:
        boxes = boxes * sizes[frame_ids][:, [0, 1, 0, 1]]
    return replace(rows, frames=frame_ids, boxes=boxes)


def check_overlap(
    inputs: EvaluationInput,
    tables: tuple[BoxFile, BoxFile],
    listed: Sequence[str] | None,
    files: tuple[str, str, str],
) -> None:
    """Refuse tables of which no row is evaluated: their scores would be 0 or nothing.

    Args:
        inputs: The tables, joined.
        tables: Ground truth and predictions, as they were read.
        listed: Names of all videos, if a file lists them.
        files: Names of the ground truth, of the predictions and of that file.

    Raises:
        ValueError: Names what differs, the videos' names or the frames, and the cure.
    """
    truth, predictions = (set(t.rows.video_ids.tolist()) for t in tables)
    known = truth | set(tables[0].listed_videos.tolist())
    if listed is not None:
        _check_names(truth, set(listed), files[0], files[2])
        known = set(listed)
    _check_names(predictions, known, files[1], files[0] if listed is None else files[2])
    evaluated = inputs.index.frames.tolist() or [0]
    joined = (inputs.gts, inputs.dets)
    for file, table, rows in zip(files[:2], tables, joined, strict=True):
        if len(table.rows) and not len(rows):
            first, last = table.rows.frames.min(), table.rows.frames.max()
            raise ValueError(
                f"no row of {file} (frames {first} to {last}) is on one of the "
                f"{len(inputs.index)} frames that are evaluated ({min(evaluated)} to "
                f"{max(evaluated)}): choose others with --split or --stride, or number "
                "the frames alike"
            )


def _check_names(names: set[str], known: set[str], file: str, other: str) -> None:
    if not names or not known or names & known:
        return

    def bare(name: str) -> str:
        return PurePosixPath(name.replace("\\", "/")).stem.lower()

    cure = "are these files of the same data set?"
    if {bare(name) for name in names} & {bare(name) for name in known}:
        cure = "without folder, suffix and capitals some agree: write them alike"
    raise ValueError(
        f"no video of {file} is in {other}: '{min(names)}' and {len(names) - 1} others "
        f"against '{min(known)}' and {len(known) - 1} others; {cure}"
    )
