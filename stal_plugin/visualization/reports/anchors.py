"""The part of a report on anchors: box sizes, anchors, K-means over K."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import box_sizes
from stal_plugin.datasets.pipeline_steps import clip_shape
from stal_plugin.visualization.charts import (
    BLUE,
    GREY,
    ORANGE,
    WIDTH,
    new_figure,
    split_names,
)
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.html_page import Picture, ReportPart
from stal_plugin.wording import counted

_MOST_POINTS = 2000


def anchors_part(run: EvaluatedRun, max_k: int = 10) -> ReportPart:
    """Show the anchors over the training boxes, and the curve of K-means over K.

    Raises:
        MissingDataError: The model has no anchors, or the training data too few boxes.
    """
    generator = _find_generator(run.cfg.model.to_dict())
    if generator is None:
        raise MissingDataError(
            "the model has no anchors: the config gives neither base_sizes nor K-means "
            "anchors of an annotation (no K-means anchors)"
        )
    # imported late: it brings all models with it
    from stal_plugin.models.task_modules.kmeans import (
        best_possible_recall,
        choose_k,
        inertia,
        mean_best_iou,
    )

    width, height = _input_size(run, generator)
    sizes = _training_sizes(run, generator, (width, height))
    known = generator.get("base_sizes")
    if known:
        own = np.array([size for level in known for size in level], np.float64)
        origin = "They are those of the config."
    else:
        own = _clustered(sizes, generator)
        origin = (
            "They are clustered anew from the annotation; a checkpoint that was "
            "trained with other data holds others."
        )
    k = len(own)
    inertias = [inertia(sizes, centers) for centers in _by_k(sizes, generator, max_k)]
    knee = choose_k(inertias)
    summary = ", ".join(f"{w:.0f} x {h:.0f}" for w, h in own)
    boxes = counted(len(sizes), "box size")
    pictures = [
        Picture.of_figure(
            anchors_figure(sizes, own, (width, height)),
            f"Scatter of {boxes} with {k} anchors at {summary} pixels.",
        ),
        Picture.of_figure(
            inertia_figure(inertias, k, knee),
            f"Inertia of K-means falls from {inertias[0]:.3g} at K = 1 to "
            f"{inertias[-1]:.3g} at K = {len(inertias)}; the knee is at K = {knee}.",
        ),
    ]
    fit = mean_best_iou(sizes, own)
    text = (
        f"Anchors (width x height in pixels of the {width} x {height} input): "
        f"{summary}. Mean IoU of a training box with its best anchor {fit:.3f}, best "
        f"possible recall at IoU 0.5 {best_possible_recall(sizes, own):.3f}. {origin}"
    )
    brief = f"{counted(k, 'anchor')}, mean IoU with the training boxes {fit:.2f}"
    return ReportPart("Anchors", [text], pictures=pictures, summary=brief)


def _find_generator(node: Any) -> dict | None:
    """Find the first generator of YOLO anchors that gives sizes or data for them."""
    if isinstance(node, dict):
        is_generator = str(node.get("type")).endswith("AnchorGenerator")
        if is_generator and (node.get("base_sizes") or node.get("ann_file")):
            return node
        node = list(node.values())
    if isinstance(node, list | tuple):
        matches = (_find_generator(child) for child in node)
        return next((match for match in matches if match is not None), None)
    return None


def _input_size(run: EvaluatedRun, generator: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and height of the network's input in pixels."""
    if generator.get("input_size"):
        width, height = generator["input_size"]
    else:
        _, height, width = clip_shape(run.cfg)
    if not (width and height):
        raise MissingDataError("the config does not tell the size of the input")
    return width, height


def _training_sizes(
    run: EvaluatedRun, generator: Mapping[str, Any], input_size: tuple[int, int]
) -> np.ndarray:
    """Return widths and heights of the training boxes, ``(N, 2)``."""
    path = Path(generator.get("ann_file") or run.ann_file)
    annotation = run.annotation if path == run.ann_file else read_annotation(path)
    split = generator.get("split", "train")
    if split not in split_names(annotation):
        raise MissingDataError(f"{path} has no split {split!r}")
    sizes = box_sizes(annotation, split, input_size)
    if not len(sizes):
        raise MissingDataError(f"split {split!r} of {path} has no box")
    return sizes


def _clustered(sizes: np.ndarray, generator: Mapping[str, Any]) -> np.ndarray:
    """Return the anchors that the generator asks for."""
    k = generator.get("num_anchors", 5) * len(generator["strides"])
    distinct = len(np.unique(sizes.round(6), axis=0))
    if distinct < k:
        raise MissingDataError(
            f"split {generator.get('split', 'train')!r} of {generator['ann_file']} has "
            f"boxes of {distinct} sizes, too few for {k} anchors"
        )
    return _by_k(sizes, generator, k)[k - 1]


def _by_k(
    sizes: np.ndarray, generator: Mapping[str, Any], max_k: int
) -> list[np.ndarray]:
    """Return the anchors of K-means for K = 1, 2, ..., as far as sizes differ."""
    from stal_plugin.models.task_modules.kmeans import kmeans_anchors

    metric, seed = generator.get("metric", "euclidean"), generator.get("seed", 0)
    most = min(max_k, len(np.unique(sizes.round(6), axis=0)))
    return [kmeans_anchors(sizes, n, metric, seed) for n in range(1, most + 1)]


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
    label = f"{len(shown)} of {counted(len(sizes), 'training box', 'training boxes')}"
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
    name = counted(len(anchors), "anchor")
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
    axes.set(xlabel="number of anchors K", ylabel="inertia (pixels²)", xticks=ks)
    axes.ticklabel_format(axis="y", scilimits=(-3, 5))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure
