from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.keypoints import Keypoints
from stal_plugin.datasets.jhmdb_dataset import keypoints_of_boxes
from stal_plugin.datasets.keyframe_index import build_keyframe_index

PATH = Path("k.npz")


def parallel(annotation: Annotation) -> Keypoints:
    """Keypoints of which the first x is the number of the row."""
    count = len(annotation)
    points = np.zeros((count, 2, 2), np.float32)
    points[:, 0, 0] = np.arange(count)
    return Keypoints(
        ("neck", "face"),
        annotation.rows.video_ids,
        annotation.rows.frames,
        annotation.rows.person_ids,
        points,
        np.arange(2 * count).reshape(count, 2) % 3 > 0,
    )


@pytest.mark.parametrize(
    ("splits", "merge", "rows"),
    [
        (["train"], False, [0, 1, 2, 3, 4, 5]),
        (["train"], True, [0, 1, 2, 4, 5]),
        (["test"], False, [6]),
    ],
)
def test_rows_of_the_boxes(
    annotation: Annotation, splits: list[str], merge: bool, rows: list[int]
) -> None:
    index = build_keyframe_index(annotation, splits, merge_labels=merge)
    keypoints = parallel(annotation)
    points, visible = keypoints_of_boxes(
        PATH, keypoints, index, list(annotation.videos)
    )
    assert points[:, 0, 0].tolist() == rows
    assert visible.tolist() == keypoints.visible[rows].astype(float).tolist()
    assert visible.dtype == points.dtype == np.float32


def test_rows_of_other_actors(annotation: Annotation) -> None:
    index = build_keyframe_index(annotation, ["train"])
    videos = list(annotation.videos)
    keypoints = parallel(annotation)
    ids = keypoints.person_ids.copy()
    ids[3] = 5
    with pytest.raises(ValueError, match=r"row 3 .* frame 2, person 5, but .* 2, 1\."):
        keypoints_of_boxes(PATH, replace(keypoints, person_ids=ids), index, videos)
    moved = replace(keypoints, frames=keypoints.frames + 1)
    with pytest.raises(ValueError, match=r"k\.npz: row 0 .*'b/x \(1\)', frame 2,"):
        keypoints_of_boxes(PATH, moved, index, videos)
    names = ("video_ids", "frames", "person_ids", "points", "visible")
    fewer = replace(keypoints, **{n: getattr(keypoints, n)[:4] for n in names})
    with pytest.raises(ValueError, match=r"has 4 rows, .* at least 6\. The rows of"):
        keypoints_of_boxes(PATH, fewer, index, videos)


def test_no_boxes(annotation: Annotation) -> None:
    index = build_keyframe_index(annotation, ["train"])
    index = replace(
        index,
        rows=index.rows[:0],
        person_ids=index.person_ids[:0],
        box_start=np.zeros(len(index) + 1, int),
    )
    points, visible = keypoints_of_boxes(
        PATH, parallel(annotation), index, list(annotation.videos)
    )
    assert (points.shape, visible.shape) == ((0, 2, 2), (0, 2))
