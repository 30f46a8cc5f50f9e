"""Video-mAP of tested videos."""

from collections.abc import Sequence

import numpy as np
from mmengine.logging import print_log

from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.evaluation.ground_truth_tubes import ground_truth_tubes
from stal_plugin.evaluation.iou_thresholds import ThresholdSpec, threshold_groups
from stal_plugin.evaluation.protocol import get_protocol
from stal_plugin.evaluation.record_metric import RecordMetric
from stal_plugin.evaluation.report import class_table
from stal_plugin.evaluation.sample_record import (
    SampleRecord,
    first_of_each_frame,
    to_arrays,
)
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
    change the result.

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

    def compute_metrics(self, results: list[SampleRecord]) -> dict[str, float]:
        """Link, score and log.

        Args:
            results: Records of all processes.

        Returns:
            Scores by name, never NaN.
        """
        classes = self.class_names()
        records = first_of_each_frame(results)
        dets, gts = to_arrays(records)
        # records are ordered as the index orders them, so frame ids agree
        index = FrameIndex.build(
            np.array([r.video_id for r in records], object),
            np.array([r.frame for r in records], np.int64),
        )
        persons = np.concatenate([np.zeros(0, int), *(r.gt_persons for r in records)])
        tubes = ground_truth_tubes(gts, persons, index.videos, self.max_gap)
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
        self._log(scores, classes, len(index.names))
        return scores.metrics

    def _log(
        self, scores: VideoScores, classes: Sequence[str], num_videos: int
    ) -> None:
        result = scores.class_ap
        table = class_table(result, classes, "tubes per class", unit="tubes")
        values = "  ".join(f"{k} = {v:.4f}" for k, v in scores.metrics.items())
        print_log(
            f"\n{table}\n{values}\nprotocol: {self.protocol.name}, linker "
            f"{self.linker} by {self.link_by}, {num_videos} videos, "
            f"{len(scores.tubes)} tubes, {result.num_gt.sum()} of ground truth",
            logger="current",
        )
