"""The report that compares runs: differences of AP with paired intervals."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from analysis.paired_bootstrap import (
    Interval,
    paired_intervals,
    resampled_ap,
    video_resamples,
)
from stal_plugin.visualization.charts import (
    BLUE,
    GREY,
    ORANGE,
    WIDTH,
    listing,
    name_rows,
    new_axes,
)
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.html_page import (
    Picture,
    ReportPart,
    ReportTable,
    html_page,
    percent,
)
from stal_plugin.visualization.reports.score_parts import score_tables
from stal_plugin.wording import counted

_FEW_VIDEOS = 20


def comparison_report(
    runs: Sequence[EvaluatedRun], num_resamples: int = 1000, seed: int = 0
) -> str:
    """Make a page that compares runs with the first of them.

    Args:
        runs: At least two, tested on the same frames.
        num_resamples: Resamples of the test videos, the same for all runs.
        seed: Of the resampling.

    Returns:
        HTML that needs no other file and no network.

    Raises:
        ValueError: Runs were tested on different data, or there are no resamples.
    """
    if num_resamples < 1:
        raise ValueError(f"--resamples {num_resamples}: allowed is 1 or more")
    check_same_test(runs)
    if not len(runs[0].boxes.gts):
        raise ValueError(
            f"{runs[0].ann_file}: splits {list(runs[0].splits)} have no ground truth, "
            "so there is nothing to compare"
        )
    names = [f"{chr(65 + i % 26)} ({run.work_dir.name})" for i, run in enumerate(runs)]
    base = runs[0]
    num_videos = len(base.boxes.index.names)
    resamples = video_resamples(num_videos, num_resamples, seed)
    weights = np.concatenate([np.ones((1, num_videos)), resamples])
    aps = [
        resampled_ap(
            run.boxes.dets,
            run.boxes.gts,
            run.boxes.index.videos,
            len(run.classes),
            weights,
        )
        for run in runs
    ]
    parts = [
        _difference_part((names[0], name), (aps[0], ap), base.classes)
        for name, ap in zip(names[1:], aps[1:], strict=True)
    ]
    rest = [_scores_part(runs, names), _method_part(base, num_resamples, seed)]
    texts = [part.texts[0] for part in parts]
    folded = [replace(part, folded=True) for part in (*parts, *rest)]
    parts = [_runs_part(runs, names, texts), *folded]
    lead = f"{len(runs)} runs on {len(base.boxes.index)} key frames of {base.ann_file}"
    return html_page("Comparison of test results", lead, parts)


def check_same_test(runs: Sequence[EvaluatedRun]) -> None:
    """Require that runs were tested on the same frames, boxes and classes.

    Raises:
        ValueError: Names the run that differs from the first, and in what.
    """
    first = runs[0].boxes
    for run in runs[1:]:
        boxes = run.boxes
        same = {
            "classes": run.classes == runs[0].classes,
            "test videos": boxes.index.names == first.index.names,
            "key frames": np.array_equal(boxes.index.frames, first.index.frames),
            "ground-truth boxes": np.array_equal(boxes.gts.boxes, first.gts.boxes),
            "labels": np.array_equal(boxes.gts.labels, first.gts.labels),
        }
        if wrong := [name for name, equal in same.items() if not equal]:
            raise ValueError(
                f"{run.work_dir} and {runs[0].work_dir} have different {wrong[0]}: "
                "only runs that were tested on the same frames can be compared. Test "
                "both with the same data set"
            )


def verdict(interval: Interval) -> str:
    """Put a difference in a word."""
    if not interval.excludes_zero:
        return "not distinguishable"
    return "better" if interval.value > 0 else "worse"


def _runs_part(
    runs: Sequence[EvaluatedRun], names: Sequence[str], texts: Sequence[str]
) -> ReportPart:
    # letters: with whole names the table would not fit on a phone
    letters = [name.split()[0] for name in names]
    facts = [
        [
            letter,
            str(run.work_dir),
            run.name,
            run.seed_in_words,
        ]
        for letter, run in zip(letters, runs, strict=True)
    ]
    table = ReportTable("Runs", ["run", "folder", "config", "seed"], facts)
    return ReportPart("Runs", texts, [table])


def _scores_part(runs: Sequence[EvaluatedRun], names: Sequence[str]) -> ReportPart:
    letters = [name.split()[0] for name in names]
    by_run = dict(zip(letters, (run.metrics for run in runs), strict=True))
    tables = score_tables(by_run)
    count = sum(len(table.rows) for table in tables)
    summary = f"{counted(count, 'number')} of each run, with their meaning"
    return ReportPart("Scores", [], tables, summary=summary)


def difference_in_words(
    names: tuple[str, str], mean: Interval, classes: dict[str, Interval]
) -> str:
    """Say what a comparison found: the mean, and where it comes from.

    Args:
        names: Of the base and of the run that is compared with it.
        mean: Difference of the mean AP of the classes.
        classes: Difference of the AP of each class, by its name.
    """
    base, other = names
    found = f"{other} is {verdict(mean)} than {base}"
    if not mean.excludes_zero:
        found = f"{other} is not distinguishable from {base}"
    text = f"{found}: {_points(mean)} of frame-AP at IoU 0.5, mean of the classes."
    for word in ("better", "worse"):
        named = [name for name, value in classes.items() if verdict(value) == word]
        named.sort(key=lambda name: -abs(classes[name].value))
        if named:
            most = classes[named[0]].value
            count = counted(len(named), "class", "classes")
            text += f" {word.capitalize()} on {count}, most on {named[0]}: "
            text += f"{100 * most:+.1f} points."
    return text


def _points(value: Interval) -> str:
    points = f"{100 * value.value:+.1f} points"
    if np.isnan(value.low):
        return points
    return f"{points} (95 % interval {100 * value.low:+.1f} to {100 * value.high:+.1f})"


def _method_part(run: EvaluatedRun, num_resamples: int, seed: int) -> ReportPart:
    videos = [run.annotation.videos[name] for name in run.boxes.index.names]
    sources = len({info.source for info in videos})
    texts = [
        f"Frame-AP at IoU 0.5 (protocol voc). 95 % percentile intervals from "
        f"{num_resamples} resamples of the {len(videos)} test videos with "
        f"replacement (seed {seed}), the same resamples for all runs. 'Better' and "
        "'worse' mean that the interval does not hold 0. With many classes "
        "some intervals miss 0 by chance: about one in twenty where there is no "
        "difference.",
        "The intervals tell how much the choice of test videos matters. They do not "
        "tell how much the seed of the training matters: compare several seeds for "
        "that.",
    ]
    if sources < len(videos):
        many = "1 source" if sources == 1 else f"{sources} sources"
        texts.append(
            f"The videos come from {many}. Videos of one source are alike, so the "
            "intervals are too narrow for other sources."
        )
    if len(videos) < _FEW_VIDEOS:
        texts.append(
            f"With only {len(videos)} videos the intervals are rough, mostly too "
            "narrow."
        )
    summary = f"{num_resamples} resamples of the test videos"
    return ReportPart("Method", texts, summary=summary)


def _difference_part(
    names: tuple[str, str], aps: tuple[np.ndarray, np.ndarray], classes: Sequence[str]
) -> ReportPart:
    intervals, mean = paired_intervals(*aps)
    title = f"{names[1]} against {names[0]}"
    shown = [k for k, i in enumerate(intervals) if not np.isnan(i.value)]
    labels = ["mean of classes", *(classes[k] for k in shown)]
    values = [mean, *(intervals[k] for k in shown)]
    pairs = [(ap[0].mean(where=~np.isnan(ap[0])), *ap[0, shown]) for ap in aps]
    rows = [
        [
            label,
            f"{100 * value.value:+.1f}",
            f"{100 * value.low:+.1f} to {100 * value.high:+.1f}",
            verdict(value),
            *(percent(float(pair[i])) for pair in pairs),
        ]
        for i, (label, value) in enumerate(zip(labels, values, strict=True))
    ]
    # on a phone the first columns show without scrolling
    head = ["class", "difference", "95 % interval", "verdict"]
    head += [f"{name.split()[0]}, %" for name in names]
    summary = listing(labels, [f"{100 * v.value:+.1f} ({verdict(v)})" for v in values])
    picture = Picture.of_figure(
        difference_figure(labels, values),
        f"Differences of AP in points with intervals, {title}: {summary}.",
        "Difference of AP in points with 95 % interval; grey: the interval holds 0.",
    )
    table = ReportTable("AP at IoU 0.5, differences in points", head, rows)
    words = difference_in_words(names, mean, {classes[k]: intervals[k] for k in shown})
    brief = f"{verdict(mean)}, mean {100 * mean.value:+.1f} points"
    return ReportPart(title, [words], [table], [picture], summary=brief)


def difference_figure(labels: Sequence[str], intervals: Sequence[Interval]) -> Figure:
    """Draw differences as points with intervals, in points of AP."""
    figure, axes = new_axes(WIDTH, 0.9 + 0.3 * len(labels))
    axes.axvline(0, color="black", linewidth=1)
    for row, interval in enumerate(intervals):
        value, low, high = (100 * v for v in interval)
        color = (BLUE if value > 0 else ORANGE) if interval.excludes_zero else GREY
        axes.plot([low, high], [row, row], color=color, linewidth=3)
        axes.plot(value, row, "o", color=color)
    name_rows(axes, labels)
    axes.set_xlabel("difference in points of AP")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    return figure
