"""The metric in words: per-class table, protocol, json."""

import json
import os
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from stal_plugin.evaluation.frame_ap import FrameAP


def class_scores(result: FrameAP, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
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


def class_table(result: FrameAP, classes: Sequence[str], title: str = "") -> str:
    """Render a text table: class, ground-truth boxes, detections, AP by threshold.

    Classes without ground truth show a dash and do not enter the mean.
    """
    table = Table(box=SIMPLE, title=title or None, title_justify="left")
    table.add_column("class", overflow="fold")
    thresholds = [f"AP@{thr:g}" for thr in result.iou_thrs]
    for name in ("GT boxes", "detections", *thresholds):
        table.add_column(name, justify="right")
    for name, row in class_scores(result, classes).items():
        values = [row[thr] for thr in thresholds]
        texts = ["-" if value is None else f"{value:.4f}" for value in values]
        table.add_row(name, str(row["num_gt"]), str(row["num_dets"]), *texts)
    table.add_section()
    totals = [str(result.num_gt.sum()), str(result.num_dets.sum())]
    table.add_row("mean", *totals, *(f"{value:.4f}" for value in result.mean))
    width = 70 + 12 * len(thresholds)
    text = StringIO()
    Console(file=text, width=width, color_system=None, markup=False).print(table)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join(line for line in lines if line)


def excluded_classes(result: FrameAP, classes: Sequence[str]) -> list[str]:
    """Name the classes that have no ground truth, and hence no AP."""
    counts = zip(classes, result.num_gt, strict=True)
    return [name for name, count in counts if not count]


def protocol_line(
    result: FrameAP, num_frames: int, num_empty: int, count_empty_frames: bool
) -> str:
    """State in one line how the scores were made."""
    thrs = ", ".join(f"{thr:g}" for thr in result.iou_thrs)
    handled = "counted" if count_empty_frames else "left out"
    return (
        "protocol: all-point AP (VOC), each detection to its argmax-IoU ground truth, "
        f"IoU >= {thrs} in original pixels (no +1), mean over "
        f"{(result.num_gt > 0).sum()} of {len(result.num_gt)} classes, "
        f"{num_frames} frames, detections on the {num_empty} frames without ground "
        f"truth {handled}; localization and classification: class-agnostic NMS 0.4, "
        "IoU > 0.5, objectness > 0.25 (@0.005: score > 0.005)"
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
    path = Path(path)
    content = {"metrics": metrics, "per_class": per_class, "protocol": protocol}
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
