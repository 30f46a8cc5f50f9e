"""Charts of anchors: over the sizes of boxes, and the curve over K."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.visualization.chart_style import BLUE, GREY, ORANGE, WIDTH
from stal_plugin.visualization.figure import new_figure

_MOST_POINTS = 2000


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
