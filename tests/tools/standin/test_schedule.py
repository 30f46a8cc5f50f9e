from collections import Counter

import numpy as np
import pytest
from standin.profile import PROFILES, ClipSpec
from standin.schedule import (
    NUM_SLOTS,
    ActionPlan,
    SegmentPlan,
    SourcePlan,
    build_schedule,
    clip_lengths,
    deal_bounds,
)


def test_stop_is_the_first_frame_after_the_action():
    assert ActionPlan(7, "Clean counter", start=12, length=5, slot=0).stop == 17


def test_stop_is_the_first_frame_after_the_segment():
    assert SegmentPlan(index=1, start=10, length=20, actions=()).stop == 30


def test_segments_add_up():
    action = ActionPlan(7, "Clean counter", start=12, length=5, slot=0)
    segments = (SegmentPlan(0, 0, 10, ()), SegmentPlan(1, 10, 20, (action,)))
    source = SourcePlan(0, "c0", segments)
    assert source.num_frames == 30
    assert source.actions == [action]


def _busy(plan) -> np.ndarray:
    count = np.zeros(plan.num_frames, dtype=int)
    for action in plan.actions:
        count[action.start : action.stop] += 1
    return count


@pytest.mark.parametrize("size", sorted(PROFILES))
def test_schedule_keeps_the_promises(size):
    profile = PROFILES[size]
    plans = build_schedule(profile, 0)
    busy = np.concatenate([_busy(plan) for plan in plans])
    assert 0.47 < (busy == 0).mean() < 0.53
    assert busy.max() == NUM_SLOTS
    clips = Counter(action.label for plan in plans for action in plan.actions)
    assert clips == {spec.name: spec.clips for spec in profile.clips}
    for plan in plans:
        present = {action.label for action in plan.actions}
        assert {s.name for s in profile.clips if s.clips >= len(plans)} <= present
    expected = {"mini": 10200, "longtail": 12400, "full": 36000}[size]
    assert len(busy) == pytest.approx(expected, rel=0.1)


def test_mini_has_its_groups_but_for_rounding():
    plans = build_schedule(PROFILES["mini"], 0)
    assert sum(len(plan.segments) for plan in plans) == 53


def test_same_seed_same_schedule(profile):
    assert build_schedule(profile, 4) == build_schedule(profile, 4)
    assert build_schedule(profile, 4) != build_schedule(profile, 5)


@pytest.mark.parametrize("seed", range(3))
def test_actions_stay_in_their_segment_and_a_worker_does_one_thing(profile, seed):
    plans = build_schedule(profile, seed)
    ids = [action.track_id for plan in plans for action in plan.actions]
    assert ids == list(range(len(ids)))
    for plan in plans:
        assert _busy(plan)[[0, -1]].tolist() == [0, 0]
        clock = 0
        for segment in plan.segments:
            assert segment.start == clock
            clock += segment.length
            until = dict.fromkeys(range(NUM_SLOTS), segment.start)
            for action in segment.actions:
                assert until[action.slot] < action.start
                until[action.slot] = action.stop
                assert action.stop < segment.start + segment.length


def test_clip_lengths_have_the_mean_and_a_minimum():
    rng = np.random.default_rng(0)
    lengths = clip_lengths(ClipSpec("a", 50, 40), rng)
    assert lengths.shape == (50,)
    assert lengths.mean() == pytest.approx(40, abs=0.5)
    assert clip_lengths(ClipSpec("a", 50, 3), rng).tolist() == [8] * 50


@pytest.mark.parametrize(
    ("clips", "shares", "parts"),
    [
        (10, [0.7, 0.3], {(7, 3), (6, 4)}),
        (2, [0.9, 0.1], {(1, 1)}),
        (1, [0.6, 0.4], {(1, 0)}),
        (0, [0.5, 0.5], {(0, 0)}),
    ],
)
def test_every_source_gets_its_share(clips, shares, parts):
    rng = np.random.default_rng(0)
    bounds = deal_bounds(clips, np.array(shares), rng)
    counts = tuple(len(part) for part in np.split(np.arange(clips), bounds))
    assert counts in parts
