"""Charts with matplotlib: what they share, AP by class, classes and sizes of boxes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.annotation import splits_of
from stal_plugin.annotations.statistics import box_sizes, class_counts
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.visualization.glyphs import GlyphCanvas
from stal_plugin.wording import counted

WIDTH = 4.8
"""Inches; a chart of this width can be read on a phone."""

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8c8c8c"
"""Okabe and Ito's colours, on light and on dark."""
COLORS = (BLUE, ORANGE, GREEN, GREY)


def shorten(text: str, length: int = 26) -> str:
    """Cut a long name for the edge of a chart."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write names at the left edge of rows 0, 1, ...; long ones are cut.

    The chart keeps six tenths of the width, however wide the letters are.

    Args:
        axes: Of a figure that has its width already.
        names: One per row.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    room = 0.4 * figure.bbox.width
    drawn = Text(fontsize=9, figure=figure, parse_math=False)
    labels = []
    for name in names:
        for length in range(min(60, len(name)), 0, -1):
            drawn.set_text(shorten(name, length))
            if drawn.get_window_extent().width <= room:
                break
        labels.append(drawn.get_text())
    axes.set_yticks(range(len(labels)), labels, fontsize=9)


def _make_room(axes: Axes, values: Sequence[float], texts: Sequence[Text]) -> None:
    """Move the right end until what stands behind the bars is in the chart."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    width, end = axes.get_window_extent().width, axes.get_xlim()[1]
    for value, text in zip(values, texts, strict=True):
        rest = width - text.get_window_extent().width - 0.1 * figure.dpi
        end = max(end, min(value * width / max(rest, 1), 4.0))
    axes.set_xlim(0, end)


def listing(names: list[str], values: list[str], limit: int = 30) -> str:
    """Join names with their values, for text alternatives of charts.

    Args:
        names: What the values belong to.
        values: As long as ``names``.
        limit: Most pairs; the number of further ones follows.
    """
    pairs = [f"{n} {v}" for n, v in zip(names, values, strict=True)]
    rest = f" and {len(pairs) - limit} more" if len(pairs) > limit else ""
    return ", ".join(pairs[:limit]) + rest


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    GlyphCanvas(figure)
    return figure


def new_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of one chart without an edge above and on the right.

    Args:
        width: In inches.
        height: In inches.
    """
    figure = new_figure(width, height)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


@contextmanager
def as_plain_text(figure: Figure) -> Iterator[None]:
    """Draw dollar signs, say in names of classes, as they are, not as mathematics."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with mpl.rc_context({"text.parse_math": False}):  # for ticks that are still to come
        yield


def save_figure(path: str | os.PathLike, figure: Figure) -> None:
    """Write a figure as PNG; the file is replaced in one step."""
    # without the version of matplotlib in it, the same figure gives the same file
    metadata = {"Software": None}
    with atomic_file(path) as part, as_plain_text(figure):
        figure.savefig(part, format="png", dpi=120, metadata=metadata)


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
    names = [name for name, row in per_class.items() if row.get("num_gt")]
    if not names:
        raise ValueError("no class has ground truth: there is no AP to plot")
    key = next((k for k in per_class[names[0]] if k.startswith("AP@")), "AP")
    lacking = [name for name in names if per_class[name].get(key) is None]
    if lacking:
        raise ValueError(f"the scores of class {lacking[0]!r} lack {key}: test again")
    values = [per_class[name][key] for name in names]
    figure, axes = new_axes(width, 1.2 + 0.28 * len(names))
    bars = axes.barh(range(len(names)), values, color=BLUE)
    name_rows(axes, names)
    boxes = [per_class[name]["num_gt"] for name in names]
    texts = [
        f"{v:.2f}  ({counted(n, 'box', 'boxes')})"
        for v, n in zip(values, boxes, strict=True)
    ]
    mean = sum(values) / len(values)
    axes.axvline(mean, color=ORANGE, linestyle="--")
    background = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    labels = axes.bar_label(bars, texts, padding=3, fontsize=8, bbox=background)
    left_out = len(per_class) - len(names)
    note = f"\nwithout ground truth, left out: {left_out}" if left_out else ""
    axes.set(xlim=(0, 1.25), xlabel=f"{key}, mean {mean:.3f} (dashed){note}")
    axes.set_title(title)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.invert_yaxis()
    _make_room(axes, values, labels)
    return figure


