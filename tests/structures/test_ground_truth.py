import numpy as np
import pytest

from stal_plugin.structures.detections import GroundTruth, label_rows

BOXES = np.array([[0.0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]])


def test_label_rows_of_integers_and_multi_hot_agree() -> None:
    labels = np.array([2, 0, 1])
    multi_hot = np.eye(3, dtype=np.float32)[labels]
    for one, other in zip(label_rows(labels), label_rows(multi_hot), strict=True):
        np.testing.assert_array_equal(one, other)


def test_label_rows_of_several_labels() -> None:
    box_inds, labels = label_rows(np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]]))
    assert box_inds.tolist() == [0, 0, 2]
    assert labels.tolist() == [1, 2, 0]


@pytest.mark.parametrize("shape", [(0,), (0, 5)])
def test_label_rows_of_nothing(shape: tuple) -> None:
    box_inds, labels = label_rows(np.zeros(shape, np.float32))
    assert box_inds.tolist() == labels.tolist() == []
    assert labels.dtype == np.int64


def test_take_renumbers_the_boxes_of_labels() -> None:
    hot = np.array([[1, 0], [1, 1], [0, 1]])
    gts = GroundTruth.from_labels(np.array([5, 6, 7]), BOXES, hot)
    part = gts.take(np.array([False, True, True]))
    assert part.frame_ids.tolist() == [6, 7]
    assert part.box_inds.tolist() == [0, 0, 1]
    assert part.labels.tolist() == [0, 1, 1]


def test_a_label_of_no_box_is_refused() -> None:
    with pytest.raises(ValueError, match="names box 3, but there are only 3"):
        GroundTruth(np.zeros(3, int), BOXES, np.array([3]), np.array([0]))
