"""Keypoints of the boxes of a key frame index."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.keypoints import Keypoints
from stal_plugin.datasets.keyframe_index import KeyframeIndex


def keypoints_of_boxes(
    path: Path, keypoints: Keypoints, index: KeyframeIndex, video_ids: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pick the keypoints of each box, and check that they belong to it.

    Args:
        path: File of the keypoints, for the error.
        keypoints: Keypoints, parallel to the rows of the annotation.
        index: Key frames with their boxes.
        video_ids: Videos in the order that ``index.video`` counts.

    Returns:
        Points ``(N, K, 2)``, normalised, and ``(N, K)``, 1 for visible ones, else 0.

    Raises:
        ValueError: The rows of the two files are not of the same actors.
    """
    rows = index.rows
    fix = (
        "The rows of annotation and keypoints must be parallel. Write both again with "
        "the converter that made them"
    )
    if rows.max(initial=-1) >= len(keypoints):
        raise ValueError(
            f"{path} has {len(keypoints)} rows, but the annotation has at least "
            f"{rows.max() + 1}. {fix}"
        )
    sample = np.repeat(np.arange(len(index)), index.num_boxes)
    video = np.array([*video_ids, ""], dtype=object)[:-1][index.video[sample]]
    frame, person = index.frame[sample], index.person_ids
    same = (
        (keypoints.video_ids[rows] == video)
        & (keypoints.frames[rows] == frame)
        & (keypoints.person_ids[rows] == person)
    )
    other = np.flatnonzero(~same)
    if len(other):
        n, row = other[0], rows[other[0]]
        raise ValueError(
            f"{path}: row {row} (from 0) is of video {keypoints.video_ids[row]!r}, "
            f"frame {keypoints.frames[row]}, person {keypoints.person_ids[row]}, but "
            f"the annotation's is of {video[n]!r}, {frame[n]}, {person[n]}. {fix}"
        )
    return keypoints.points[rows], keypoints.visible[rows].astype(np.float32)
