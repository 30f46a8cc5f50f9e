from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.visualization import charts, plot_class_ap
from stal_plugin.visualization.charts import (
    WIDTH,
    class_ap_figure,
    distribution_figure,
    listing,
    new_figure,
    plot_box_sizes,
    plot_class_counts,
    save_figure,
    shorten,
    split_names,
)


def test_size_and_repeatable_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        figure = new_figure(3, 2)
        figure.subplots().plot([0, 1], [1, 0])
        save_figure(tmp_path / "new" / name, figure)
    files = sorted((tmp_path / "new").iterdir())
    assert [f.name for f in files] == ["a.png", "b.png"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert cv2.imread(str(files[0])).shape == (240, 360, 3)


def test_shorten():
    assert shorten("short", 5) == "short"
    assert shorten("a longer name", 9) == "a longer…"
    assert len(shorten("x" * 100)) == 26


def test_listing_says_what_it_leaves_out():
    assert listing(["a", "b"], ["1", "2"]) == "a 1, b 2"
    assert listing(["a", "b", "c"], ["1", "2", "3"], 1) == "a 1 and 2 more"


def _row(ap: float | None, num_gt: int = 5) -> dict:
    return {"num_gt": num_gt, "num_dets": 9, "AP@0.5": ap, "AP@0.75": 0.0}


def _blue(path: Path) -> np.ndarray:
    """Mask of the bars, and so their lengths."""
    return (cv2.imread(str(path)) == [178, 114, 0]).all(2)


def test_bars_are_as_long_as_ap(tmp_path: Path) -> None:
    path = tmp_path / "ap.png"
    plot_class_ap(
        path, {"a": _row(1.0), "b": _row(0.25), "none": _row(None, 0), "c": _row(0.0)}
    )
    rows = _blue(path).sum(1)
    lengths = sorted(set(rows[rows > 20].tolist()))
    assert lengths[-1] / lengths[0] == pytest.approx(4, rel=0.05)


def test_no_ground_truth(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no class has ground truth"):
        plot_class_ap(tmp_path / "ap.png", {"a": _row(None, 0)})


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list:
    """Figures that were saved."""
    figures: list = []
    save = charts.save_figure

    def keep(path: Path, figure: object) -> None:
        figures.append(figure)
        save(path, figure)

    monkeypatch.setattr(charts, "save_figure", keep)
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


def test_without_an_input_sizes_are_in_percent(
    own_data: Path, drawn: list, tmp_path: Path
) -> None:
    plot_box_sizes(tmp_path / "s.png", read_annotation(own_data))
    scatter = drawn[0].axes[0]
    points = {tuple(p) for line in scatter.lines for p in line.get_xydata().round(6)}
    assert points == {(50, 50), (25, 25)}
    assert scatter.get_xlabel() == "width (% of the frame)"


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


def test_clip_counts_have_a_bar_per_label_with_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "figure2.png"
    charts.plot_clip_counts(path, {"a": 30, "b": 20, "c": 2, "none": 0}, 2)
    image = cv2.imread(str(path)).astype(int)
    blue = (abs(image - (180, 119, 31)).max(2) < 3).sum(0)  # BGR of tab:blue
    grey = (abs(image - 211).max(2) < 3).sum(0)
    grey = grey[np.flatnonzero(blue > 20).max() :]  # the edge of the chart is grey too
    heights = [blue[blue > 20].max(), blue[blue > 20].min(), grey.max()]
    assert abs(heights[0] / heights[1] - 30 / 20) < 0.05
    assert abs(heights[1] / heights[2] - 20 / 2) < 1.5
    assert [p.name for p in tmp_path.iterdir()] == ["figure2.png"]


def test_long_names_leave_room_for_the_bars():
    """Two names that are cut to the same text are two rows; nothing is cut off."""
    names = [f"{'W' * 60} {n}" for n in range(2)] + ["short"]
    row = {"num_gt": 123456, "AP@0.5": 1.0}
    figure = class_ap_figure(dict.fromkeys(names, row), width=WIDTH)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert len(axes.patches) == 3
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert labels[0] == labels[1]
    assert labels[0].endswith("W…")
    assert labels[2] == "short"
    assert axes.get_window_extent().width > 0.5 * figure.bbox.width
    for text in (*axes.get_yticklabels(), *axes.texts, axes.xaxis.label):
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= figure.bbox.width, text
