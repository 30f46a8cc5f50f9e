import numpy as np
import pytest

from stal_plugin.evaluation.average_precision import (
    ClassAP,
    average_by_class,
    check_thresholds,
)

AP = np.array([[0.5, 0.0, np.nan, np.nan]])
NUM_GT, NUM_DETS = np.array([4, 2, 0, 0]), np.array([5, 0, 3, 0])


@pytest.mark.parametrize(
    ("rule", "in_mean", "mean"),
    [
        ("with ground truth", [True, True, False, False], 0.25),
        ("all", [True] * 4, 0.125),
        ("with detections", [True, False, False, False], 0.5),
    ],
)
def test_mean(rule: str, in_mean: list, mean: float) -> None:
    result = ClassAP((0.5,), AP, NUM_GT, NUM_DETS, rule)  # type: ignore[arg-type]
    assert result.in_mean.tolist() == in_mean
    assert result.mean.tolist() == [mean]


def test_mean_over_a_group() -> None:
    result = ClassAP((0.5,), AP, NUM_GT, NUM_DETS)
    assert result.mean_over(np.array([True, False, True, False])).tolist() == [0.25]
    assert result.mean_over(np.zeros(4, bool)).tolist() == [0]


def test_each_class_has_its_own_slice() -> None:
    labels = np.array([0, 0, 2, 2, 2, 3])
    hits = np.array([False, True, True, True, False, False])
    ap = average_by_class(hits, labels, np.array([1, 1, 2, 0]), "all-point")
    np.testing.assert_allclose(ap, [0.5, 0, 1, np.nan])


@pytest.mark.parametrize("thrs", [[], [0.5, 0], [1.2]])
def test_thresholds(thrs: list) -> None:
    assert check_thresholds([0.5, 1]) == (0.5, 1)
    with pytest.raises(ValueError, match=r"iou_thrs must be in \(0, 1\]"):
        check_thresholds(thrs)
