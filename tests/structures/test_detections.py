import numpy as np
import pytest

from stal_plugin.structures.detections import Detections


def _detections(scores: np.ndarray) -> Detections:
    boxes = np.array([[0.0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]])
    return Detections(np.arange(3), boxes, np.array([2, 1, 0]), scores, scores / 2)


def test_take_keeps_arrays_in_step() -> None:
    dets = _detections(np.array([0.1, 0.2, 0.4]))
    for rows in (np.array([2, 0]), np.array([True, False, True])):
        part = dets.take(rows)
        assert len(part) == 2
        assert part.boxes[:, 2].tolist() == [i + 1 for i in part.frame_ids]
        assert part.labels.tolist() == [2 - i for i in part.frame_ids]
        np.testing.assert_array_equal(part.objectness, part.scores / 2)


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"detections.scores\[1\] is nan"):
        _detections(np.array([0.1, np.nan, 0.4]))
