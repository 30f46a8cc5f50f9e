from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstest
from standin.appearance import Handling
from standin.drawing import draw_item
from standin.labels import RARE, TABLE1
from standin.motion import PROGRAMMES, Motion, mirrored_pairs, reversed_pairs
from standin.profile import PROFILES

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


OCCURRING = [row.name for row in TABLE1 + RARE]
MINI = [spec.name for spec in PROFILES["mini"].clips if spec.clips >= 10]


def _patch(handling: Handling, state: np.ndarray) -> np.ndarray:
    patch = np.empty((40, 40, 3), dtype=np.uint8)
    patch[:] = handling.board
    colours = (handling.item, handling.hand)
    draw_item(patch, state, handling.bar, np.array([30.0, 30.0]), colours)
    return patch


def _sequence(label: str, handling: Handling, start: np.ndarray) -> np.ndarray:
    states = PROGRAMMES[label].states(start, np.arange(12), handling.phase)
    return np.stack([_patch(handling, state) for state in states])


def test_each_occurring_label_has_a_programme_of_its_own():
    assert set(PROGRAMMES) == set(OCCURRING)
    assert len(set(PROGRAMMES.values())) == 38


def test_mini_has_the_promised_pairs():
    assert ("Put item into meal using hands", "Pick up from bin with hands") in (
        mirrored_pairs(MINI)
    )
    assert len(reversed_pairs(MINI)) >= 2
    assert ("Pick up sauce", "Put sauce down") in reversed_pairs(MINI)


def test_pairs_are_listed_once_and_skip_unknown_labels():
    pairs = mirrored_pairs([*OCCURRING, "Wash hands"])
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(a != b for a, b in pairs)
    assert mirrored_pairs(["Roll a sushi roll"]) == []


@pytest.mark.parametrize("label", OCCURRING)
def test_a_flip_leads_to_another_known_label_or_to_the_same(label):
    swap = dict(mirrored_pairs(OCCURRING))
    swap |= {b: a for a, b in swap.items()}
    partner = swap.get(label, label)
    assert PROGRAMMES[label].mirrored() == PROGRAMMES[partner]


@pytest.mark.parametrize(("first", "second"), reversed_pairs(OCCURRING))
def test_a_reversed_clip_of_one_label_is_a_clip_of_the_other(first, second):
    handling = Handling.draw(np.random.default_rng(3))
    start = np.array([0.31, 0.72, 0.13, 0.44])
    motion = PROGRAMMES[first]
    end = motion.states(start, np.array([11]), handling.phase)[0]
    if motion.pulse:
        end[2] = 0.5 - end[2]  # the same size, with growth and shrinking swapped
    back = replace(handling, phase=handling.phase + 11 * motion.orbit_speed)
    forward = _sequence(first, handling, start).astype(int)
    # An orbit's start state is its middle, not its first place.
    start = end - PROGRAMMES[second].offsets(np.zeros(1), back.phase)[0]
    backward = _sequence(second, back, start).astype(int)
    assert np.abs(forward[::-1] - backward).mean() < 0.05
    assert np.abs(forward - backward).mean() > 1


@pytest.mark.parametrize("label", OCCURRING)
def test_every_window_moves_visibly_but_not_too_fast(label):
    handling = Handling.draw(np.random.default_rng(5))
    offsets = PROGRAMMES[label].offsets(np.arange(60), handling.phase)
    for interval in (1, 2):
        steps = np.abs(offsets[interval:] - offsets[:-interval])
        assert steps.max() < 0.4  # half a box or turn would hide the direction
    assert np.abs(offsets[8:] - offsets[:-8]).max(axis=1).mean() > 0.1


def test_one_frame_does_not_tell_the_mini_classes_apart():
    rng = np.random.default_rng(0)
    count = 250
    states, looks = {}, {}
    for label in MINI:
        handlings = [Handling.draw(rng) for _ in range(count)]
        states[label] = np.stack(
            [
                PROGRAMMES[label].states(
                    np.array(handling.start), rng.integers(0, 40, 1), handling.phase
                )[0]
                for handling in handlings
            ]
        )
        patches = [
            _patch(handling, state)
            for handling, state in zip(handlings, states[label], strict=True)
        ]
        looks[label] = np.stack(
            [
                cv2.resize(patch, (8, 8), interpolation=cv2.INTER_AREA)
                for patch in patches
            ]
        ).astype(float)
    pooled = np.concatenate(list(states.values()))
    everything = np.concatenate(list(looks.values()))
    error = everything.std(axis=0) / np.sqrt(count)
    for label in MINI:
        for axis in range(4):
            assert ks_2samp(states[label][:, axis], pooled[:, axis]).pvalue > 1e-3
        z = (looks[label].mean(axis=0) - everything.mean(axis=0)) / error
        assert np.abs(z).max() < 5
        ratio = looks[label].var(axis=0).mean() / everything.var(axis=0).mean()
        assert 0.85 < ratio < 1.15
