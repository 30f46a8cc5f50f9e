"""What an anchor head predicts, prior by prior."""

from typing import NamedTuple

from torch import Tensor


class AnchorPredictions(NamedTuple):
    """Raw output per prior, P = H * W * A ordered row, column, anchor.

    Attributes:
        deltas: ``(B, P, 4)``: sigmoid(tx), sigmoid(ty), tw, th.
        objectness: ``(B, P)`` logits.
        class_logits: ``(B, P, K)``.
        priors: ``(P, 4)`` anchors, xyxy pixels.
        boxes: ``(B, P, 4)`` decoded, xyxy pixels.
        featmap_size: Cells (H, W).
    """

    deltas: Tensor
    objectness: Tensor
    class_logits: Tensor
    priors: Tensor
    boxes: Tensor
    featmap_size: tuple[int, int]
