from pathlib import Path

import cv2

from stal_plugin.visualization.speed_curve import plot_speed_curve, speed_figure

GIVEN = {"net, stride 1": [(50.0, 0.8), (12.5, 0.6), (25.0, 0.7)]}
MEASURED = {"net, stride 1": (20.0, 0.65), "other": (40.0, 0.5)}


def test_lines_dots_and_the_frame_rate() -> None:
    (axes,) = speed_figure(GIVEN, MEASURED, 25).axes
    line, dot, other, rate = axes.lines
    assert line.get_xydata().tolist() == [[12.5, 0.6], [25, 0.7], [50, 0.8]]
    assert dot.get_xydata().tolist() == [[20, 0.65]]
    assert other.get_xydata().tolist() == [[40, 0.5]]
    assert line.get_color() == dot.get_color() != other.get_color()
    assert set(rate.get_xdata()) == {25}
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["net, stride 1", "other", "25 frames per second"]
    assert axes.get_ylim()[0] == 0
    assert "this machine" in axes.get_xlabel()


def test_given_speeds_only(tmp_path: Path) -> None:
    (axes,) = speed_figure(GIVEN, {}).axes
    assert len(axes.lines) == 1
    assert "this machine" not in axes.get_xlabel()
    plot_speed_curve(tmp_path / "curve.png", GIVEN, {})
    assert cv2.imread(str(tmp_path / "curve.png")).std() > 0
