import numpy as np
import pytest
from standin.sway import Sway


def test_sum_of_two_sinusoids_per_axis():
    sway = Sway(((3, 1), (2, 0)), ((8, 40), (4, 10)), ((0, 0.25), (0.25, 0)))
    offsets = sway.offsets(np.array([0, 2]))
    # x: 3 sin(2 pi t / 8) + 2 sin(2 pi (t / 4 + 1/4)); y: cos(t / 40) and sin(t / 10).
    assert offsets[0] == pytest.approx([2, 1])
    assert offsets[1] == pytest.approx([3 - 2, np.cos(np.pi / 10)])


def test_drawn_sway_is_bounded_and_slow():
    rng = np.random.default_rng(0)
    for _ in range(20):
        offsets = Sway.draw(rng, 2.4).offsets(np.arange(500))
        assert np.abs(offsets).max() <= 2.4
        assert np.abs(offsets).max() > 0.3
        # Slower than any action: at most 0.13 px per frame at 112x112 input.
        assert np.abs(np.diff(offsets, axis=0)).max() < 0.26
