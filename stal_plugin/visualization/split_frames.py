"""Annotation and predictions of the key frames of a split, addressed by frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.detections import Detections, GroundTruth


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
    detections: Detections
    truth: GroundTruth
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
        ranges = _ranges(annotation, splits)
        infos = [annotation.videos[video] for video in ranges]
        lengths = [last - first + 1 for first, last in ranges.values()]
        frames = cls(
            videos=list(ranges),
            first=np.array([first for first, _ in ranges.values()], np.int64),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            sizes=np.array([(info.width, info.height) for info in infos], np.float64),
            detections=_no_detections(),
            truth=GroundTruth.from_labels(*_no_boxes()),
            num_outside=0,
        )
        _check_predictions(annotation, predictions)
        ids = frames._number(predictions.video_ids, predictions.frames)
        rows = _sorted_rows(ids)
        detections = Detections(
            ids[rows],
            frames._pixels(ids[rows], predictions.boxes[rows]),
            predictions.labels[rows],
            predictions.scores[rows],
            predictions.objectness[rows],
        )
        num_outside = len(ids) - len(rows)
        ids = frames._number(annotation.rows.video_ids, annotation.rows.frames)
        rows = _sorted_rows(ids)
        truth = GroundTruth.from_labels(
            ids[rows],
            frames._pixels(ids[rows], annotation.rows.boxes[rows]),
            annotation.rows.labels[rows],
        )
        replaced = {
            "detections": detections,
            "truth": truth,
            "num_outside": num_outside,
        }
        return cls(**{**vars(frames), **replaced})

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def video_of(self, frame_ids: np.ndarray) -> np.ndarray:
        """Return the position in ``videos`` of each frame."""
        return np.searchsorted(self.offsets, frame_ids, "right") - 1

    def locate(self, frame_id: int) -> tuple[int, int]:
        """Return position in ``videos`` and 1-based frame number of a frame."""
        video = int(self.video_of(np.array([frame_id]))[0])
        return video, int(self.first[video] + frame_id - self.offsets[video])

    def _number(self, video_ids: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Return each row's frame id; -1 for rows outside of the split."""
        place = {video: i for i, video in enumerate(self.videos)}
        video = np.array([place.get(v, -1) for v in video_ids], np.int64)
        if not self.videos:
            return video
        ids = frames - self.first[video] + self.offsets[video]
        inside = (ids >= self.offsets[video]) & (ids < self.offsets[video + 1])
        return np.where((video >= 0) & inside, ids, -1)

    def _pixels(self, frame_ids: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return boxes * np.tile(self.sizes[self.video_of(frame_ids)], (1, 2))


def _ranges(
    annotation: Annotation, splits: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Find the key frames of the splits by video, in the annotation's order."""
    known = sorted({s for v in annotation.videos.values() for s in v.splits})
    if unknown := [split for split in splits if split not in known]:
        raise ValueError(f"no video has split {unknown[0]!r}; splits are {known}")
    found: dict[str, tuple[int, int]] = {}
    for video_id, info in annotation.videos.items():
        ranges = [info.frame_range(split) for split in splits]
        present = [frames for frames in ranges if frames is not None]
        if len(present) > 1:
            raise ValueError(
                f"video {video_id!r} has frames in several of the splits "
                f"{list(splits)}: draw one split at a time"
            )
        if present:
            found[video_id] = present[0]
    return found


def _check_predictions(annotation: Annotation, predictions: BoxTable) -> None:
    """Refuse predictions that were made with another annotation."""
    unknown = sorted(set(predictions.video_ids) - set(annotation.videos))
    if unknown:
        raise ValueError(
            f"the predictions name {len(unknown)} video(s) that the annotation does "
            f"not have, such as {unknown[0]!r}: the two files belong to different data"
        )
    num_classes = len(annotation.classes)
    if predictions.labels.max(initial=-1) >= num_classes:
        raise ValueError(
            f"the predictions hold action_id {predictions.labels.max() + 1}, but the "
            f"annotation has {num_classes} classes: the two belong to different data"
        )


def _sorted_rows(frame_ids: np.ndarray) -> np.ndarray:
    """Return the rows with a frame, sorted by it."""
    order = np.argsort(frame_ids, kind="stable")
    return order[np.searchsorted(frame_ids[order], 0) :]


def _no_boxes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    empty = np.zeros(0, np.int64)
    return empty, np.zeros((0, 4)), empty


def _no_detections() -> Detections:
    return Detections(*_no_boxes(), np.zeros(0), np.zeros(0))
