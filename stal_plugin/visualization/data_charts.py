"""Charts of the classes and of the box sizes of an annotation."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.statistics import box_sizes, class_counts
from stal_plugin.visualization.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    WIDTH,
    new_figure,
    save_figure,
    shorten,
)

_COLORS = (BLUE, ORANGE, GREEN, GREY)


def split_names(annotation: Annotation) -> list[str]:
    """Names of the splits, training and test first."""
    names = {name for info in annotation.videos.values() for name in info.splits}
    return sorted(names, key=lambda name: ({"train": 0, "test": 1}.get(name, 2), name))


def distribution_figure(
    counts: Mapping[str, np.ndarray], classes: Sequence[str], unit: str
) -> Figure:
    """Draw how often each class occurs, the most frequent first (Figure 2).

    Args:
        counts: ``(K,)`` by the name of the split; the first gives the order.
        classes: K names.
        unit: What is counted.
    """
    first = next(iter(counts.values()))
    order = np.argsort(-first, kind="stable")
    figure = new_figure(WIDTH, 1.1 + 0.15 * (len(counts) + 1) * len(classes))
    axes = figure.subplots()
    height = 0.8 / len(counts)
    for place, (name, values) in enumerate(counts.items()):
        y = np.arange(len(classes)) + (place - (len(counts) - 1) / 2) * height
        color = _COLORS[place % len(_COLORS)]
        bars = axes.barh(y, values[order], height, color=color, label=name)
        axes.bar_label(bars, padding=2, fontsize=7)
    names = [shorten(classes[k]) for k in order]
    axes.set_yticks(np.arange(len(classes)), names, fontsize=9)
    axes.set(xlabel=unit, xlim=(0, 1.15 * max(1, *(v.max() for v in counts.values()))))
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8)
    return figure


def plot_class_counts(path: str | os.PathLike, annotation: Annotation) -> None:
    """Plot the boxes of each class, by split.

    Args:
        path: The PNG.
        annotation: Videos and boxes.
    """
    counts = {
        split: class_counts(annotation, split, "boxes")
        for split in split_names(annotation)
    }
    save_figure(path, distribution_figure(counts, annotation.classes, "boxes"))


def plot_box_sizes(
    path: str | os.PathLike,
    annotation: Annotation,
    input_size: tuple[int, int] = (224, 224),
) -> None:
    """Plot widths and heights at the network's input, and their square root of area.

    Args:
        path: The PNG.
        annotation: Videos and boxes.
        input_size: Width and height of the network's input in pixels.
    """
    figure = new_figure(9.0, 4.0)
    scatter, histogram = figure.subplots(1, 2)
    for place, split in enumerate(split_names(annotation)):
        sizes = box_sizes(annotation, split, input_size)
        color = _COLORS[place % len(_COLORS)]
        shown = sizes[:: max(1, len(sizes) // 5000)]
        scatter.plot(*shown.T, ".", markersize=2, color=color, label=split)
        side = np.sqrt(sizes.prod(1))
        bins = np.linspace(0, max(input_size), 33).tolist()
        histogram.hist(side, bins=bins, color=color, alpha=0.6, label=split)
    scatter.set(
        xlabel="width (px)",
        ylabel="height (px)",
        xlim=(0, input_size[0]),
        ylim=(0, input_size[1]),
        title=f"Box sizes at {input_size[0]}x{input_size[1]}",
    )
    histogram.set(xlabel="square root of the area (px)", ylabel="boxes")
    histogram.legend(fontsize=8)
    save_figure(path, figure)
