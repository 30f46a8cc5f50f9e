"""Published evaluation protocols, IoU thresholds and what their scores are called.

The numbers of this field follow different rules: how corners are counted, what a second
detection of a box may still match, how the area under the curve is taken and which
classes are in the mean. A ``Protocol`` holds one such rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

COCO_RANGE = "0.5:0.95"
_COCO_THRS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))

ThresholdSpec = float | str | Sequence[float | str]


def threshold_groups(spec: ThresholdSpec) -> dict[str, tuple[float, ...]]:
    """Name the scores of some thresholds.

    Args:
        spec: One threshold or several; the text ``'0.5:0.95'`` stands for the mean
            over 0.5, 0.55, ..., 0.95.

    Returns:
        The thresholds that each score is the mean of, by the part of its name behind
        the ``@``: ``{'0.5': (0.5,), '0.5:0.95': (0.5, ..., 0.95)}``.

    Raises:
        ValueError: Something is neither a number in (0, 1] nor ``'0.5:0.95'``.
    """
    single = isinstance(spec, str | float | int) or np.ndim(spec) == 0
    groups: dict[str, tuple[float, ...]] = {}
    for item in [spec] if single else spec:  # type: ignore[union-attr]
        if item == COCO_RANGE:
            groups[COCO_RANGE] = _COCO_THRS
            continue
        try:
            thr = float(item)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            thr = np.nan
        if not 0 < thr <= 1:
            raise ValueError(
                f"iou_thrs {item!r}: allowed are numbers in (0, 1] and '{COCO_RANGE}'"
            )
        groups[f"{thr:g}"] = (thr,)
    if not groups:
        raise ValueError("iou_thrs is empty: give one number in (0, 1] or several")
    return groups


def all_thresholds(groups: dict[str, tuple[float, ...]]) -> tuple[float, ...]:
    """Return the distinct thresholds of all groups, ascending."""
    return tuple(sorted({thr for thrs in groups.values() for thr in thrs}))


def group_means(
    groups: dict[str, tuple[float, ...]], iou_thrs: Sequence[float], means: np.ndarray
) -> dict[str, float]:
    """Average over the thresholds of each group.

    Args:
        groups: From :func:`threshold_groups`.
        iou_thrs: ``(I,)`` thresholds that were evaluated.
        means: ``(I,)`` score at each.

    Returns:
        Score by the name of the group.
    """
    score = dict(zip(iou_thrs, means.tolist(), strict=True))
    return {name: float(np.mean([score[t] for t in g])) for name, g in groups.items()}


Integration = Literal["all-point", "trapezoid", "11-point", "envelope-trapezoid"]
ClassMean = Literal["with ground truth", "all", "with detections"]


@dataclass(frozen=True)
class Protocol:
    """How a detector's output becomes a number.

    The thresholds state what the published tool does to raw boxes before it scores
    them; scoring itself does not apply them (see ``filter_detections``), because a
    detector's output file has been through them already.

    Args:
        name: Short name.
        source: Where the rule was published.
        integration: Area under the precision-recall curve: VOC's all-point envelope,
            trapezoids of the raw curve from (recall 0, precision 1), VOC 2007's 11
            points, or trapezoids of the envelope with end points (0, 1) and (1, 0).
        offset: Added to widths and heights of boxes: 1 where corners count as pixels
            that are inside the box.
        round_corners: Whether corners are rounded to whole pixels first (half to
            even).
        reuse: Whether a detection whose best ground truth is taken may match the next
            best one of its class. If not, it is a false positive.
        reuse_tubes: The same for tubes.
        class_mean: Classes in the mean: those with ground truth, all of them (0
            without ground truth), or those with ground truth and detections.
        count_empty_frames: Whether detections on frames without any ground truth are
            false positives; else they are left out.
        score_thr: Raw boxes at or below this score are dropped.
        nms_iou_thr: Raw boxes with a larger IoU with a better one are dropped.
        nms_per_class: Whether that happens within each class. Else it goes over all
            classes, by objectness.
        nms_offset: As ``offset``, in the suppression.
        min_common_frames: Tubes that share fewer frames have overlap 0.
        count_steps: Whether the length of a tube is its number of steps from frame to
            frame, one less than that of its frames.
    """

    name: str
    source: str
    integration: Integration = "all-point"
    offset: float = 0.0
    round_corners: bool = False
    reuse: bool = False
    reuse_tubes: bool = False
    class_mean: ClassMean = "with ground truth"
    count_empty_frames: bool = True
    score_thr: float | None = None
    nms_iou_thr: float | None = None
    nms_per_class: bool = True
    nms_offset: float = 0.0
    min_common_frames: int = 1
    count_steps: bool = False

    @property
    def needs_pixels(self) -> bool:
        """Whether the numbers depend on the size of the video in pixels."""
        return self.offset != 0 or self.round_corners


PROTOCOLS = {
    p.name: p
    for p in (
        Protocol(
            "voc",
            "PASCAL VOC since 2010, with continuous instead of pixel coordinates",
        ),
        Protocol(
            "yowo",
            "YOWO: pascalvoc.py for frames, core/eval_results.py for tubes",
            offset=1.0,
            round_corners=True,
            reuse_tubes=True,
            score_thr=0.005,
            nms_iou_thr=0.4,
            nms_per_class=False,
            min_common_frames=2,
        ),
        Protocol(
            "act",
            "ACT detector: ACT.py, ACT_utils.py (MOC: the same, soft suppression)",
            integration="trapezoid",
            offset=1.0,
            reuse=True,
            reuse_tubes=True,
            class_mean="all",
            nms_iou_thr=0.3,
            nms_offset=1.0,
        ),
        Protocol(
            "ava",
            "MMAction2: ava_utils.py, metrics.py (TF Object Detection)",
            class_mean="with detections",
            count_empty_frames=False,
        ),
        Protocol(
            "voc07",
            "PASCAL VOC 2007: VOCevaldet.m",
            integration="11-point",
            offset=1.0,
        ),
        Protocol(
            "yowov3",
            "YOWOv3: scripts/ucf_eval.py, evaluator/eval.py",
            integration="envelope-trapezoid",
            score_thr=0.005,
            nms_iou_thr=0.5,
        ),
        Protocol(
            "multisports",
            "MultiSports: evaluate_multisports.py",
            min_common_frames=2,
            count_steps=True,
        ),
    )
}
"""The published protocols by name."""


def get_protocol(protocol: str | Protocol) -> Protocol:
    """Look up a protocol.

    Args:
        protocol: Name, or a protocol of one's own.

    Raises:
        ValueError: There is no protocol of that name.
    """
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol {protocol!r}: allowed are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[protocol]
