import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation.frame_matching import first_claims, greedy_claims


def _claims(pairs: list[tuple], groups: list[int]) -> list[int]:
    claimants, things, preferences = (
        np.array(column) for column in zip(*pairs, strict=True)
    )
    return greedy_claims(claimants, things, preferences, np.array(groups)).tolist()


def test_each_box_is_claimed_once_by_the_first_that_hits_it() -> None:
    best = np.array([3, 3, 1, 3, 1, -1])
    hits = np.array([False, True, True, True, False, False])
    expected = [False, True, True, False, False, False]
    assert first_claims(best, hits).tolist() == expected
    assert first_claims(best, np.zeros(6, bool)).tolist() == [False] * 6


def test_who_comes_late_takes_the_next_best() -> None:
    pairs = [(0, 5, 0.9), (0, 6, 0.8), (1, 5, 0.95), (1, 6, 0.6), (2, 6, 0.99)]
    assert _claims(pairs, [0, 0, 0]) == [5, 6, -1]


def test_a_thing_that_is_left_goes_to_whom_it_reaches() -> None:
    # 1 wants 5, which is taken, and then 6, so that 2 must make do with 7
    pairs = [(0, 5, 1), (1, 5, 1), (1, 6, 0.5), (2, 6, 1), (2, 7, 0.1)]
    assert _claims(pairs, [0, 0, 0]) == [5, 6, 7]


def test_of_equal_preferences_the_first_thing_counts() -> None:
    assert _claims([(0, 8, 0.5), (0, 3, 0.5)], [0]) == [3]


def test_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert greedy_claims(none, none, np.zeros(0), np.zeros(2)).tolist() == [-1, -1]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 8))
def test_equals_the_loop(seed: int, num: int, num_things: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 3, num)) * 10
    of_thing = rng.integers(0, 3, num_things) * 10
    wanted = (groups[:, None] == of_thing) & (rng.random((num, num_things)) < 0.7)
    claimants, things = np.nonzero(wanted)
    preferences = rng.integers(0, 4, len(things)) / 4  # ties
    order = rng.permutation(len(things))
    taken = greedy_claims(
        claimants[order], things[order], preferences[order], groups
    ).tolist()
    free, expected = set(range(num_things)), []
    for claimant in range(num):
        offers = [
            (-p, t)
            for c, t, p in zip(claimants, things, preferences, strict=True)
            if c == claimant and t in free
        ]
        expected.append(min(offers)[1] if offers else -1)
        free.discard(expected[-1])
    assert taken == expected
