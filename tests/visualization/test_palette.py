import numpy as np
import pytest

from stal_plugin.visualization.palette import class_colors, text_color


def test_a_class_keeps_its_colour_whatever_the_number_of_classes() -> None:
    many = class_colors(45)
    assert many.shape == (45, 3)
    assert many.dtype == np.uint8
    np.testing.assert_array_equal(class_colors(3), many[:3])
    assert len(np.unique(many[:21], axis=0)) == 21


def test_first_seven_differ_for_colour_blind_readers() -> None:
    """Simulate deuteranopia and protanopia (Vienot et al. 1999) in linear RGB."""
    linear = (class_colors(7) / 255.0) ** 2.2
    protan = np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.004, -0.004, 1]])
    deutan = np.array([[0.2928, 0.7072, 0], [0.2928, 0.7072, 0], [-0.0223, 0.0223, 1]])
    for matrix in (protan, deutan):
        seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2) * 255
        distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
        assert distance[np.triu_indices(7, 1)].min() > 25


@pytest.mark.parametrize("color", class_colors(21).tolist())
def test_text_has_contrast(color: list) -> None:
    def luminance(rgb: np.ndarray) -> float:
        return float((np.array(rgb) / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722])

    values = sorted((luminance(color), luminance(text_color(np.array(color)))))
    # 4.5 is what WCAG asks of small text
    assert (values[1] + 0.05) / (values[0] + 0.05) > 4.4
