import numpy as np
from standin.worker import Worker, to_colour


def test_colours_are_rounded_and_limited():
    assert to_colour(np.array([-3.0, 12.6, 300.0])) == (0, 13, 255)


def test_slots_lie_side_by_side():
    xs = [Worker.draw(slot, np.random.default_rng(1)).centre[0] for slot in range(3)]
    assert np.diff(xs).min() > 66.2  # the widest board


def test_the_same_generator_state_gives_the_same_worker():
    first, second = (Worker.draw(1, np.random.default_rng(9)) for _ in range(2))
    assert first == second
    assert first != Worker.draw(1, np.random.default_rng(10))
