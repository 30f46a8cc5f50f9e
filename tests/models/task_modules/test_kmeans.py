import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.models.task_modules.kmeans import (
    _cluster_means,
    best_possible_recall,
    choose_k,
    inertia,
    kmeans_anchors,
    mean_best_iou,
    size_iou,
)

# Three groups, each of which is symmetric about its mean.
GROUPS = np.array([(100.0, 40.0), (12.0, 20.0), (30.0, 60.0)])
OFFSETS = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
SIZES = (GROUPS[:, None] + OFFSETS).reshape(-1, 2)
BY_AREA = GROUPS[[1, 2, 0]]


@pytest.mark.parametrize("metric", ["euclidean", "iou"])
def test_finds_separated_groups_sorted_by_area(metric: str) -> None:
    np.testing.assert_allclose(kmeans_anchors(SIZES, 3, metric), BY_AREA)
    order = np.random.default_rng(0).permutation(len(SIZES))
    np.testing.assert_allclose(kmeans_anchors(SIZES[order], 3, metric), BY_AREA)


def test_repeated_boxes_count_as_often() -> None:
    sizes = [(10, 10)] * 3 + [(20, 30)]
    np.testing.assert_allclose(kmeans_anchors(sizes, 1), [(12.5, 15)])
    # The mean does not minimise 1 - IoU; the best centres on the way are kept.
    anchor = kmeans_anchors(sizes, 1, "iou")
    np.testing.assert_allclose(anchor, [(10, 10)])
    assert mean_best_iou(sizes, anchor) > mean_best_iou(sizes, [(12.5, 15)])


@pytest.mark.parametrize("metric", ["euclidean", "iou"])
def test_deterministic_by_seed(metric: str) -> None:
    sizes = np.exp(np.random.default_rng(3).normal(3, 0.6, (800, 2)))
    first, second = (kmeans_anchors(sizes, 7, metric, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_each_metric_wins_by_its_own_measure() -> None:
    sizes = np.exp(np.random.default_rng(4).normal(3.5, 0.7, (2000, 2)))
    euclidean, iou = (kmeans_anchors(sizes, 5, m) for m in ("euclidean", "iou"))
    assert inertia(sizes, euclidean) < inertia(sizes, iou)
    assert mean_best_iou(sizes, iou) > mean_best_iou(sizes, euclidean) + 0.005


def test_iou_result_cannot_be_improved_by_reassignment() -> None:
    """At the fixed point every anchor is the mean of the boxes it is best for."""
    anchors = kmeans_anchors(SIZES, 3, "iou")
    best = size_iou(SIZES, anchors).argmax(1)
    for i, anchor in enumerate(anchors):
        np.testing.assert_allclose(SIZES[best == i].mean(0), anchor)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from(["euclidean", "iou"]))
def test_properties(data: st.DataObject, metric: str) -> None:
    side = st.floats(0.5, 500)
    sizes = data.draw(st.lists(st.tuples(side, side), min_size=4, max_size=30))
    distinct = len(np.unique(np.round(sizes, 6), axis=0))
    k = data.draw(st.integers(1, distinct))
    anchors = kmeans_anchors(sizes, k, metric)
    assert anchors.shape == (k, 2)
    assert (np.diff(anchors.prod(1)) >= 0).all()
    low, high = np.min(sizes, axis=0), np.max(sizes, axis=0)
    assert ((anchors >= low - 1e-6) & (anchors <= high + 1e-6)).all()
    if k == distinct and metric == "euclidean":
        assert inertia(sizes, anchors) == pytest.approx(0, abs=1e-3)


def test_empty_cluster_restarts_at_the_worst_box() -> None:
    points = np.array([(10.0, 10.0), (12.0, 12.0), (90.0, 5.0)])
    nearest, distance = np.array([0, 0, 0]), np.array([0.1, 0.2, 0.9])
    centers = _cluster_means(points, np.array([1.0, 3.0, 0.0]), nearest, distance, 2)
    np.testing.assert_allclose(centers, [(11.5, 11.5), (90, 5)])


def test_measures_by_hand() -> None:
    sizes = [(10, 10), (20, 10), (4, 50)]
    anchors = [(10, 10), (20, 20)]
    np.testing.assert_allclose(
        size_iou(np.array(sizes, float), np.array(anchors, float)),
        [[1, 0.25], [0.5, 0.5], [40 / 260, 80 / 520]],
    )
    assert mean_best_iou(sizes, anchors) == pytest.approx((1 + 0.5 + 40 / 260) / 3)
    assert best_possible_recall(sizes, anchors) == pytest.approx(2 / 3)
    assert best_possible_recall(sizes, anchors, 0.6) == pytest.approx(1 / 3)
    # (20, 10) is 10 from both; (4, 50) is (-16, 30) from (20, 20).
    assert inertia(sizes, anchors) == pytest.approx(0 + 100 + 16**2 + 30**2)


def test_knee() -> None:
    assert choose_k([100, 20, 10, 5, 0]) == 2
    assert choose_k([100, 60, 20, 15, 10, 5]) == 3
    assert choose_k([100, 50, 0]) == 1  # a straight line has no knee
    assert choose_k([7, 7, 7]) == 1
    assert choose_k([7]) == 1
    # The scale of the axis does not matter.
    assert choose_k([1e9, 2e8, 1e8, 5e7, 0]) == 2


@pytest.mark.parametrize(
    ("sizes", "k", "metric", "message"),
    [
        ([(1, 2)] * 9, 2, "iou", "cannot make 2 anchors from 1 distinct box sizes"),
        ([(1, 2), (2, 1)], 3, "euclidean", "cannot make 3 anchors from 2 distinct"),
        ([(1, 2)], 0, "iou", "cannot make 0 anchors"),
        ([(1, 2), (3, 0)], 1, "iou", r"1 of 2 are not, the first is number 1: \[3.0"),
        ([(1, float("nan"))], 1, "iou", "must be positive: 1 of 1"),
        ([], 1, "iou", r"\(N, 2\) with N > 0, got \(0,\)"),
        ([(1, 2)], 1, "giou", r"metric='giou' is unknown, use one of \['eucl"),
    ],
)
def test_bad_input(sizes: list, k: int, metric: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kmeans_anchors(sizes, k, metric)
