"""The part of a report on K-means anchors: box sizes, anchors, curve over K."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import box_sizes
from stal_plugin.visualization.charts import (
    BLUE,
    GREY,
    ORANGE,
    WIDTH,
    new_figure,
)
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.html_page import Picture, ReportPart

_MOST_POINTS = 2000


def anchors_part(run: EvaluatedRun, max_k: int = 10) -> ReportPart:
    """Show K-means anchors over the training boxes, and the curve over K.

    Raises:
        MissingDataError: The config has no K-means anchors, or the training data too
            few boxes.
    """
    generator = _find(run.cfg.model.to_dict(), "stal_plugin.KMeansAnchorGenerator")
    if generator is None or "ann_file" not in generator:
        raise MissingDataError("the config has no K-means anchors of an annotation")
    # imported late: it brings all models with it
    from stal_plugin.models.task_modules.kmeans import (
        best_possible_recall,
        choose_k,
        inertia,
        mean_best_iou,
    )

    size = tuple(generator["input_size"])
    sizes = _training_sizes(run, generator)
    k = generator.get("num_anchors", 5) * len(generator["strides"])
    anchors = _anchors_by_k(sizes, generator, k, max_k)
    inertias = [inertia(sizes, centers) for centers in anchors]
    knee = choose_k(inertias)
    own = anchors[k - 1]
    summary = ", ".join(f"{w:.0f} x {h:.0f}" for w, h in own)
    pictures = [
        Picture.of_figure(
            anchors_figure(sizes, own, size),
            f"Scatter of {len(sizes)} box sizes with {k} anchors at {summary} pixels.",
        ),
        Picture.of_figure(
            inertia_figure(inertias, k, knee),
            f"Inertia of K-means falls from {inertias[0]:.3g} at K = 1 to "
            f"{inertias[-1]:.3g} at K = {len(anchors)}; the knee is at K = {knee}.",
        ),
    ]
    text = (
        f"Anchors (width x height in pixels of the {size[0]} x {size[1]} input, metric "
        f"{generator.get('metric', 'euclidean')}): {summary}. Mean IoU of a box with "
        f"its best anchor {mean_best_iou(sizes, own):.3f}, best possible recall at IoU "
        f"0.5 {best_possible_recall(sizes, own):.3f}. They are clustered anew from the "
        "annotation; a checkpoint that was trained with other data holds others."
    )
    return ReportPart("Anchors", [text], pictures=pictures)


def _training_sizes(run: EvaluatedRun, generator: Mapping[str, Any]) -> np.ndarray:
    """Return widths and heights of the boxes that a generator clusters, ``(N, 2)``."""
    path = Path(generator["ann_file"])
    annotation = run.annotation if path == run.ann_file else read_annotation(path)
    split = generator.get("split", "train")
    return box_sizes(annotation, split, tuple(generator["input_size"]))


def _anchors_by_k(
    sizes: np.ndarray, generator: Mapping[str, Any], k: int, max_k: int
) -> list[np.ndarray]:
    """Return the anchors for K = 1, 2, ..., at least up to ``k``."""
    from stal_plugin.models.task_modules.kmeans import kmeans_anchors

    distinct = len(np.unique(sizes.round(6), axis=0))
    if distinct < k:
        raise MissingDataError(
            f"split {generator.get('split', 'train')!r} of {generator['ann_file']} has "
            f"boxes of {distinct} sizes, too few for {k} anchors"
        )
    metric, seed = generator.get("metric", "euclidean"), generator.get("seed", 0)
    most = min(max(max_k, k), distinct)
    return [kmeans_anchors(sizes, n, metric, seed) for n in range(1, most + 1)]


def _find(node: Any, kind: str) -> dict | None:
    """Find the first dict of a type in nested dicts and lists."""
    if isinstance(node, dict):
        if node.get("type") == kind:
            return node
        node = list(node.values())
    if isinstance(node, list | tuple):
        matches = (_find(child, kind) for child in node)
        return next((match for match in matches if match is not None), None)
    return None


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
