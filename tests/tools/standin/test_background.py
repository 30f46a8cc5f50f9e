import numpy as np
from standin.background import make_background, make_noise


def test_background_is_textured_and_reproducible():
    first, second = (
        make_background(160, 90, np.random.default_rng(1)) for _ in range(2)
    )
    assert first.shape == (90, 160, 3)
    assert (first == second).all()
    assert first.std() > 10
    other = make_background(160, 90, np.random.default_rng(2))
    assert np.abs(first.astype(int) - other).mean() > 5


def test_noise_is_grey_and_mild():
    planes = make_noise(64, 48, 3, np.random.default_rng(0))
    assert len(planes) == 3
    for plane in planes:
        assert plane.shape == (48, 64, 3)
        assert (plane[..., 0] == plane[..., 2]).all()
        assert (plane.min(), plane.max()) == (0, 7)
        assert abs(plane.mean() - 3.5) < 0.2
    assert (planes[0] != planes[1]).any()
