import numpy as np
import pytest

from stal_plugin.evaluation.average_precision import (
    all_point_average_precision,
    precision_recall,
)


def test_precision_and_recall_after_each_detection() -> None:
    recall, precision = precision_recall(np.array([True, False, True, False]), 4)
    assert recall.tolist() == [0.25, 0.25, 0.5, 0.5]
    assert precision.tolist() == [1, 0.5, 2 / 3, 0.5]


def test_area_under_the_envelope() -> None:
    # TP FP TP with 3 boxes: a third at precision 1, a third at 2/3, a third at 0
    curve = precision_recall(np.array([True, False, True]), 3)
    assert all_point_average_precision(*curve) == pytest.approx((1 + 2 / 3) / 3)
    # FP TP TP with 2 boxes: the envelope lifts 1/2 to 2/3
    curve = precision_recall(np.array([False, True, True]), 2)
    assert all_point_average_precision(*curve) == pytest.approx(2 / 3)


def test_extremes() -> None:
    empty = np.zeros(0)
    assert all_point_average_precision(empty, empty) == 0
    curve = precision_recall(np.ones(3, bool), 3)
    assert all_point_average_precision(*curve) == 1


def test_parity_with_scikit_learns_definition_on_monotone_precision() -> None:
    # without a rise of precision the envelope is the curve itself
    sklearn = pytest.importorskip("sklearn.metrics")
    hits = np.array([True, True, False, False])
    curve = precision_recall(hits, 2)
    expected = sklearn.average_precision_score(hits, np.arange(4)[::-1])
    assert all_point_average_precision(*curve) == pytest.approx(expected)
