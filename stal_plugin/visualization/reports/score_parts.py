"""Parts of a run's report that show its scores."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.error_breakdown import error_breakdown
from stal_plugin.evaluation.frame_ap import SIZE_EDGES, frame_ap, size_ap
from stal_plugin.evaluation.protocol import PROTOCOLS
from stal_plugin.evaluation.protocol_comparison import (
    ComparisonOptions,
    compare_protocols,
)
from stal_plugin.evaluation.report import class_scores
from stal_plugin.visualization.charts import WIDTH, class_ap_figure, listing
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.html_page import (
    Picture,
    ReportPart,
    ReportTable,
    percent,
)
from stal_plugin.visualization.reports.score_charts import (
    breakdown_figure,
    pr_curves,
    pr_figure,
    size_figure,
)
from stal_plugin.visualization.reports.score_names import (
    is_of_low_scores,
    score_meaning,
    score_name,
)
from stal_plugin.wording import counted

_MOST_CURVES = 24


def scores_part(run: EvaluatedRun) -> ReportPart:
    """Show all scores of ``metrics.json``, the usual ones first."""
    tables = score_tables({"this run": run.metrics})
    summary = f"{counted(len(run.metrics), 'number')}, each with its meaning"
    return ReportPart("Scores", [], tables, summary=summary)


def score_tables(metrics: Mapping[str, Mapping[str, float]]) -> list[ReportTable]:
    """Say scores in words: the usual ones, then those of the paper's rule, if any.

    Args:
        metrics: Scores by their names in ``metrics.json``, by the run.
    """
    keys = dict.fromkeys(key for scores in metrics.values() for key in scores)
    usual = [key for key in keys if not is_of_low_scores(key)]
    of_low_scores = [key for key in keys if is_of_low_scores(key)]
    tables = [_score_table("Test scores", metrics, usual)]
    if of_low_scores:
        caption = "With all boxes of score > 0.005, as arXiv:2012.08097 counts"
        tables.append(_score_table(caption, metrics, of_low_scores))
    return tables


def _score_table(
    caption: str, metrics: Mapping[str, Mapping[str, float]], keys: list[str]
) -> ReportTable:
    rows = []
    for key in keys:
        values = [percent(scores.get(key), 2) for scores in metrics.values()]
        rows.append([score_name(key), *values, score_meaning(key), key])
    columns = [f"{name}, %" for name in metrics]
    head = ["score", *columns, "what it says", "in metrics.json"]
    return ReportTable(caption, head, rows)


def class_ap(run: EvaluatedRun) -> ClassAP:
    """Compute frame-AP at IoU 0.5 by the protocol of the run."""
    boxes = run.boxes
    return frame_ap(boxes.dets, boxes.gts, len(run.classes), (0.5,), run.protocol)


def protocol_part(run: EvaluatedRun) -> ReportPart:
    """Say how the scores were made, and what other rules give."""
    boxes = run.boxes
    empty = len(boxes.index) - len(np.unique(boxes.gts.frames))
    facts = [
        ["data", str(run.ann_file)],
        ["origin", "synthetic footage" if run.annotation.synthetic else "real footage"],
        ["split", ", ".join(run.splits)],
        ["videos", str(len(boxes.index.names))],
        ["key frames", f"{len(boxes.index)}, {empty} of them without ground truth"],
        ["ground-truth boxes", str(len(boxes.gts))],
        ["predictions", f"{len(boxes.dets)} (one per box and label)"],
        ["protocol", f"{run.protocol.name}: {run.protocol.source}"],
    ]
    scores = compare_protocols(
        boxes, run.classes, list(PROTOCOLS.values()), ComparisonOptions()
    )
    rows = [
        [p.name, percent(scores[p.name].metrics["frame-mAP@0.5"], 2), p.source]
        for p in PROTOCOLS.values()
    ]
    tables = [
        ReportTable("What was tested", ["fact", "value"], facts),
        ReportTable(
            "The same predictions by every published protocol",
            ["protocol", "frame-mAP@0.5, %", "source"],
            rows,
        ),
    ]
    return ReportPart(
        "Protocol", [run.protocol_line], tables, summary="how the scores are counted"
    )


def class_part(run: EvaluatedRun) -> ReportPart:
    """Show the AP of each class, the most frequent class first."""
    order = run.labels_by_frequency()
    result = class_ap(run)
    per_class: dict[str, dict[str, Any]] = class_scores(result, run.classes)
    ranked = {run.classes[k]: per_class[run.classes[k]] for k in order}
    texts_of_ap = [f"{result.ap[0, k]:.2f}" for k in order]
    names = [run.classes[k] for k in order]
    picture = Picture.of_figure(
        class_ap_figure(ranked, width=WIDTH),
        "Bars of average precision per class, most frequent class first: "
        + listing(names, texts_of_ap),
        "Average precision at IoU 0.5, most frequent class first.",
    )
    rows = []
    for k in order:
        counts = [str(result.num_gt[k]), str(result.num_dets[k])]
        rows.append([run.classes[k], *counts, percent(result.ap[0, k])])
    head = ["class", "boxes", "detections", "AP@0.5, %"]
    missing = [name for k, name in enumerate(run.classes) if not result.num_gt[k]]
    texts = [f"Without ground truth in the test: {', '.join(missing)}."]
    table = ReportTable("Per class", head, rows)
    values = [float(result.ap[0, k]) for k in order]
    summary = counted(len(order), "class", "classes")
    summary += f", AP {percent(min(values))} to {percent(max(values))} %"
    return ReportPart(
        "Classes",
        texts if missing else [],
        [table],
        pictures=[picture],
        summary=summary,
    )


def curves_part(run: EvaluatedRun) -> ReportPart:
    """Show precision-recall curves of the most frequent classes."""
    order = run.labels_by_frequency()
    shown = order[:_MOST_CURVES]
    ap = class_ap(run).ap[0]
    curves = pr_curves(run.boxes, len(run.classes), run.protocol)
    values = [
        f"{ap[k]:.2f}, recall to {curves[k][0].max(initial=0):.2f}" for k in shown
    ]
    figure = pr_figure(curves, shown, run.classes, ap)
    alt = "Precision over recall of each class, with AP: "
    picture = Picture.of_figure(
        figure,
        alt + listing([run.classes[k] for k in shown], values),
        "Precision over recall at IoU 0.5, with the AP of each class.",
    )
    left_out = len(order) - len(shown)
    texts = [f"Shown are the {len(shown)} most frequent of {len(order)} classes."]
    return ReportPart(
        "PR curves",
        texts if left_out else [],
        pictures=[picture],
        summary="precision over recall, class by class",
    )


def size_part(run: EvaluatedRun) -> ReportPart:
    """Show frame-mAP of small, medium and large boxes."""
    run.labels_by_frequency()
    boxes = run.boxes
    if boxes.frame_areas is None:
        raise MissingDataError("the sizes of the videos are unknown")
    arguments = (boxes.dets, boxes.gts, len(run.classes), boxes.frame_areas)
    by_size = size_ap(*arguments, (0.5,), run.protocol)
    present = {k: v for k, v in by_size.items() if v.num_gt.any()}
    values = [f"{v.mean[0]:.2f}" for v in present.values()]
    summary = listing(list(present), values)
    picture = Picture.of_figure(
        size_figure(by_size),
        f"Bars of frame-mAP at IoU 0.5 by size of the box: {summary}.",
    )
    small, large = (f"{100 * edge:g} %" for edge in SIZE_EDGES)
    absent = [name for name in by_size if name not in present]
    texts = [f"Small is below {small} of the frame's area, large from {large} on."]
    if absent:
        texts.append(f"Without such boxes: {', '.join(absent)}.")
    return ReportPart("AP by box size", texts, pictures=[picture], summary=summary)


def errors_part(run: EvaluatedRun) -> ReportPart:
    """Show where the missing part of the AP goes."""
    order = run.labels_by_frequency()
    shares = error_breakdown(
        run.boxes.dets, run.boxes.gts, len(run.classes), 0.5, run.protocol
    )
    mean = shares.mean()
    summary = listing(list(mean), [f"{percent(v)} %" for v in mean.values()])
    picture = Picture.of_figure(
        breakdown_figure(shares, order, run.classes),
        "Stacked bars of right, wrong and missed per class. Mean of classes: "
        f"{summary}.",
    )
    rows = [["mean of classes", *(percent(v) for v in mean.values())]]
    rows += [_shares_row(run.classes[k], vars(shares), k) for k in order]
    table = ReportTable("Shares in percent", ["class", *mean], rows)
    texts = [
        "Down the ranking, the share of right boxes and of each kind of error sum to "
        "100 % at every recall; each is integrated over recall. 'Right' is the area "
        "under the raw curve by trapezoids, so it is not the AP above."
    ]
    return ReportPart("Errors", texts, [table], [picture], summary=summary)


def _shares_row(name: str, shares: dict[str, np.ndarray], label: int) -> list[str]:
    return [name, *(percent(float(values[label])) for values in shares.values())]
