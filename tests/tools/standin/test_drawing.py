import numpy as np
import pytest
from standin.drawing import (
    draw_item,
    fill_ellipse,
    fill_polygon,
    item_outlines,
    make_background,
    make_noise,
)

WHITE = (255, 255, 255)
BAR = (0.6, 0.2, 0.18)
SIZE = np.array([40.0, 30.0])


def _area(image: np.ndarray) -> float:
    return image[..., 0].sum() / 255


def _drawn(state: list[float], shape=(60, 80)) -> np.ndarray:
    image = np.zeros((*shape, 3), dtype=np.uint8)
    draw_item(image, np.array(state), BAR, SIZE, (WHITE, WHITE))
    return image


def test_polygon_and_ellipse_have_their_area_and_middle():
    image = np.zeros((50, 50, 3), dtype=np.uint8)
    fill_ellipse(image, np.array([20.3, 30.0]), np.array([12.0, 8.0]), WHITE)
    # The circle is a polygon of 16 corners; OpenCV adds about half a pixel around.
    assert _area(image) == pytest.approx(np.pi * 12 * 8, rel=0.12)
    weight = image[..., 0] / image[..., 0].sum()
    assert (weight.sum(axis=0) @ np.arange(50)) == pytest.approx(20.3, abs=0.1)
    other = np.zeros((50, 50, 3), dtype=np.uint8)
    fill_polygon(other, np.array([[5, 5], [25, 5], [25, 15], [5, 15]]), WHITE)
    assert 20 * 10 < _area(other) < 22 * 12


def test_movement_below_a_pixel_is_visible():
    still, moved = _drawn([0.5, 0.5, 0, 0]), _drawn([0.505, 0.5, 0, 0])
    assert np.abs(still.astype(int) - moved).max() > 30


def test_angle_turns_the_item_clockwise():
    item, hand, middle, _ = item_outlines(np.array([0.5, 0.5, 0, 0.25]), BAR, SIZE)
    assert middle.tolist() == [20, 15]
    assert np.ptp(item, axis=0) == pytest.approx([6, 18])  # upright
    # The hand is at the left for angle 0, hence at the top after a quarter turn.
    assert hand.mean(axis=0) == pytest.approx([0, -0.35 * 18])


def test_size_phase_scales_the_item():
    small = item_outlines(np.array([0.5, 0.5, 0.75, 0]), BAR, SIZE)[0]
    large = item_outlines(np.array([0.5, 0.5, 0.25, 0]), BAR, SIZE)[0]
    assert np.ptp(small[:, 0]) == pytest.approx(18 * 0.6)
    assert np.ptp(large[:, 0]) == pytest.approx(18 * 1.4)


def test_nothing_is_lost_where_an_item_leaves_the_board():
    middle = _area(_drawn([0.5, 0.5, 0, 0.1]))
    for place in ([0.0, 0.5], [0.5, 0.98], [0.02, 0.01], [0.93, 0.03]):
        assert _area(_drawn([*place, 0, 0.1])) == pytest.approx(middle, rel=0.06)


def test_shift_by_whole_pixels_rolls_the_picture():
    first, second = _drawn([0.25, 0.5, 0.3, 0.1]), _drawn([0.5, 0.5, 0.3, 0.1])
    difference = np.abs(np.roll(first, 20, axis=1).astype(int) - second)
    assert difference.mean() < 0.3


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
