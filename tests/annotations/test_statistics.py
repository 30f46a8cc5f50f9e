import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.statistics import box_sizes, class_counts, labelled_step


def test_counts_by_hand(annotation: Annotation) -> None:
    # Training rows: b: (1, wipe, p0) (2, wipe, p0) (2, wipe, p1) (2, roll, p1);
    # a: (3, hand over, p0) (14, wipe, p4). Frame 15 of a is a test frame.
    assert class_counts(annotation, unit="boxes").tolist() == [4, 1, 1]
    assert class_counts(annotation, unit="frames").tolist() == [3, 1, 1]
    assert class_counts(annotation, unit="clips").tolist() == [3, 1, 1]
    assert class_counts(annotation, "test", "frames").tolist() == [1, 0, 0]


def test_unknown_unit_split_and_persons(annotation: Annotation) -> None:
    with pytest.raises(ValueError, match="'hours' is not one of"):
        class_counts(annotation, unit="hours")
    with pytest.raises(ValueError, match=r"'val'; splits are \['test', 'train'\]"):
        class_counts(annotation, "val")
    annotation.rows.person_ids[0] = -1
    assert class_counts(annotation, unit="frames").tolist() == [3, 1, 1]
    with pytest.raises(ValueError, match="needs the person_id of every box, 1 have"):
        class_counts(annotation, unit="clips")


def test_box_sizes_count_a_box_with_two_labels_once(annotation: Annotation) -> None:
    sizes = box_sizes(annotation, "train", input_size=(200, 100))
    expected = [(40, 20), (40, 20), (50, 20), (200, 100), (50, 50)]
    np.testing.assert_allclose(sizes, expected)


def test_no_boxes_at_all(annotation: Annotation) -> None:
    empty = Annotation(annotation.classes, annotation.videos)
    assert class_counts(empty, unit="clips").tolist() == [0, 0, 0]
    assert box_sizes(empty).shape == (0, 2)


def test_labelled_step(annotation: Annotation) -> None:
    # frames 1, 2 of the first video; 3, 14, 15 of the second: steps 1, 11, 1
    assert labelled_step(annotation) == 1
    annotation.rows.frames[:] = np.array([1, 3, 3, 3, 3, 13, 23])
    assert labelled_step(annotation) == 10
