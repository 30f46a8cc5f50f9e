"""One set of predictions by several protocols, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.frame_scores import FrameDetails, FrameScores, frame_scores
from stal_plugin.evaluation.protocol import (
    PROTOCOLS,
    Protocol,
    ThresholdSpec,
    get_protocol,
)
from stal_plugin.evaluation.video_ap import ground_truth_tubes
from stal_plugin.evaluation.video_scores import class_probabilities, video_scores
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.nms import nms_keep

VIDEO_IOU_THRS = (0.2, 0.5, 0.75, "0.5:0.95")


@dataclass(frozen=True)
class ComparisonOptions:
    """What is evaluated by each protocol.

    Args:
        iou_thrs: Thresholds of frame-mAP.
        details: Further scores of frames.
        linker: Linker of video-mAP, see ``LINKERS``; None for no video-mAP.
        link_by: See ``VideoMAP``.
        raw: Whether the detections are raw, and get each protocol's score threshold
            and suppression first.
        reversed_classes: Pairs of classes, see ``frame_scores``.
    """

    iou_thrs: ThresholdSpec = (0.5,)
    details: FrameDetails = field(default_factory=FrameDetails)
    linker: str | None = None
    link_by: str = "score"
    raw: bool = False
    reversed_classes: Sequence[tuple[str, str]] = ()


def protocols_of(names: Sequence[str]) -> list[Protocol]:
    """Look up protocols by name; ``all`` stands for every one.

    Raises:
        ValueError: There is no protocol of that name.
    """
    if "all" in names:
        return list(PROTOCOLS.values())
    return [get_protocol(name) for name in dict.fromkeys(names)]


def compare_protocols(
    inputs: EvaluationInput,
    classes: Sequence[str],
    protocols: Sequence[Protocol],
    options: ComparisonOptions,
) -> dict[str, FrameScores]:
    """Evaluate by each protocol.

    Args:
        inputs: BoxTable and ground truth.
        classes: K names.
        protocols: The protocols.
        options: What to evaluate.

    Returns:
        Scores by the name of the protocol; ``metrics`` holds those of tubes, too.

    Raises:
        ValueError: A protocol or the linker needs boxes in pixels, and they are
            normalised.
    """
    if not inputs.in_pixels:
        _check_needs(protocols, options.linker)
    return {p.name: _evaluate(inputs, classes, p, options) for p in protocols}


def _check_needs(protocols: Sequence[Protocol], linker: str | None) -> None:
    """Require that nothing counts pixels."""
    fix = (
        "but the sizes of the videos are unknown: give --videos or --size WIDTHxHEIGHT"
    )
    if needy := ", ".join(p.name for p in protocols if p.needs_pixels):
        others = ", ".join(p.name for p in PROTOCOLS.values() if not p.needs_pixels)
        raise ValueError(
            f"protocol {needy} counts pixels, {fix}, or choose from {others}"
        )
    if linker not in (None, "online"):
        raise ValueError(f"linker {linker} counts pixels, {fix}, or take linker online")


def _evaluate(
    inputs: EvaluationInput,
    classes: Sequence[str],
    protocol: Protocol,
    options: ComparisonOptions,
) -> FrameScores:
    dets = filter_detections(inputs.dets, protocol) if options.raw else inputs.dets
    scores = frame_scores(
        dets,
        inputs.gts,
        classes,
        options.iou_thrs,
        protocol,
        options.details,
        inputs.frame_areas,
        options.reversed_classes,
    )
    if options.linker is None:
        return scores
    videos = inputs.index.videos
    tubes = ground_truth_tubes(inputs.gts, videos)
    if options.link_by == "class":
        dets = class_probabilities(dets)
    of_tubes = video_scores(
        dets, tubes, videos, len(classes), VIDEO_IOU_THRS, protocol, options.linker
    )
    metrics = {**scores.metrics, **of_tubes.metrics}
    return FrameScores(metrics, scores.class_ap, scores.breakdown)


def filter_detections(dets: BoxTable, protocol: Protocol) -> BoxTable:
    """Apply a protocol's score threshold and non-maximum suppression.

    Not for the output of a detector that did so itself: a second suppression, after
    the corners were rounded, say, may drop boxes that the first one kept.

    Args:
        dets: Raw detections of all frames.
        protocol: Its ``score_thr`` and the parts whose names begin with ``nms`` count.

    Returns:
        The rows that remain, in their order.
    """
    if protocol.score_thr is not None:
        dets = dets.take(dets.scores > protocol.score_thr)
    if protocol.nms_iou_thr is None or not len(dets):
        return dets
    ranking = dets.scores if protocol.nms_per_class else dets.objectness
    ranked = np.argsort(-ranking, kind="stable")
    if protocol.nms_per_class:
        keys = dets.frames * (int(dets.labels.max()) + 1) + dets.labels
        return dets.take(np.sort(_nms_rows(dets, ranked, keys, protocol)))
    box = dets.groups(("frames", "boxes"))
    ranked = ranked[np.sort(np.unique(box[ranked], return_index=True)[1])]
    rows = _nms_rows(dets, ranked, dets.frames, protocol)  # one of each box
    return dets.take(np.isin(box, box[rows]))


def _nms_rows(
    dets: BoxTable, ranked: np.ndarray, keys: np.ndarray, protocol: Protocol
) -> np.ndarray:
    """Rows that a protocol's suppression keeps of some, the best of which is first."""
    iou_thr = protocol.nms_iou_thr or 0.0
    keep = nms_keep(keys[ranked], dets.boxes[ranked], iou_thr, protocol.nms_offset)
    return ranked[keep]


def comparison_table(scores: Mapping[str, FrameScores]) -> Table:
    """Build a table with a row for each score and a column for each protocol."""
    table = Table(box=SIMPLE)
    table.add_column("score", no_wrap=True)
    for name in scores:
        table.add_column(name, justify="right")
    rows = dict.fromkeys(name for s in scores.values() for name in s.metrics)
    for row in rows:
        values = [s.metrics.get(row, np.nan) for s in scores.values()]
        table.add_row(row, *("-" if np.isnan(v) else f"{v:.4f}" for v in values))
    return table
