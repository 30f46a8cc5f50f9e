"""The first part of a report: what the detector can and cannot do, in words."""

from collections.abc import Callable
from dataclasses import replace

from stal_plugin.visualization.reports.confusion import (
    commonest_confusion,
    confusion_matrix,
)
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.example_pictures import STRIPS
from stal_plugin.visualization.reports.html_page import (
    Headline,
    Picture,
    ReportPart,
    percent,
)
from stal_plugin.visualization.reports.score_parts import class_ap
from stal_plugin.wording import counted

# pictures of each kind in the strip, and how its caption begins
_STRIP = {"hit": ("Hit", 2), "false positive": ("Wrong", 1), "miss": ("Missed", 1)}


def overview_part(run: EvaluatedRun, examples: ReportPart) -> ReportPart:
    """Show three scores with their meaning, the extremes, and hits and errors.

    A text warns if predictions and scores are not of one test.

    Args:
        run: The run.
        examples: The part with its examples; a choice of them is shown.
    """
    texts = [*_warning(run), *_extremes(run)]
    pictures = _hits_and_errors(examples)
    strips = [("Hits and errors", pictures)] if pictures else []
    return ReportPart("In short", texts, strips=strips, headlines=_headlines(run))


def of_hundred(share: float) -> str:
    """Say a share in whole boxes of 100; only all is 100, only none is 0."""
    number = round(100 * share)
    if 0 < share < 1:
        number = min(99, max(1, number))
    return f"{number} of 100"


def _headlines(run: EvaluatedRun) -> list[Headline]:
    rows: tuple[tuple[str, Callable[[float], str], str, str], ...] = (
        (
            "localization_recall",
            of_hundred,
            "people are found",
            "An annotated person in a frame counts as found if a box with objectness "
            "above 0.25 overlaps by more than half (IoU > 0.5), whatever its action.",
        ),
        (
            "classification_accuracy",
            of_hundred,
            "found people get the right action",
            "Of the people found, those for whom the box names an action that is "
            "annotated.",
        ),
        (
            "frame-mAP@0.5",
            lambda share: f"{percent(share)} %",
            "frame-mAP@0.5",
            "Place and action together, boxes ranked by score: 100 % means that every "
            "action is found before the first false alarm. Each class counts alike, "
            "however rare it is.",
        ),
    )
    return [
        Headline(format_value(run.metrics[key]), name, meaning)
        for key, format_value, name, meaning in rows
        if key in run.metrics
    ]


def _warning(run: EvaluatedRun) -> list[str]:
    """Warn if the predictions do not give the written score."""
    written = run.metrics.get("frame-mAP@0.5")
    own = float(class_ap(run).mean[0])
    if written is None or abs(own - written) < 5e-4:
        return []
    return [
        f"Warning: predictions.csv gives frame-mAP@0.5 = {100 * own:.2f} %, "
        f"metrics.json says {100 * written:.2f} %: they are of two tests. Test again."
    ]


def _extremes(run: EvaluatedRun) -> list[str]:
    """Say the best and the worst class, and the commonest confusion."""
    if not len(run.boxes.gts):
        return [f"There is no ground truth in {', '.join(run.splits)}."]
    result = class_ap(run)
    by_ap = sorted(run.labels_by_frequency(), key=lambda k: -result.ap[0, k])
    best, worst = (
        f"“{run.classes[k]}”, AP {percent(float(result.ap[0, k]))} % "
        f"({counted(int(result.num_gt[k]), 'box', 'boxes')})"
        for k in (by_ap[0], by_ap[-1])
    )
    matrix = confusion_matrix(run.boxes.dets, run.boxes.gts, len(run.classes))
    extremes = f"Best class: {best}. Worst: {worst}."
    if len(by_ap) == 1:
        extremes = f"The only class: {best}."
    return [extremes, commonest_confusion(matrix, run.classes)]


def _hits_and_errors(examples: ReportPart) -> list[Picture]:
    strips = dict(examples.strips)
    return [
        replace(picture, caption=f"{word}: {picture.caption}")
        for kind, (word, count) in _STRIP.items()
        for picture in strips.get(STRIPS[kind], ())[:count]
    ]
