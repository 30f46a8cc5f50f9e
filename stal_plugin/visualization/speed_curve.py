"""Accuracy of live detection against the speed of the machine."""

import os
from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from stal_plugin.visualization.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    new_axes,
    save_figure,
)

#: Predictions per second and score.
Point = tuple[float, float]


def plot_speed_curve(
    path: str | os.PathLike,
    given: Mapping[str, Sequence[Point]],
    measured: Mapping[str, Point],
    fps: float | None = None,
) -> None:
    """Write :func:`speed_figure` as PNG.

    Args:
        path: The PNG.
        given: See there.
        measured: See there.
        fps: See there.
    """
    save_figure(path, speed_figure(given, measured, fps))


def speed_figure(
    given: Mapping[str, Sequence[Point]],
    measured: Mapping[str, Point],
    fps: float | None = None,
) -> Figure:
    """Plot frame-mAP of what was known in time against predictions per second.

    Args:
        given: Of each network, points at given speeds; joined by a line.
        measured: Of each network, the point of this machine; a dot.
        fps: Frame rate of the videos; a dotted line.
    """
    figure, axes = new_axes(7.0, 4.0)
    colors = cycle((BLUE, ORANGE, GREEN, GREY, "black"))
    for name in dict.fromkeys([*given, *measured]):
        color = next(colors)
        label: str | None = name
        if points := sorted(given.get(name, ())):
            axes.plot(*zip(*points, strict=True), "-", color=color, label=label)
            label = None
        if name in measured:
            axes.plot(*measured[name], "o", color=color, label=label)
    if fps:
        axes.axvline(fps, color=GREY, linestyle=":", label=f"{fps:g} frames per second")
    dots = ", dots: this machine" if measured else ""
    axes.set(
        xscale="log",
        xlabel=f"predictions per second that the network makes{dots}",
        ylabel="frame-mAP@0.5 of what was known in time",
    )
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)
    axes.legend()
    return figure
