"""Bar chart of AP per class."""

import os
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from stal_plugin.visualization.chart_style import BLUE, ORANGE
from stal_plugin.visualization.figure import new_figure, save_figure


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
