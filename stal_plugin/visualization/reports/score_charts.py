"""Charts of scores: PR curves, AP by box size, errors."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.evaluation.average_precision import ClassAP, precision_recall
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown
from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.frame_ap import drop_unlabelled_frames
from stal_plugin.evaluation.matching import match_frames
from stal_plugin.evaluation.protocol import Protocol
from stal_plugin.visualization.charts import (
    BLUE,
    WIDTH,
    new_axes,
    new_figure,
    shorten,
)
from stal_plugin.wording import counted

_SHARES = {
    "right": "#009E73",
    "localisation": "#56B4E9",
    "classification": "#E69F00",
    "duplicate": "#CC79A7",
    "background": "#D55E00",
    "missed": "#bdbdbd",
}
_POINTS = 200  # of a curve, enough for its width on screen


def pr_curves(
    boxes: EvaluationInput, num_classes: int, protocol: Protocol, iou_thr: float = 0.5
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return recall and precision of each class with ground truth.

    Args:
        boxes: Predictions and ground truth.
        num_classes: K.
        protocol: Its matching is used, and its rule for empty frames.
        iou_thr: Smallest IoU of a match.

    Returns:
        Two arrays by class, after each detection in order of falling score.
    """
    dets = boxes.dets
    if not protocol.count_empty_frames:
        dets = drop_unlabelled_frames(dets, boxes.gts)
    matching = match_frames(dets, boxes.gts, num_classes, protocol, iou_thr)
    right = matching.matched_gt(iou_thr) >= 0
    num_gt = np.bincount(boxes.gts.labels, minlength=num_classes)
    edges = np.searchsorted(matching.labels, np.arange(num_classes + 1))
    return {
        k: precision_recall(right[edges[k] : edges[k + 1]], int(num_gt[k]))
        for k in np.flatnonzero(num_gt).tolist()
    }


def pr_figure(
    curves: Mapping[int, tuple[np.ndarray, np.ndarray]],
    order: Sequence[int],
    classes: Sequence[str],
    ap: np.ndarray,
) -> Figure:
    """Draw one small PR curve for each class.

    Args:
        curves: From :func:`pr_curves`.
        order: Classes to draw, in this order.
        classes: K names.
        ap: ``(K,)``.
    """
    columns = min(2, len(order))
    rows = -(-len(order) // columns)
    figure = new_figure(WIDTH, 0.4 + 1.5 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, label in zip(grid.flat, order, strict=False):
        recall, precision = curves[label]
        # a curve of a million points draws like one of some hundred
        shown = np.unique(np.linspace(0, len(recall) - 1, _POINTS).astype(int))
        if len(recall):
            axes.plot(recall[shown], precision[shown], color=BLUE)
        axes.set_title(f"{shorten(classes[label])}  {ap[label]:.2f}", fontsize=8)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
        axes.grid(alpha=0.3)
    for axes in grid.flat[len(order) :]:
        axes.set_visible(False)
    figure.supxlabel("recall", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    return figure


def size_figure(by_size: Mapping[str, ClassAP]) -> Figure:
    """Draw the mean AP of each box size, none for sizes without ground truth."""
    figure, axes = new_axes(WIDTH, 2.4)
    counts = [int(part.num_gt.sum()) for part in by_size.values()]
    values = [float(part.mean[0]) for part in by_size.values()]
    texts = [
        f"{v:.2f}\n({counted(n, 'box', 'boxes')})" if n else "no boxes"
        for v, n in zip(values, counts, strict=True)
    ]
    bars = axes.bar(list(by_size), values, color=BLUE, width=0.6)
    axes.bar_label(bars, texts, fontsize=9)
    axes.set(ylim=(0, 1.25), ylabel="frame-mAP@0.5", yticks=[0, 0.25, 0.5, 0.75, 1])
    return figure


def breakdown_figure(
    breakdown: ErrorBreakdown, order: Sequence[int], classes: Sequence[str]
) -> Figure:
    """Draw stacked shares of each class, and of their mean at the top.

    Args:
        breakdown: Shares that sum to 1 for each class with ground truth.
        order: Classes with ground truth, from top to bottom.
        classes: K names.
    """
    mean = breakdown.mean()
    names = ["mean of classes", *(shorten(classes[k]) for k in order)]
    figure, axes = new_axes(WIDTH, 1.2 + 0.26 * len(names))
    left = np.zeros(len(names))
    for kind, color in _SHARES.items():
        shares = 100 * np.append(mean[kind], getattr(breakdown, kind)[list(order)])
        axes.barh(np.arange(len(names)), shares, left=left, color=color, label=kind)
        left += shares
    axes.set_yticks(np.arange(len(names)), names, fontsize=9)
    axes.set(xlim=(0, 100), xlabel="percent")
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=3, fontsize=8)
    return figure
