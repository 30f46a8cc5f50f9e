import numpy as np
import pytest

from stal_plugin.visualization.labels import TextStyle, fit_lines


@pytest.mark.parametrize("size", [(90, 160), (240, 320), (720, 1280), (2160, 3840)])
def test_letters_fill_their_block_and_stay_in_it(size: tuple) -> None:
    style = TextStyle.for_frame(*size)
    width = style.width("Egg") + 2 * style.pad
    image = np.zeros((3 * style.height, width + 40, 3), np.uint8)
    style.put(image, "Egg", 20, style.height, (255, 255, 255))
    rows, columns = np.nonzero(image.max(2))
    assert rows.min() >= style.height
    assert rows.max() < 2 * style.height
    assert columns.min() >= 20
    assert columns.max() < 20 + width
    assert rows.max() - rows.min() > 0.5 * style.height
    assert rows.max() - rows.min() >= 9  # legible on the smallest frame


def test_sizes_grow_with_the_frame() -> None:
    styles = [TextStyle.for_frame(h, 2 * h) for h in (90, 240, 720, 1080, 2160)]
    assert [s.line for s in styles] == [2, 2, 3, 4, 8]
    heights = [s.height for s in styles]
    assert heights == sorted(heights)
    assert heights[-1] > 4 * heights[0]


def test_fit_shortens_to_the_width() -> None:
    style = TextStyle.for_frame(480, 640)
    text = "Put down the sauce bottle"
    assert style.fit(text, 10_000) == text
    short = style.fit(text, 100)
    assert short.endswith("..")
    assert text.startswith(short[:-2])
    assert style.width(short) + 2 * style.pad <= 100
    assert style.fit(text, 3) == ""


def test_too_many_lines_are_counted() -> None:
    style = TextStyle.for_frame(240, 320)
    lines = tuple("abcdef")
    assert fit_lines(lines, style, (320, 240)) == list("abcdef")
    shown = fit_lines(lines, style, (320, 3 * style.height))
    assert shown == ["a", "b", "+4 more"]
