import numpy as np
import pytest
from standin.appearance import Camera, Handling, Sway, Worker, to_colour


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


def test_units_span_the_frame():
    camera = Camera(320, 180)
    points = camera.points(np.array([[0, 0], [112, 112], [224, 224]]))
    assert points.tolist() == [[0, 0], [160, 90], [320, 180]]


def test_zoom_keeps_the_middle_and_shift_moves_it():
    camera = Camera(224, 448, zoom=0.5, shift=(10, -20))
    assert camera.points(np.array([112.0, 112.0])).tolist() == [122, 184]
    assert camera.points(np.array([12.0, 112.0])).tolist() == [72, 184]
    assert camera.pixels_per_unit.tolist() == [0.5, 1]


def test_sources_differ():
    rng = np.random.default_rng(0)
    near, far = (Camera.draw(320, 180, rng, index) for index in (0, 1))
    assert 0.98 <= near.zoom <= 1
    assert 0.93 <= far.zoom <= 0.95
    assert near.shift != far.shift
    assert near.gain != pytest.approx(far.gain)


def test_colours_are_rounded_and_limited():
    assert to_colour(np.array([-3.0, 12.6, 300.0])) == (0, 13, 255)


def test_slots_lie_side_by_side():
    xs = [Worker.draw(slot, np.random.default_rng(1)).centre[0] for slot in range(3)]
    assert np.diff(xs).min() > 66.2  # the widest board


def test_the_same_generator_state_gives_the_same_worker():
    first, second = (Worker.draw(1, np.random.default_rng(9)) for _ in range(2))
    assert first == second
    assert first != Worker.draw(1, np.random.default_rng(10))


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
