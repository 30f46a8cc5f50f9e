import numpy as np

from stal_plugin.structures import BoxTable
from stal_plugin.visualization.reports.confusion import (
    commonest_confusion,
    confusion_figure,
    confusion_matrix,
    largest_confusions,
)

BOX, AWAY = [0.0, 0, 10, 10], [50.0, 50, 60, 60]


def _matrix() -> np.ndarray:
    """Right; confused; not located; of two labels one right; both wrong; on nobody."""
    frames, labels = np.array([0, 1, 2, 3, 3, 4, 4]), np.array([0, 0, 1, 0, 1, 0, 1])
    gts = BoxTable(frames, np.array([BOX] * 7), labels)
    scores = np.array([0.9, 0.9, 0.2, 0.9, 0.9, 0.9])
    dets = BoxTable(
        np.array([0, 1, 2, 3, 4, 0]),
        np.array([BOX, BOX, BOX, BOX, BOX, AWAY]),
        np.array([0, 1, 1, 1, 2, 2]),
        scores=scores,
    )
    return confusion_matrix(dets, gts, 3)


def test_by_hand():
    expected = [[1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 0]]
    np.testing.assert_array_equal(_matrix(), expected)


def test_nothing_at_all():
    gts = BoxTable.empty()
    dets = BoxTable.empty()
    assert not confusion_matrix(dets, gts, 2).any()
    assert largest_confusions(np.zeros((3, 3), int), ["a", "b"]) == []


def test_largest_confusions_leave_out_hits_and_background():
    matrix = np.array([[9, 2, 5, 8], [4, 9, 0, 0], [0, 0, 9, 0], [7, 0, 0, 0]])
    said = largest_confusions(matrix, ["a", "b", "c"], 2)
    assert said == ["a taken for c: 5", "b taken for a: 4"]


def test_the_commonest_confusion_in_a_sentence():
    matrix = np.array([[9, 2, 5, 8], [4, 9, 0, 0], [0, 0, 9, 0], [7, 0, 0, 0]])
    said = commonest_confusion(matrix, ["a", "b", "c"])
    assert said == "Commonest confusion: 5 of 24 boxes of “a” are taken for “c”."
    assert "No class" in commonest_confusion(np.eye(4, dtype=int), ["a", "b", "c"])


def test_figure_shows_percent_of_each_row():
    figure = confusion_figure(_matrix(), ["a", "b", "c"])
    axes = figure.axes[0]
    shares = axes.images[0].get_array()
    np.testing.assert_allclose(shares.sum(1), [100, 100, 0, 100])
    assert [t.get_text() for t in axes.get_xticklabels()][-1] == "not located"
    assert [t.get_text() for t in axes.texts] == ["33"] * 6 + ["100"]


def test_unused_classes_are_left_out():
    matrix = np.zeros((31, 31), int)
    matrix[4, 5] = 3
    axes = confusion_figure(matrix, [f"c{k}" for k in range(30)]).axes[0]
    names = [t.get_text() for t in axes.get_yticklabels()]
    assert names == ["c4", "c5", "no ground truth"]
