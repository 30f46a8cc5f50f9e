"""Video-mAP of tested videos."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log

from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.evaluation.protocol import (
    ThresholdSpec,
    get_protocol,
    threshold_groups,
)
from stal_plugin.evaluation.report import add_tube_scores, class_scores, class_table
from stal_plugin.evaluation.sample_record import (
    RecordMetric,
    SampleRecord,
    first_of_each_frame,
)
from stal_plugin.evaluation.video_ap import ground_truth_tubes
from stal_plugin.evaluation.video_scores import (
    VideoScores,
    check_linker,
    class_probabilities,
    video_scores,
)
from stal_plugin.registry import METRICS


@METRICS.register_module()
class VideoMAP(RecordMetric):
    """Video-mAP: detections are linked to tubes, tubes compared with the annotation's.

    Names of the scores: ``video-mAP@0.5`` (one per threshold). Ground-truth tubes are
    the runs of one person and action over the tested key frames. Frames, videos and
    classes are told apart by name; neither their order nor videos without a detection
    change the result. Classes that the metainfo names as ``unscored_classes`` are left
    out.

    Predictions come from ``pred_instances``, ground truth from the metainfo
    ``ann_boxes``, ``ann_labels`` and ``ann_person_ids``; all of these must be in the
    ``meta_keys`` of ``mmaction.PackActionInputs``.

    Args:
        iou_thrs: IoU thresholds; ``'0.5:0.95'`` is the mean over ten.
        protocol: Rule of the AP, one of ``PROTOCOLS``.
        linker: ``'viterbi'`` (YOWO's, offline), ``'act'`` or ``'moc'`` (greedy),
            ``'online'`` (that of live video).
        link_by: ``'score'``, or ``'class'``: the class probability without
            objectness, as YOWO does.
        max_gap: Key frames without the box that do not end a ground-truth tube.
        out_json: Json that the scores are added to, if any; ``FrameMAP`` writes it, so
            it stands first in the list of evaluators.
        collect_device: See mmengine's ``BaseMetric``.
        prefix: Put before the names of the scores.
    """

    def __init__(
        self,
        iou_thrs: ThresholdSpec = (0.2, 0.5, 0.75, "0.5:0.95"),
        protocol: str = "voc",
        linker: str = "viterbi",
        link_by: str = "score",
        max_gap: int = 0,
        out_json: str | None = None,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        threshold_groups(iou_thrs)  # a mistake shall not wait for the end of the test
        check_linker(linker)
        if link_by not in ("score", "class"):
            raise ValueError(f"link_by must be 'score' or 'class', got {link_by!r}")
        self.iou_thrs = iou_thrs
        self.protocol = get_protocol(protocol)
        self.linker = linker
        self.link_by = link_by
        self.max_gap = max_gap
        self.out_json = out_json

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep what is needed of each sample; see ``SampleRecord``.

        Raises:
            ValueError: A box of the ground truth has no person id.
        """
        super().process(data_batch, data_samples)
        for record in self.results[len(self.results) - len(data_samples) :]:
            if (record.gts.person_ids < 0).any():  # now, not at the end of a long test
                raise ValueError(
                    f"ground truth of video {record.video_id!r}, frame {record.frame} "
                    "has no person id (-1 or none): video-mAP needs the track of each "
                    "person. Annotate person_id, or take stal_plugin.VideoMAP out of "
                    "test_evaluator"
                )

    def compute_metrics(self, results: list[SampleRecord]) -> dict[str, float]:
        """Link, score and log.

        Args:
            results: Records of all processes.

        Returns:
            Scores by name, never NaN.
        """
        classes = self.class_names()
        records = first_of_each_frame(results)
        dets, gts = self.scored_tables(records)
        # records are ordered as the index orders them, so frame ids agree
        index = FrameIndex.build(
            np.array([r.video_id for r in records], object),
            np.array([r.frame for r in records], np.int64),
        )
        tubes = ground_truth_tubes(gts, index.videos, self.max_gap)
        if self.link_by == "class":
            dets = class_probabilities(dets)
        scores = video_scores(
            dets,
            tubes,
            index.videos,
            len(classes),
            self.iou_thrs,
            self.protocol,
            self.linker,
        )
        protocol = (
            f"{self.protocol.name}, linker {self.linker} by {self.link_by}, "
            f"{len(index.names)} videos, {len(scores.tubes)} tubes, "
            f"{scores.class_ap.num_gt.sum()} of ground truth"
        )
        _log(scores, classes, protocol)
        if self.out_json:
            per_class = class_scores(scores.class_ap, classes)
            prefix = f"{self.prefix}/" if self.prefix else ""
            metrics = {f"{prefix}{k}": v for k, v in scores.metrics.items()}
            add_tube_scores(self.out_json, metrics, per_class, protocol)
        return scores.metrics


def _log(scores: VideoScores, classes: Sequence[str], protocol: str) -> None:
    """Log the table and the scores with their protocol."""
    table = class_table(scores.class_ap, classes, "tubes per class", unit="tubes")
    values = "  ".join(f"{k} = {v:.4f}" for k, v in scores.metrics.items())
    print_log(f"\n{table}\n{values}\nprotocol: {protocol}", logger="current")
