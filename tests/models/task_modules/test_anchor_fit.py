import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.models.task_modules.anchor_fit import (
    AnchorFit,
    fit_by_size,
    size_edges,
)
from stal_plugin.models.task_modules.kmeans import best_possible_recall, mean_best_iou


def test_by_hand() -> None:
    # Areas 16, 36, 100, 400; the anchor 8 x 8 = 64 lies within or around each.
    sizes = [(20, 20), (4, 4), (10, 10), (6, 6)]
    assert size_edges(sizes, parts=2).tolist() == [100.0]
    fits = fit_by_size(sizes, [(8, 8)], parts=2)
    assert fits[0] == AnchorFit(2, (16 / 64 + 36 / 64) / 2, 0.5)
    assert fits[1] == AnchorFit(2, (64 / 100 + 64 / 400) / 2, 0.5)


def test_best_anchor_counts_and_shape_matters() -> None:
    fits = fit_by_size([(10, 20)], [(20, 10), (10, 15), (100, 200)], parts=1)
    assert fits == [AnchorFit(1, 0.75, 1.0)]


def test_equal_areas_stay_together() -> None:
    assert size_edges([(5, 5)] * 7).tolist() == []
    fits = fit_by_size([(5, 5)] * 7, [(5, 5)])
    assert fits == [AnchorFit(7, 1.0, 1.0)]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=1),
    st.integers(1, 5),
)
def test_groups_partition_the_boxes(sizes: list[tuple[int, int]], parts: int) -> None:
    anchors = [(5, 9), (20, 20)]
    fits = fit_by_size(sizes, anchors, parts)
    edges = size_edges(sizes, parts).tolist()
    counts = np.array([fit.num_boxes for fit in fits])
    assert counts.sum() == len(sizes)
    assert len(edges) == len(fits) - 1
    assert edges == sorted(set(edges))
    areas = np.sort(np.prod(sizes, axis=1))
    assert [areas[start] for start in counts.cumsum()[:-1]] == edges
    for value, whole in (
        ([fit.mean_iou for fit in fits], mean_best_iou(sizes, anchors)),
        ([fit.recall for fit in fits], best_possible_recall(sizes, anchors)),
    ):
        assert np.average(value, weights=counts) == pytest.approx(whole)


def test_impossible_size() -> None:
    with pytest.raises(ValueError, match="must be positive: 1 of 2"):
        fit_by_size([(1, 1), (0, 3)], [(1, 1)])
