"""What the metrics of tested key frames share: a record of each, from all processes."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table

_NEEDED = ("video_id", "frame", "original_shape", "ann_boxes", "ann_labels")


@dataclass(frozen=True)
class SampleRecord:
    """Detections and ground truth of one key frame, in single precision.

    Some 30 bytes per detection, since a test may make millions.

    Args:
        video_id: Name of the video.
        frame: 1-based key frame.
        split: Split that the frame belongs to; empty if unknown.
        shape: Height and width of the original video in pixels.
        dets: Detections, boxes in original pixels.
        gts: Ground truth, normalised boxes.
    """

    video_id: str
    frame: int
    split: str
    shape: tuple[int, int]
    dets: BoxTable
    gts: BoxTable

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
        boxes = _array(sample["ann_boxes"]).astype(np.float32).reshape(-1, 4)
        persons = _array(sample.get("ann_person_ids", np.full(len(boxes), -1)))
        return cls(
            video_id=str(sample["video_id"]),
            frame=int(sample["frame"]),
            split=str(sample.get("split", "")),
            shape=(int(height), int(width)),
            dets=_detections(sample["pred_instances"], name),
            gts=BoxTable.from_labels(
                np.zeros(len(boxes), np.int64),
                boxes,
                _array(sample["ann_labels"]),
                person_ids=persons.astype(np.int64),
            ),
        )


def first_of_each_frame(records: Sequence[SampleRecord]) -> list[SampleRecord]:
    """Drop repetitions of a key frame and sort by video, then frame.

    Distributed samplers repeat frames to give each process the same number.
    """
    first: dict[tuple[str, int], SampleRecord] = {}
    for record in records:
        first.setdefault((record.video_id, record.frame), record)
    return [first[key] for key in sorted(first)]


def to_tables(records: Sequence[SampleRecord]) -> tuple[BoxTable, BoxTable]:
    """Join the records of all frames.

    Args:
        records: F records.

    Returns:
        Detections and ground truth in original pixels; ``frames`` are positions in
        ``records``.
    """
    dets = _joined([record.dets for record in records])
    gts = _joined([record.gts for record in records])
    gt_boxes = gts.boxes.astype(np.float64) * _sizes(records)[gts.frames]
    return (
        replace(dets, boxes=dets.boxes.astype(np.float64)),
        replace(gts, boxes=gt_boxes),
    )


def to_predictions(records: Sequence[SampleRecord]) -> BoxTable:
    """Join the detections of all frames in the form of ``predictions.csv``."""
    dets = _joined([record.dets for record in records])
    ids = np.array([r.video_id for r in records], dtype=object)
    frames = np.array([r.frame for r in records], dtype=np.int64)
    return replace(
        dets,
        frames=frames[dets.frames],
        boxes=dets.boxes.astype(np.float64) / _sizes(records)[dets.frames],
        video_ids=ids[dets.frames],
    )


def _sizes(records: Sequence[SampleRecord]) -> np.ndarray:
    """``(F, 4)`` width, height, width, height of each frame."""
    shapes = np.array([r.shape for r in records], np.float64).reshape(-1, 2)
    return shapes[:, [1, 0, 1, 0]]


def _joined(tables: Sequence[BoxTable]) -> BoxTable:
    """Join tables; ``frames`` tell which of them a row came from."""
    frames = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    table = BoxTable.concat(tables)
    return replace(table, frames=frames, labels=table.labels.astype(np.int64))


def _detections(instances: Mapping[str, Any], name: str) -> BoxTable:
    """Take ``pred_instances``, checked while the name of the frame is known."""
    scores = _array(instances["scores"]).astype(np.float32)
    objectness = _array(instances.get("objectness", scores)).astype(np.float32)
    zeros = np.broadcast_to(np.int64(0), scores.shape)  # takes no memory
    dets = BoxTable(
        zeros,
        _array(instances["bboxes"]).astype(np.float32).reshape(-1, 4),
        _array(instances["labels"]).astype(np.int32),
        scores=scores,
        objectness=objectness,
        origins=zeros,
    )
    try:
        check_table(dets, "detections")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return dets


def _array(values: Any) -> np.ndarray:
    """Return a numpy array of a tensor on any device, or of anything like an array."""
    if hasattr(values, "detach"):
        values = values.detach().float() if values.is_floating_point() else values
        values = values.cpu().numpy()
    return np.asarray(values)


class RecordMetric(BaseMetric):
    """Collects records of the tested key frames from all processes.

    Samplers of distributed runs repeat frames to give each process the same number.
    mmengine cuts the collected list to the size of the data set, which is right only
    if the repetitions stand at its end. Here the whole list is kept, and
    ``first_of_each_frame`` removes repetitions by video and frame.
    """

    default_prefix = ""  # None would make mmengine warn

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the boxes of each sample; see ``SampleRecord``."""
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

    def scored_tables(
        self, records: Sequence[SampleRecord]
    ) -> tuple[BoxTable, BoxTable]:
        """Join the records of all frames, without the classes that are not scored.

        Args:
            records: F records.

        Returns:
            See :func:`to_tables`. Some data sets leave classes out of their published
            numbers; theirs have ``unscored_classes`` in their metainfo.
        """
        unscored = (self.dataset_meta or {}).get("unscored_classes", ())
        labels = [k for k, name in enumerate(self.class_names()) if name in unscored]
        dets, gts = (
            table.take(~np.isin(table.labels, labels)) for table in to_tables(records)
        )
        return dets, gts
