"""SplitFrames: annotation and predictions of the key frames of a split, by frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stal_plugin.annotations import Annotation, check_predictions
from stal_plugin.annotations.annotation import splits_of
from stal_plugin.structures.box_table import BoxTable, indices_of
from stal_plugin.video import read_frames
from stal_plugin.visualization.box_overlay import BoxOverlay


@dataclass(frozen=True)
class SplitFrames:
    """All frames of a split, numbered through its videos (F frames).

    Args:
        videos: Ids of the videos that have frames in the split.
        first: ``(V,)`` first 1-based key frame of each video.
        offsets: ``(V + 1,)`` number of the first frame of each video; the last is F.
        sizes: ``(V, 2)`` width and height of the videos in pixels.
        detections: Rows sorted by frame; boxes in pixels of the video.
        truth: One box per (box, label), sorted by frame; boxes in pixels.
        num_outside: Predictions on frames of other splits, which are left out.
    """

    videos: list[str]
    first: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    detections: BoxTable
    truth: BoxTable
    num_outside: int

    @classmethod
    def build(
        cls, annotation: Annotation, predictions: BoxTable, splits: Sequence[str]
    ) -> "SplitFrames":
        """Number the frames of splits and sort rows by them.

        Args:
            annotation: The annotation.
            predictions: Detections on any of its frames.
            splits: Names of the splits; a video has frames in one of them at most.

        Raises:
            ValueError: A split or video is unknown, or an action id is too large.
        """
        ranges = _key_frame_ranges(annotation, splits)
        check_predictions(predictions, annotation)
        bounds = np.array(list(ranges.values()), np.int64).reshape(-1, 2)
        offsets = np.concatenate([[0], np.cumsum(bounds[:, 1] - bounds[:, 0] + 1)])
        infos = [annotation.videos[video] for video in ranges]
        sizes = np.array([(i.width, i.height) for i in infos], np.float64)
        none = BoxTable.empty()
        frames = cls(list(ranges), bounds[:, 0], offsets, sizes, none, none, 0)
        detections = frames._by_id(predictions)
        return replace(
            frames,
            detections=detections,
            truth=frames._by_id(annotation.rows),
            num_outside=len(predictions) - len(detections),
        )

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def video_of(self, frame_ids: np.ndarray) -> np.ndarray:
        """Return the position in ``videos`` of each frame."""
        return np.searchsorted(self.offsets, frame_ids, "right") - 1

    def locate(self, frame_id: int) -> tuple[int, int]:
        """Return position in ``videos`` and 1-based frame number of a frame."""
        video = int(self.video_of(np.array([frame_id]))[0])
        return video, int(self.first[video] + frame_id - self.offsets[video])

    def boxes_of(
        self,
        frame_id: int,
        size: tuple[int, int],
        classes: Sequence[str],
        score_thr: float,
    ) -> tuple[BoxOverlay, BoxOverlay]:
        """Return what to draw on a frame: predictions and ground truth.

        Args:
            frame_id: The frame.
            size: Width and height of the image to draw on, in pixels.
            classes: Names of the classes.
            score_thr: Predictions with a smaller score are not drawn.
        """
        video, _ = self.locate(frame_id)
        scale = np.tile(np.array(size) / self.sizes[video], 2)
        dets, truth = self.detections, self.truth
        rows = _rows_of(dets.frames, frame_id)
        predictions = BoxOverlay.of_predictions(
            dets.boxes[rows] * scale,
            dets.labels[rows],
            dets.scores[rows],
            classes,
            score_thr,
        )
        rows = _rows_of(truth.frames, frame_id)
        annotated = BoxOverlay.of_ground_truth(
            truth.boxes[rows] * scale, truth.labels[rows], classes
        )
        return predictions, annotated

    def decode(
        self, annotation: Annotation, root: Path, frame_ids: Sequence[int]
    ) -> Iterator[np.ndarray]:
        """Read frames of one video, one at a time.

        Args:
            annotation: Names the files of the videos.
            root: Folder that they are relative to.
            frame_ids: At least one; they should rise.

        Raises:
            FileNotFoundError: The video is missing.
        """
        video, _ = self.locate(frame_ids[0])
        info = annotation.videos[self.videos[video]]
        shift = int(self.first[video] - 1 - self.offsets[video])
        return read_frames(root / info.file, (i + shift for i in frame_ids))

    def _by_id(self, table: BoxTable) -> BoxTable:
        """Choose the rows on these frames, sorted by frame id, boxes in pixels."""
        video = indices_of(table.video_ids, self.videos)
        rows = np.flatnonzero(video >= 0)
        video = video[rows]
        ids = table.frames[rows] - self.first[video] + self.offsets[video]
        inside = (ids >= self.offsets[video]) & (ids < self.offsets[video + 1])
        ids, rows = ids[inside], rows[inside]
        order = np.argsort(ids, kind="stable")
        ids, chosen = ids[order], table.take(rows[order])
        boxes = chosen.boxes * np.tile(self.sizes[self.video_of(ids)], (1, 2))
        return replace(chosen, frames=ids, boxes=boxes)


def _key_frame_ranges(
    annotation: Annotation, splits: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Find the key frames of the splits by video, in the annotation's order."""
    known = splits_of(annotation.videos)
    if unknown := [split for split in splits if split not in known]:
        raise ValueError(f"no video has split {unknown[0]!r}; splits are {known}")
    result: dict[str, tuple[int, int]] = {}
    for video_id, info in annotation.videos.items():
        ranges = [info.frame_range(split) for split in splits]
        present = [frames for frames in ranges if frames is not None]
        if len(present) > 1:
            raise ValueError(
                f"video {video_id!r} has frames in several of the splits "
                f"{list(splits)}: draw one split at a time"
            )
        if present:
            result[video_id] = present[0]
    return result


def _rows_of(sorted_ids: np.ndarray, frame_id: int) -> slice:
    return slice(*np.searchsorted(sorted_ids, [frame_id, frame_id + 1]).tolist())
