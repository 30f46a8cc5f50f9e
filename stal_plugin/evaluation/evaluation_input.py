"""From files of boxes to the arrays that are evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.detections import Detections, GroundTruth


@dataclass(frozen=True)
class EvaluationInput:
    """Detections and ground truth of the same frames (F frames).

    Args:
        dets: Detections.
        gts: Ground truth; rows with the same frame, corners and person are one box
            with several labels.
        persons: ``(N,)`` person of each ground-truth box; -1 where unknown.
        index: The frames.
        sizes: ``(F, 2)`` width and height of each frame in pixels; NaN where unknown.
        in_pixels: Whether the boxes are in pixels, or normalised.
        outside: Rows of ground truth and of predictions that are on none of the
            frames, and were left out.
    """

    dets: Detections
    gts: GroundTruth
    persons: np.ndarray
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
    gt_table, det_table = truth.rows, predictions.rows
    gt_ids, det_ids = (
        index.ids(rows.video_ids, rows.frames) for rows in (gt_table, det_table)
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
    gt_boxes, det_boxes = (
        _scaled(file, ids, frame_sizes, to_pixels)
        for file, ids in ((truth, gt_ids), (predictions, det_ids))
    )
    gt_rows, det_rows = gt_ids >= 0, det_ids >= 0
    gts, persons = _ground_truth(
        *(gt_ids[gt_rows], gt_boxes),
        *(gt_table.labels[gt_rows], gt_table.person_ids[gt_rows]),
    )
    dets = Detections(
        det_ids[det_rows],
        det_boxes,
        det_table.labels[det_rows],
        det_table.scores[det_rows],
        det_table.objectness[det_rows],
    )
    outside = (int((~gt_rows).sum()), int((~det_rows).sum()))
    in_pixels = to_pixels or truth.in_pixels
    return EvaluationInput(dets, gts, persons, index, frame_sizes, in_pixels, outside)


def _all_frames(*files: BoxFile) -> FrameIndex:
    videos = [part for f in files for part in (f.rows.video_ids, f.listed_videos)]
    frames = [part for f in files for part in (f.rows.frames, f.listed_frames)]
    return FrameIndex.build(np.concatenate(videos), np.concatenate(frames))


def _scaled(
    file: BoxFile, ids: np.ndarray, sizes: np.ndarray, to_pixels: bool
) -> np.ndarray:
    """Boxes of the rows whose frame is evaluated."""
    rows = ids >= 0
    boxes = file.rows.boxes[rows]
    if file.in_pixels or not to_pixels:
        return boxes
    return boxes * sizes[ids[rows]][:, [0, 1, 0, 1]]


def _ground_truth(
    frame_ids: np.ndarray, boxes: np.ndarray, labels: np.ndarray, persons: np.ndarray
) -> tuple[GroundTruth, np.ndarray]:
    group = BoxTable(frame_ids, boxes, labels, person_ids=persons).groups()
    _, first = np.unique(group, return_index=True)
    gts = GroundTruth(frame_ids[first], boxes[first], group, labels)
    return gts, persons[first]
