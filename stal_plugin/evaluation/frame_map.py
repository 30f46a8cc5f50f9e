"""The metric that tests and training runs report."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmengine.logging import print_log

from stal_plugin.annotations.predictions import write_predictions
from stal_plugin.evaluation.frame_scores import FrameDetails, FrameScores, frame_scores
from stal_plugin.evaluation.protocol import (
    ThresholdSpec,
    get_protocol,
    threshold_groups,
)
from stal_plugin.evaluation.report import (
    breakdown_table,
    class_scores,
    class_table,
    excluded_classes,
    protocol_line,
    write_metrics_json,
)
from stal_plugin.evaluation.sample_record import (
    RecordMetric,
    SampleRecord,
    first_of_each_frame,
    to_predictions,
)
from stal_plugin.registry import METRICS


@METRICS.register_module()
class FrameMAP(RecordMetric):
    """Frame-mAP, localization recall and classification accuracy of key frames.

    Names of the scores: ``frame-mAP@0.5`` (one per threshold); with YOWO's confidence
    threshold, objectness > 0.25: ``localization_recall``, ``classification_accuracy``,
    ``precision``, ``recall``, ``fscore``; and the same with ``@0.005`` behind for the
    other published definition (score > 0.005). A table per class and the protocol are
    logged. Classes without ground truth are left out of the mean and named, classes
    without detections count as 0, unless ``protocol`` says otherwise. A key frame that
    was tested twice counts once.

    If the dataset's metainfo names ``reversed_classes``, pairs of actions that show
    each other's motion backwards: ``frame-mAP@0.5(reversed)`` over those classes and
    ``swap_rate(reversed)``, how often one is taken for the other. With ``details``
    also ``frame-mAP@0.5(small)`` etc., ``frame-mAP@0.5(head)`` etc. and
    ``share@0.5(right)`` etc.; see ``FrameDetails``.

    If it names ``unscored_classes``, as those of AVA and MultiSports do, these are
    neither ground truth nor detections.

    Predictions come from ``pred_instances`` (original pixels), ground truth from the
    metainfo ``ann_boxes`` (normalised) and ``ann_labels`` (0-based, or multi-hot),
    class names from the dataset's ``classes``.

    Args:
        iou_thrs: One IoU threshold or several; ``'0.5:0.95'`` is the mean over ten.
        protocol: Rule of frame-mAP, one of ``PROTOCOLS`` (``'voc'``, ``'yowo'``,
            ``'act'``, ``'ava'``, ``'voc07'``, ``'yowov3'``).
        count_empty_frames: Whether detections on frames without any ground truth
            count as false positives in AP; default: as the protocol does.
        details: Arguments of ``FrameDetails``: which further scores to report.
        per_split: Also report every score per ``split`` of the samples, as
            ``frame-mAP@0.5[unseen]``.
        out_csv: Where to write the predictions, if anywhere.
        out_json: Where to write the scores, if anywhere.
        collect_device: See mmengine's ``BaseMetric``.
        prefix: Put before the names of the scores.
    """

    def __init__(
        self,
        iou_thrs: ThresholdSpec = 0.5,
        protocol: str = "voc",
        count_empty_frames: bool | None = None,
        details: Mapping[str, Any] | None = None,
        per_split: bool = False,
        out_csv: str | None = None,
        out_json: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        threshold_groups(iou_thrs)  # a mistake shall not wait for the end of the test
        self.iou_thrs = iou_thrs
        self.protocol = get_protocol(protocol)
        if count_empty_frames is not None:
            self.protocol = replace(
                self.protocol, count_empty_frames=count_empty_frames
            )
        self.details = FrameDetails(**(details or {}))
        self.per_split = per_split
        self.out_csv = out_csv
        self.out_json = out_json

    def compute_metrics(self, results: list[SampleRecord]) -> dict[str, float]:
        """Score all samples, log table and protocol, write the files.

        Args:
            results: Records of all processes.

        Returns:
            Scores by name, never NaN.
        """
        classes = self.class_names()
        records = first_of_each_frame(results)
        if self.out_csv:
            write_predictions(self.out_csv, to_predictions(records))
        scores, protocol = self._score(records, classes, "")
        metrics = dict(scores.metrics)
        splits = sorted({r.split for r in records}) if self.per_split else []
        for split in splits:
            part = [r for r in records if r.split == split]
            own = self._score(part, classes, f"[{split}]")[0].metrics
            metrics |= {f"{k}[{split}]": v for k, v in own.items()}
        if self.out_json:
            per_class = class_scores(scores.class_ap, classes)
            write_metrics_json(self.out_json, metrics, per_class, protocol)
        return metrics

    def _score(
        self, records: list[SampleRecord], classes: Sequence[str], suffix: str
    ) -> tuple[FrameScores, str]:
        """Score some records and log the result."""
        dets, gts = self.scored_tables(records)
        scores = frame_scores(
            dets,
            gts,
            classes,
            self.iou_thrs,
            self.protocol,
            self.details,
            np.array([r.shape[0] * r.shape[1] for r in records], np.float64),
            (self.dataset_meta or {}).get("reversed_classes", ()),
        )
        num_empty = sum(not len(r.gts) for r in records)
        protocol = protocol_line(
            scores.class_ap, len(records), num_empty, self.protocol
        )
        _log(scores, classes, protocol, suffix)
        return scores, protocol


def _log(
    scores: FrameScores, classes: Sequence[str], protocol: str, suffix: str
) -> None:
    """Log the table, the scores with their protocol, and what was left out."""
    result = scores.class_ap
    table = class_table(result, classes, f"per class {suffix}".rstrip())
    if scores.breakdown:
        shares = breakdown_table(scores.breakdown, classes, "shares in percent")
        table = f"{table}\n{shares}"
    values = "  ".join(f"{k}{suffix} = {v:.4f}" for k, v in scores.metrics.items())
    print_log(f"\n{table}\n{values}\nprotocol: {protocol}", logger="current")
    if not result.num_gt.any():
        print_log(
            f"there is no ground truth to evaluate{suffix}: frame-mAP is reported as "
            "0.0. Check the split of the test dataset",
            logger="current",
            level=logging.WARNING,
        )
    elif excluded := excluded_classes(result, classes):
        lack = "ground truth"
        if result.class_mean == "with detections":
            lack = "ground truth or no detections"
        print_log(
            f"not in the mean, no {lack}: {', '.join(excluded)}", logger="current"
        )
