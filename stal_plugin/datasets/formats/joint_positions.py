"""Read J-HMDB's ``joint_positions.mat``: 15 joints of the actor."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.mat_file import read_mat_array

# Order of the release. Right and left are the actor's.
JOINT_NAMES = (
    "neck",
    "belly",
    "face",
    "right_shoulder",
    "left_shoulder",
    "right_hip",
    "left_hip",
    "right_elbow",
    "left_elbow",
    "right_knee",
    "left_knee",
    "right_wrist",
    "left_wrist",
    "right_ankle",
    "left_ankle",
)


def read_joint_positions(path: Path) -> NDArray[np.float64]:
    """Read the joints of each frame.

    ``pos_img`` counts pixels from 1, and whole numbers are the middles of pixels. Here
    0 is the left or upper edge of the image, as for boxes: 0.5 is subtracted.

    Args:
        path: The file; array ``pos_img`` ``(2, 15, T)``: x and y by joint and frame.

    Returns:
        ``(T, 15, 2)`` x and y in pixels; may lie outside of the image.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or of another form, or a number is not finite.
    """
    points = read_mat_array(path, "pos_img")
    if points.shape[:2] != (2, len(JOINT_NAMES)):
        raise ValueError(
            f"{path}: pos_img has shape {points.shape}, must be "
            f"(2, {len(JOINT_NAMES)}, frames)"
        )
    points = points.astype(np.float64).transpose(2, 1, 0) - 0.5
    bad = np.argwhere(~np.isfinite(points).all(-1))
    if len(bad):
        frame, joint = bad[0]
        raise ValueError(
            f"{path}: joint {JOINT_NAMES[joint]!r} of frame {frame + 1} is "
            f"{points[frame, joint].tolist()}; {len(bad)} joint(s) are not finite"
        )
    return points
