"""Scores against the number of training clips, as table and chart."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from stal_plugin.visualization.charts import COLORS, new_figure, save_figure


@dataclass(frozen=True)
class CurvePoint:
    """One training with few clips.

    Args:
        clips: Training clips that were drawn for each class.
        seed: Of the drawing and of the training.
        videos: Training videos in all; a video of several classes counts once.
        scores: Scores in [0, 1] by name; every point has the same names.
    """

    clips: int
    seed: int
    videos: int
    scores: dict[str, float]

    def to_dict(self) -> dict:
        """Return what JSON takes."""
        return asdict(self)


def by_clips(points: Sequence[CurvePoint]) -> dict[int, list[CurvePoint]]:
    """Group points by the number of clips, ascending."""
    numbers = sorted({point.clips for point in points})
    return {n: [point for point in points if point.clips == n] for n in numbers}


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of a sample; of one value the latter is 0."""
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return float(np.mean(values)), float(deviation)


def curve_table(points: Sequence[CurvePoint]) -> Table:
    """A row for each number of clips: mean, and deviation of several seeds.

    Args:
        points: At least one.
    """
    names = list(points[0].scores)
    heads = [name.replace("_", " ") for name in names]
    table = Table("clips of a class", "videos", "seeds", *heads)
    for clips, own in by_clips(points).items():
        cells = []
        for name in names:
            mean, deviation = mean_and_deviation([p.scores[name] for p in own])
            spread = f" ± {deviation:.3f}" if len(own) > 1 else ""
            cells.append(f"{mean:.3f}{spread}")
        videos = sorted({point.videos for point in own})
        span = str(videos[0]) if len(videos) == 1 else f"{videos[0]}-{videos[-1]}"
        table.add_row(str(clips), span, str(len(own)), *cells)
    return table


def plot_learning_curve(points: Sequence[CurvePoint], path: str | os.PathLike) -> None:
    """Draw mean and single runs of each score.

    Args:
        points: At least one.
        path: The PNG.
    """
    groups = by_clips(points)
    figure = new_figure(6.0, 4.0)
    axes = figure.subplots()
    ticks: NDArray = np.arange(len(groups))
    for color, name in zip(COLORS, points[0].scores, strict=False):
        values = [[p.scores[name] for p in own] for own in groups.values()]
        means = [mean_and_deviation(own)[0] for own in values]
        axes.plot(ticks, means, "o-", color=color, label=name)
        for tick, own in zip(ticks, values, strict=True):
            axes.plot([tick] * len(own), own, ".", color=color, alpha=0.4)
    axes.set_xticks(ticks, [str(clips) for clips in groups])
    axes.set(xlabel="training clips of each class", ylabel="score", ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    save_figure(path, figure)
