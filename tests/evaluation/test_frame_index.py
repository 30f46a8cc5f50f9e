from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.annotations import VideoInfo
from stal_plugin.evaluation.frame_index import (
    FrameIndex,
    index_of_videos,
    splits_without,
)


def _index(*places: tuple[str, int]) -> FrameIndex:
    videos, frames = zip(*places, strict=True) if places else ((), ())
    return FrameIndex.build(np.array(videos, object), np.array(frames, np.int64))


def test_frames_of_a_video_are_in_a_row() -> None:
    index = _index(("b", 3), ("a", 9), ("b", 1), ("a", 2), ("b", 3))
    assert index.names == ("a", "b")
    assert index.videos.tolist() == [0, 0, 1, 1]
    assert index.frames.tolist() == [2, 9, 1, 3]
    assert len(index) == 4


def test_lookup() -> None:
    index = _index(("a", 2), ("a", 9), ("b", 1))
    wanted = np.array(["b", "a", "a", "c", "b"], object)
    ids = index.ids(wanted, np.array([1, 9, 3, 1, 10**9]))
    assert ids.tolist() == [2, 1, -1, -1, -1]
    assert _index().ids(wanted, np.arange(5)).tolist() == [-1] * 5


VIDEOS = {
    "b": VideoInfo("b.mp4", 25.0, 64, 48, 7, "s", {"train": (1, 4), "test": (5, 6)}),
    "a": VideoInfo("a.mp4", 25.0, 64, 48, 3, "s", "test"),
}


@pytest.mark.parametrize(
    ("splits", "stride", "expected"),
    [
        (["test"], 1, [1, 2, 3, 5, 6]),
        (["test"], 2, [1, 3, 5]),
        (["train", "test"], 3, [1, 1, 4, 5]),
        (None, 1, [1, 2, 3, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_key_frames_of_an_annotation(
    splits: list | None, stride: int, expected: list
) -> None:
    assert index_of_videos(VIDEOS, splits, stride).frames.tolist() == expected


def test_detections_on_unlabelled_frames_are_left_out() -> None:
    videos = {"a": replace(VIDEOS["b"], labelled=((1, 1), (3, 5), (7, 7)))}
    assert index_of_videos(videos).frames.tolist() == [1, 3, 4, 5, 7]
    index = index_of_videos(videos, ["test", "train"])
    assert index.frames.tolist() == [1, 3, 4, 5]
    found = index.ids(np.array(["a"] * 7, object), np.arange(1, 8))
    assert found.tolist() == [0, -1, 1, 2, 3, -1, -1]


def test_faults() -> None:
    with pytest.raises(ValueError, match=r"no video has split \['val'\]; splits are"):
        index_of_videos(VIDEOS, ["val"])
    with pytest.raises(ValueError, match="stride=0 must be at least 1"):
        index_of_videos(VIDEOS, None, 0)


def test_splits_without_a_row_are_named() -> None:
    def empty(*frames: int) -> list[str]:
        ids = np.array(["b"] * len(frames), object)
        return splits_without({"b": VIDEOS["b"]}, ids, np.array(frames, np.int64))

    assert empty() == ["test", "train"]
    assert empty(4) == ["test"]
    assert empty(5, 1) == []
    assert empty(7) == ["test", "train"]
