import numpy as np
import pytest

from stal_plugin.annotations.resolutions import other_resolution

RNG = np.random.default_rng(0)


def _boxes(right: float, low: float, count: int = 20) -> np.ndarray:
    """Boxes in a picture whose edges one of them reaches."""
    corner = RNG.uniform(0, 0.5, (count, 2))
    boxes = np.concatenate([corner, RNG.uniform(0.5, 1, (count, 2))], 1)
    boxes[0, 2], boxes[1, 3] = 1, 1
    return boxes * [right, low, right, low]


@pytest.mark.parametrize(
    ("right", "low", "size", "found"),
    [
        (1280, 720, (1920, 1080), (1280, 720)),
        (1279, 719, (1920, 1080), (1280, 720)),  # corners that count from 0
        (1920, 1080, (1280, 720), (1920, 1080)),
        (320, 240, (640, 480), (320, 240)),
        (427, 240, (1280, 720), (427, 240)),
        (1275, 720, (1920, 1080), None),  # only one edge is reached
        (1920, 1080, (1920, 1080), None),
        (1900, 1070, (1280, 720), (1920, 1080)),  # it holds them all
        (1290, 725, (1280, 720), None),  # a slip
        (2900, 1650, (1280, 720), None),  # 3413x1920 would have an empty border
    ],
)
def test_by_edges(right: float, low: float, size: tuple, found: tuple | None) -> None:
    assert other_resolution(_boxes(right, low), size) == found


def test_a_few_boxes_that_stick_out_are_slips() -> None:
    boxes = _boxes(1280, 720, 40)
    boxes[:7, 2] = 1500
    assert other_resolution(boxes, (1280, 720)) is None
    boxes[:8, 2] = 1500
    assert other_resolution(boxes, (1280, 720)) == (1536, 864)


def test_few_boxes_and_boxes_beyond_the_left_edge_say_nothing() -> None:
    assert other_resolution(_boxes(1280, 720, 9), (1920, 1080)) is None
    boxes = _boxes(1280, 720)
    boxes[0, 0] = -5
    assert other_resolution(boxes, (1920, 1080)) is None


def test_random_people_are_rarely_taken_for_another_picture() -> None:
    """Boxes of people who stay in the middle: one set of 2,000 at most."""
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(2000):
        right, low = rng.uniform(0.4, 0.96, 2) * [1280, 720]
        ends = rng.uniform(0.3, 1, (30, 2)) * [right, low]
        boxes = np.concatenate([ends / 2, ends], 1)
        found += other_resolution(boxes, (1280, 720)) is not None
    assert found <= 1
