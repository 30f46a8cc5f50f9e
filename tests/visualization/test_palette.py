import cv2
import numpy as np
import pytest

from stal_plugin.visualization.labels import class_colors, text_color


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
