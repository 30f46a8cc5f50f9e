import pytest

from stal_plugin.annotations.importers.tubes import official_splits, within_video_splits
from stal_plugin.annotations.importers.tubes_pickle import TubesPickle

RUN, FENCE = "run/v_run_g01_c02", "fence/v (1)"


def test_official(tubes: TubesPickle) -> None:
    assert official_splits(tubes, 1) == {RUN: "train", FENCE: "test"}
    assert official_splits(tubes, 2) == {RUN: "unused", FENCE: "train"}
    assert official_splits(tubes, 1, ["v (1)"])[FENCE] == "unseen"
    for number in (0, 3):
        with pytest.raises(ValueError, match=rf"split {number} is not in 1\.\.2"):
            official_splits(tubes, number)


def test_within_videos(tubes: TubesPickle) -> None:
    lengths = {RUN: 180, FENCE: 7}
    assert within_video_splits(tubes, lengths, 0.7, []) == {
        RUN: {"train": (1, 126), "test": (127, 180)},
        FENCE: {"train": (1, 4), "test": (5, 7)},
    }
    assert within_video_splits(tubes, lengths, 0.7, [FENCE])[FENCE] == "unseen"
    short = within_video_splits(tubes, {RUN: 2, FENCE: 2}, 0.01, [])
    assert short[RUN] == {"train": (1, 1), "test": (2, 2)}


def test_faults(tubes: TubesPickle) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        within_video_splits(tubes, {}, 1.0, [])
    with pytest.raises(ValueError, match=r"has 1 frame.s. and cannot be split"):
        within_video_splits(tubes, {RUN: 1, FENCE: 7}, 0.5, [])
    with pytest.raises(ValueError, match=r"--unseen \['golf'\]: there are"):
        official_splits(tubes, 1, ["golf"])
