import numpy as np
import pytest

from stal_plugin.annotations.importers.box_geometry import normalize_boxes


def _place(i: int) -> str:
    return f"frame {i}"


def test_values_and_number_of_clipped_boxes() -> None:
    boxes = np.array([[0, 0, 320, 240], [32, 24, 64, 48], [-1.5, 10, 100, 241]])
    normalized, clipped = normalize_boxes(boxes, (320, 240), 2, _place)
    np.testing.assert_allclose(
        normalized,
        [[0, 0, 1, 1], [0.1, 0.1, 0.2, 0.2], [0, 10 / 240, 100 / 320, 1]],
    )
    assert clipped == 1
    assert normalize_boxes(np.zeros((0, 4)), (3, 2), 2, _place)[0].shape == (0, 4)


@pytest.mark.parametrize(
    "box",
    [
        [0, 0, 323, 100],
        [-2.1, 0, 10, 10],
        [10, 10, 10, 20],
        [320, 0, 321, 10],  # has an area, but outside
        [np.nan, 0, 1, 1],
        [0, 0, np.inf, 1],
    ],
)
def test_what_is_refused(box: list[float]) -> None:
    boxes = np.array([[0, 0, 1, 1], box])
    with pytest.raises(ValueError, match=r"^frame 1: box .* 320x240 .*; 1 such box"):
        normalize_boxes(boxes, (320, 240), 2, _place)
