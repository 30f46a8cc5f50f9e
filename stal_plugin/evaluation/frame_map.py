"""The metric that tests and training runs report."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from stal_plugin.datasets.formats.predictions import write_predictions
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.frame_ap import FrameAP, drop_unlabelled_frames, frame_ap
from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.localization import localization_scores, one_row_per_box
from stal_plugin.evaluation.report import (
    class_scores,
    class_table,
    excluded_classes,
    protocol_line,
    write_metrics_json,
)
from stal_plugin.evaluation.sample_record import (
    SampleRecord,
    first_of_each_frame,
    to_arrays,
    to_predictions,
)
from stal_plugin.evaluation.suppression import suppress_overlaps
from stal_plugin.registry import METRICS

# published definitions: suffix of the names, confidence that is compared, threshold
_LOCALIZATION = (("", "objectness", 0.25), ("@0.005", "score", 0.005))


@METRICS.register_module()
class FrameMAP(BaseMetric):
    """Frame-mAP, localization recall and classification accuracy of key frames.

    Names of the scores: ``frame-mAP@0.5`` (one per threshold); with YOWO's confidence
    threshold, objectness > 0.25: ``localization_recall``, ``classification_accuracy``,
    ``precision``, ``recall``, ``fscore``; and the same with ``@0.005`` behind for the
    other published definition (score > 0.005). A table per class and the protocol are
    logged. Classes without ground truth are left out of the mean and named, classes
    without detections count as 0. A key frame that was tested twice counts once.

    Predictions come from ``pred_instances`` (original pixels), ground truth from the
    metainfo ``ann_boxes`` (normalised) and ``ann_labels`` (0-based, or multi-hot),
    class names from the dataset's ``classes``.

    Args:
        iou_thrs: One IoU threshold or several.
        count_empty_frames: Whether detections on frames without any ground truth
            count as false positives in AP.
        per_split: Also report every score per ``split`` of the samples, as
            ``frame-mAP@0.5[unseen]``.
        out_csv: Where to write the predictions, if anywhere.
        out_json: Where to write the scores, if anywhere.
        collect_device: See mmengine's ``BaseMetric``.
        prefix: Put before the names of the scores.
    """

    default_prefix = ""  # None would make mmengine warn

    def __init__(
        self,
        iou_thrs: float | Sequence[float] = 0.5,
        count_empty_frames: bool = True,
        per_split: bool = False,
        out_csv: str | None = None,
        out_json: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.iou_thrs = tuple(np.atleast_1d(iou_thrs).tolist())
        self.count_empty_frames = count_empty_frames
        self.per_split = per_split
        self.out_csv = out_csv
        self.out_json = out_json

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep compact arrays of each sample; see ``SampleRecord``."""
        self.results += [SampleRecord.from_data_sample(s) for s in data_samples]

    def compute_metrics(self, results: list[SampleRecord]) -> dict[str, float]:
        """Score all samples, log table and protocol, write the files.

        Args:
            results: Records of all processes.

        Returns:
            Scores by name, never NaN.
        """
        classes = self._classes()
        records = first_of_each_frame(results)
        if self.out_csv:
            write_predictions(self.out_csv, to_predictions(records))
        metrics, result, protocol = self._score(records, classes, "")
        splits = sorted({r.split for r in records}) if self.per_split else []
        for split in splits:
            part = [r for r in records if r.split == split]
            metrics.update(self._score(part, classes, f"[{split}]")[0])
        if self.out_json:
            per_class = class_scores(result, classes)
            write_metrics_json(self.out_json, metrics, per_class, protocol)
        return metrics

    def _classes(self) -> tuple[str, ...]:
        if not (self.dataset_meta and self.dataset_meta.get("classes")):
            raise ValueError(
                "FrameMAP needs the class names: the dataset's metainfo must have "
                "'classes' (stal_plugin.AgotDataset sets it)"
            )
        return tuple(self.dataset_meta["classes"])

    def _score(
        self, records: list[SampleRecord], classes: Sequence[str], suffix: str
    ) -> tuple[dict[str, float], FrameAP, str]:
        """Score some records and log the result."""
        dets, gts = to_arrays(records)
        result = self._frame_ap(dets, gts, len(classes))
        means = zip(self.iou_thrs, result.mean, strict=True)
        metrics = {f"frame-mAP@{thr:g}": float(value) for thr, value in means}
        boxes = suppress_overlaps(one_row_per_box(dets))
        for name, confidence, thr in _LOCALIZATION:
            scores = localization_scores(boxes, gts, len(classes), thr, confidence)
            metrics |= {f"{k}{name}": v for k, v in scores.ratios().items()}
        num_empty = sum(not len(r.gt_boxes) for r in records)
        protocol = protocol_line(
            result, len(records), num_empty, self.count_empty_frames
        )
        _log(result, classes, metrics, protocol, suffix)
        return {f"{k}{suffix}": v for k, v in metrics.items()}, result, protocol

    def _frame_ap(self, dets: Detections, gts: GroundTruth, num: int) -> FrameAP:
        if not self.count_empty_frames:
            dets = drop_unlabelled_frames(dets, gts)
        return frame_ap(dets, gts, num, self.iou_thrs)


def _log(
    result: FrameAP,
    classes: Sequence[str],
    metrics: dict[str, float],
    protocol: str,
    suffix: str,
) -> None:
    """Log the table, the scores with their protocol, and what was left out."""
    table = class_table(result, classes, f"per class {suffix}".rstrip())
    scores = "  ".join(f"{k}{suffix} = {v:.4f}" for k, v in metrics.items())
    print_log(f"\n{table}\n{scores}\n{protocol}", logger="current")
    if not result.num_gt.any():
        print_log(
            f"there is no ground truth to evaluate{suffix}: frame-mAP is reported as "
            "0.0. Check the split of the test dataset",
            logger="current",
            level=logging.WARNING,
        )
    elif excluded := excluded_classes(result, classes):
        names = ", ".join(excluded)
        print_log(f"not in the mean, no ground truth: {names}", logger="current")
