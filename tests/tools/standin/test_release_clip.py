from pathlib import Path

import numpy as np
import pytest
from standin.pose_programmes import POSE_PROGRAMMES
from standin.release_clip import (
    RELEASE_PROFILES,
    ReleaseClip,
    ReleaseProfile,
    plan_clips,
)

from stal_plugin.annotations.importers.jhmdb import mask_boxes

# The 21 classes of J-HMDB.
JHMDB = {
    *("brush_hair", "catch", "clap", "climb_stairs", "golf", "jump", "kick_ball"),
    *("pick", "pour", "pullup", "push", "run", "shoot_ball", "shoot_bow", "shoot_gun"),
    *("sit", "stand", "swing_baseball", "throw", "walk", "wave"),
}


def test_mini() -> None:
    mini = RELEASE_PROFILES["mini"]
    assert len(mini.classes) == 8
    assert mini.sources * mini.clips == 48
    assert (mini.width, mini.height, mini.lengths) == (320, 240, (15, 40))


def test_classes_are_j_hmdbs() -> None:
    assert set(POSE_PROGRAMMES) <= JHMDB
    with pytest.raises(
        ValueError, match=r"no pose programme for \['golf'\]; allowed: c"
    ):
        ReleaseProfile("x", ("walk", "golf"), 1, 1)


PROFILE = ReleaseProfile("x", ("run", "sit"), 3, 2, 96, 80, (3, 6), (40, 60))
CLIP = ReleaseClip("sit", 1, 0, 5, 5)


def test_plan() -> None:
    clips = plan_clips(RELEASE_PROFILES["mini"], 0)
    assert len(clips) == 384
    assert {c.length for c in clips} <= set(range(15, 41))
    assert [c.length - c.num_masks for c in clips[:3]] == [0, 3, 0]
    assert sum(c.num_masks < c.length for c in clips) == 1
    assert clips == plan_clips(RELEASE_PROFILES["mini"], 0)
    assert clips != plan_clips(RELEASE_PROFILES["mini"], 1)


def test_each_footage_is_in_one_test_part_of_three() -> None:
    for clip in plan_clips(RELEASE_PROFILES["mini"], 0):
        assert sum(clip.in_test(split) for split in (1, 2, 3)) == 1
        twin = ReleaseClip(clip.action, clip.source, 1 - clip.number, 9, 9)
        assert [twin.in_test(k) for k in (1, 2, 3)] == [
            clip.in_test(k) for k in (1, 2, 3)
        ]


def test_names_are_unique_and_odd_but_safe_in_csv() -> None:
    names = [c.name for c in plan_clips(RELEASE_PROFILES["mini"], 0)]
    assert len(set(names)) == 384
    assert set("!@()&") <= set("".join(names))
    assert not set(", /\"'\\") & set("".join(names))
    assert all(Path(name).name == name for name in names)


def test_joints_and_mask_belong_together() -> None:
    joints = CLIP.joints(PROFILE, 3)
    drawn = list(CLIP.frames(PROFILE, 3))
    assert joints.shape == (5, 15, 2)
    assert len(drawn) == 5
    boxes = mask_boxes(np.stack([mask for _, mask in drawn], axis=-1))
    for points, (image, mask), box in zip(joints, drawn, boxes, strict=True):
        assert image.shape == (80, 96, 3)
        inside = (points >= 0).all(1) & (points < [96, 80]).all(1)
        assert inside.sum() >= 12
        x, y = np.floor(points[inside]).astype(int).T
        assert (mask[y, x] == 1).all()
        # Half a limb's width around the outermost joints.
        assert np.abs(box[:2] - points[inside].min(0)).max() < 9
    np.testing.assert_array_equal(drawn[2][0], list(CLIP.frames(PROFILE, 3))[2][0])
    assert (drawn[2][0] != list(CLIP.frames(PROFILE, 4))[2][0]).any()


def test_clips_of_a_footage_share_actor_and_background() -> None:
    twin = ReleaseClip("sit", 1, 1, 5, 5)
    other = ReleaseClip("sit", 2, 0, 5, 5)
    scenes = [c._scene(PROFILE, 0) for c in (CLIP, twin, other)]
    assert scenes[0][0] == scenes[1][0] != scenes[2][0]
    np.testing.assert_array_equal(scenes[0][2], scenes[1][2])
    assert not np.allclose(scenes[0][1], scenes[1][1])
    assert (scenes[0][2] != scenes[2][2]).any()


@pytest.mark.parametrize("action", ["run", "sit"])
def test_background_offsets_stay_inside(action: str) -> None:
    clip = ReleaseClip(action, 0, 0, 40, 40)
    offsets = clip._scene(PROFILE, 0)[3]
    assert offsets.min() >= 0
    assert offsets.max() <= 32
