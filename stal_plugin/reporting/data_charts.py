"""Charts of the data: class distribution, sizes of boxes, anchors."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.reporting.chart_style import BLUE, GREY, ORANGE, WIDTH, shorten
from stal_plugin.visualization.figure import new_figure

_MOST_POINTS = 2000


def distribution_figure(
    counts: Mapping[str, np.ndarray], classes: Sequence[str], unit: str
) -> Figure:
    """Draw how often each class occurs, the most frequent first (Figure 2).

    Args:
        counts: ``(K,)`` by the name of the split, at most two; the first gives the
            order.
        classes: K names.
        unit: What is counted.
    """
    first = next(iter(counts.values()))
    order = np.argsort(-first, kind="stable")
    figure = new_figure(WIDTH, 1.1 + 0.3 * len(classes))
    axes = figure.subplots()
    height = 0.8 / len(counts)
    for place, (name, values) in enumerate(counts.items()):
        y = np.arange(len(classes)) + (place - (len(counts) - 1) / 2) * height
        color = (BLUE, ORANGE)[place]
        bars = axes.barh(y, values[order], height, color=color, label=name)
        axes.bar_label(bars, padding=2, fontsize=7)
    names = [shorten(classes[k]) for k in order]
    axes.set_yticks(np.arange(len(classes)), names, fontsize=9)
    axes.set(xlabel=unit, xlim=(0, 1.15 * max(1, *(v.max() for v in counts.values()))))
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8)
    return figure


def anchors_figure(
    sizes: np.ndarray, anchors: np.ndarray, input_size: tuple[int, int]
) -> Figure:
    """Draw anchors over the sizes of training boxes.

    Args:
        sizes: ``(N, 2)`` widths and heights in pixels of the input; of many, an even
            choice is drawn.
        anchors: ``(A, 2)``, the same.
        input_size: Width and height of the input.
    """
    shown = sizes[np.unique(np.linspace(0, len(sizes) - 1, _MOST_POINTS).astype(int))]
    figure = new_figure(WIDTH, 4.2)
    axes = figure.subplots()
    label = f"{len(shown)} of {len(sizes)} training boxes"
    # thousands of circles are a picture, not shapes
    axes.scatter(
        shown[:, 0],
        shown[:, 1],
        s=8,
        color=GREY,
        alpha=0.4,
        label=label,
        rasterized=True,
    )
    name = f"{len(anchors)} anchors"
    axes.scatter(
        anchors[:, 0],
        anchors[:, 1],
        s=90,
        marker="X",
        color=ORANGE,
        label=name,
        zorder=3,
    )
    top = np.maximum(sizes.max(0), anchors.max(0)) * 1.1
    limits = np.minimum(top, np.maximum(input_size, anchors.max(0)) * 1.05)
    axes.set(xlim=(0, limits[0]), ylim=(0, limits[1]))
    axes.set(xlabel="width (pixels of the input)", ylabel="height")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, fontsize=8)
    return figure


def inertia_figure(inertias: Sequence[float], chosen: int, knee: int) -> Figure:
    """Draw the inertia of K-means over the number of anchors K.

    Args:
        inertias: Of K = 1, 2, ..., in pixels squared.
        chosen: K of the model.
        knee: K at the knee of the curve.
    """
    ks = np.arange(1, len(inertias) + 1)
    figure = new_figure(WIDTH, 3.0)
    axes = figure.subplots()
    axes.plot(ks, inertias, marker="o", color=BLUE)
    axes.axvline(knee, linestyle="--", color=GREY, label=f"knee, K = {knee}")
    axes.axvline(chosen, linestyle=":", color=ORANGE, label=f"this run, K = {chosen}")
    axes.set(xlabel="number of anchors K", ylabel="inertia (pixels$^2$)", xticks=ks)
    axes.ticklabel_format(axis="y", scilimits=(-3, 5))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure
