import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation.matching import first_matches, greedy_matches


def _matches(pairs: list[tuple], groups: list[int]) -> list[int]:
    sources, targets, qualities = (
        np.array(column) for column in zip(*pairs, strict=True)
    )
    return greedy_matches(sources, targets, qualities, np.array(groups)).tolist()


def test_each_box_is_matched_once_with_the_first_that_hits_it() -> None:
    best = np.array([3, 3, 1, 3, 1, -1])
    hits = np.array([False, True, True, True, False, False])
    expected = [False, True, True, False, False, False]
    assert first_matches(best, hits).tolist() == expected
    assert first_matches(best, np.zeros(6, bool)).tolist() == [False] * 6


def test_a_later_source_takes_the_next_best() -> None:
    pairs = [(0, 5, 0.9), (0, 6, 0.8), (1, 5, 0.95), (1, 6, 0.6), (2, 6, 0.99)]
    assert _matches(pairs, [0, 0, 0]) == [5, 6, -1]


def test_a_second_choice_comes_before_the_first_choice_of_a_later_source() -> None:
    # the best of 1 is 5, which is taken, so it gets 6, and 2 only 7
    pairs = [(0, 5, 1), (1, 5, 1), (1, 6, 0.5), (2, 6, 1), (2, 7, 0.1)]
    assert _matches(pairs, [0, 0, 0]) == [5, 6, 7]


def test_of_equal_qualities_the_first_target_counts() -> None:
    assert _matches([(0, 8, 0.5), (0, 3, 0.5)], [0]) == [3]


def test_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert greedy_matches(none, none, np.zeros(0), np.zeros(2)).tolist() == [-1, -1]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 8))
def test_equals_the_loop(seed: int, num: int, num_targets: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 3, num)) * 10
    target_groups = rng.integers(0, 3, num_targets) * 10
    possible = groups[:, None] == target_groups
    possible &= rng.random((num, num_targets)) < 0.7
    sources, targets = np.nonzero(possible)
    qualities = rng.integers(0, 4, len(targets)) / 4  # ties
    order = rng.permutation(len(targets))
    matches = greedy_matches(
        sources[order], targets[order], qualities[order], groups
    ).tolist()
    free, expected = set(range(num_targets)), []
    for source in range(num):
        offers = [
            (-q, t)
            for s, t, q in zip(sources, targets, qualities, strict=True)
            if s == source and t in free
        ]
        expected.append(min(offers)[1] if offers else -1)
        free.discard(expected[-1])
    assert matches == expected
