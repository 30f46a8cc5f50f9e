"""How well anchors fit small, middle and large boxes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stal_plugin.models.task_modules.kmeans import (
    best_possible_recall,
    check_sizes,
    mean_best_iou,
)


@dataclass(frozen=True)
class AnchorFit:
    """Fit of one set of anchors to one group of boxes.

    Args:
        num_boxes: N.
        mean_iou: Mean IoU of a box with its best anchor, both at one centre.
        recall: Share of the boxes whose best anchor reaches IoU 0.5.
    """

    num_boxes: int
    mean_iou: float
    recall: float


def fit_by_size(
    sizes: ArrayLike, anchors: ArrayLike, parts: int = 3
) -> tuple[list[AnchorFit], list[float]]:
    """Compare anchors with boxes, from the smallest part of the boxes to the largest.

    Args:
        sizes: ``(N, 2)`` widths and heights of the boxes in pixels.
        anchors: ``(A, 2)`` widths and heights of the anchors in the same pixels.
        parts: Number of groups, of nearly equally many boxes each. Boxes of the same
            area are never parted; a group left without boxes by that is left out.

    Returns:
        The groups' fits, by rising area, and the areas in square pixels at which the
        second, third, ... group begins.

    Raises:
        ValueError: No box or anchor, or a side that is not positive.
    """
    sizes = check_sizes(sizes)
    areas = sizes.prod(axis=1)
    edges = np.unique(np.quantile(areas, np.arange(1, parts) / parts, method="higher"))
    group = np.searchsorted(edges, areas, side="right")
    kept = np.unique(group)
    fits = [_fit(sizes[group == index], anchors) for index in kept]
    return fits, [float(areas[group == index].min()) for index in kept[1:]]


def _fit(sizes: ArrayLike, anchors: ArrayLike) -> AnchorFit:
    sizes = check_sizes(sizes)
    return AnchorFit(
        len(sizes), mean_best_iou(sizes, anchors), best_possible_recall(sizes, anchors)
    )
