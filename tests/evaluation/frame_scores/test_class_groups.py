import numpy as np
import pytest

from stal_plugin.evaluation.frame_scores import frequency_groups, paired_labels


def test_thirds_by_training_counts() -> None:
    counts, num_gt = np.array([5, 90, 7, 20, 6, 0, 20]), np.ones(7, int)
    groups = frequency_groups(counts, num_gt)
    assert {k: np.flatnonzero(v).tolist() for k, v in groups.items()} == {
        "head": [1, 3, 6],  # of 7 classes the head gets one more
        "middle": [2, 4],
        "tail": [0, 5],
    }


def test_classes_without_ground_truth_are_in_no_group() -> None:
    groups = frequency_groups(np.array([3, 9, 5]), np.array([1, 0, 4]))
    assert groups["head"].tolist() == [False, False, True]
    assert groups["middle"].tolist() == [True, False, False]
    assert not groups["tail"].any()


def test_counts_must_fit() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\), expected \(3,\)"):
        frequency_groups(np.array([3, 9]), np.ones(3))


def test_partners() -> None:
    partners = paired_labels(["up", "wave", "down", "open"], [("up", "down")])
    assert partners.tolist() == [2, -1, 0, -1]
    with pytest.raises(ValueError, match=r"names \['fly'\], not a class"):
        paired_labels(["up"], [("up", "fly")])
