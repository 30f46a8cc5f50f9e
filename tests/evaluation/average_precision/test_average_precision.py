import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.evaluation.functional.mean_ap import average_precision

from stal_plugin.evaluation.average_precision import (
    INTEGRATIONS,
    all_point_average_precision,
    eleven_point_average_precision,
    envelope_trapezoid_average_precision,
    precision_envelope,
    precision_recall,
    trapezoid_average_precision,
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


def test_envelope_of_several_curves() -> None:
    curves = np.array([[1, 0.5, 0.6, 0.2], [0.0, 0.5, 0.4, 0.4]])
    expected = [[1, 0.6, 0.6, 0.2], [0.5, 0.5, 0.4, 0.4]]
    assert precision_envelope(curves).tolist() == expected
    assert precision_envelope(curves[0]).tolist() == expected[0]


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


# TP FP TP of 4 boxes: recall 1/4 1/4 1/2, precision 1 1/2 2/3
CURVE = precision_recall(np.array([True, False, True]), 4)


def test_trapezoids_under_the_raw_curve() -> None:
    # a step at precision 1, then from 1/2 to 2/3
    expected = 1 / 4 + 1 / 4 * (1 / 2 + 2 / 3) / 2
    assert trapezoid_average_precision(*CURVE) == pytest.approx(expected)


def test_eleven_points() -> None:
    # levels 0 .1 .2 at 1, .3 .4 .5 at 2/3
    expected = (3 + 3 * 2 / 3) / 11
    assert eleven_point_average_precision(*CURVE) == pytest.approx(expected)


def test_recall_of_three_tenths_reaches_the_level() -> None:
    # np.arange(0, 1.1, 0.1)[3] is 0.30000000000000004: a common slip
    curve = precision_recall(np.ones(3, bool), 10)
    assert eleven_point_average_precision(*curve) == pytest.approx(4 / 11)


def test_trapezoids_under_the_envelope() -> None:
    # 1 at recall 0 and 1/4; 2/3 from the second point to 1/2; then down to (1, 0)
    expected = 1 / 4 + 1 / 4 * 2 / 3 + 1 / 2 * 2 / 3 / 2
    assert envelope_trapezoid_average_precision(*CURVE) == pytest.approx(expected)


@pytest.mark.parametrize("rule", INTEGRATIONS)
def test_extremes_of_every_rule(rule: str) -> None:
    empty = np.zeros(0)
    assert INTEGRATIONS[rule](empty, empty) == 0
    assert INTEGRATIONS[rule](*precision_recall(np.ones(3, bool), 3)) == 1
    assert INTEGRATIONS[rule](*precision_recall(np.zeros(3, bool), 3)) == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 6))
def test_parity_with_mmdet_and_numpy(hits: list[bool], missed: int) -> None:
    num_gt = 7 * (sum(hits) + missed) or 7  # no recall at a tenth by chance
    curve = precision_recall(np.array(hits), num_gt)
    for mode, rule in (("area", "all-point"), ("11points", "11-point")):
        assert INTEGRATIONS[rule](*curve) == pytest.approx(
            float(average_precision(*curve, mode=mode)), abs=1e-6
        )
    recall = np.concatenate([[0], curve[0], [1]])
    precision = np.concatenate([[1], curve[1], [0]])
    envelope = [precision[i:].max() for i in range(len(precision))]
    assert envelope_trapezoid_average_precision(*curve) == pytest.approx(
        np.trapezoid(envelope, recall)
    )
    assert trapezoid_average_precision(*curve) == pytest.approx(
        np.trapezoid(precision[:-1], recall[:-1])
    )
