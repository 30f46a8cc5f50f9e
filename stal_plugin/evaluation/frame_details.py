"""Which scores are reported beside frame-mAP and localization."""

from collections.abc import Sequence
from dataclasses import dataclass

from stal_plugin.evaluation.size_ap import SIZE_EDGES


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
