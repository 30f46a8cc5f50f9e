import pytest
from standin.pose_programmes import POSE_PROGRAMMES
from standin.release_profile import RELEASE_PROFILES, ReleaseProfile

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
