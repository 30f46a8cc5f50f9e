"""Charts of the classes and of the box sizes of an annotation."""

import os

import numpy as np

from stal_plugin.datasets.annotation_stats import box_sizes, class_counts
from stal_plugin.datasets.formats import Annotation
from stal_plugin.visualization.figure import new_figure, save_figure

_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")


def split_names(annotation: Annotation) -> list[str]:
    """Names of the splits, training and test first."""
    names = {name for info in annotation.videos.values() for name in info.splits}
    return sorted(names, key=lambda name: ({"train": 0, "test": 1}.get(name, 2), name))


def plot_class_counts(path: str | os.PathLike, annotation: Annotation) -> None:
    """Plot the boxes of each class, stacked by split.

    Args:
        path: The PNG.
        annotation: Videos and boxes.
    """
    figure = new_figure(7.0, 1.4 + 0.28 * len(annotation.classes))
    axes = figure.subplots()
    left = np.zeros(len(annotation.classes))
    for place, split in enumerate(split_names(annotation)):
        counts = class_counts(annotation, split, "boxes")
        color = _COLORS[place % len(_COLORS)]
        axes.barh(annotation.classes, counts, left=left, color=color, label=split)
        left = left + counts
    for row, total in enumerate(left.astype(int).tolist()):
        axes.annotate(f" {total}", (total, row), va="center", fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set(xlabel="boxes", title="Boxes of each class")
    axes.legend(fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(path, figure)


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
