from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.tubes_pickle import (
    ActionTube,
    TubesPickle,
    read_tubes_pickle,
    union_of_tubes,
)


def _part(video: str, splits: tuple[list[str], list[str]]) -> TubesPickle:
    tube = ActionTube(1, np.array([2, 3]), np.array([[1.0, 2, 3, 4]] * 2))
    train, test = splits
    return TubesPickle(
        ["brush", "catch"],
        {video: [tube]},
        {video: 5},
        {video: (240, 320)},
        [train, []],
        [test, [video]],
    )


MINI_REAL = ("mini", "real")
A = _part("a", (["a"], []))
B = _part("b", ([], ["b"]))


def test_videos_and_splits_of_both() -> None:
    both = union_of_tubes({Path("a.pkl"): A, Path("b.pkl"): B})
    assert both.labels == ["brush", "catch"]
    assert both.tubes == {**A.tubes, **B.tubes}
    assert both.num_frames == {"a": 5, "b": 5}
    assert both.resolution == {"a": (240, 320), "b": (240, 320)}
    assert both.train_videos == [["a"], []]
    assert both.test_videos == [["b"], ["a", "b"]]
    assert union_of_tubes({Path("a.pkl"): A}) is A


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (replace(B, labels=["brush", "clap"]), "b.pkl has other labels than a.pkl"),
        (replace(B, test_videos=[["b"]]), "b.pkl has another number of splits than a"),
        (A, "b.pkl has video 'a', as a file before it"),
    ],
)
def test_files_that_do_not_fit(other: TubesPickle, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        union_of_tubes({Path("a.pkl"): A, Path("b.pkl"): other})


@pytest.mark.data
def test_thirty_real_clips(shared_data: Path) -> None:
    files = [shared_data / f"ucf24_{n}" / f"UCF101v2-GT-{n}.pkl" for n in MINI_REAL]
    both = union_of_tubes({path: read_tubes_pickle(path) for path in files})
    assert len(both.tubes) == 30
    assert len(both.train_videos[0]) == 18
    assert len(both.test_videos[0]) == 12
    boxes = sum(len(t.frames) for own in both.tubes.values() for t in own)
    assert boxes == 1238 + 3908
