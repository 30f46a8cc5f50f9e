import numpy as np
import pytest
from standin.camera import Camera


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