def split_names(annotation: Annotation) -> list[str]:
    """Names of the splits, training and test first."""
    names = splits_of(annotation.videos)
    return sorted(names, key=lambda name: ({"train": 0, "test": 1}.get(name, 2), name))


def distribution_figure(
    counts: Mapping[str, np.ndarray], classes: Sequence[str], unit: str
) -> Figure:
    """Draw how often each class occurs, the most frequent first.

    Args:
        counts: ``(K,)`` by the name of the split; the first gives the order.
        classes: K names.
        unit: What is counted.
    """
    first = next(iter(counts.values()))
    order = np.argsort(-first, kind="stable")
    figure, axes = new_axes(WIDTH, 1.1 + 0.15 * (len(counts) + 1) * len(classes))
    height = 0.8 / len(counts)
    for i, (name, values) in enumerate(counts.items()):
        y = np.arange(len(classes)) + (i - (len(counts) - 1) / 2) * height
        color = COLORS[i % len(COLORS)]
        bars = axes.barh(y, values[order], height, color=color, label=name)
        axes.bar_label(bars, padding=2, fontsize=7)
    name_rows(axes, [classes[k] for k in order])
    axes.set(xlabel=unit, xlim=(0, 1.15 * max(1, *(v.max() for v in counts.values()))))
    axes.invert_yaxis()
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
    input_size: tuple[int, int] | None = None,
) -> None:
    """Plot widths and heights of the boxes, and their square root of area.

    Args:
        path: The PNG.
        annotation: Videos and boxes.
        input_size: Width and height of the network's input in pixels; without them
            sizes are in percent of the frame.
    """
    unit = "px" if input_size else "% of the frame"
    title = "Box sizes, 10 % are 11 px at 112x112, 22 px at 224x224"
    if input_size:
        title = f"Box sizes at {input_size[0]}x{input_size[1]}"
    input_size = input_size or (100, 100)
    figure = new_figure(9.0, 4.0)
    scatter, histogram = figure.subplots(1, 2)
    for i, split in enumerate(split_names(annotation)):
        sizes = box_sizes(annotation, split, input_size)
        color = COLORS[i % len(COLORS)]
        shown = sizes[:: max(1, len(sizes) // 5000)]
        scatter.plot(*shown.T, ".", markersize=2, color=color, label=split)
        side = np.sqrt(sizes.prod(1))
        bins = np.linspace(0, max(input_size), 33).tolist()
        histogram.hist(side, bins=bins, color=color, alpha=0.6, label=split)
    scatter.set(
        xlabel=f"width ({unit})",
        ylabel=f"height ({unit})",
        xlim=(0, input_size[0]),
        ylim=(0, input_size[1]),
    )
    figure.suptitle(title)
    histogram.set(xlabel=f"square root of the area ({unit})", ylabel="boxes")
    histogram.legend(fontsize=8)
    save_figure(path, figure)


def plot_clip_counts(
    path: str | os.PathLike, clips: Mapping[str, int], kept: int
) -> None:
    """Write the number of clips of each label as PNG (arXiv:2012.08097, figure 2).

    Args:
        path: The PNG.
        clips: Number of clips by label, most first.
        kept: So many labels are kept; the bars of the rest are grey.
    """
    shown = {label: number for label, number in clips.items() if number}
    figure, axes = new_axes(max(6.0, 0.32 * len(shown)), 4.5)
    colors = ["tab:blue" if i < kept else "lightgrey" for i in range(len(shown))]
    bars = axes.bar(range(len(shown)), list(shown.values()), color=colors)
    axes.bar_label(bars, fontsize=7)
    names = [f"{i + 1}  {label}" for i, label in enumerate(shown)]
    axes.set_xticks(range(len(shown)), names, rotation=60, ha="right", fontsize=7)
    axes.set_ylabel("clips")
    axes.set_title(f"Clips per action ({kept} classes kept, grey: dropped)")
    save_figure(path, figure)
