from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stal_plugin.annotations.splits.split_units import split_units

NAMES = [f"class {k}" for k in range(9)]


def _both(counts: NDArray, train: NDArray) -> bool:
    present = counts > 0
    return bool(present[train].any(0).all() and present[~train].any(0).all())


def test_one_clip_per_unit_is_split_exactly() -> None:
    labels = np.repeat([0, 1, 2], [20, 10, 10])
    counts = np.eye(3, dtype=np.int64)[labels]
    train = split_units(counts, np.ones(40, np.int64), 0.7, 0, NAMES)
    assert counts[train].sum(0).tolist() == [14, 7, 7]


def test_paper_like_data_come_near_7_to_3() -> None:
    clips = [149, 136, 89, 74, 66, 55, 52, 41, 36, 31, 30, 30, 29, 28, 25, 22, 20]
    clips += [18, 17, 15, 13, 12, 11, 10]
    rng = np.random.default_rng(0)
    counts = np.zeros((300, 24), np.int64)
    for k, number in enumerate(clips):
        np.add.at(counts[:, k], rng.integers(0, 300, number), 1)
    sizes = rng.integers(60, 400, 300)
    names = [str(k) for k in range(24)]
    train = split_units(counts, sizes, 0.7, 0, names)
    assert _both(counts, train)
    # no class is further off than a clip, the frames hardly at all
    assert np.abs(counts[train].sum(0) - 0.7 * counts.sum(0)).max() <= 1
    assert sizes[train].sum() / sizes.sum() == pytest.approx(0.7, abs=0.01)
    again = split_units(counts, sizes, 0.7, 0, names)
    np.testing.assert_array_equal(train, again)
    other = split_units(counts, sizes, 0.7, 1, names)
    assert (train != other).any()


def test_units_without_clips_are_dealt_out_by_frames() -> None:
    counts = np.zeros((12, 1), np.int64)
    counts[:2] = 1
    train = split_units(counts, np.full(12, 10), 0.5, 0, NAMES)
    assert train.sum() == 6
    assert train[:2].sum() == 1


def test_a_class_in_one_unit_is_named_with_its_clips() -> None:
    counts = np.array([[3, 1, 0], [0, 1, 2], [0, 1, 1]])
    with pytest.raises(ValueError, match=r"both parts: 'class 0' \(3 clips\)$"):
        split_units(counts, np.ones(3, np.int64), 0.7, 0, NAMES)


def test_impossible_although_each_class_is_in_two_units() -> None:
    counts = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]])  # an odd cycle
    with pytest.raises(ValueError, match="no split of the units has each class"):
        split_units(counts, np.ones(3, np.int64), 0.7, 0, NAMES)


@pytest.mark.parametrize("ratio", [0.0, 1.0, -1.0, 1.5])
def test_ratio(ratio: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        split_units(np.ones((2, 1), np.int64), np.ones(2, np.int64), ratio, 0, NAMES)


_COUNTS = st.integers(1, 4).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(0, 2), min_size=k, max_size=k), min_size=2, max_size=8
    )
)


@settings(deadline=None, max_examples=120)
@given(_COUNTS, st.integers(0, 3), st.floats(0.1, 0.9))
def test_splits_whenever_that_is_possible(
    rows: list[list[int]], seed: int, ratio: float
) -> None:
    counts = np.array(rows)
    counts = counts[:, counts.sum(0) > 0]
    sizes = np.arange(1, len(counts) + 1)
    every = (np.array(bits, dtype=bool) for bits in product([0, 1], repeat=len(counts)))
    possible = any(_both(counts, train) for train in every)
    if not possible:
        with pytest.raises(ValueError, match=r"both parts|no split"):
            split_units(counts, sizes, ratio, seed, NAMES)
        return
    train = split_units(counts, sizes, ratio, seed, NAMES)
    assert _both(counts, train)
    np.testing.assert_array_equal(train, split_units(counts, sizes, ratio, seed, NAMES))
