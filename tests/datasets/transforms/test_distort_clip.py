import colorsys
import random

import numpy as np
import pytest

from stal_plugin.datasets.transforms import DistortClip
from stal_plugin.datasets.transforms.distort_clip import distortion_table, random_factor


def distort(clip: np.ndarray, *drawn: float) -> np.ndarray:
    """Distort with given hue shift, saturation factor and exposure factor."""
    values = iter(drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random, "uniform", lambda a, b: next(values))
        patch.setattr(random, "random", lambda: 0.0)
        return DistortClip()({"imgs": clip.copy()})["imgs"]


def test_table_by_hand():
    table = distortion_table(0.125, 1.5, 0.5)[0]
    assert table[[0, 100, 250], 0].tolist() == [32, 131, 26]  # goes round at 256
    assert table[[0, 100, 200], 1].tolist() == [0, 150, 255]
    assert table[[0, 100, 255], 2].tolist() == [0, 50, 128]
    identity = distortion_table(0, 1, 1)[0]
    assert np.array_equal(identity[:, 1:], np.repeat(np.arange(256)[:, None], 2, 1))
    assert np.array_equal(identity[:, 0], np.rint(np.arange(256) * 255 / 256))


@pytest.mark.parametrize(
    "drawn", [(0.0, 1.0, 1.0), (0.1, 1.0, 1.0), (-0.1, 1.3, 0.8), (0.05, 0.7, 1.4)]
)
def test_equals_the_standard_library_up_to_8_bit_rounding(drawn):
    rng = np.random.default_rng(0)
    clip = rng.integers(0, 256, (2, 5, 7, 3), np.uint8)
    hue, saturation, exposure = drawn
    found = distort(clip, *drawn)
    for pixel, got in zip(clip.reshape(-1, 3), found.reshape(-1, 3), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*(pixel / 255))
        wanted = colorsys.hsv_to_rgb(
            (h + hue) % 1, min(s * saturation, 1), min(v * exposure, 1)
        )
        assert np.abs(np.array(wanted) * 255 - got).max() < 6


def test_the_whole_clip_changes_alike():
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    random.seed(3)
    results = DistortClip()({"imgs": [image, image, image]})
    assert results["imgs"].shape == (3, 6, 5, 3)
    assert (results["imgs"] == results["imgs"][0]).all()
    assert (results["imgs"][0] != image).any()


def test_the_decoders_frames_are_not_touched():
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    kept = image.copy()
    DistortClip()({"imgs": [image, image]})
    np.testing.assert_array_equal(image, kept)


def test_draws_stay_in_their_ranges():
    random.seed(0)
    factors = np.array([random_factor(1.5) for _ in range(4000)])
    assert 1 / 1.5 <= factors.min() < 0.68
    assert 1.48 < factors.max() <= 1.5
    assert abs((factors > 1).mean() - 0.5) < 0.03
    # Uniform in [1, 1.5] above, inverse of such a number below.
    assert abs(factors[factors > 1].mean() - 1.25) < 0.02
    assert abs((1 / factors[factors < 1]).mean() - 1.25) < 0.02


@pytest.mark.parametrize(
    "kwargs", [{"hue": 0.6}, {"hue": -0.1}, {"saturation": 0.5}, {"exposure": 0.9}]
)
def test_bad_arguments(kwargs):
    with pytest.raises(ValueError, match="must be"):
        DistortClip(**kwargs)
