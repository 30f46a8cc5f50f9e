"""The report of one run: all its parts on one HTML page."""

import re
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import splits_of
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.visualization.charts import WIDTH, distribution_figure, listing
from stal_plugin.visualization.reports.anchors import anchors_part
from stal_plugin.visualization.reports.confusion import confusion_part
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.example_pictures import examples_part
from stal_plugin.visualization.reports.html_page import (
    Picture,
    ReportPart,
    ReportTable,
    html_page,
)
from stal_plugin.visualization.reports.overview import overview_part
from stal_plugin.visualization.reports.score_parts import (
    class_part,
    curves_part,
    errors_part,
    protocol_part,
    scores_part,
    size_part,
)
from stal_plugin.visualization.reports.tube_timeline import timeline_part
from stal_plugin.visualization.training_curve import read_scalars, training_figure
from stal_plugin.wording import counted

_PACKAGES = (
    *("stal_plugin", "torch", "mmengine", "mmdet", "mmaction2", "mmcv", "mmcv-lite"),
    *("numpy", "scikit-learn", "opencv-python", "opencv-python-headless", "av"),
)
_LOGGED = ("Python", "PyTorch", "CUDA available", "GPU 0", "MMEngine", "seed")


def run_report(run: EvaluatedRun, max_examples: int = 8, max_videos: int = 100) -> str:
    """Make the page of one run: what it can and cannot do, and all else folded.

    Parts that it has no data for say so.

    Args:
        run: The run.
        max_examples: Most pictures of a strip.
        max_videos: Most timelines.

    Returns:
        HTML that needs no other file and no network.
    """
    examples = part_or_reason("Examples", lambda: examples_part(run, max_examples))
    parts = [
        scores_part(run),
        *(
            part_or_reason(title, make)
            for title, make in (
                ("Classes", lambda: class_part(run)),
                ("Confusion", lambda: confusion_part(run)),
                ("Examples", lambda: examples),
                ("Tube timelines", lambda: timeline_part(run, max_videos)),
                ("Errors", lambda: errors_part(run)),
                ("PR curves", lambda: curves_part(run)),
                ("AP by box size", lambda: size_part(run)),
                ("Training", lambda: training_part(run)),
                ("Class distribution", lambda: distribution_part(run)),
                ("Anchors", lambda: anchors_part(run)),
            )
        ),
        protocol_part(run),
        setting_part(run),
    ]
    folded = [replace(part, folded=not part.missing) for part in parts]
    return html_page(
        f"{run_name(run)}: test report",
        lead(run),
        [overview_part(run, examples), *folded],
    )


def run_name(run: EvaluatedRun) -> str:
    """Return the name of the work folder, which tells one run from another."""
    return run.work_dir.resolve().name or run.name


def lead(run: EvaluatedRun) -> str:
    """Say in a sentence what was tested on what."""
    kind = "synthetic" if run.annotation.synthetic else "real"
    score = run.metrics.get("frame-mAP@0.5")
    result = "" if score is None else f"frame-mAP@0.5 {100 * score:.1f} % on "
    frames = counted(len(run.boxes.index), "key frame")
    videos = counted(len(run.boxes.index.names), "video")
    return (
        f"{result}{frames} of {videos} of {kind} footage "
        f"({', '.join(run.splits)} of {run.ann_file}). Config {run.name}, work folder "
        f"{run.work_dir}."
    )


def part_or_reason(title: str, make: Callable[[], ReportPart]) -> ReportPart:
    """Make an optional part, or an empty one that says why it could not be made.

    Args:
        title: Heading of the part.
        make: Makes it; may raise ``FileNotFoundError`` or ``MissingDataError``.

    Returns:
        The part, or one with ``missing``.
    """
    try:
        return make()
    except (FileNotFoundError, MissingDataError) as error:
        return ReportPart(title, missing=str(error))


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
    summary = f"loss from {train[0]['loss']:.3g} to {train[-1]['loss']:.3g}"
    return ReportPart("Training", pictures=[picture], summary=summary)


def distribution_part(run: EvaluatedRun, unit: str = "boxes") -> ReportPart:
    """Show how often each class occurs in training and test."""
    known = splits_of(run.annotation.videos)
    trained = [name for name in ("train",) if name in known]
    splits = [*trained, *(s for s in run.splits if s not in trained)][:2]
    counts = {name: class_counts(run.annotation, name, unit) for name in splits}
    first = counts[splits[0]]
    order = np.argsort(-first, kind="stable")
    values = [str(first[k]) for k in order]
    summary = listing([run.classes[k] for k in order], values)
    picture = Picture.of_figure(
        distribution_figure(counts, run.classes, unit),
        f"Bars of the number of {unit} per class. Split {splits[0]}: {summary}.",
    )
    ratio = f"{first.max()} to {first[first > 0].min()}" if first.any() else "none"
    text = f"Most frequent to rarest class of split {splits[0]}: {ratio} {unit}."
    return ReportPart(
        "Class distribution",
        [text],
        pictures=[picture],
        summary=f"most frequent to rarest class: {ratio} {unit}",
    )


def setting_part(run: EvaluatedRun) -> ReportPart:
    """Show versions, seeds and the configuration."""
    rows = [["config", run.name], ["seed (config)", run.seed_in_words]]
    rows += [[f"{key} (training log)", value] for key, value in _logged(run.work_dir)]
    rows += [[f"{name} (this report)", text] for name, text in _versions()]
    table = ReportTable("Seed and versions", ["what", "value"], rows)
    text = run.cfg.pretty_text
    return ReportPart(
        "Configuration", [], [table], code=text, summary="seed, versions, every setting"
    )


def _versions() -> list[tuple[str, str]]:
    versions = []
    for name in _PACKAGES:
        try:
            versions.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return versions


def _logged(work_dir: Path) -> list[tuple[str, str]]:
    """Read the environment that mmengine wrote at the start of the first log."""
    logs = sorted(work_dir.glob("*/*.log"))
    if not logs:
        return []
    with logs[0].open(encoding="utf-8", errors="replace") as file:
        head = "".join(line for line, _ in zip(file, range(80), strict=False))
    rows = []
    for key in _LOGGED:
        if match := re.search(rf"^ {{4}}{re.escape(key)}: (.+)$", head, re.MULTILINE):
            rows.append((key, match[1].strip()))
    return rows
