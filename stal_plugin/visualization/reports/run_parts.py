"""Parts of a run's report that show training, data, examples and setting."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import box_sizes, class_counts
from stal_plugin.visualization.charts import WIDTH, distribution_figure, listing
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.example_choice import choose_examples
from stal_plugin.visualization.reports.example_pictures import example_pictures
from stal_plugin.visualization.reports.report_part import (
    MissingDataError,
    Picture,
    ReportPart,
    ReportTable,
)
from stal_plugin.visualization.reports.score_charts import (
    anchors_figure,
    inertia_figure,
)
from stal_plugin.visualization.reports.tube_timeline import (
    RULE,
    linked_tubes,
    timeline_figure,
    tube_spans,
)
from stal_plugin.visualization.training_curve import read_scalars, training_figure

_PACKAGES = (
    *("stal_plugin", "torch", "mmengine", "mmdet", "mmaction2", "mmcv", "mmcv-lite"),
    *("numpy", "scikit-learn", "opencv-python", "opencv-python-headless", "av"),
)
_LOGGED = ("Python", "PyTorch", "CUDA available", "GPU 0", "MMEngine", "seed")
_STRIPS = {
    "false positive": "Worst false positives",
    "miss": "Worst misses",
    "hit": "Best hits",
}


def training_part(run: EvaluatedRun) -> ReportPart:
    """Show losses and validation score.

    Raises:
        FileNotFoundError: The run was not trained here.
    """
    train, val = read_scalars(run.work_dir)
    picture = Picture.of_figure(
        training_figure(train, val, width=WIDTH),
        f"Training loss over epochs, from {train[0]['loss']:.3g} to "
        f"{train[-1]['loss']:.3g}, and the validation score below it.",
    )
    return ReportPart("Training", pictures=[picture])


def distribution_part(run: EvaluatedRun, unit: str = "boxes") -> ReportPart:
    """Show how often each class occurs in training and test (Figure 2)."""
    known = {name for info in run.annotation.videos.values() for name in info.splits}
    trained = [name for name in ("train",) if name in known]
    splits = [*trained, *(s for s in run.splits if s not in trained)][:2]
    counts = {name: class_counts(run.annotation, name, unit) for name in splits}
    first = counts[splits[0]]
    order = np.argsort(-first, kind="stable")
    values = [str(first[k]) for k in order]
    said = listing([run.classes[k] for k in order], values)
    picture = Picture.of_figure(
        distribution_figure(counts, run.classes, unit),
        f"Bars of the number of {unit} per class. Split {splits[0]}: {said}.",
    )
    ratio = f"{first.max()} to {first[first > 0].min()}" if first.any() else "none"
    text = f"Most frequent to rarest class of split {splits[0]}: {ratio} {unit}."
    return ReportPart("Class distribution", [text], pictures=[picture])


def anchors_part(run: EvaluatedRun, max_k: int = 10) -> ReportPart:
    """Show K-means anchors over the training boxes, and the curve over K.

    Raises:
        MissingDataError: The config has no K-means anchors.
    """
    found = _find(run.cfg.model.to_dict(), "stal_plugin.KMeansAnchorGenerator")
    if found is None or "ann_file" not in found:
        raise MissingDataError("the config has no K-means anchors of an annotation")
    size = tuple(found["input_size"])
    split = found.get("split", "train")
    metric, seed = found.get("metric", "euclidean"), found.get("seed", 0)
    # imported late: it brings all models with it
    from stal_plugin.models.task_modules.kmeans import (
        best_possible_recall,
        choose_k,
        inertia,
        kmeans_anchors,
        mean_best_iou,
    )

    path = Path(found["ann_file"])
    same = path == run.ann_file
    annotation = run.annotation if same else read_annotation(path)
    sizes = box_sizes(annotation, split, size)
    k = found.get("num_anchors", 5) * len(found["strides"])
    distinct = len(np.unique(sizes.round(6), axis=0))
    if distinct < k:
        raise MissingDataError(
            f"split {split!r} of {path} has boxes of {distinct} sizes, too few for {k} "
            "anchors"
        )
    most = min(max(max_k, k), distinct)
    anchors = [kmeans_anchors(sizes, n, metric, seed) for n in range(1, most + 1)]
    inertias = [inertia(sizes, centers) for centers in anchors]
    knee = choose_k(inertias)
    own = anchors[k - 1]
    said = ", ".join(f"{w:.0f} x {h:.0f}" for w, h in own)
    alt = f"Scatter of {len(sizes)} box sizes with {k} anchors at {said} pixels."
    pictures = [
        Picture.of_figure(anchors_figure(sizes, own, size), alt),
        Picture.of_figure(
            inertia_figure(inertias, k, knee),
            f"Inertia of K-means falls from {inertias[0]:.3g} at K = 1 to "
            f"{inertias[-1]:.3g} at K = {most}; the knee is at K = {knee}.",
        ),
    ]
    text = (
        f"Anchors (width x height in pixels of the {size[0]} x {size[1]} input, metric "
        f"{metric}): {said}. Mean IoU of a box with its best anchor "
        f"{mean_best_iou(sizes, own):.3f}, best possible recall at IoU 0.5 "
        f"{best_possible_recall(sizes, own):.3f}. They are clustered anew from the "
        "annotation; a checkpoint that was trained with other data holds others."
    )
    return ReportPart("Anchors", [text], pictures=pictures)


def _find(node: Any, kind: str) -> dict | None:
    """Find the first dict of a type in nested dicts and lists."""
    if isinstance(node, dict):
        if node.get("type") == kind:
            return node
        node = list(node.values())
    if isinstance(node, list | tuple):
        found = (_find(child, kind) for child in node)
        return next((child for child in found if child is not None), None)
    return None


def examples_part(run: EvaluatedRun, count: int = 8) -> ReportPart:
    """Show false positives, misses and hits as pictures.

    Raises:
        FileNotFoundError: A video is missing.
    """
    chosen = choose_examples(run.boxes, len(run.classes), count)
    root = run.ann_file.parent
    strips = [
        (_STRIPS[kind], example_pictures(some, run.boxes, run.annotation, root))
        for kind, some in chosen.items()
        if some
    ]
    text = (
        "Solid: prediction, dashed: ground truth. At most one of each video and class "
        "while there are others. False positives by falling score; misses: what no box "
        "of any score found, then what the lowest score found; hits by score times IoU."
    )
    return ReportPart("Examples", [text], strips=strips)


def timeline_part(
    run: EvaluatedRun, max_videos: int = 100, score_thr: float = 0.3
) -> ReportPart:
    """Show, for each test video, when each action happens and was detected.

    Raises:
        MissingDataError: The annotation does not tell persons apart.
    """
    boxes = run.boxes
    detected, truth = linked_tubes(boxes, len(run.classes), score_thr)
    pictures = []
    for video, name in enumerate(boxes.index.names[:max_videos]):
        spans = [tube_spans(tubes, boxes, video) for tubes in (truth, detected)]
        frames = boxes.index.frames[boxes.index.videos == video]
        bounds = (int(frames[0]), int(frames[-1]))
        said = "; ".join(
            f"{run.classes[label]} {first} to {last}"
            for label, first, last, _ in spans[0]
        )
        alt = (
            f"Timeline of {name}, frames {bounds[0]} to {bounds[1]}. Ground truth: "
            f"{said or 'no action'}. Detected tubes: {len(spans[1])}."
        )
        figure = timeline_figure(spans[0], spans[1], run.classes, bounds)
        pictures.append(Picture.of_figure(figure, alt, name))
    more = "" if len(pictures) == len(boxes.index.names) else ", more with --videos"
    text = (
        f"{len(pictures)} of {len(boxes.index.names)} test videos{more}. Upper bar "
        f"(black or white): ground truth. Lower bar: tubes of detections with score >= "
        f"{score_thr:g}, linked as ACT does; weak ones are pale, those below "
        f"{RULE.min_length} frames are not drawn."
    )
    return ReportPart("Tube timelines", [text], pictures=pictures, folded=True)


def setting_part(run: EvaluatedRun) -> ReportPart:
    """Show versions, seeds and the configuration."""
    rows = [["config", run.name], ["seed (config)", str(run.seed)]]
    rows += [[f"{key} (training log)", value] for key, value in _logged(run.work_dir)]
    rows += [[f"{name} (this report)", text] for name, text in _versions()]
    table = ReportTable("Seed and versions", ["what", "value"], rows)
    text = run.cfg.pretty_text
    return ReportPart("Configuration", [], [table], code=text, folded=True)


def _versions() -> list[tuple[str, str]]:
    found = []
    for name in _PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def _logged(work_dir: Path) -> list[tuple[str, str]]:
    """Read the environment that mmengine wrote at the start of the first log."""
    logs = sorted(work_dir.glob("*/*.log"))
    if not logs:
        return []
    with logs[0].open(encoding="utf-8", errors="replace") as file:
        head = "".join(line for line, _ in zip(file, range(80), strict=False))
    found = []
    for key in _LOGGED:
        if match := re.search(rf"^ {{4}}{re.escape(key)}: (.+)$", head, re.MULTILINE):
            found.append((key, match[1].strip()))
    return found
