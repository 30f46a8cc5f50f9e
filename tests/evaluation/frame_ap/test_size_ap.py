from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation import frame_ap, size_ap
from stal_plugin.structures import BoxTable

AREAS = np.full(4, 10000.0)
SMALL, MEDIUM, LARGE = [0.0, 0, 9, 9], [0.0, 0, 20, 20], [0.0, 0, 60, 60]


def test_each_size_is_scored_for_itself(dets_of: Callable, gts_of: Callable) -> None:
    gts = gts_of((0, SMALL, 0), (1, MEDIUM, 0), (2, LARGE, 0))
    # found: small and large; the medium one is missed
    dets = dets_of((0, SMALL, 0, 0.9), (2, LARGE, 0, 0.8))
    result = size_ap(dets, gts, 1, AREAS)
    assert [part.ap[0, 0] for part in result.values()] == [1, 0, 1]
    assert [part.num_gt[0] for part in result.values()] == [1, 1, 1]
    assert [part.num_dets[0] for part in result.values()] == [1, 0, 1]


def test_false_positives_count_by_their_own_size(
    dets_of: Callable, gts_of: Callable
) -> None:
    gts = gts_of((0, SMALL, 0), (1, LARGE, 0))
    dets = dets_of((3, LARGE, 0, 0.9), (0, SMALL, 0, 0.5), (1, LARGE, 0, 0.4))
    result = size_ap(dets, gts, 1, AREAS)
    assert result["small"].ap[0, 0] == 1  # the large false positive is no matter
    assert result["large"].ap[0, 0] == 0.5


def test_a_detection_on_ground_truth_of_another_size_is_left_out(
    dets_of: Callable, gts_of: Callable
) -> None:
    # 99 pixels of area 10000 are small; the box around it has 144 and is medium
    gts = gts_of((0, [0.0, 0, 9, 11], 0), (1, MEDIUM, 0))
    around = [0.0, 0, 12, 12]
    dets = dets_of((0, around, 0, 0.9), (0, around, 0, 0.8), (1, MEDIUM, 0, 0.7))
    result = size_ap(dets, gts, 1, AREAS)
    assert result["medium"].ap[0, 0] == 1  # neither the hit nor its repetition counts
    assert result["small"].ap[0, 0] == 1  # the repetition comes after the last hit


def test_each_label_of_a_box_counts(dets_of: Callable) -> None:
    # one small box with labels 0 and 2: 0 found, 2 missed, 1 is a false positive
    gts = BoxTable.from_labels(
        np.array([0, 1]), np.array([SMALL, SMALL]), np.array([[1, 0, 1], [0, 1, 0]])
    )
    dets = dets_of((0, SMALL, 0, 0.9), (0, SMALL, 1, 0.8), (1, SMALL, 1, 0.7))
    small = size_ap(dets, gts, 3, AREAS)["small"]
    assert small.num_gt.tolist() == [1, 1, 1]
    assert small.ap[0].tolist() == [1, 0.5, 0]


def test_area_is_relative_to_the_frame(dets_of: Callable, gts_of: Callable) -> None:
    gts, dets = gts_of((1, MEDIUM, 0)), dets_of((1, MEDIUM, 0, 0.9))
    for area, name in ((400 / 0.009, "small"), (40000, "medium"), (4000, "large")):
        result = size_ap(dets, gts, 1, np.array([1.0, area]))
        assert [k for k, part in result.items() if part.num_gt.any()] == [name]


def test_one_size_for_all_is_frame_ap(dets_of: Callable, gts_of: Callable) -> None:
    gts = gts_of((0, MEDIUM, 0), (0, SMALL, 1), (1, LARGE, 1))
    dets = dets_of((0, MEDIUM, 0, 0.9), (2, SMALL, 1, 0.8), (1, LARGE, 1, 0.7))
    for protocol in ("voc", "act", "ava"):
        result = size_ap(dets, gts, 2, AREAS, [0.5, 0.7], protocol, (1e-6, 0.99))
        expected = frame_ap(dets, gts, 2, [0.5, 0.7], protocol)
        np.testing.assert_array_equal(result["medium"].ap, expected.ap)
        assert result["medium"].mean.tolist() == expected.mean.tolist()


@pytest.mark.parametrize("edges", [(0, 0.1), (0.2, 0.1), (0.1, 1)])
def test_edges(edges: tuple, dets_of: Callable, gts_of: Callable) -> None:
    with pytest.raises(ValueError, match="must be 0 < small < large < 1"):
        size_ap(dets_of(), gts_of(), 1, AREAS, edges=edges)
