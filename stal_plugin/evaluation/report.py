"""The metric in words: per-class table, protocol, json."""

import json
import os
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from stal_plugin.annotations.json_models import load_json
from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown
from stal_plugin.evaluation.protocol import Protocol
from stal_plugin.files.atomic_file import atomic_file


def class_scores(result: ClassAP, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return counts and AP by class; AP is None for a class without ground truth."""
    return {
        name: {
            "num_gt": int(result.num_gt[k]),
            "num_dets": int(result.num_dets[k]),
            **{
                f"AP@{thr:g}": float(row[k]) if result.num_gt[k] else None
                for thr, row in zip(result.iou_thrs, result.ap, strict=True)
            },
        }
        for k, name in enumerate(classes)
    }


def class_table(
    result: ClassAP, classes: Sequence[str], title: str = "", unit: str = "boxes"
) -> str:
    """Render a text table: class, ground truth (boxes), detections, AP by threshold.

    Classes without ground truth show a dash and do not enter the mean.
    """
    table = Table(box=SIMPLE, title=title or None, title_justify="left")
    table.add_column("class", overflow="fold")
    thresholds = [f"AP@{thr:g}" for thr in result.iou_thrs]
    for name in (f"GT {unit}", "detections", *thresholds):
        table.add_column(name, justify="right")
    for name, row in class_scores(result, classes).items():
        values = [row[thr] for thr in thresholds]
        texts = ["-" if value is None else f"{value:.4f}" for value in values]
        table.add_row(name, str(row["num_gt"]), str(row["num_dets"]), *texts)
    table.add_section()
    totals = [str(result.num_gt.sum()), str(result.num_dets.sum())]
    table.add_row("mean", *totals, *(f"{value:.4f}" for value in result.mean))
    return table_text(table, 70 + 12 * len(thresholds))


def table_text(table: Table, width: int = 200) -> str:
    """Render a table as text of at most some width, whatever the terminal."""
    text = StringIO()
    Console(file=text, width=width, color_system=None, markup=False).print(table)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join(line for line in lines if line)


def excluded_classes(result: ClassAP, classes: Sequence[str]) -> list[str]:
    """Name the classes that are not in the mean."""
    return [
        name for name, is_in in zip(classes, result.in_mean, strict=True) if not is_in
    ]


def breakdown_table(
    breakdown: ErrorBreakdown, classes: Sequence[str], title: str = ""
) -> str:
    """Render the shares of each class in percent; a row sums to 100."""
    names = list(vars(breakdown))
    table = Table(box=SIMPLE, title=title or None, title_justify="left")
    table.add_column("class", overflow="fold")
    for name in names:
        table.add_column(name, justify="right")
    shares = np.stack([getattr(breakdown, name) for name in names], axis=1)
    for name, row in zip(classes, shares, strict=True):
        table.add_row(name, *("-" if np.isnan(v) else f"{100 * v:.1f}" for v in row))
    table.add_section()
    table.add_row("mean", *(f"{100 * v:.1f}" for v in breakdown.mean().values()))
    return table_text(table, 130)


_INTEGRATION_TEXTS = {
    "all-point": "all-point AP (VOC)",
    "trapezoid": "AP of trapezoids under the raw curve (ACT)",
    "11-point": "11-point AP (VOC 2007)",
    "envelope-trapezoid": "AP of trapezoids under the envelope, to (1, 0) (YOWOv3)",
}
_MEAN_TEXTS = {
    "with ground truth": "",
    "all": " (without ground truth: 0)",
    "with detections": " (those with ground truth and detections)",
}


def protocol_line(
    result: ClassAP, num_frames: int, num_empty: int, protocol: Protocol
) -> str:
    """State in one line how the scores were made."""
    thrs = ", ".join(f"{thr:g}" for thr in result.iou_thrs)
    handled = "counted" if protocol.count_empty_frames else "left out"
    matching = ", else the next best that is free" if protocol.reuse else ""
    corners = "corners rounded, " if protocol.round_corners else ""
    plus = f"+{protocol.offset:g}" if protocol.offset else "no +1"
    return (
        f"{_INTEGRATION_TEXTS[protocol.integration]}, each detection to its "
        f"argmax-IoU ground truth{matching}, IoU >= {thrs} in original pixels "
        f"({corners}{plus}), mean over "
        f"{result.in_mean.sum()} of {len(result.num_gt)} classes"
        f"{_MEAN_TEXTS[protocol.class_mean]}, "
        f"{num_frames} frames, detections on the {num_empty} frames without ground "
        f"truth {handled}; localization and classification: class-agnostic NMS 0.4 by "
        "objectness, IoU > 0.5, objectness > 0.25 (@0.005: score > 0.005, precision "
        "over objectness > 0.25)"
    )


def write_metrics_json(
    path: str | os.PathLike,
    metrics: Mapping[str, float],
    per_class: Mapping[str, Mapping[str, Any]],
    protocol: str,
) -> None:
    """Write the scores as json; the file is replaced in one step.

    Args:
        path: The json; its folder is made.
        metrics: Scores by name.
        per_class: Counts and AP by class, from :func:`class_scores`.
        protocol: How the scores were made.
    """
    write_json(path, {"metrics": metrics, "per_class": per_class, "protocol": protocol})


def add_tube_scores(
    path: str | os.PathLike,
    metrics: Mapping[str, float],
    per_class: Mapping[str, Mapping[str, Any]],
    protocol: str,
) -> None:
    """Add the scores of tubes to the json of the same test; make it if there is none.

    Args:
        path: See :func:`write_metrics_json`.
        metrics: Scores by name; they join the others.
        per_class: Counts and AP by class, from :func:`class_scores`; they go below
            ``tubes``, with the protocol.
        protocol: How the scores were made.
    """
    path = Path(path)
    content = load_json(path) if path.is_file() else {}
    content["metrics"] = {**content.get("metrics", {}), **metrics}
    content["tubes"] = {"per_class": per_class, "protocol": protocol}
    write_json(path, content)


def write_json(path: str | os.PathLike, content: Mapping[str, Any]) -> None:
    """Write numbers as json; the file is replaced in one step, its folder is made.

    Raises:
        ValueError: A number is not finite.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
