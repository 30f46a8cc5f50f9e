from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.evaluation import ground_truth_tubes
from stal_plugin.structures import BoxTable

BOX = [0.0, 0, 10, 10]
VIDEOS = np.array([0, 0, 0, 0, 0, 1, 1])


def _spans(tubes: object) -> list:
    return [
        (int(label), tubes.frame_ids[tubes.tube_ids == i].tolist())  # type: ignore[attr-defined]
        for i, label in enumerate(tubes.labels)  # type: ignore[attr-defined]
    ]


def test_persons_labels_videos_and_gaps_part_tubes(gts_of: Callable) -> None:
    gts = gts_of(
        *((frame, BOX, 0) for frame in (0, 1, 3, 4, 5)),  # person 7; a gap; next video
        *((frame, BOX, 0) for frame in (0, 1)),  # person 8
        (2, BOX, 1),  # person 7 does something else
    )
    persons = np.array([7, 7, 7, 7, 7, 8, 8, 7])
    gts = replace(gts, person_ids=persons)
    tubes = ground_truth_tubes(gts, VIDEOS)
    expected = [(0, [0, 1]), (0, [3, 4]), (1, [2]), (0, [0, 1]), (0, [5])]
    assert _spans(tubes) == expected
    assert tubes.scores.tolist() == [1] * 5
    closed = ground_truth_tubes(gts, VIDEOS, max_gap=1)
    assert _spans(closed)[0] == (0, [0, 1, 3, 4])


def test_each_label_of_a_box_is_a_tube() -> None:
    hot = np.array([[1, 1], [0, 1]])
    gts = BoxTable.from_labels(
        np.array([0, 1]), np.array([BOX, BOX]), hot, person_ids=np.array([3, 3])
    )
    tubes = ground_truth_tubes(gts, VIDEOS)
    assert _spans(tubes) == [(0, [0]), (1, [0, 1])]


def test_order_of_the_rows_does_not_matter(gts_of: Callable) -> None:
    rows = [(f, [f, 0.0, f + 5, 5], k) for f in (0, 1, 2) for k in (0, 1)]
    gts = replace(gts_of(*rows), person_ids=np.array([1, 2] * 3))
    first = ground_truth_tubes(gts, VIDEOS)
    second = ground_truth_tubes(gts.take(np.array([4, 1, 5, 0, 2, 3])), VIDEOS)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    assert _spans(first) == _spans(second)


def test_faults(gts_of: Callable) -> None:
    gts = gts_of((0, BOX, 0), (0, BOX, 0))
    unknown = replace(gts, person_ids=np.array([1, -1]))
    twice = replace(gts, person_ids=np.array([1, 1]))
    with pytest.raises(ValueError, match="1 of 2 ground-truth boxes have no person id"):
        ground_truth_tubes(unknown, VIDEOS)
    with pytest.raises(ValueError, match="person 1 of video number 0 has two boxes"):
        ground_truth_tubes(twice, VIDEOS)


def test_nothing(gts_of: Callable) -> None:
    assert len(ground_truth_tubes(gts_of(), VIDEOS)) == 0
