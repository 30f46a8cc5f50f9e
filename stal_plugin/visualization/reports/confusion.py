"""The part of a report on confusions: the classes that located actors were given."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.evaluation.localization import candidate_boxes
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.iou import best_overlap
from stal_plugin.visualization.charts import WIDTH, new_figure, shorten
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.html_page import Picture, ReportPart
from stal_plugin.wording import counted

_MOST_NUMBERS = 12  # classes whose cells have room for a number


def confusion_part(run: EvaluatedRun) -> ReportPart:
    """Show what located actors are called."""
    run.labels_by_frequency()
    boxes = run.boxes
    matrix = confusion_matrix(boxes.dets, boxes.gts, len(run.classes))
    worst = largest_confusions(matrix, run.classes) or ["no class is taken for another"]
    summary = "; ".join(worst)
    picture = Picture.of_figure(
        confusion_figure(matrix, run.classes),
        f"Matrix of true against predicted class. Most frequent confusions: {summary}.",
    )
    texts = [
        "Candidates: objectness > 0.25 after suppression over all classes (IoU 0.4); "
        "located: IoU > 0.5. 'No ground truth' are candidates on nobody, 'not located' "
        "is ground truth without a candidate.",
        f"Most frequent confusions (boxes): {summary}.",
    ]
    return ReportPart("Confusion", texts, pictures=[picture], summary=worst[0])


def confusion_matrix(
    dets: BoxTable,
    gts: BoxTable,
    num_classes: int,
    conf_thr: float = 0.25,
    iou_thr: float = 0.5,
) -> np.ndarray:
    """Count true classes against predicted ones.

    As in ``localization_scores`` (YOWO): one label per box, suppression over all
    classes, candidates with objectness > ``conf_thr``. Each label of a ground-truth
    box looks up the candidate with the largest IoU. If that has any label of the box,
    it counts as right, once; else each label of the box is confused with it.

    Args:
        dets: Detections of all frames.
        gts: Ground truth of all frames.
        num_classes: K.
        conf_thr: Candidates have a larger objectness.
        iou_thr: Located means a larger IoU.

    Returns:
        ``(K + 1, K + 1)`` int64, rows true, columns predicted. The last column counts
        labels of boxes that were not located, the last row candidates that lie on no
        ground truth.
    """
    boxes = candidate_boxes(dets)
    boxes = boxes.take(boxes.objectness > conf_thr)
    iou, best = best_overlap(gts.frames, gts.boxes, boxes.frames, boxes.boxes)
    predicted = np.full(len(gts), num_classes)
    located = iou > iou_thr
    predicted[located] = boxes.labels[best[located]]
    is_right = predicted == gts.labels
    gt_box = gts.groups()
    counted = is_right | ~np.isin(gt_box, gt_box[is_right])
    matrix = np.zeros((num_classes + 1, num_classes + 1), np.int64)
    np.add.at(matrix, (gts.labels[counted], predicted[counted]), 1)
    iou, _ = best_overlap(boxes.frames, boxes.boxes, gts.frames, gts.boxes)
    matrix[num_classes, :num_classes] = np.bincount(
        boxes.labels[iou <= iou_thr], minlength=num_classes
    )
    return matrix


def confusion_figure(matrix: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw the shares of each true class.

    Args:
        matrix: ``(K + 1, K + 1)`` from :func:`confusion_matrix`.
        classes: K names; classes without ground truth and without a candidate are
            left out.
    """
    used = np.flatnonzero(matrix.sum(0) + matrix.sum(1))
    used = used[used < len(classes)]
    rows = np.append(used, len(classes))
    names = [shorten(classes[k], 22) for k in used.tolist()]
    part = matrix[np.ix_(rows, rows)]
    shares = 100 * part / np.maximum(part.sum(1, keepdims=True), 1)
    side = WIDTH if len(used) <= _MOST_NUMBERS else 1.5 * WIDTH
    figure = new_figure(side, side + 0.6)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="cividis", vmin=0, vmax=100, aspect="auto")
    ticks = np.arange(len(rows))
    axes.set_xticks(ticks, [*names, "not located"], rotation=90, fontsize=8)
    axes.set_yticks(ticks, [*names, "no ground truth"], fontsize=8)
    axes.set(xlabel="predicted", ylabel="true")
    if len(used) <= _MOST_NUMBERS:
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.5:
                color = "#000001" if share > 50 else "#fffffe"  # not the theme's
                text = f"{share:.0f}"
                axes.text(
                    *(column, row, text), color=color, ha="center", va="center", size=8
                )
    figure.colorbar(image, ax=axes, label="percent of the row", shrink=0.6)
    return figure


def largest_confusions(
    matrix: np.ndarray, classes: Sequence[str], count: int = 5
) -> list[str]:
    """Say the most frequent mistakes in words, the most frequent first."""
    return [
        f"{classes[true]} taken for {classes[wrong]}: {matrix[true, wrong]}"
        for true, wrong in _mistakes(matrix, count)
    ]


def commonest_confusion(matrix: np.ndarray, classes: Sequence[str]) -> str:
    """Say in a sentence which class is most often taken for which other."""
    for true, wrong in _mistakes(matrix, 1):
        boxes = counted(int(matrix[true].sum()), "box", "boxes")
        return (
            f"Commonest confusion: {matrix[true, wrong]} of {boxes} of "
            f"“{classes[true]}” are taken for “{classes[wrong]}”."
        )
    return "No class is taken for another."


def _mistakes(matrix: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return true and predicted class of the most frequent mistakes."""
    inner = matrix[:-1, :-1].copy()
    np.fill_diagonal(inner, 0)
    order = np.argsort(-inner, axis=None, kind="stable")[:count]
    true, wrong = np.unravel_index(order[inner.flat[order] > 0], inner.shape)
    return list(zip(true.tolist(), wrong.tolist(), strict=True))
