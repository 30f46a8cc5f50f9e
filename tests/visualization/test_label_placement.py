import numpy as np
import pytest

from stal_plugin.visualization.labels import BOX_WORTH, LABEL_WORTH, place_label

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
