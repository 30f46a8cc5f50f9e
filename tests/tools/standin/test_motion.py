import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest
from standin.motion import Motion

TIMES = np.arange(6)


def test_drift_moves_by_its_speed_and_wraps():
    states = Motion(drift=(0.25, -0.5)).states(np.array([0.5, 0.0, 0.1, 0.2]), TIMES)
    assert states[:, 0] == pytest.approx([0.5, 0.75, 0.0, 0.25, 0.5, 0.75])
    assert states[:, 1] == pytest.approx([0.0, 0.5, 0.0, 0.5, 0.0, 0.5])
    assert (states[:, 2:] == [0.1, 0.2]).all()


def test_swing_is_a_sine_of_its_period():
    offsets = Motion(swing=(0.3, 0.0), swing_period=4).offsets(np.arange(5))
    assert offsets[:, 0] == pytest.approx([0, 0.3, 0, -0.3, 0])
    assert (offsets[:, 1:] == 0).all()


def test_orbit_turns_clockwise_on_the_screen():
    offsets = Motion(orbit=0.2, orbit_speed=0.25).offsets(np.arange(4))
    # From the right (x > 0) to the bottom (y > 0, as y points down).
    assert offsets[:, 0] == pytest.approx([0.2, 0, -0.2, 0])
    assert offsets[:, 1] == pytest.approx([0, 0.2, 0, -0.2])


def test_spin_and_pulse_count_in_turns():
    offsets = Motion(spin=0.125, pulse=-0.5).offsets(np.arange(3))
    assert offsets[:, 2].tolist() == [0, -0.5, -1]
    assert offsets[:, 3].tolist() == [0, 0.125, 0.25]


MOTIONS = st.builds(
    Motion,
    drift=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    swing=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
    orbit=st.floats(0, 0.3),
    orbit_speed=st.floats(-0.1, 0.1),
    spin=st.floats(-0.1, 0.1),
)


@given(MOTIONS)
def test_reversing_or_mirroring_twice_changes_nothing_visible(motion):
    assert motion.reversed().reversed() == motion
    assert motion.mirrored().mirrored() == motion


@given(MOTIONS, st.floats(0, 1))
def test_reversed_motion_visits_the_states_backwards(motion, phase):
    forward = motion.offsets(TIMES, phase)
    # Oscillation and orbit go back through their last phase.
    end = float(TIMES[-1])
    swing = 0.5 - (phase + end / motion.swing_period)
    orbit = phase + motion.orbit_speed * end
    back = motion.reversed()
    swing_part = Motion(swing=motion.swing).offsets(TIMES, swing)
    rest = Motion(
        drift=back.drift,
        orbit=back.orbit,
        orbit_speed=back.orbit_speed,
        spin=back.spin,
    )
    backward = swing_part + rest.offsets(TIMES, orbit)
    steps = np.diff(backward, axis=0)
    assert steps == pytest.approx(-np.diff(forward, axis=0)[::-1], abs=1e-9)


@given(MOTIONS, st.floats(0, 1))
def test_mirrored_motion_swaps_left_and_right(motion, phase):
    forward = motion.offsets(TIMES, phase)
    no_swing = Motion(
        drift=motion.mirrored().drift,
        orbit=motion.orbit,
        orbit_speed=motion.mirrored().orbit_speed,
        spin=motion.mirrored().spin,
    )
    mirrored = no_swing.offsets(TIMES, 0.5 - phase)
    plain = forward - Motion(swing=motion.swing).offsets(TIMES, phase)
    assert mirrored == pytest.approx(plain * [-1, 1, 1, -1], abs=1e-9)


def test_a_frame_is_uniform_whatever_the_motion():
    rng = np.random.default_rng(0)
    motion = Motion(drift=(0.07, 0.01), swing=(0.2, 0.1), orbit=0.2, orbit_speed=0.06)
    states = np.array(
        [
            motion.states(rng.random(4), np.array([time]), rng.random())[0]
            for time in rng.integers(0, 40, 2000)
        ]
    )
    assert min(kstest(column, "uniform").pvalue for column in states.T) > 1e-3
    assert np.abs(np.corrcoef(states.T) - np.eye(4)).max() < 0.1
