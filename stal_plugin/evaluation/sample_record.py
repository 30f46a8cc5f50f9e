"""What the metrics of tested key frames share."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.detections import Detections, GroundTruth, label_rows

_NEEDED = ("video_id", "frame", "original_shape", "ann_boxes", "ann_labels")


@dataclass(frozen=True)
class SampleRecord:
    """Detections and ground truth of one key frame, as compact arrays.

    Args:
        video_id: Name of the video.
        frame: 1-based key frame.
        split: Split that the frame belongs to; empty if unknown.
        shape: Height and width of the original video in pixels.
        detections: ``(M, 7)`` float32: xyxy in original pixels, score, objectness
            and 0-based label.
        gt_boxes: ``(N, 4)`` float32, xyxy normalised.
        gt_labels: ``(R, 2)`` int32, index of a box and its 0-based label.
        gt_persons: ``(N,)`` int64 person of each box; -1 where unknown.
    """

    video_id: str
    frame: int
    split: str
    shape: tuple[int, int]
    detections: np.ndarray
    gt_boxes: np.ndarray
    gt_labels: np.ndarray
    gt_persons: np.ndarray

    @classmethod
    def from_data_sample(cls, sample: Mapping[str, Any]) -> "SampleRecord":
        """Take what is needed from a data sample that the model returned.

        Args:
            sample: Metainfo and ``pred_instances`` (bboxes in original pixels,
                scores, 0-based labels and, if there is one, objectness). Persons come
                from ``ann_person_ids``, if it is there.

        Raises:
            ValueError: Metainfo lacks a key, or a prediction is not finite.
        """
        missing = [key for key in _NEEDED if key not in sample]
        if missing:
            raise ValueError(
                f"data samples lack {missing}: add them to meta_keys of "
                f"mmaction.PackActionInputs in the test pipeline, which needs {_NEEDED}"
            )
        name = f"prediction for video {sample['video_id']!r}, frame {sample['frame']}"
        height, width = sample["original_shape"][:2]
        box_inds, labels = label_rows(_array(sample["ann_labels"]))
        gt_boxes = _array(sample["ann_boxes"]).astype(np.float32).reshape(-1, 4)
        unknown = np.full(len(gt_boxes), -1)
        return cls(
            video_id=str(sample["video_id"]),
            frame=int(sample["frame"]),
            split=str(sample.get("split", "")),
            shape=(int(height), int(width)),
            detections=_detection_rows(sample["pred_instances"], name),
            gt_boxes=gt_boxes,
            gt_labels=np.stack([box_inds, labels], 1).astype(np.int32),
            gt_persons=_array(sample.get("ann_person_ids", unknown)).astype(np.int64),
        )


def first_of_each_frame(records: Sequence[SampleRecord]) -> list[SampleRecord]:
    """Drop repetitions of a key frame and sort by video, then frame.

    Distributed samplers repeat frames to give each process the same number.
    """
    first: dict[tuple[str, int], SampleRecord] = {}
    for record in records:
        first.setdefault((record.video_id, record.frame), record)
    return [first[key] for key in sorted(first)]


def to_arrays(records: Sequence[SampleRecord]) -> tuple[Detections, GroundTruth]:
    """Join the records of all frames; frame ids are positions in ``records``."""
    rows, frame_ids = _joined([r.detections for r in records], 7)
    dets = Detections(
        frame_ids=frame_ids,
        boxes=rows[:, :4].astype(np.float64),
        labels=rows[:, 6].astype(np.int64),
        scores=rows[:, 4],
        objectness=rows[:, 5],
    )
    boxes, gt_frames = _joined([r.gt_boxes for r in records], 4)
    pairs, pair_frames = _joined([r.gt_labels for r in records], 2)
    counts = np.array([len(r.gt_boxes) for r in records], np.int64)
    first_box = np.cumsum(counts) - counts
    gts = GroundTruth(
        frame_ids=gt_frames,
        boxes=boxes.astype(np.float64) * _sizes(records)[gt_frames],
        box_inds=pairs[:, 0].astype(np.int64) + first_box[pair_frames],
        labels=pairs[:, 1].astype(np.int64),
    )
    return dets, gts


def to_predictions(records: Sequence[SampleRecord]) -> BoxTable:
    """Join the detections of all frames in the form of ``predictions.csv``."""
    rows, frame_ids = _joined([r.detections for r in records], 7)
    ids = np.array([r.video_id for r in records], dtype=object)
    frames = np.array([r.frame for r in records], dtype=np.int64)
    return BoxTable(
        frames=frames[frame_ids],
        boxes=rows[:, :4].astype(np.float64) / _sizes(records)[frame_ids],
        labels=rows[:, 6].astype(np.int64),
        video_ids=ids[frame_ids],
        scores=rows[:, 4],
        objectness=rows[:, 5],
    )


def _sizes(records: Sequence[SampleRecord]) -> np.ndarray:
    """``(F, 4)`` width, height, width, height of each frame."""
    shapes = np.array([r.shape for r in records], np.float64).reshape(-1, 2)
    return shapes[:, [1, 0, 1, 0]]


def _joined(parts: list[np.ndarray], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Stack ragged parts; also tell which part each row came from."""
    counts = [len(part) for part in parts]
    rows = np.concatenate(parts) if parts else np.zeros((0, width), np.float32)
    return rows, np.repeat(np.arange(len(parts)), counts)


def _detection_rows(instances: Mapping[str, Any], name: str) -> np.ndarray:
    """Pack ``pred_instances`` into ``(M, 7)`` float32, checked while its name is known.

    Single precision holds labels exactly up to 16 million.
    """
    scores = _array(instances["scores"]).astype(np.float32)
    objectness = _array(instances.get("objectness", scores)).astype(np.float32)
    boxes = _array(instances["bboxes"]).astype(np.float32).reshape(-1, 4)
    labels = _array(instances["labels"]).astype(np.int64)
    try:
        Detections(np.zeros(len(boxes), np.int64), boxes, labels, scores, objectness)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    columns = (boxes, scores[:, None], objectness[:, None], labels[:, None])
    return np.concatenate(columns, axis=1, dtype=np.float32, casting="unsafe")


def _array(values: Any) -> np.ndarray:
    """Return a numpy array of a tensor on any device, or of anything like an array."""
    if hasattr(values, "detach"):
        values = values.detach().float() if values.is_floating_point() else values
        values = values.cpu().numpy()
    return np.asarray(values)


class RecordMetric(BaseMetric):
    """Collects compact records of the tested key frames from all processes.

    Samplers of distributed runs repeat frames to give each process the same number.
    mmengine cuts the collected list to the size of the data set, which is right only
    if the repetitions stand at its end. Here the whole list is kept, and
    ``first_of_each_frame`` removes repetitions by video and frame.
    """

    default_prefix = ""  # None would make mmengine warn

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep compact arrays of each sample; see ``SampleRecord``."""
        self.results += [SampleRecord.from_data_sample(s) for s in data_samples]

    def evaluate(self, size: int) -> dict:
        """Compute the metrics over the records of all processes.

        Args:
            size: Length of the data set; not needed, see the class.

        Returns:
            Scores by name.
        """
        return super().evaluate(sys.maxsize)

    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, from the data set.

        Raises:
            ValueError: The data set names no classes.
        """
        if not (self.dataset_meta and self.dataset_meta.get("classes")):
            raise ValueError(
                f"{type(self).__name__} needs the class names: the dataset's metainfo "
                "must have 'classes' (stal_plugin.AgotDataset sets it)"
            )
        return tuple(self.dataset_meta["classes"])
