# ruff: noqa: NPY002 -- the global generators are what is tested
import random

import numpy as np
import torch

from stal_plugin.datasets.sample_seed import sample_seed


def draw() -> tuple[float, float, float]:
    return random.random(), np.random.rand(), float(torch.rand(1))


def draw_in(*key: int) -> tuple[float, float, float]:
    with sample_seed(*key, restore=True):
        return draw()


def test_depends_on_seed_epoch_and_index_only():
    first = draw_in(1, 2, 3)
    draw()
    assert draw_in(1, 2, 3) == first
    # Sums and permutations of the three numbers must not collide.
    others = [draw_in(*key) for key in [(1, 3, 2), (2, 1, 3), (1, 2, 4), (0, 3, 3)]]
    assert len({first, *others}) == 5
    assert all(a != b for other in others for a, b in zip(first, other, strict=True))


def test_neighbouring_samples_are_uncorrelated():
    drawn = np.array([draw_in(0, 0, i) for i in range(400)])
    for column in drawn.T:
        assert abs(column.mean() - 0.5) < 0.06
        assert abs(np.corrcoef(column[:-1], column[1:])[0, 1]) < 0.15


def test_restores_the_callers_generators_also_after_an_error():
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    expected = draw()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    try:
        with sample_seed(0, 0, 0, restore=True):
            draw()
            raise KeyError
    except KeyError:
        pass
    assert draw() == expected


def test_leaves_the_generators_alone_afterwards_in_a_worker():
    with sample_seed(0, 0, 0, restore=False):
        draw()
    after = draw()
    with sample_seed(0, 0, 0, restore=False):
        draw()
    assert draw() == after
