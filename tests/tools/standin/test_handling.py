import numpy as np
from standin.handling import Handling

SAMPLES = [Handling.draw(np.random.default_rng([7, k])) for k in range(400)]


def test_boxes_are_small_and_of_all_shapes():
    sizes = np.array([sample.size for sample in SAMPLES])
    assert 19.5 < sizes.min() < 22
    assert 60 < sizes.max() < 66.2
    ratio = sizes[:, 0] / sizes[:, 1]
    assert 0.66 < ratio.min() < 0.75
    assert 1.35 < ratio.max() < 1.51


def test_item_and_hand_stand_out_from_the_board():
    for sample in SAMPLES:
        board = np.array(sample.board)
        assert (np.array(sample.item) - board > 80).all()
        assert (np.array(sample.hand) - board >= 10).all()
        assert sample.hand != sample.item


def test_start_states_are_uniform():
    starts = np.array([sample.start for sample in SAMPLES])
    assert np.abs(starts.mean(axis=0) - 0.5).max() < 0.06
    assert np.abs(starts.var(axis=0) - 1 / 12).max() < 0.015
