import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from stal_plugin.visualization import glyphs
from stal_plugin.visualization.charts import new_axes, save_figure
from stal_plugin.visualization.glyphs import drawable, readable
from stal_plugin.visualization.labels import TextStyle
from stal_plugin.visualization.reports.html_page import themed_svg

NAME, EMPTY_BOX = "\u6325\u624b", "\U000f1234"


@pytest.fixture
def opencv_4(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its font has ASCII only."""
    monkeypatch.setattr(glyphs.cv2, "__version__", "4.11.0")
    for function in (drawable, readable):
        function.cache_clear()
    yield
    for function in (drawable, readable):
        function.cache_clear()


def _picture(path: Path, label: str, rotation: int = 0) -> np.ndarray:
    figure, axes = new_axes(3, 2)
    axes.barh([0, 1], [1, 2])
    axes.set_yticks([0, 1], [label, "wave"], rotation=rotation)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(path, figure)
    return cv2.imread(str(path))


@pytest.mark.skipif(cv2.__version__ < "5", reason="OpenCV 4 draws ASCII only")
@pytest.mark.parametrize("rotation", [0, 60, 90])
def test_charts_have_the_letters_of_frames(tmp_path: Path, rotation: int) -> None:
    assert readable(f"{NAME} wave") == f"{NAME} wave"
    shown = _picture(tmp_path / "a.png", NAME, rotation)
    other = _picture(tmp_path / "b.png", NAME[::-1], rotation)
    assert shown.shape == other.shape
    assert (shown != other).any()  # two empty boxes would be equal
    ink = (shown[:, :60] < 128).any(2)
    assert ink.sum() > 60


@pytest.mark.usefixtures("opencv_4")
def test_a_letter_that_no_font_has_is_spelled(tmp_path: Path) -> None:
    assert readable(NAME) == "U+6325 U+624B"
    assert readable(f"a {NAME[0]} b") == "a U+6325  b"
    assert readable("wave") == "wave"
    shown = _picture(tmp_path / "a.png", NAME)
    np.testing.assert_array_equal(shown, _picture(tmp_path / "b.png", readable(NAME)))
    style = TextStyle.for_frame(240, 320)
    assert style.fit(NAME, 300) == readable(NAME)
    assert style.width(NAME) == style.width(readable(NAME))
    bars = [np.zeros((30, 200, 3), np.uint8) for _ in range(2)]
    for bar, text in zip(bars, (NAME, readable(NAME)), strict=True):
        style.put(bar, text, 0, 0, (255, 255, 255))
    np.testing.assert_array_equal(*bars)


def test_no_font_has_a_letter_of_private_use() -> None:
    assert not drawable(EMPTY_BOX)
    assert readable(f"x{EMPTY_BOX}") == "x U+F1234"


def test_other_charts_are_as_matplotlib_draws_them(tmp_path: Path) -> None:
    pictures = []
    for canvas in (FigureCanvasAgg, glyphs.GlyphCanvas):
        figure = Figure(figsize=(2, 1))
        canvas(figure)
        figure.suptitle("wave é ж")
        save_figure(tmp_path / "a.png", figure)
        pictures.append((tmp_path / "a.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_pages_leave_letters_to_the_browser() -> None:
    figure, axes = new_axes(3, 2)
    axes.set_title(NAME)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert NAME in themed_svg(figure)
