"""Joints of the J-HMDB release, parallel to the rows of an annotation."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats import Annotation
from stal_plugin.datasets.formats.joint_positions import (
    JOINT_NAMES,
    read_joint_positions,
)
from stal_plugin.datasets.formats.keypoints import Keypoints


def read_joints(
    files: dict[str, Path], lengths: dict[str, int]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, int]]:
    """Read the joints of all videos.

    Args:
        files: ``joint_positions.mat`` of each video.
        lengths: Frames of each video.

    Returns:
        ``(T, 15, 2)`` pixels per video, and the number of frames with joints of the
        videos that have fewer of them than frames.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is damaged, or has more frames than the video.
    """
    joints, short = {}, {}
    for video, path in files.items():
        points = read_joint_positions(path)
        if not 1 <= len(points) <= lengths[video]:
            raise ValueError(
                f"{path} has joints of {len(points)} frames, but the video has "
                f"{lengths[video]}"
            )
        if len(points) < lengths[video]:
            short[video] = len(points)
        joints[video] = points
    return joints, short


def keypoints_of_joints(
    annotation: Annotation, joints: dict[str, NDArray[np.float64]]
) -> Keypoints:
    """Arrange joints by the rows of an annotation.

    A joint is visible if it is annotated and inside of the image. After the last
    annotated frame its last position is repeated, and it is not visible.

    Args:
        annotation: One actor per video; rows sorted by video and frame.
        joints: ``(T, 15, 2)`` pixels per video, 0 at the edge of the image.

    Returns:
        The keypoints, one row per row of the annotation.
    """
    points = np.zeros((len(annotation), len(JOINT_NAMES), 2), dtype=np.float32)
    visible = np.zeros(points.shape[:2], dtype=bool)
    for video, rows in annotation.video_slices().items():
        info, own = annotation.videos[video], joints[video]
        places = annotation.frames[rows] - 1
        size = np.array([info.width, info.height])
        chosen = own[np.minimum(places, len(own) - 1)]
        inside = ((chosen >= 0) & (chosen < size)).all(-1)
        points[rows] = chosen / size
        visible[rows] = inside & (places < len(own))[:, None]
    return Keypoints(
        JOINT_NAMES,
        annotation.video_ids,
        annotation.frames,
        annotation.person_ids,
        points,
        visible,
    )
