from collections.abc import Sequence

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.splits.split_annotation import split_in_time
from stal_plugin.structures.box_table import BoxTable


def _annotation(**rows: Sequence[tuple[int, int, int]]) -> Annotation:
    """Videos of 100 frames; runs of first frame, last frame and action of each."""
    flat = [
        (video, frame, action)
        for video, runs in rows.items()
        for first, last, action in runs
        for frame in range(first, last + 1)
    ]
    return Annotation(
        classes=["wipe", "roll"],
        videos={v: VideoInfo(f"{v}.mp4", 25.0, 64, 48, 100, v, "x") for v in rows},
        rows=BoxTable(
            frames=np.array([row[1] for row in flat], np.int64),
            boxes=np.tile([0.1, 0.1, 0.5, 0.5], (len(flat), 1)),
            labels=np.array([row[2] for row in flat], np.int64) - 1,
            video_ids=np.array([row[0] for row in flat], dtype=object),
            person_ids=np.zeros(len(flat), np.int64),
        ),
    )


def test_cut_where_the_share_of_boxes_is_reached() -> None:
    annotation = _annotation(a=[(41, 80, 1)], b=[(1, 100, 2)], c=[])
    split = split_in_time(annotation, 0.5, 10)
    # half of the 40 boxes of a are before frame 61; five frames on each side are free
    assert split.videos["a"].split == {"train": (1, 55), "test": (66, 100)}
    assert split.videos["b"].split == {"train": (1, 45), "test": (56, 100)}
    assert split.videos["c"].split == {"train": (1, 45), "test": (56, 100)}
    for part, count in (("train", 15 + 45), ("test", 15 + 45)):
        assert split.in_split(part).sum() == count


def test_a_class_in_one_part_only_is_named() -> None:
    annotation = _annotation(a=[(1, 50, 1), (51, 100, 2)])
    with pytest.raises(ValueError, match=r"in a part: 'roll' \(train\)\. Use a sm"):
        split_in_time(annotation, 0.4, 0)
    with pytest.raises(ValueError, match=r"'wipe' \(test\), 'roll' \(test\)"):
        split_in_time(annotation, 0.5, 99)
