"""What charts have in common."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

WIDTH = 4.8
"""Inches; a chart of this width can be read on a phone."""

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8c8c8c"
"""Okabe and Ito's colours, on light and on dark."""


def shorten(text: str, length: int = 26) -> str:
    """Cut a long name for the edge of a chart."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def listing(names: list[str], values: list[str], limit: int = 30) -> str:
    """Say names with their values in one sentence part, for text alternatives.

    Args:
        names: What the values belong to.
        values: As long as ``names``.
        limit: Most pairs; how many more there are is said.
    """
    pairs = [f"{n} {v}" for n, v in zip(names, values, strict=True)]
    rest = f" and {len(pairs) - limit} more" if len(pairs) > limit else ""
    return ", ".join(pairs[:limit]) + rest


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(path: str | os.PathLike, figure: Figure) -> None:
    """Write a figure as PNG; the file is replaced in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    # without the version of matplotlib in it, the same figure gives the same file
    figure.savefig(part, format="png", dpi=120, metadata={"Software": None})
    part.replace(path)


def plot_class_ap(
    path: str | os.PathLike, per_class: Mapping[str, Mapping[str, Any]], title: str = ""
) -> None:
    """Write :func:`class_ap_figure` as PNG.

    Args:
        path: The PNG.
        per_class: See there.
        title: Title of the chart.

    Raises:
        ValueError: No class has ground truth.
    """
    save_figure(path, class_ap_figure(per_class, title))


def class_ap_figure(
    per_class: Mapping[str, Mapping[str, Any]], title: str = "", width: float = 7.0
) -> Figure:
    """Plot AP per class as horizontal bars, with the number of test boxes.

    Args:
        per_class: Counts and AP by class, as in ``per_class`` of ``metrics.json``.
            With several thresholds the first is drawn. Classes without ground truth
            are left out, their number is shown.
        title: Title of the chart.
        width: In inches.

    Returns:
        The chart, classes from top to bottom in the order of ``per_class``.

    Raises:
        ValueError: No class has ground truth.
    """
    names = [name for name, row in per_class.items() if row["num_gt"]]
    if not names:
        raise ValueError("no class has ground truth: there is no AP to plot")
    key = next(k for k in per_class[names[0]] if k.startswith("AP@"))
    values = [per_class[name][key] for name in names]
    figure = new_figure(width, 1.2 + 0.28 * len(names))
    axes = figure.subplots()
    bars = axes.barh(names, values, color=BLUE)
    boxes = [per_class[name]["num_gt"] for name in names]
    texts = [f"{v:.2f}  ({n} boxes)" for v, n in zip(values, boxes, strict=True)]
    mean = sum(values) / len(values)
    axes.axvline(mean, color=ORANGE, linestyle="--")
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axes.bar_label(bars, texts, padding=3, fontsize=8, bbox=paper)
    left_out = len(per_class) - len(names)
    note = f"; without ground truth, left out: {left_out}" if left_out else ""
    axes.set(xlim=(0, 1.25), xlabel=f"{key}, mean {mean:.3f} (dashed){note}")
    axes.set_title(title)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure
