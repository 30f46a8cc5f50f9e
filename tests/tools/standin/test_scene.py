from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from standin.profile import PROFILES, Profile
from standin.scene import Scene
from standin.schedule import SourcePlan, build_schedule


@pytest.fixture
def plan(profile: Profile) -> SourcePlan:
    return build_schedule(profile, 0)[0]


def _relabelled(plan: SourcePlan, label: str) -> SourcePlan:
    segments = tuple(
        replace(s, actions=tuple(replace(a, label=label) for a in s.actions))
        for s in plan.segments
    )
    return replace(plan, segments=segments)


def test_same_seed_same_frames(profile, plan):
    first = np.stack(list(Scene(profile, plan, 0).frames()))
    second = np.stack(list(Scene(profile, plan, 0).frames()))
    assert first.shape == (plan.num_frames, 90, 160, 3)
    assert (first == second).all()
    other = next(Scene(profile, plan, 1).frames())
    assert (first[0] != other).mean() > 0.5


def test_boxes_do_not_depend_on_the_class(profile, plan):
    scene = Scene(profile, plan, 0)
    other = Scene(profile, _relabelled(plan, "Clean counter"), 0)
    pairs = zip(plan.segments, other.plan.segments, strict=True)
    for segment, segment2 in pairs:
        for action, action2 in zip(segment.actions, segment2.actions, strict=True):
            boxes = scene.boxes(segment, action)
            assert boxes.shape == (action.length, 4)
            assert (boxes == other.boxes(segment2, action2)).all()


def test_only_the_item_depends_on_the_class(profile, plan):
    segment = plan.segments[0]
    scene = Scene(profile, plan, 0)
    other = Scene(profile, _relabelled(plan, "Clean counter"), 0)
    frames = np.stack(list(scene.segment_frames(segment))).astype(int)
    frames2 = np.stack(list(other.segment_frames(other.plan.segments[0]))).astype(int)
    inside = np.zeros(frames.shape[:3], dtype=bool)
    for action in segment.actions:
        boards = scene.boards(segment, action)
        for time, (x1, y1, x2, y2) in enumerate(boards, start=action.start):
            inside[time, y1:y2, x1:x2] = True
    assert (frames == frames2)[~inside].all()
    assert (frames != frames2)[inside].any()


def test_box_is_the_board_with_a_margin(profile, plan):
    scene = Scene(profile, plan, 0)
    segment = plan.segments[0]
    action = segment.actions[0]
    grown = scene.boxes(segment, action) - scene.boards(segment, action)
    assert (np.abs(grown) >= 1).all()
    assert (np.abs(grown) <= 2).all()
    # The board is darker or brighter than what it covers; its border is a clear edge.
    frames = list(islice(scene.frames(), action.stop))
    left, top, right, bottom = scene.boards(segment, action)[0]
    handling = scene.handling(action)
    frame = frames[action.start].astype(int)
    patch = frame[top:bottom, left:right].reshape(-1, 3)
    close = np.abs(patch - handling.board).max(axis=1) <= 8
    assert 0.2 < close.mean() < 0.95
    before = frames[action.start - 1].astype(int)
    change = np.abs(frame - before).max(axis=2) > 20
    assert change[top:bottom, left:right].mean() > 0.3


@pytest.mark.parametrize("size", sorted(PROFILES))
def test_boxes_have_15_to_70_pixels_at_224_and_stay_inside(size):
    profile = PROFILES[size]
    scale = np.array([224 / profile.width, 224 / profile.height])
    for plan in build_schedule(profile, 0):
        scene = Scene(replace(profile, width=32, height=18), plan, 0)
        scene.camera = replace(scene.camera, width=profile.width, height=profile.height)
        for segment in plan.segments[:30]:
            for action in segment.actions:
                boxes = scene.boxes(segment, action)
                sides = (boxes[:, 2:] - boxes[:, :2]) * scale
                assert sides.min() > 15
                assert sides.max() < 70
                assert (boxes > 0).all()
                assert (boxes < [profile.width, profile.height] * 2).all()


def test_boxes_of_one_frame_do_not_overlap(profile, plan):
    scene = Scene(profile, plan, 0)
    for segment in plan.segments:
        for a in segment.actions:
            for b in segment.actions:
                if a.slot < b.slot and a.start < b.stop and b.start < a.stop:
                    left, right = scene.boards(segment, a), scene.boards(segment, b)
                    overlap = left[:, 2].max() - right[:, 0].min()
                    assert overlap <= 4
