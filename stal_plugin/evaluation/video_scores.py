"""Video-mAP from detections of frames, by name."""

from dataclasses import dataclass, replace

import numpy as np

from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.greedy_linker import GREEDY_RULES, greedy_tubes
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.evaluation.online_tubes import online_tubes
from stal_plugin.evaluation.protocol import (
    Protocol,
    ThresholdSpec,
    all_thresholds,
    group_means,
    threshold_groups,
)
from stal_plugin.evaluation.video_ap import video_ap
from stal_plugin.evaluation.viterbi_linker import viterbi_tubes
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import check_table
from stal_plugin.structures.tubes import Tubes

LINKERS = ("viterbi", *GREEDY_RULES, "online")
"""``'viterbi'`` is YOWO's, ``'act'`` and ``'moc'`` are greedy, ``'online'`` is ours."""


@dataclass(frozen=True)
class VideoScores:
    """Scores of tubes.

    Args:
        metrics: Scores by name, none of them NaN.
        class_ap: AP of each class.
        tubes: The tubes that were linked.
    """

    metrics: dict[str, float]
    class_ap: ClassAP
    tubes: Tubes


def video_scores(
    dets: BoxTable,
    gts: Tubes,
    videos: np.ndarray,
    num_classes: int,
    iou_thrs: ThresholdSpec,
    protocol: Protocol,
    linker: str = "viterbi",
) -> VideoScores:
    """Link detections to tubes and score them.

    Args:
        dets: Detections of all frames.
        gts: Ground-truth tubes.
        videos: ``(F,)`` video of each frame id; the frames of a video have ids in a
            row.
        num_classes: K.
        iou_thrs: See ``threshold_groups``.
        protocol: Rule of the AP.
        linker: One of ``LINKERS``.

    Returns:
        ``video-mAP@...`` for each threshold.

    Raises:
        ValueError: There is no such linker.
    """
    groups = threshold_groups(iou_thrs)
    thrs = all_thresholds(groups)
    tubes = link_tubes(dets, videos, num_classes, linker)
    result = video_ap(tubes, gts, videos, num_classes, thrs, protocol)
    scores = group_means(groups, thrs, result.mean)
    metrics = {f"video-mAP@{name}": score for name, score in scores.items()}
    return VideoScores(metrics, result, tubes)


def link_tubes(
    dets: BoxTable, videos: np.ndarray, num_classes: int, linker: str
) -> Tubes:
    """Link detections by the linker of a name; see :func:`video_scores`."""
    check_linker(linker)
    check_table(dets, "detections", num_classes)
    if linker == "viterbi":
        return viterbi_tubes(dets, videos, num_classes)
    if linker == "online":
        return online_tubes(dets, videos, OnlineLinker(num_classes))
    return greedy_tubes(dets, videos, num_classes, GREEDY_RULES[linker])


def check_linker(linker: str) -> None:
    """Require the name of a linker.

    Raises:
        ValueError: There is no such linker.
    """
    if linker not in LINKERS:
        raise ValueError(f"linker {linker!r}: allowed are {', '.join(LINKERS)}")


def class_probabilities(dets: BoxTable) -> BoxTable:
    """Divide the scores by the objectness, as YOWO does before it links.

    Args:
        dets: BoxTable whose score is objectness times class probability.

    Returns:
        The same with class probabilities as scores, 0 where the objectness is 0.

    Raises:
        ValueError: Every score equals its objectness: the detector has none.
    """
    if len(dets) and np.array_equal(dets.scores, dets.objectness):
        raise ValueError(
            "the detections have no objectness of their own (it equals the score), so "
            "class probabilities cannot be had. Link by the score"
        )
    scores, objectness = (v.astype(np.float64) for v in (dets.scores, dets.objectness))
    quotient = np.divide(
        scores, objectness, out=np.zeros(len(dets)), where=objectness > 0
    )
    return replace(dets, scores=quotient)
