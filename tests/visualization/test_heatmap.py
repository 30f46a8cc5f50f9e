import numpy as np
import pytest

from stal_plugin.visualization.heatmap import overlay_heatmap

FRAME = np.full((40, 80, 3), 100, np.uint8)
YELLOW = np.array([255, 234, 70])  # the upper end of matplotlib's cividis


def test_cold_places_stay_and_hot_ones_turn_yellow():
    heatmap = np.zeros((4, 8))
    heatmap[1:3, 5:7] = 1.0
    before = FRAME.copy()
    image = overlay_heatmap(FRAME, heatmap)
    assert (image[:, :40] == 100).all()
    # cells of 10 x 10 pixels; a quarter of the frame still shows
    centre = image[16:24, 56:64].reshape(-1, 3)
    assert np.abs(centre - (0.25 * 100 + 0.75 * YELLOW)).max() < 12
    assert np.array_equal(FRAME, before)


def test_of_several_maps_the_hottest_shows():
    maps = np.random.default_rng(0).random((3, 5, 7))
    assert np.array_equal(
        overlay_heatmap(FRAME, maps), overlay_heatmap(FRAME, maps.max(0))
    )


def test_hotter_is_lighter_for_everyone():
    """A ramp on black: luminance never falls."""
    ramp = np.tile(np.linspace(0, 1, 80), (40, 1))
    image = overlay_heatmap(np.zeros_like(FRAME), ramp)
    luminance = image[20] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > -1).all()
    assert luminance[-1] > 150


@pytest.mark.parametrize(
    ("heatmap", "said"),
    [
        (np.full((4, 4), 1.5), r"in \[0, 1\].*1.5"),
        (np.full((4, 4), np.nan), "nan"),
        (np.zeros(4), r"\(4,\)"),
    ],
)
def test_other_values_are_refused(heatmap, said):
    with pytest.raises(ValueError, match=said):
        overlay_heatmap(FRAME, heatmap)
