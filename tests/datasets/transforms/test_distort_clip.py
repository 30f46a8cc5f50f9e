import cmath
import colorsys
import random

import numpy as np
import pytest

from stal_plugin.datasets.transforms import DistortClip
from stal_plugin.datasets.transforms.distort_clip import (
    distortion_matrix,
    hue_table,
    random_factor,
)

DRAWN = [(0.0, 1.0, 1.0), (0.1, 1.0, 1.0), (-0.1, 1.3, 0.8), (0.05, 0.7, 1.4)]


def distort(clip: np.ndarray, *drawn: float, space: str = "hsv") -> np.ndarray:
    """Distort with given hue shift, saturation factor and exposure factor."""
    values = iter(drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random, "uniform", lambda a, b: next(values))
        patch.setattr(random, "random", lambda: 0.0)
        return DistortClip(space=space)({"imgs": clip.copy()})["imgs"]


def yiq_to_rgb(y: float, i: float, q: float) -> tuple[float, float, float]:
    """Invert the standard library's rgb_to_yiq, which clips its own inverse."""
    return (
        y + 0.9468822170900693 * i + 0.6235565819861433 * q,
        y - 0.27478764629897834 * i - 0.6356910791873801 * q,
        y - 1.1085450346420322 * i + 1.7090069284064666 * q,
    )


def test_hue_table_by_hand():
    assert hue_table(0.125)[[0, 100, 250]].tolist() == [32, 131, 26]  # round at 256
    assert np.array_equal(hue_table(0), np.rint(np.arange(256) * 255 / 256))


@pytest.mark.parametrize("drawn", DRAWN)
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


def test_saturation_and_value_end_at_255():
    clip = np.array([[[[200, 50, 50], [255, 0, 0]]]], np.uint8)
    assert distort(clip, 0, 1.0, 1.5).tolist() == [[[[255, 64, 64], [255, 0, 0]]]]
    assert distort(clip, 0, 1.5, 1.0).tolist() == [[[[200, 0, 0], [255, 0, 0]]]]


@pytest.mark.parametrize("drawn", DRAWN)
def test_yiq_equals_the_standard_library(drawn):
    rng = np.random.default_rng(0)
    clip = rng.integers(0, 256, (2, 5, 7, 3), np.uint8)
    hue, saturation, exposure = drawn
    turn = saturation * cmath.exp(2j * cmath.pi * hue)
    found = distort(clip, *drawn, space="yiq").reshape(-1, 3)
    linear = clip.reshape(-1, 3) @ distortion_matrix(*drawn).T
    for pixel, got, exact in zip(clip.reshape(-1, 3), found, linear, strict=True):
        y, i, q = colorsys.rgb_to_yiq(*(pixel / 255))
        color = (i + 1j * q) * turn * exposure
        wanted = 255 * np.array(yiq_to_rgb(y * exposure, color.real, color.imag))
        assert np.abs(wanted - exact).max() < 2
        assert np.abs(wanted.clip(0, 255) - got).max() < 3


def test_yiq_by_hand():
    gray = np.full((1, 1, 1, 3), 100, np.uint8)
    assert np.abs(distort(gray, 0.08, 1.4, 1.2, space="yiq") - 120.0).max() <= 1
    half_turn = distortion_matrix(0.5, 1, 1)  # colours become their opposites
    np.testing.assert_allclose(half_turn @ half_turn, np.eye(3), atol=1e-5)
    red = half_turn @ [1.0, 0, 0]
    np.testing.assert_allclose(red, [2 * 0.299 - 1, 2 * 0.299, 2 * 0.299], atol=2e-3)


@pytest.mark.parametrize("space", ["hsv", "yiq"])
def test_the_whole_clip_changes_alike(space):
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    random.seed(3)
    results = DistortClip(space=space)({"imgs": [image, image, image]})
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
    "kwargs",
    [
        {"hue": 0.6},
        {"hue": -0.1},
        {"saturation": 0.5},
        {"exposure": 0.9},
        {"space": "lab"},
    ],
)
def test_bad_arguments(kwargs):
    with pytest.raises(ValueError, match="must be"):
        DistortClip(**kwargs)
