from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.visualization import data_charts
from stal_plugin.visualization.data_charts import (
    distribution_figure,
    plot_box_sizes,
    plot_class_counts,
    split_names,
)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list:
    """Figures that were saved."""
    figures: list = []
    save = data_charts.save_figure

    def keep(path: Path, figure: object) -> None:
        figures.append(figure)
        save(path, figure)

    monkeypatch.setattr(data_charts, "save_figure", keep)
    return figures


def test_bars_are_the_boxes(own_data: Path, drawn: list, tmp_path: Path) -> None:
    annotation: Annotation = read_annotation(own_data)
    plot_class_counts(tmp_path / "c.png", annotation)
    axes = drawn[0].axes[0]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [10, 6, 4, 6]  # train wave, jump; test wave, jump
    assert [t.get_text() for t in axes.texts] == ["10", "6", "4", "6"]
    assert cv2.imread(str(tmp_path / "c.png")) is not None


def test_sizes_in_pixels_of_the_input(
    own_data: Path, drawn: list, tmp_path: Path
) -> None:
    plot_box_sizes(tmp_path / "s.png", read_annotation(own_data), (100, 200))
    scatter, histogram = drawn[0].axes
    points = {tuple(p) for line in scatter.lines for p in line.get_xydata().round(6)}
    assert points == {(50, 100), (25, 50)}
    assert sum(bar.get_height() for bar in histogram.patches) == 26


def test_split_names(own_data: Path) -> None:
    assert split_names(read_annotation(own_data)) == ["train", "test"]


def test_classes_are_sorted_by_the_first_split():
    counts = {"train": np.array([2, 9, 4]), "test": np.array([7, 1, 0])}
    axes = distribution_figure(counts, ["a", "b", "c"], "boxes").axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["b", "c", "a"]
    assert [bar.get_width() for bar in axes.patches] == [9, 4, 2, 1, 0, 7]
    assert [t.get_text() for t in axes.texts] == ["9", "4", "2", "1", "0", "7"]


def test_no_box_at_all():
    axes = distribution_figure({"train": np.zeros(2, int)}, ["a", "b"], "boxes").axes[0]
    assert axes.get_xlim()[1] > 0
