import numpy as np
import pytest

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.checks import (
    check_boxes,
    check_finite,
    check_labels,
    check_num_classes,
    check_table,
)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_numbers_are_named(bad: float) -> None:
    with pytest.raises(ValueError, match=r"scores\[1\] is (nan|inf|-inf).*1 of 3"):
        check_finite(np.array([0.5, bad, 0.1]), 3, "scores")


def test_wrong_number_of_values() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\), expected \(3,\)"):
        check_finite(np.zeros(2), 3, "scores")
    with pytest.raises(ValueError, match=r"shape \(2,\), expected \(3,\)"):
        check_labels(np.zeros(2, int), 3, "labels")


def test_labels_are_integers_from_0() -> None:
    with pytest.raises(ValueError, match="float64, expected integers"):
        check_labels(np.zeros(2), 2, "labels")
    with pytest.raises(ValueError, match=r"labels\[1\] is -1"):
        check_labels(np.array([0, -1]), 2, "labels")
    check_labels(np.zeros(0, int), 0, "labels")


def test_boxes() -> None:
    good = np.array([[0.0, 0, 1, 1], [2, 2, 2, 2]])  # an empty box is allowed
    check_boxes(good, "boxes")
    check_boxes(np.zeros((0, 4)), "boxes")
    with pytest.raises(ValueError, match=r"expected \(N, 4\)"):
        check_boxes(np.zeros((2, 5)), "boxes")
    with pytest.raises(ValueError, match=r"boxes\[1\].*x1 <= x2"):
        check_boxes(np.array([[0.0, 0, 1, 1], [3, 0, 1, 1]]), "boxes")
    with pytest.raises(ValueError, match=r"boxes\[0\].*nan.*finite"):
        check_boxes(np.array([[0.0, np.nan, 1, 1]]), "boxes")


def test_label_beyond_the_classes() -> None:
    check_num_classes(np.array([0, 2]), 3, "labels")
    with pytest.raises(ValueError, match="label 3, but there are 3 classes"):
        check_num_classes(np.array([0, 3]), 3, "labels")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ({}, ""),
        ({"frames": np.array([0, -2])}, r"found.frames\[1\] is -2"),
        ({"labels": np.array([0.0, 1])}, "found.labels has dtype float64"),
        ({"boxes": np.array([[0.0, 0, 1, 1], [3, 0, 1, 1]])}, r"found.boxes\[1\]"),
        ({"scores": np.array([0.0, np.inf])}, r"found.scores\[1\] is inf"),
        ({"objectness": np.array([np.nan, 0])}, r"found.objectness\[0\] is nan"),
    ],
)
def test_table(column: dict, text: str) -> None:
    plain = {"frames": np.arange(2), "boxes": np.zeros((2, 4)), "labels": np.arange(2)}
    table = BoxTable(**{**plain, **column})
    if not text:
        check_table(table, "found")
        return
    with pytest.raises(ValueError, match=text):
        check_table(table, "found")
