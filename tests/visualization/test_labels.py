import cv2
import numpy as np
import pytest

from stal_plugin.visualization.labels import (
    BOX_WORTH,
    LABEL_WORTH,
    TextStyle,
    class_colors,
    fit_lines,
    place_label,
    text_color,
)


def test_a_class_keeps_its_colour_whatever_the_number_of_classes() -> None:
    many = class_colors(45)
    assert many.shape == (45, 3)
    assert many.dtype == np.uint8
    np.testing.assert_array_equal(class_colors(3), many[:3])
    assert len(np.unique(many[:21], axis=0)) == 21


# Machado, Oliveira, Fernandes (2009), full severity, for linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def _seen(colors: np.ndarray, matrix: list) -> np.ndarray:
    """CIELAB of what a reader sees of sRGB colours."""
    rgb = colors / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(matrix), 0, 1)
    back = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(back[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("count", "least"), [(10, 16), (16, 13.9), (21, 8)])
def test_colours_differ_whatever_the_reader_sees(
    sight: str, count: int, least: float
) -> None:
    seen = _seen(class_colors(count), SIGHT[sight])
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert distance[np.triu_indices(count, 1)].min() >= least


@pytest.mark.parametrize("color", class_colors(21).tolist())
def test_text_has_contrast(color: list) -> None:
    def luminance(rgb: np.ndarray) -> float:
        return float((np.array(rgb) / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722])

    values = sorted((luminance(color), luminance(text_color(np.array(color)))))
    # 4.5 is what WCAG asks of small text
    assert (values[1] + 0.05) / (values[0] + 0.05) > 4.4


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


FRAME = (320, 180)
BOX = np.array([100, 60, 160, 120])


def _own(box: np.ndarray = BOX) -> np.ndarray:
    x1, y1, x2, y2 = box
    return np.array([[x1, y1, x2 + 1, y2 + 1, BOX_WORTH]])


def _taken(*labels: tuple) -> np.ndarray:
    return np.concatenate([_own(), [(*label, LABEL_WORTH) for label in labels]])


def test_above_or_below_the_box_where_it_is_free():
    assert place_label(BOX, (80, 20), FRAME, _own()) == (100, 40)
    assert place_label(BOX, (80, 20), FRAME, _own(), below=True) == (100, 121)


def test_where_there_is_no_room_above_it_stands_below():
    box = np.array([100, 5, 160, 65])
    assert place_label(box, (80, 20), FRAME, _own(box)) == (100, 66)


def test_inside_where_the_box_fills_the_frame():
    box = np.array([0, 0, 319, 179])
    assert place_label(box, (80, 20), FRAME, _own(box)) == (0, 0)


def test_a_line_further_where_the_own_surroundings_are_taken():
    """Above, below and beside: all taken by labels; inside it would hide the box."""
    around = [(0, 40, 320, 60), (0, 121, 320, 141), (161, 60, 320, 121)]
    taken = _taken(*around, (0, 60, 100, 121), (100, 60, 160, 120))
    # 4 per pixel of distance and height: 19 above or 21 below
    assert place_label(BOX, (80, 20), FRAME, taken) == (100, 20)


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_a_crowd_cover_no_text(seed: int):
    """Five labels of half the frame's width need a quarter of its area."""
    rng = np.random.default_rng(seed)
    corner = rng.integers([20, 40], [260, 120], (5, 2))
    boxes = np.concatenate([corner, corner + rng.integers(20, 50, (5, 2))], 1)
    taken = [(*box, BOX_WORTH) for box in boxes.tolist()]
    seen = np.zeros(FRAME[::-1], int)
    for number, box in enumerate(boxes):
        size = (160, 18)
        left, top = place_label(box, size, FRAME, np.array(taken), number % 2 == 1)
        taken.append((left, top, left + size[0], top + size[1], LABEL_WORTH))
        seen[top : top + size[1], left : left + size[0]] += 1
    assert seen.sum() == 5 * 160 * 18  # none leaves the frame
    assert seen.max() == 1
