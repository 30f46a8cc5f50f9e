"""How well anchors fit small, middle and large boxes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stal_plugin.models.task_modules.kmeans import (
    Array,
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


def size_edges(sizes: ArrayLike, parts: int = 3) -> Array:
    """Areas that part boxes into groups of nearly equally many.

    Args:
        sizes: ``(N, 2)`` widths and heights in pixels.
        parts: Number of groups. Boxes of the same area are never parted, so that there
            may be fewer.

    Returns:
        Rising areas in square pixels at which the second, third, ... group begins.

    Raises:
        ValueError: No box, or a side that is not positive.
    """
    areas = check_sizes(sizes).prod(axis=1)
    edges = np.quantile(areas, np.arange(1, parts) / parts, method="higher")
    return np.unique(edges[edges > areas.min()])


def fit_by_size(
    sizes: ArrayLike, anchors: ArrayLike, parts: int = 3
) -> list[AnchorFit]:
    """Compare anchors with boxes, from the smallest part of the boxes to the largest.

    Args:
        sizes: ``(N, 2)`` widths and heights of the boxes in pixels.
        anchors: ``(A, 2)`` widths and heights of the anchors in the same pixels.
        parts: Number of groups, see :func:`size_edges`.

    Returns:
        The groups' fits, by rising area.

    Raises:
        ValueError: No box or anchor, or a side that is not positive.
    """
    sizes = check_sizes(sizes)
    edges = size_edges(sizes, parts)
    group = np.searchsorted(edges, sizes.prod(axis=1), side="right")
    parted = [sizes[group == index] for index in range(len(edges) + 1)]
    return [
        AnchorFit(
            len(part), mean_best_iou(part, anchors), best_possible_recall(part, anchors)
        )
        for part in parted
    ]
