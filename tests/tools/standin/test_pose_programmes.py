import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest
from standin.pose_programmes import (
    PARAMETERS,
    POSE_PROGRAMMES,
    PoseProgramme,
    reversed_poses,
    triangle,
)

CLASSES = sorted(POSE_PROGRAMMES)


def test_triangle_by_hand() -> None:
    cycles = np.array([0.0, 0.4, 0.8, 0.9, 1.4])
    np.testing.assert_allclose(triangle(cycles, 0.8), [0, 0.5, 1, 0.5, 0.5])


@given(st.floats(0.05, 0.95))
def test_triangle_is_uniform_and_reversed_in_time(rise: float) -> None:
    cycles = (np.arange(2000) + 0.5) / 2000
    assert kstest(triangle(cycles, rise), "uniform").statistic < 0.01
    reverse = triangle(-cycles, 1 - rise)
    np.testing.assert_allclose(reverse, triangle(cycles, rise), atol=1e-9)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("frame", [0, 9])
def test_a_single_frame_has_the_same_distribution_in_every_class(
    name: str, frame: int
) -> None:
    rng = np.random.default_rng(0)
    poses = np.stack([POSE_PROGRAMMES[name].poses(10, rng)[frame] for _ in range(3000)])
    for k in range(len(PARAMETERS)):
        assert kstest(poses[:, k], "uniform").statistic < 0.04
    # The parameters are independent, too.
    assert np.abs(np.corrcoef(poses.T) - np.eye(len(PARAMETERS))).max() < 0.08


@pytest.mark.parametrize("name", CLASSES)
def test_only_the_parameters_of_the_class_move(name: str) -> None:
    programme = POSE_PROGRAMMES[name]
    poses = programme.poses(40, np.random.default_rng(1))
    moves = poses.max(0) - poses.min(0)
    expected = np.array([p in programme.parameters for p in PARAMETERS])
    assert (moves[expected] > 0.7).all()
    assert (moves[~expected] == 0).all()


@pytest.mark.parametrize(
    ("slow_up", "slow_down"), [("sit", "stand"), ("catch", "throw")]
)
def test_time_reversals(slow_up: str, slow_down: str) -> None:
    up, down = POSE_PROGRAMMES[slow_up], POSE_PROGRAMMES[slow_down]
    assert up == PoseProgramme(down.parameters, down.period, 1 - down.rise)
    for programme, sign in ((up, 1), (down, -1)):
        steps = np.diff(programme.poses(400, np.random.default_rng(2)), axis=0)
        moving = steps[:, PARAMETERS.index(programme.parameters[0])]
        assert ((sign * moving) > 0).mean() == pytest.approx(0.78, abs=0.06)


def test_reversed_pairs() -> None:
    pairs = reversed_poses(CLASSES)
    assert {frozenset(p) for p in pairs} == {
        frozenset(("catch", "throw")),
        frozenset(("sit", "stand")),
    }
    assert len(pairs) == 2
    assert reversed_poses(("sit", "walk", "throw")) == []


def test_classes_differ_in_what_moves_or_how() -> None:
    settings = [
        (p.parameters, p.period if p.rise == 0.5 else None, p.rise)
        for p in POSE_PROGRAMMES.values()
    ]
    assert len(set(settings)) == len(settings)
    speeds = [POSE_PROGRAMMES[name].period for name in ("run", "walk")]
    assert speeds[1] > 1.1 / 0.9 * speeds[0]  # the jitter of the period cannot mix them
