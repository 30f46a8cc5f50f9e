from pathlib import Path

import cv2
import pytest
from rich.console import Console

from stal_plugin.visualization.learning_curve import (
    CurvePoint,
    by_clips,
    curve_table,
    mean_and_deviation,
    plot_learning_curve,
)

POINTS = [
    CurvePoint(5, 0, 9, {"frame-mAP": 0.9}),
    CurvePoint(1, 0, 3, {"frame-mAP": 0.5}),
    CurvePoint(1, 1, 4, {"frame-mAP": 0.7}),
]


def test_points_are_grouped_by_clips() -> None:
    assert by_clips(POINTS) == {1: POINTS[1:], 5: POINTS[:1]}


def test_deviation_is_that_of_a_sample() -> None:
    assert mean_and_deviation([0.5, 0.7]) == pytest.approx((0.6, 0.02**0.5))
    assert mean_and_deviation([0.5]) == (0.5, 0.0)


def test_table_has_means_and_spread() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(curve_table(POINTS))
    lines = [line.replace("│", " ").split() for line in captured.get().splitlines()]
    assert ["1", "3-4", "2", "0.600", "±", "0.141"] in lines
    assert ["5", "9", "1", "0.900"] in lines


def test_picture_shows_the_points(tmp_path: Path) -> None:
    for scores in (0.2, 0.9):
        points = [CurvePoint(n, 0, n, {"frame-mAP": scores}) for n in (1, 2)]
        plot_learning_curve(points, tmp_path / f"{scores}.png")
    low, high = (cv2.imread(str(tmp_path / f"{s}.png")) for s in (0.2, 0.9))
    assert low.shape == high.shape
    blue = [((i == (178, 114, 0)).all(-1)).nonzero()[0].mean() for i in (low, high)]
    assert blue[0] > blue[1]  # the higher score stands higher
