import numpy as np
import pytest

from stal_plugin.structures.tubes import Tubes, fill_gaps, tubes_of_rows

BOX = [0.0, 0, 10, 10]


def _tubes(tube_ids: list, frame_ids: list, num: int) -> Tubes:
    boxes = np.tile(BOX, (len(frame_ids), 1))
    return Tubes(
        np.arange(num), np.ones(num), np.array(tube_ids), np.array(frame_ids), boxes
    )


def test_rows_become_tubes() -> None:
    boxes = np.arange(16.0).reshape(4, 4) + np.array([0, 0, 9, 9])
    tubes = tubes_of_rows(
        np.array([9, 4, 9, 4]),
        np.array([7, 2, 6, 1]),
        boxes,
        np.array([1, 0, 1, 0]),
        np.array([0.2, 0.5, 0.4, 0.9]),
    )
    assert tubes.labels.tolist() == [0, 1]
    assert tubes.scores.tolist() == pytest.approx([0.7, 0.3])
    assert tubes.tube_ids.tolist() == [0, 0, 1, 1]
    assert tubes.frame_ids.tolist() == [1, 2, 6, 7]
    assert tubes.boxes.tolist() == boxes[[3, 1, 2, 0]].tolist()
    assert tubes.lengths.tolist() == [2, 2]


def test_take() -> None:
    part = _tubes([0, 0, 1, 2, 2], [1, 2, 1, 3, 4], 3).take(
        np.array([True, False, True])
    )
    assert part.labels.tolist() == [0, 2]
    assert part.tube_ids.tolist() == [0, 0, 1, 1]
    assert part.frame_ids.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("tube_ids", "frame_ids", "num", "text"),
    [
        ([0, 2], [1, 1], 3, "must be 0 to 2, each used"),
        ([1, 0], [1, 1], 2, "ordered by tube, then by frame"),
        ([0, 0], [2, 1], 1, "ordered by tube, then by frame"),
        ([0, 0], [1, 1], 1, "one box per frame"),
    ],
)
def test_faults(tube_ids: list, frame_ids: list, num: int, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        _tubes(tube_ids, frame_ids, num)


def test_gaps_are_filled_on_a_line() -> None:
    tubes = tubes_of_rows(
        np.array([0, 0, 1, 1]),
        np.array([5, 8, 2, 3]),
        np.array([[0.0, 0, 10, 10], [3, 6, 13, 16], BOX, BOX]),
        np.array([0, 0, 1, 1]),
        np.array([0.5, 0.7, 1, 1]),
    )
    filled = fill_gaps(tubes)
    assert filled.frame_ids.tolist() == [5, 6, 7, 8, 2, 3]
    np.testing.assert_allclose(filled.boxes[:4, 0], [0, 1, 2, 3])
    np.testing.assert_allclose(filled.boxes[:4, 3], [10, 12, 14, 16])
    assert filled.scores.tolist() == pytest.approx([0.6, 1])
    assert len(fill_gaps(tubes.take(np.zeros(2, bool)))) == 0
