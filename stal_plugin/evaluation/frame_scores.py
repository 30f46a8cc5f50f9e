"""All scores of key frames, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown, error_breakdown
from stal_plugin.evaluation.frame_ap import SIZE_EDGES, frame_ap, size_ap
from stal_plugin.evaluation.localization import (
    candidate_boxes,
    localization_scores,
    swap_rate,
)
from stal_plugin.evaluation.protocol import (
    Protocol,
    ThresholdSpec,
    all_thresholds,
    group_means,
    threshold_groups,
)
from stal_plugin.structures.box_table import BoxTable


@dataclass(frozen=True)
class FrameDetails:
    """Further scores of key frames, all off by default.

    Args:
        by_size: Frame-mAP of small, medium and large boxes.
        size_edges: Where medium and large begin, as fractions of the frame's area.
        by_frequency: Frame-mAP of the most frequent, the middle and the rarest third
            of the classes.
        class_counts: Training boxes of each class, for ``by_frequency``; without them
            the ground truth is counted.
        breakdown: Shares of right, wrong and missed, see ``error_breakdown``; at IoU
            0.5, or at the smallest threshold if that is not among them.
        min_gt_width: Ground truth narrower than this many pixels is left out of
            localization recall and its kin (not of AP); YOWO's tests leave out what is
            narrower than 8.
    """

    by_size: bool = False
    size_edges: tuple[float, float] = SIZE_EDGES
    by_frequency: bool = False
    class_counts: Sequence[int] | None = None
    breakdown: bool = False
    min_gt_width: float = 0.0


# published definitions: suffix of the names, confidence that is compared, threshold
LOCALIZATION = (("", "objectness", 0.25), ("@0.005", "score", 0.005))


@dataclass(frozen=True)
class FrameScores:
    """Scores of key frames.

    Args:
        metrics: Scores by name, none of them NaN.
        class_ap: AP of each class.
        breakdown: Shares of each class, if asked for.
    """

    metrics: dict[str, float]
    class_ap: ClassAP
    breakdown: ErrorBreakdown | None


def frame_scores(
    dets: BoxTable,
    gts: BoxTable,
    classes: Sequence[str],
    iou_thrs: ThresholdSpec,
    protocol: Protocol,
    details: FrameDetails | None = None,
    frame_areas: np.ndarray | None = None,
    reversed_classes: Sequence[tuple[str, str]] = (),
) -> FrameScores:
    """Compute the scores that ``FrameMAP`` reports.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames.
        classes: Names of the K classes.
        iou_thrs: See ``threshold_groups``.
        protocol: Rule of frame-mAP. Localization recall and its kin have their own.
        details: Further scores.
        frame_areas: ``(F,)`` area of each frame in square pixels, for
            ``details.by_size``.
        reversed_classes: Pairs of classes that show each other's motion backwards;
            if there are any, their frame-mAP and rate of confusion are reported.

    Returns:
        The scores, by the names in the docstring of ``FrameMAP``. The mAP of a size or
        group of classes without ground truth is left out.

    Raises:
        ValueError: ``details.by_size`` without ``frame_areas``.
    """
    details = details or FrameDetails()
    groups = threshold_groups(iou_thrs)
    thrs = all_thresholds(groups)
    tables = dets, gts, len(classes)
    result = frame_ap(*tables, thrs, protocol)
    boxes = candidate_boxes(dets)
    metrics = _named(group_means(groups, thrs, result.mean))
    metrics |= localization_metrics(boxes, *tables[1:], details.min_gt_width)
    parts: dict[str, np.ndarray] = {}
    if details.by_size:
        if frame_areas is None:
            raise ValueError("AP by size needs the sizes of the frames")
        sizes = size_ap(*tables, frame_areas, thrs, protocol, details.size_edges)
        parts |= {name: own.mean for name, own in sizes.items() if own.num_gt.any()}
    parts |= _means_of_groups(result, classes, details, reversed_classes)
    for name, means in parts.items():
        metrics |= _named(group_means(groups, thrs, means), f"({name})")
    if reversed_classes:
        partners = paired_labels(classes, reversed_classes)
        metrics["swap_rate(reversed)"] = swap_rate(boxes, gts, partners)
    breakdown = None
    if details.breakdown:
        thr = 0.5 if 0.5 in thrs else thrs[0]
        breakdown = error_breakdown(*tables, thr, protocol)
        shares = breakdown.mean().items()
        metrics |= {f"share@{thr:g}({name})": value for name, value in shares}
    return FrameScores(metrics, result, breakdown)


def _named(scores: Mapping[str, float], part: str = "") -> dict[str, float]:
    return {f"frame-mAP@{name}{part}": score for name, score in scores.items()}


def _means_of_groups(
    result: ClassAP,
    classes: Sequence[str],
    details: FrameDetails,
    reversed_classes: Sequence[tuple[str, str]],
) -> dict[str, np.ndarray]:
    """Means ``(I,)`` over the groups of classes that have ground truth, by name."""
    groups: dict[str, np.ndarray] = {}
    if details.by_frequency:
        counts = result.num_gt if details.class_counts is None else details.class_counts
        groups |= frequency_groups(np.asarray(counts), result.num_gt)
    if reversed_classes:
        paired = paired_labels(classes, reversed_classes) >= 0
        groups["reversed"] = result.in_mean & paired
    return {
        name: result.mean_over(group)
        for name, group in groups.items()
        if result.num_gt[group].any()
    }


def localization_metrics(
    boxes: BoxTable,
    gts: BoxTable,
    num_classes: int,
    min_gt_width: float = 0.0,
) -> dict[str, float]:
    """Compute localization recall and its kin by both published definitions.

    Args:
        boxes: See ``localization_scores``.
        gts: Ground truth of all frames.
        num_classes: K.
        min_gt_width: See ``localization_scores``.
    """
    metrics: dict[str, float] = {}
    for suffix, confidence, thr in LOCALIZATION:
        scores = localization_scores(
            boxes, gts, num_classes, thr, confidence, min_gt_width=min_gt_width
        )
        metrics |= {f"{k}{suffix}": v for k, v in scores.ratios().items()}
    return metrics


FREQUENCY_NAMES = ("head", "middle", "tail")


def frequency_groups(counts: np.ndarray, num_gt: np.ndarray) -> dict[str, np.ndarray]:
    """Split the evaluated classes into thirds by frequency.

    Args:
        counts: ``(K,)`` boxes of each class in training, or those of the ground truth
            itself. Of equal counts the class that comes first is the more frequent.
        num_gt: ``(K,)`` ground truth of each class; classes without are in no group.

    Returns:
        ``(K,)`` bool for ``head`` (most frequent), ``middle`` and ``tail``. If the
        classes do not divide by three, head gets one more, then middle.

    Raises:
        ValueError: The lengths differ.
    """
    counts = np.asarray(counts)
    if counts.shape != num_gt.shape:
        raise ValueError(
            f"class counts have shape {counts.shape}, expected {num_gt.shape}: one "
            "number for each class"
        )
    order = np.argsort(-counts, kind="stable")
    parts = np.array_split(order[num_gt[order] > 0], 3)
    labels = np.arange(len(num_gt))
    named = zip(FREQUENCY_NAMES, parts, strict=True)
    return {name: np.isin(labels, part) for name, part in named}


def paired_labels(
    classes: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> np.ndarray:
    """Look up, for each class, its partner in pairs such as time-reversed actions.

    Args:
        classes: K names.
        pairs: Pairs of names; a class is in one pair at most.

    Returns:
        ``(K,)`` label of the partner, -1 for a class in no pair.

    Raises:
        ValueError: A pair names an unknown class.
    """
    label_of = {name: k for k, name in enumerate(classes)}
    partner = np.full(len(classes), -1, np.int64)
    for pair in pairs:
        unknown = [name for name in pair if name not in label_of]
        if unknown:
            raise ValueError(f"the pair {tuple(pair)} names {unknown}, not a class")
        first, second = (label_of[name] for name in pair)
        partner[first], partner[second] = second, first
    return partner
