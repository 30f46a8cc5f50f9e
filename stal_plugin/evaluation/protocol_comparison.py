"""One set of predictions by several protocols, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from stal_plugin.evaluation.evaluation_input import EvaluationInput, filter_detections
from stal_plugin.evaluation.frame_scores import FrameDetails, FrameScores, frame_scores
from stal_plugin.evaluation.online_tubes import ground_truth_tubes
from stal_plugin.evaluation.protocol import (
    PROTOCOLS,
    Protocol,
    ThresholdSpec,
    get_protocol,
)
from stal_plugin.evaluation.video_scores import class_probabilities, video_scores

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
        inputs: Detections and ground truth.
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
    tubes = ground_truth_tubes(inputs.gts, inputs.persons, videos)
    if options.link_by == "class":
        dets = class_probabilities(dets)
    of_tubes = video_scores(
        dets, tubes, videos, len(classes), VIDEO_IOU_THRS, protocol, options.linker
    )
    metrics = {**scores.metrics, **of_tubes.metrics}
    return FrameScores(metrics, scores.class_ap, scores.breakdown)


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
